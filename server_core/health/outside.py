"""Whether others can reach this computer: who did lately, and what its firewall does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from server_core.accounts.account import Account
from server_core.config.endpoint import Endpoint
from server_core.config.networks import parse_address
from server_core.events.views import ListenerView
from server_core.health.check import Place, Seen, Subject, attention, fine, unchecked
from server_core.health.encryption import is_loopback
from server_core.health.firewall import Firewall, firewall_for
from server_core.health.reachable import listening
from server_core.net.own_networks import own_addresses

LATELY = 30 * 86_400


def firewall(subject: Subject) -> Iterator[Seen]:
    """Whether others get through to each listener that is for them."""
    accounts = [record.account for record in subject.records]
    views = [view for _, view in listening(subject)]
    others = [view for view in views if not is_loopback(Endpoint.parse(view.address).host)]
    for view in others:
        yield passage(view, accounts, subject.now)
    if views and not others:
        yield fine("Every listener is for this computer only, so no firewall matters.")


def passage(view: ListenerView, accounts: Iterable[Account], now: float) -> Seen:
    """Whether others get through to a listener; waits for the system to tell."""
    place = Place(view.name, "listeners", view.name)
    latest = latest_from_outside(view.name, accounts)
    if latest is not None and now - latest.last_sign_in < LATELY:
        when = datetime.fromtimestamp(latest.last_sign_in).astimezone().strftime("%Y-%m-%d %H:%M")
        return fine(f"Others get through: somebody signed in from elsewhere on {when}.", place)
    port = Endpoint.parse(view.address).port
    return firewall_words(firewall_for(port), port, place)


def firewall_words(found: Firewall | None, port: int, place: Place) -> Seen:
    """What a firewall means for a port."""
    if found is None:
        return fine("No firewall was found on this computer.", place)
    if not found.active:
        return fine(f"The firewall of this computer ({found.name}) is off.", place)
    if found.lets_in:
        return fine(f"{found.name} lets others through to port {port}.", place)
    remedy = (f"To let them through: {found.remedy}",)
    if found.lets_in is None:
        text = f"{found.name} is on; whether it lets others through to port {port} cannot be seen."
        return unchecked(text, place, details=remedy)
    text = f"No rule of {found.name} lets other devices through to port {port}; allow it there."
    return attention(text, place, details=remedy)


def latest_from_outside(listener: str, accounts: Iterable[Account]) -> Account | None:
    """The account that signed in last at a listener from another device."""
    own = {parse_address(address) for address in own_addresses()}
    found = [
        one for one in accounts if one.last_listener == listener and _is_other(one.last_peer, own)
    ]
    return max(found, key=lambda one: one.last_sign_in, default=None)


def _is_other(peer: str, own: set[tuple[int, int]]) -> bool:
    host = peer.rpartition(":")[0].strip("[]")
    try:
        return not is_loopback(host) and parse_address(host) not in own
    except ValueError:
        return False
