"""What a TLS connection proves: which channel it is, and whose certificate the client showed.

Channel bindings are those of RFC 5929 and RFC 9266.
"""

from __future__ import annotations

import re
import ssl
from typing import Any, cast

from server_core.net.tls_options import ServerContext
from server_core.protocol.actions import Protection

_END_POINT = "tls-server-end-point"
# What mail programs bind to, by version, and cannot be talked out of.
_BOUND_BY_PROGRAMS = {"TLSv1.2": "tls-unique", "TLSv1.3": "tls-exporter"}
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")
_MOST_NAMES = 16


def served_with(tls: ssl.SSLSocket) -> tuple[str, str]:
    """The fingerprint of the certificate that served, and the name the client asked for."""
    context = cast(ServerContext, tls.context)
    return context.fingerprint, getattr(tls, "asked_for", "")


def protection_of(tls: ssl.SSLSocket) -> Protection:
    """What the handshake brought that decides which mechanisms are offered."""
    usual = _BOUND_BY_PROGRAMS.get(str(tls.version()), "")
    return Protection(
        certified=bool(tls.getpeercert()), bindable=channel_binding(tls, usual) is not None
    )


def channel_binding(tls: ssl.SSLSocket, name: str) -> bytes | None:
    """The channel binding of this name; None when this connection has none."""
    if name == _END_POINT:
        return cast(ServerContext, tls.context).end_point
    # tls-unique is not sound under TLS 1.3 (RFC 8446 appendix C.5), though OpenSSL gives one.
    if name != _BOUND_BY_PROGRAMS.get(str(tls.version())) or name not in ssl.CHANNEL_BINDING_TYPES:
        return None
    return tls.get_channel_binding(name)


def client_names(tls: ssl.SSLSocket) -> tuple[str, ...]:
    """The mail addresses in the client's certificate; only verified ones get this far."""
    shown: dict[str, Any] = tls.getpeercert() or {}
    alternative = [name for kind, name in shown.get("subjectAltName", ()) if kind == "email"]
    subject = [
        value
        for fields in shown.get("subject", ())
        for field, value in fields
        if field in {"emailAddress", "commonName"}
    ]
    addresses = dict.fromkeys(filter(_ADDRESS.fullmatch, (*alternative, *subject)))
    return tuple(addresses)[:_MOST_NAMES]
