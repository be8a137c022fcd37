"""How the project's own load generator signs in: a function for each way."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from functools import lru_cache
from hashlib import pbkdf2_hmac, sha256

from tests.benchmarks.pop3_peer import Peer, Wrong


async def user_pass(peer: Peer, user: str, password: str) -> None:
    """USER and PASS."""
    await peer.ask(f"USER {user}")
    await peer.ask(f"PASS {password}")


async def auth_plain(peer: Peer, user: str, password: str) -> None:
    """AUTH PLAIN with an initial response (RFC 5034)."""
    message = f"\0{user}\0{password}".encode()
    await peer.ask(f"AUTH PLAIN {_coded(message)}")


async def scram_sha_256(peer: Peer, user: str, password: str) -> None:
    """AUTH SCRAM-SHA-256 (RFC 7677); the server has to prove that it knows the password too."""
    nonce = secrets.token_urlsafe(18)
    bare = f"n={user},r={nonce}"
    peer.send(f"AUTH SCRAM-SHA-256 {_coded(f'n,,{bare}'.encode())}")
    first = b64decode(await peer.challenge("SCRAM-SHA-256")).decode()
    told = dict(part.split("=", 1) for part in first.split(","))
    if not told["r"].startswith(nonce):
        raise Wrong("protocol", "SCRAM-SHA-256: the server's nonce does not go on from ours")
    final = f"c=biws,r={told['r']}"
    signed = f"{bare},{first},{final}".encode()
    client_key, server_key = scram_keys(password, b64decode(told["s"]), int(told["i"]))
    signature = hmac.digest(sha256(client_key).digest(), signed, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    peer.send(_coded(f"{final},p={_coded(proof)}".encode()))
    last = b64decode(await peer.challenge("SCRAM-SHA-256"))
    if last != b"v=" + b64encode(hmac.digest(server_key, signed, "sha256")):
        raise Wrong("protocol", "SCRAM-SHA-256: the server does not know the password")
    await peer.ask("")


@lru_cache(maxsize=100_000)
def scram_keys(password: str, salt: bytes, iterations: int) -> tuple[bytes, bytes]:
    """ClientKey and ServerKey, which a mail client remembers too: they take their time."""
    salted = pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    return hmac.digest(salted, b"Client Key", "sha256"), hmac.digest(
        salted, b"Server Key", "sha256"
    )


def _coded(octets: bytes) -> str:
    return b64encode(octets).decode()
