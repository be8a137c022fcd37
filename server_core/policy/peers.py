"""What counts as one peer: an IPv4 address, or the /64 of an IPv6 address (reference 8, DEC-10)."""

from __future__ import annotations

from server_core.config.networks import Network, address_text

Address = tuple[int, int]  # IP version and number, from config.networks.parse_address
_BITS = {4: 32, 6: 128}


def peer_of(address: Address) -> Address:
    """The address that stands for its peer: itself, or the first one of its /64."""
    version, number = address
    return address if version == 4 else (6, number >> 64 << 64)


def peer_network(address: Address) -> Network:
    """All addresses of the same peer."""
    version, first = peer_of(address)
    return Network(version, first, first if version == 4 else first | (1 << 64) - 1)


def network_text(network: Network) -> str:
    """The network as people write it: an address, a network with its bits, or a range."""
    version, first, last = network
    size = last - first + 1
    start = address_text(version, first)
    if size == 1:
        return start
    if size.bit_count() == 1 and first % size == 0:
        return f"{start}/{_BITS[version] - size.bit_length() + 1}"
    return f"{start}-{address_text(version, last)}"
