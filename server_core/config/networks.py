"""The three forms of an address in a rule: one address, a range, a network (reference 4.1, 7.1)."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple


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
        text = text.strip()
        if "-" in text:
            first, last = (parse_address(part) for part in text.split("-", 1))
            if first[0] != last[0]:
                raise ValueError("a range must begin and end in the same IP version")
            if first[1] > last[1]:
                raise ValueError("the range begins after its end; turn it round")
            return cls(first[0], first[1], last[1])
        if "/" not in text:
            version, number = parse_address(text)
            return cls(version, number, number)
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise ValueError(
                f"{text} is not a network; write it like 192.168.1.0/24 or "
                "192.168.1.0/255.255.255.0"
            ) from None
        first_mapped = parse_address(str(network[0]))
        last_mapped = parse_address(str(network[-1]))
        if first_mapped[0] != last_mapped[0]:
            return cls(6, int(network[0]), int(network[-1]))
        return cls(first_mapped[0], first_mapped[1], last_mapped[1])

    def __contains__(self, address: object) -> bool:
        """Whether a ``(version, number)`` pair from ``parse_address`` lies inside."""
        match address:
            case (int(version), int(number)):
                return version == self.version and self.first <= number <= self.last
            case _:
                return False


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
