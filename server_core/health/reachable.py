"""Whether clients can connect: every listener bound, and answering at every address it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from server_core.config.endpoint import Endpoint
from server_core.config.listening import ClientCertificates, ProxyMode
from server_core.config.model import Listener, Security
from server_core.events.health import Mend, ProbeStep, milliseconds
from server_core.events.reasons import RefusalReason
from server_core.events.views import ListenerState, ListenerView, Trial
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
from server_core.net.visit import Visit, is_trusted
from server_core.wording import counted

STEP_SECONDS = 3.0
_MOST_ADDRESSES = 8
_BARS: dict[str, tuple[str, str]] = {
    RefusalReason.RULE_DENIED: ("access", "This computer is refused by {rule}"),
    RefusalReason.BANNED: ("bans", "This computer is banned"),
}
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
        if subject.visit is not None:
            yield _answer(subject, subject.visit, listener, view)


def listening(subject: Subject) -> Iterator[tuple[Listener, ListenerView]]:
    """The listeners that take connections now."""
    views = {view.name: view for view in subject.listeners}
    for listener in subject.config.pop3.listeners:
        view = views.get(listener.name)
        if view is not None and view.state is ListenerState.LISTENING:
            yield listener, view


def addresses_of(listener: Listener, view: ListenerView) -> list[str]:
    """Where this computer can reach a listener, loopback first, at most a few."""
    host = Endpoint.parse(view.address).host
    own = [one for one in own_addresses() if _WILDCARDS[host] in one] if host in _WILDCARDS else []
    if listener.proxy.mode is ProxyMode.REQUIRED:
        own = [one for one in own or [host] if is_trusted(listener.proxy, one)]
    elif not own:
        return [host]
    return sorted(own, key=lambda one: one not in ("127.0.0.1", "::1"))[:_MOST_ADDRESSES]


def untriable(listener: Listener, view: ListenerView) -> str:
    """Why a listener cannot be tried from here; empty when it can."""
    if listener.proxy.mode is ProxyMode.REQUIRED and not addresses_of(listener, view):
        return "It takes connections from its proxy only, so it cannot be tried from here."
    if listener.tls.client_certificates is ClientCertificates.REQUIRE and (
        listener.security is not Security.NONE
    ):
        return "It asks clients for a certificate, so it cannot be tried from here."
    return ""


def at(host: str, view: ListenerView) -> ListenerView:
    """A listener at one address of this computer."""
    return replace(view, address=str(Endpoint(host, Endpoint.parse(view.address).port)))


def entrance(subject: Subject, listener: Listener, view: ListenerView) -> tuple[str, Trial | None]:
    """The first address from which this computer is let in; else none, and why not."""
    refused = None
    for host in addresses_of(listener, view):
        trial = subject.trial(host, view.name)
        if trial.admitted:
            return host, trial
        refused = refused or trial
    return "", refused


def barred(trial: Trial | None, then: str, view: ListenerView) -> Seen:
    """Rules, limits or bans keep this computer itself out, which is no fault of the listener."""
    if trial is None:
        text = f"No address of this computer leads to it, {then}."
        return unchecked(text, Place(view.name, "listeners", view.name))
    page, what = _BARS.get(trial.reason or "", ("flow", "A limit is reached ({rule})"))
    text = f"{what.replace('{rule}', trial.rule)}, {then}."
    return unchecked(text, Place(view.name, page), details=(trial.sentence,))


def timed(steps: Sequence[ProbeStep]) -> tuple[str, ...]:
    """The steps of a visit with the time each took, and what the server said of the last."""
    told = [f"{step.name}: {step.words} ({milliseconds(step.seconds)} ms)" for step in steps]
    return (*told, *(f"The server: {line}" for line in steps[-1].noted))


def _answer(subject: Subject, visit: Visit, listener: Listener, view: ListenerView) -> Seen:
    place = Place(view.name, "listeners", view.name)
    if why := untriable(listener, view):
        return unchecked(why, place)
    tried, failed, refused = [], [], []
    for host in addresses_of(listener, view):
        trial = subject.trial(host, view.name)
        if not trial.admitted:
            refused.append(trial)
            continue
        steps = visit.look(at(host, view), patience=STEP_SECONDS)
        tried.append(f"{host}: {_told(steps)}")
        if not steps[-1].passed:
            failed.append(tried[-1])
    details = (*tried, *(f"{trial.address}: {trial.sentence}" for trial in refused))
    if failed:
        return problem(f"No proper answer at {failed[0]}.", place, details=details)
    if not tried:
        first = refused[0] if refused else None
        return barred(first, "so it could not be tried", view)
    where = counted(len(tried), "address", "addresses")
    text = f"Greets and tells what it can do at {where} of this computer."
    return fine(text, place, details=details)


def _told(steps: Sequence[ProbeStep]) -> str:
    last = steps[-1]
    if not last.passed:
        return f"{last.name}: {last.words}"
    return f"answers in {milliseconds(sum(step.seconds for step in steps))} ms"
