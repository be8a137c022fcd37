"""An address to listen on, as it is written and compared."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple


class Endpoint(NamedTuple):
    """An address to bind: ``host`` is an IP address, or ``*`` for all IPv4 and IPv6."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Read ``192.0.2.1:110``, ``[::1]:110`` or ``*:110``; ValueError says what is wrong."""
        host, colon, port = text.strip().rpartition(":")
        if not colon or not host:
            raise ValueError(
                "write an address and a port, like 127.0.0.1:1110, [::1]:1110 or *:1110"
            )
        try:
            if host.startswith("[") and host.endswith("]"):
                host = str(ipaddress.IPv6Address(host[1:-1]))
            elif host != "*":
                if ":" in host:
                    raise ValueError("put an IPv6 address in brackets, like [::1]:1110")
                host = str(ipaddress.IPv4Address(host))
        except ipaddress.AddressValueError:
            raise ValueError(
                f"{host} is not an IP address of a computer; * stands for all addresses"
            ) from None
        if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
            raise ValueError("the port must be a number from 1 to 65535 (0 picks a free one)")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def overlap(host: str, other: str) -> bool:
    """Whether two hosts cannot both bind the same port."""
    if host == other or "*" in (host, other):
        return True
    wildcards = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - compared, not bound
    version = 6 if ":" in host else 4
    same_family = version == (6 if ":" in other else 4)
    return same_family and wildcards[version] in (host, other)
