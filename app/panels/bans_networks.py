"""The networks this computer is in, and who is connected from where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from app.forms import addresses
from server_core.config.networks import Network, parse_address
from server_core.events.views import SessionView


def missing_networks(trusted: Iterable[str]) -> list[tuple[str, str]]:
    """The networks of this computer that no entry of ``trusted`` covers yet, IPv4 first.

    Each comes with its adapter's name; a network of one address is this computer itself.
    """
    covered = []
    for text in trusted:
        try:
            covered.append(Network.parse(text))
        except ValueError:  # still being typed
            continue
    found = []
    for text, adapter in addresses.local_networks():
        network = Network.parse(text)
        if network.first < network.last and not any(_inside(network, each) for each in covered):
            found.append((text, adapter))
    return sorted(found, key=lambda pair: ":" in pair[0])


def _inside(network: Network, other: Network) -> bool:
    return (
        network.version == other.version
        and other.first <= network.first
        and network.last <= other.last
    )


def sessions_from(network: Network, sessions: Iterable[SessionView]) -> list[SessionView]:
    """The sessions whose client is in a network."""
    found = []
    for session in sessions:
        try:
            address = parse_address(addresses.parted(session.peer)[0])
        except ValueError:
            continue
        if network.covers(address):
            found.append(session)
    return found


def people(sessions: Iterable[SessionView]) -> Counter[str]:
    """The accounts signed in, with how many sessions each has."""
    return Counter(session.user for session in sessions if session.user)
