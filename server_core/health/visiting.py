"""Whether a mail program gets its mail: a visit to each listener, with a mailbox of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from server_core.config.model import Listener
from server_core.events.health import ProbeStep, milliseconds
from server_core.events.views import ListenerView
from server_core.health.check import Place, Seen, Subject, fine, problem, unchecked
from server_core.health.reachable import at, barred, entrance, listening, timed, untriable
from server_core.net.visit import Visit

SIGN_IN_SECONDS = 8.0
_FAILED = {
    "Connect": ("No connection came about", "listeners"),
    "Handshake": ("No encrypted connection came about", "certs"),
    "Sign-in": ("The test sign-in was refused", "auth"),
    "List": ("The test mailbox was not listed as it is", "log"),
    "Fetch": ("The test message could not be fetched", "log"),
}
_OTHERWISE = "The conversation broke off", "listeners"


def signing_in(subject: Subject) -> Iterator[Seen]:
    """Whether a mail program can sign in, list and fetch at each listener."""
    for listener, view in listening(subject):
        if subject.visit is not None:
            yield _visited(subject, subject.visit, listener, view)


def _visited(subject: Subject, visit: Visit, listener: Listener, view: ListenerView) -> Seen:
    place = Place(view.name, "listeners", view.name)
    if why := untriable(listener, view):
        return unchecked(why, place)
    host, trial = entrance(subject, listener, view)
    if not host:
        return barred(trial, "so the test could not sign in", view)
    try:
        steps = visit.sign_in(at(host, view), patience=SIGN_IN_SECONDS)
    except OSError as error:
        text = f"No mailbox could be made for the test: {error}"
        return problem(text, Place(view.name, "log"))
    return judged(steps, view.name)


def judged(steps: Sequence[ProbeStep], listener: str) -> Seen:
    """What the steps of a visit come to."""
    last, details = steps[-1], timed(steps)
    if not last.passed:
        text, page = _FAILED.get(last.name, _OTHERWISE)
        target = listener if page == "listeners" else ""
        return problem(f"{text}: {last.words}.", Place(listener, page, target), details=details)
    skipped = next((step for step in steps if step.skipped), None)
    if skipped is not None:
        text = f"The test could not sign in: {skipped.words}."
        return unchecked(text, Place(listener, "auth"), details=details)
    spent = milliseconds(sum(step.seconds for step in steps))
    how = next((step.words for step in steps if step.name == "Sign-in"), "")
    encrypted = ", encrypted" * any(step.name == "Handshake" for step in steps)
    text = f"{how[:1].upper()}{how[1:]}{encrypted}; listed and fetched a message."
    details = (*details, f"All together: {spent} ms")
    return fine(text, Place(listener, "listeners", listener), details=details)
