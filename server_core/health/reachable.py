"""Whether clients can connect: every listener bound, and answering at every address it has."""

from __future__ import annotations

from collections.abc import Iterator

from server_core.config.endpoint import Endpoint
from server_core.config.listening import ClientCertificates, ProxyMode
from server_core.config.model import Listener, Security
from server_core.events.health import Mend
from server_core.events.views import ListenerState, ListenerView, ProbeStep
from server_core.health.check import (
    NOT_SERVING,
    Place,
    Seen,
    Subject,
    attention,
    fine,
    problem,
    unchecked,
)
from server_core.net.own_networks import own_addresses
from server_core.net.probe import probe

STEP_SECONDS = 3.0
_MOST_ADDRESSES = 8
_WILDCARDS = {"*": "", "0.0.0.0": ".", "::": ":"}  # noqa: S104 - compared, not bound


def bound(subject: Subject) -> Iterator[Seen]:
    """Whether each listener has its address and port, and who has the port when it has not."""
    wanted = [one for one in subject.config.pop3.listeners if one.enabled]
    if not wanted:
        text = "No listener is on: clients have no address to connect to."
        yield problem(text, Place(page="listeners"))
    elif not subject.serving:
        yield unchecked(NOT_SERVING)
    views = {view.name: view for view in subject.listeners}
    for listener in wanted if subject.serving else ():
        view = views[listener.name]
        place = Place(view.name, "listeners", view.name)
        match view.state:
            case ListenerState.LISTENING:
                yield fine(f"Listens on {view.address}.", place)
            case ListenerState.FAILED:
                yield problem(view.sentence, place, mend=Mend.RESTART_LISTENER)
            case _:
                yield attention(f"Takes no connections now: {view.state}.", place)


def answering(subject: Subject) -> Iterator[Seen]:
    """Whether each listener greets and tells what it can do at this computer's addresses."""
    for listener, view in listening(subject):
        yield _answer(subject, listener, view)


def listening(subject: Subject) -> Iterator[tuple[Listener, ListenerView]]:
    """The listeners that take connections now."""
    views = {view.name: view for view in subject.listeners}
    for listener in subject.config.pop3.listeners:
        view = views.get(listener.name)
        if view is not None and view.state is ListenerState.LISTENING:
            yield listener, view


def addresses_of(view: ListenerView) -> list[str]:
    """Where this computer can reach a listener, loopback first, at most a few."""
    host = Endpoint.parse(view.address).host
    if host not in _WILDCARDS:
        return [host]
    own = [one for one in own_addresses() if _WILDCARDS[host] in one]
    return sorted(own, key=lambda one: one not in ("127.0.0.1", "::1"))[:_MOST_ADDRESSES]


def untriable(listener: Listener) -> str:
    """Why a listener cannot be tried from here; empty when it can."""
    if listener.proxy.mode is ProxyMode.REQUIRED:
        return "It takes connections from its proxy only, so it cannot be tried from here."
    if listener.tls.client_certificates is ClientCertificates.REQUIRE and (
        listener.security is not Security.NONE
    ):
        return "It asks clients for a certificate, so it cannot be tried from here."
    return ""


def at(host: str, view: ListenerView) -> tuple[ProbeStep, ...]:
    """A conversation with a listener at one address."""
    place = str(Endpoint(host, Endpoint.parse(view.address).port))
    return probe(place, view.security, patience=STEP_SECONDS)


def _answer(subject: Subject, listener: Listener, view: ListenerView) -> Seen:
    place = Place(view.name, "listeners", view.name)
    if why := untriable(listener):
        return unchecked(why, place)
    tried, failed, barred = [], [], []
    for host in addresses_of(view):
        trial = subject.trial(host, view.name)
        if not trial.admitted:
            barred.append(f"{host}: {trial.sentence}")
            continue
        steps = at(host, view)
        tried.append(f"{host}: {_told(steps[-1])}")
        if not steps[-1].passed:
            failed.append(tried[-1])
    details = (*tried, *barred)
    if failed:
        return problem(f"No proper answer at {failed[0]}.", place, details=details)
    if not tried:
        text = "Rules, limits or bans keep this computer itself out, so it could not be tried"
        return unchecked(f"{text}: {barred[0]}" if barred else f"{text}.", place, details=details)
    where = "1 address" if len(tried) == 1 else f"{len(tried)} addresses"
    text = f"Greets and tells what it can do at {where} of this computer; nobody signs in for it."
    return fine(text, place, details=details)


def _told(last: ProbeStep) -> str:
    return "answers" if last.passed else f"{last.name}: {last.words}"
