"""The addresses of this computer itself, which are never banned."""

from __future__ import annotations

import socket

import psutil

from server_core.config.networks import Network


def own_networks() -> tuple[Network, ...]:
    """Every address of every interface as it is now, each a network of one."""
    return tuple(Network.parse(text) for text in _own())


def own_addresses() -> tuple[str, ...]:
    """The addresses at which this computer is reached; those of a single link are left out."""
    return tuple(text for text in _own() if not text.lower().startswith("fe80:"))


def _own() -> tuple[str, ...]:
    found = [
        address.address.partition("%")[0]  # without the zone of a link-local address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family in (socket.AF_INET, socket.AF_INET6)
    ]
    return tuple(dict.fromkeys(found))
