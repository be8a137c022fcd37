"""How the other end of a connection is named."""

from __future__ import annotations


def peer_text(host: str, port: int) -> str:
    """Address and port in one word, as logs and pictures of sessions show them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
