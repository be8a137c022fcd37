"""The figures of the Dashboard, once each: what they show, and the page that has the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.look.words import date_and_time, duration, number, octets
from server_core.events.log_views import Sample
from server_core.events.views import CertificateKind, CertificateView, Counters, ServerStatus

HOUR_OF_MINUTES = 60
DAY = 86_400
SOON_DAYS = 14
Mark = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Stored:
    """What lies in all mailboxes together."""

    messages: int = 0
    octets: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What figures are made of. ``counters`` are of today or since the start; ``since`` says it."""

    status: ServerStatus
    counters: Counters
    since: str
    stored: Stored
    certificates: Sequence[CertificateView]
    limit: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it means, and a mark where it needs a look."""

    value: str
    note: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class FigureKind:
    """A tile: what it is called, where it leads, what it shows, and what its trend is of."""

    id: str
    title: str
    page: str
    target: Callable[[Seen], str]
    show: Callable[[Seen], Figure]
    trend: Callable[[Sample], float] | None = None


def figure_kinds() -> tuple[FigureKind, ...]:
    """All tiles, in their order."""
    return (*_traffic_kinds(), *_standing_kinds())


def _traffic_kinds() -> tuple[FigureKind, ...]:
    tr = QCoreApplication.translate
    return (
        FigureKind(
            "sessions",
            tr("Figures", "Sessions now"),
            "sessions",
            lambda seen: "now",
            _sessions,
            lambda sample: sample.sessions,
        ),
        FigureKind(
            "sign_ins",
            tr("Figures", "Sign-ins"),
            "log",
            lambda seen: "sign-ins",
            _sign_ins,
            lambda sample: sample.done.sign_ins + sample.done.failed_sign_ins,
        ),
        FigureKind(
            "fetched",
            tr("Figures", "Messages fetched"),
            "sessions",
            lambda seen: "history",
            _fetched,
            lambda sample: sample.done.retrieved,
        ),
        FigureKind(
            "refused",
            tr("Figures", "Connections refused"),
            "sessions",
            lambda seen: "refused",
            _refused,
            lambda sample: sample.done.refused,
        ),
    )


def _standing_kinds() -> tuple[FigureKind, ...]:
    tr = QCoreApplication.translate
    return (
        FigureKind("stored", tr("Figures", "Storage used"), "accounts", lambda seen: "", _stored),
        FigureKind(
            "certificate", tr("Figures", "Certificate"), "certs", _nearest_name, _certificate
        ),
        FigureKind("uptime", tr("Figures", "Uptime"), "log", lambda seen: "system", _uptime),
    )


def trend_of(kind: FigureKind, minutes: Sequence[Sample], now: float) -> list[float]:
    """A value for every minute of the last hour, oldest first; minutes without any are 0."""
    if kind.trend is None:
        return []
    last = now // 60 * 60
    known = {sample.time: kind.trend(sample) for sample in minutes[-HOUR_OF_MINUTES:]}
    steps = range(HOUR_OF_MINUTES - 1, -1, -1)
    return [known.get(last - 60 * back, 0.0) for back in steps]


def nearest_end(certificates: Sequence[CertificateView]) -> CertificateView | None:
    """The certificate that listeners use and that ends first."""
    used = [
        each for each in certificates if each.used_by and each.kind is not CertificateKind.AUTHORITY
    ]
    return min(used, key=lambda each: each.not_after, default=None)


def days_left(certificate: CertificateView, now: float) -> int:
    """Whole days until a certificate ends; negative once it has."""
    return int((certificate.not_after - now) // DAY)


def _sessions(seen: Seen) -> Figure:
    tr = QCoreApplication.translate
    came = tr("Figures", "{since}: {count} connections").format(
        since=seen.since, count=number(seen.counters.connections)
    )
    now = number(seen.status.sessions)
    if not seen.limit:
        return Figure(now, came)
    value = tr("Figures", "{now} / {limit}").format(now=now, limit=number(seen.limit))
    return Figure(value, came)


def _sign_ins(seen: Seen) -> Figure:
    tr = QCoreApplication.translate
    failed = seen.counters.failed_sign_ins
    words = tr("Figures", "{count} failed").format(count=number(failed))
    note = words if failed else tr("Figures", "none failed")
    return Figure(number(seen.counters.sign_ins), f"{seen.since}: {note}")


def _fetched(seen: Seen) -> Figure:
    sent = QCoreApplication.translate("Figures", "{size} sent").format(
        size=octets(seen.counters.sent_octets)
    )
    return Figure(number(seen.counters.retrieved), f"{seen.since}: {sent}")


def _refused(seen: Seen) -> Figure:
    tr = QCoreApplication.translate
    counters = seen.counters
    reasons = (
        (counters.refused_by_rule, tr("Figures", "mostly by a rule")),
        (counters.refused_by_limit, tr("Figures", "mostly by a limit")),
        (counters.refused_by_ban, tr("Figures", "mostly by a ban")),
    )
    most, reason = max(reasons, key=lambda pair: pair[0])
    note = reason if most else tr("Figures", "none")
    return Figure(number(counters.refused), f"{seen.since}: {note}")


def _stored(seen: Seen) -> Figure:
    note = QCoreApplication.translate("Figures", "{count} messages, {free} of the disk free")
    return Figure(
        octets(seen.stored.octets),
        note.format(count=number(seen.stored.messages), free=octets(seen.status.free_octets)),
    )


def _nearest_name(seen: Seen) -> str:
    nearest = nearest_end(seen.certificates)
    return nearest.name if nearest is not None else ""


def _certificate(seen: Seen) -> Figure:
    tr = QCoreApplication.translate
    nearest = nearest_end(seen.certificates)
    if nearest is None:
        return Figure("–", tr("Figures", "No listener uses one"))
    days = days_left(nearest, time.time())
    where = tr("Figures", "Listener {names}").format(names=", ".join(nearest.used_by))
    if days < 0:
        note = tr("Figures", "{where}: has ended").format(where=where)
        return Figure(tr("Figures", "Expired"), note, ("cross", "problem"))
    soon = days < SOON_DAYS and not nearest.renews
    value = tr("Figures", "{days} days left").format(days=number(days))
    return Figure(value, where, ("triangle", "attention") if soon else None)


def _uptime(seen: Seen) -> Figure:
    tr = QCoreApplication.translate
    if not seen.status.started:
        return Figure("–", tr("Figures", "The server does not run"))
    since = tr("Figures", "Since {time}").format(time=date_and_time(seen.status.started))
    return Figure(duration(time.time() - seen.status.started), since)
