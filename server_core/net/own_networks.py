"""The addresses of this computer itself, which are never banned."""

from __future__ import annotations

import socket

import psutil

from server_core.config.networks import Network


def own_networks() -> tuple[Network, ...]:
    """Every address of every interface as it is now, each a network of one."""
    found = [
        address.address.partition("%")[0]  # without the zone of a link-local address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family in (socket.AF_INET, socket.AF_INET6)
    ]
    return tuple(Network.parse(text) for text in dict.fromkeys(found))
