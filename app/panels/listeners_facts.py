"""What is known of a running listener beside its settings: how it does, and what needs a look."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.forms import addresses
from app.forms.words import duration, tr
from app.look import words
from app.panels.certificates_table import DAY, SOON_DAYS, days_text
from app.panels.flow_meters import listener_scope
from app.panels.listeners_advice import READABLE, UNPROTECTED
from server_core.config.model import Listener
from server_core.events.views import (
    CertificateView,
    ListenerState,
    ListenerView,
    MeterView,
    Refusals,
)
from server_core.service import MailService


@dataclass(frozen=True)
class Facts:
    """One listener at this moment; ``concern`` is a sentence about what somebody should look at."""

    view: ListenerView
    certificate: CertificateView | None = None
    meters: tuple[MeterView, ...] = ()
    interval: int = 60
    refused: tuple[Refusals, ...] = ()
    concern: str = ""

    def meter(self, limit: str) -> MeterView | None:
        """How much of one of its limits is used."""
        return next((meter for meter in self.meters if meter.limit == limit), None)

    @property
    def refusals(self) -> int:
        """How many connections were refused within the last hour."""
        return sum(each.times for each in self.refused)


def facts(service: MailService, certificates: Sequence[CertificateView]) -> dict[str, Facts]:
    """All listeners that run, drain or failed, by name."""
    meters = service.meters()
    refused = service.refused_lately()
    found = {}
    for view in service.listeners():
        listener = _running(service, view.name)
        shown = next((each for each in certificates if view.name in each.used_by), None)
        scope = listener_scope(view.name)
        found[view.name] = Facts(
            view=view,
            certificate=shown,
            meters=tuple(meter for meter in meters if meter.scope == scope),
            interval=_interval(service, listener),
            refused=tuple(each for each in refused if each.listener == view.name),
            concern=_concern(view, listener, shown),
        )
    return found


def state_words(known: Facts | None) -> tuple[str, str, str]:
    """Mark, colour role and word of the state column."""
    if known is None:
        return "diamond", "info", tr("Not applied yet")
    if known.concern:
        return "triangle", "attention", words.listener_state(known.view.state)[2]
    return words.listener_state(known.view.state)


def state_tip(known: Facts | None) -> str:
    """The state in a sentence."""
    if known is None:
        return tr("Starts when the changes are applied.")
    if known.view.state is ListenerState.DRAINING:
        return tr("Takes no new connections; those that are open finish by themselves.")
    return known.view.sentence or known.concern or known.view.address


def sessions_text(known: Facts | None) -> str:
    """``3/200``, or ``3`` where nothing limits them."""
    if known is None:
        return "–"
    used = words.number(known.view.sessions)
    meter = known.meter("max_connections")
    limit = meter.allowed if meter is not None else 0
    return f"{used}/{words.number(limit)}" if limit else used


def new_text(known: Facts | None) -> str:
    """How many connections were accepted within the interval of flow control."""
    meter = known.meter("max_new") if known is not None else None
    return words.number(meter.used) if meter is not None else "–"


def new_tip(known: Facts | None) -> str:
    """The same with the limit and the interval."""
    meter = known.meter("max_new") if known is not None else None
    if known is None or meter is None:
        return ""
    text = tr("{n} of {limit} within {interval}")
    if not meter.allowed:
        text = tr("{n} within {interval}, not limited")
    return text.format(
        n=words.number(meter.used),
        limit=words.number(meter.allowed),
        interval=duration(known.interval),
    )


def certificate_text(known: Facts | None) -> str:
    """How long the certificate of a listener is still valid."""
    if known is None or known.certificate is None or known.view.security == "none":
        return "–"
    shown = known.certificate
    return days_text(shown.not_after, time.time()) if shown.not_after else tr("Cannot be used")


def certificate_tip(known: Facts | None) -> str:
    """Its name, and what is wrong with it."""
    if known is None or known.certificate is None:
        return ""
    shown = known.certificate
    return "\n".join(text for text in (shown.name, shown.problem, shown.warning) if text)


def _running(service: MailService, name: str) -> Listener | None:
    listed: Iterable[Listener] = service.config.pop3.listeners
    return next((one for one in listed if one.name == name), None)


def _interval(service: MailService, listener: Listener | None) -> int:
    flow = service.config.pop3.flow
    return (listener.flow.interval if listener is not None else None) or flow.interval


def _concern(view: ListenerView, listener: Listener | None, shown: CertificateView | None) -> str:
    if listener is None or view.state is not ListenerState.LISTENING:
        return ""
    if listener.security in READABLE and not addresses.is_loopback(listener.endpoint.host):
        return tr(UNPROTECTED)
    if shown is None:
        return ""
    left = shown.not_after - time.time()
    if shown.not_after and left < SOON_DAYS * DAY:
        text = tr("Its certificate {name} is valid for {left} only.")
        if left <= 0:
            text = tr("Its certificate {name} is no longer valid.")
        return text.format(name=shown.name, left=days_text(shown.not_after, time.time()))
    return shown.problem
