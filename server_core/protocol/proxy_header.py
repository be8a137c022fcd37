"""The PROXY protocol, versions 1 and 2: whose connection a proxy passes on (HAProxy's text).

Reading is pure: octets seen so far in, a header or a wish for more out.
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

V1_LONGEST = 107
V2_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_V2_FIXED = 16
_V2_LONGEST = _V2_FIXED + 512
LONGEST = _V2_LONGEST
_V1_SIGNATURE = b"PROXY "


class ProxyHeader(NamedTuple):
    """A complete header: its octets, and the client it names.

    ``host`` is empty when the proxy speaks for itself (LOCAL, UNKNOWN): then the peer of the
    connection counts.
    """

    length: int
    host: str
    port: int


class NotAHeader(ValueError):
    """The octets are not, and will not become, a PROXY header."""


def read_proxy_header(data: bytes) -> ProxyHeader | None:
    """The header at the beginning of ``data``; None while more octets are needed.

    NotAHeader as soon as the octets cannot be one, or it is longer than it may be.
    """
    if data.startswith(V2_SIGNATURE):
        return _read_v2(data)
    if data.startswith(_V1_SIGNATURE):
        return _read_v1(data)
    if V2_SIGNATURE.startswith(data) or _V1_SIGNATURE.startswith(data):
        return None
    raise NotAHeader("the connection does not begin with a PROXY header")


def _read_v1(data: bytes) -> ProxyHeader | None:
    end = data.find(b"\r\n", 0, V1_LONGEST)
    if end < 0:
        if len(data) >= V1_LONGEST:
            raise NotAHeader("the PROXY line is too long")
        return None
    words = data[:end].split(b" ")
    length = end + 2
    if words[1] == b"UNKNOWN":
        return ProxyHeader(length, "", 0)
    try:
        _, family, source, destination, source_port, destination_port = words
        version = {b"TCP4": 4, b"TCP6": 6}[family]
        host = ipaddress.ip_address(source.decode("ascii"))
        other = ipaddress.ip_address(destination.decode("ascii"))
        port = _port(source_port)
        _port(destination_port)
    except (ValueError, KeyError):
        raise NotAHeader("the PROXY line is malformed") from None
    if not host.version == other.version == version:
        raise NotAHeader("the PROXY line names addresses of another family")
    return ProxyHeader(length, str(host), port)


def _read_v2(data: bytes) -> ProxyHeader | None:
    if len(data) < _V2_FIXED:
        return None
    version, command = data[12] >> 4, data[12] & 0xF
    family = data[13]
    body = int.from_bytes(data[14:16], "big")
    length = _V2_FIXED + body
    if version != 2 or command > 1:
        raise NotAHeader("the PROXY header is of an unknown version or command")
    if length > _V2_LONGEST:
        raise NotAHeader("the PROXY header is too long")
    if len(data) < length:
        return None
    if command == 0:
        return ProxyHeader(length, "", 0)
    # Address family in the upper half, transport in the lower: 1 is TCP.
    octets = {0x11: 4, 0x21: 16}.get(family)
    if octets is None:
        if family == 0x00:
            return ProxyHeader(length, "", 0)
        raise NotAHeader("the PROXY header is not about TCP over IPv4 or IPv6")
    if body < 2 * octets + 4:
        raise NotAHeader("the PROXY header is shorter than its addresses")
    host = ipaddress.ip_address(data[_V2_FIXED : _V2_FIXED + octets])
    at = _V2_FIXED + 2 * octets
    return ProxyHeader(length, str(host), int.from_bytes(data[at : at + 2], "big"))


def _port(text: bytes) -> int:
    if not text.isdigit() or len(text) > 5 or int(text) > 65_535:
        raise ValueError("not a port")
    return int(text)
