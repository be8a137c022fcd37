"""The three forms of an address in a rule: one address, a range, a network (reference 4.1, 7.1)."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import NamedTuple

_MAPPED = 0xFFFF  # what stands before the IPv4 address in a v4-mapped one, ::ffff:0:0/96
_ALL_IPV4 = (1 << 32) - 1


class Network(NamedTuple):
    """All addresses of one IP version from ``first`` to ``last``, as numbers, both included."""

    version: int
    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> Network:
        """Read ``192.0.2.1``, ``192.0.2.1-192.0.2.9``, ``192.0.2.0/24`` or ``…/255.255.255.0``.

        IPv6 likewise. A v4-mapped IPv6 address counts as IPv4. ValueError says what is wrong.
        """
        return _parsed(text.strip())

    def covers(self, address: tuple[int, int]) -> bool:
        """Whether an address from ``parse_address`` lies inside."""
        version, number = address
        return version == self.version and self.first <= number <= self.last


# Lists of ten thousand rules are checked again at every edit beside them.
@lru_cache(maxsize=1 << 16)
def _parsed(text: str) -> Network:
    if "-" in text:
        first, last = (parse_address(part) for part in text.split("-", 1))
        if first[0] != last[0]:
            raise ValueError("a range must begin and end in the same IP version")
        if first[1] > last[1]:
            raise ValueError("the range begins after its end; turn it round")
        return Network(first[0], first[1], last[1])
    if "/" not in text:
        version, number = parse_address(text)
        return Network(version, number, number)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f"{text} is not a network; write it like 192.168.1.0/24 or 192.168.1.0/255.255.255.0"
        ) from None
    start, end = int(network.network_address), int(network.broadcast_address)
    if network.version == 6 and start >> 32 == end >> 32 == _MAPPED:
        return Network(4, start & _ALL_IPV4, end & _ALL_IPV4)
    return Network(network.version, start, end)


# Asked at every connection, and an office has few addresses.
@lru_cache(maxsize=1 << 14)
def parse_address(text: str) -> tuple[int, int]:
    """IP version and number of one address; v4-mapped IPv6 gives IPv4; ValueError for others."""
    try:
        address = ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        raise ValueError(f"{text.strip() or 'nothing'} is not an IP address") from None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.version, int(address)


def address_text(version: int, number: int) -> str:
    """The address as people write it."""
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    return str(kind(number))
