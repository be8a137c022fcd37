"""The table of certificates: what each proves, until when, and who shows it."""

from __future__ import annotations

import time

from PySide6.QtCore import QDateTime, QLocale

from app.forms.words import tr
from app.look import words
from app.look.tables import Column
from server_core.events.views import CertificateKind, CertificateView

DAY = 86_400
SOON_DAYS, NEXT_DAYS = 14, 30
YEARS_FROM = 730

_MARKS = {"ok": "circle", "attention": "triangle", "problem": "cross"}


def kind_text(kind: CertificateKind) -> str:
    """Where a certificate comes from."""
    return {
        CertificateKind.AUTHORITY: tr("Own authority"),
        CertificateKind.ISSUED: tr("By own authority"),
        CertificateKind.SELF_SIGNED: tr("Self-signed"),
        CertificateKind.IMPORTED: tr("Imported"),
        CertificateKind.WATCHED: tr("From files"),
    }[kind]


def days_text(not_after: float, now: float) -> str:
    """How long a certificate is still valid, in words."""
    days = int((not_after - now) // DAY)
    if not_after <= now:
        gone = int((now - not_after) // DAY)
        return tr("Ended {days} ago").format(days=_days(gone)) if gone else tr("Ended today")
    if days >= YEARS_FROM:
        return tr("{n} years").format(n=round(days / 365.25))
    return _days(days) if days else tr("Ends today")


def state_of(view: CertificateView, now: float) -> str:
    """``ok``, ``attention`` when somebody has to act soon, ``problem`` when it cannot serve."""
    if view.problem or not view.not_after:
        return "problem"
    days = (view.not_after - now) / DAY
    if days < SOON_DAYS or (days < NEXT_DAYS and not view.renews) or view.warning:
        return "attention"
    return "ok"


def date(when: float) -> str:
    """The day, in the person's own way of writing."""
    moment = QDateTime.fromMSecsSinceEpoch(round(when * 1000))
    return QLocale().toString(moment.date(), "d MMMM yyyy")


def used_text(view: CertificateView) -> str:
    """Who uses it; for an authority the certificates it signed."""
    return ", ".join(view.used_by) or tr("Not used")


def _days(days: int) -> str:
    return tr("1 day") if days == 1 else tr("{n} days").format(n=words.number(days))


def _valid(view: CertificateView) -> str:
    return days_text(view.not_after, time.time()) if view.not_after else tr("Cannot be used")


def _valid_tip(view: CertificateView) -> str:
    until = tr("Valid until {day}").format(day=date(view.not_after)) if view.not_after else ""
    return "\n".join(text for text in (until, view.problem, view.warning) if text)


def _mark(view: CertificateView) -> tuple[str, str]:
    state = state_of(view, time.time())
    return _MARKS[state], state


def columns() -> tuple[Column[CertificateView], ...]:
    """The columns; made when the window is, so that they speak its language."""
    return (
        Column(tr("Name"), lambda view: view.name, 150),
        Column(tr("Kind"), lambda view: kind_text(view.kind), 130),
        Column(
            tr("For names"),
            lambda view: ", ".join(view.names) or "–",
            220,
            tip=lambda view: "\n".join(view.names),
        ),
        Column(
            tr("Valid until"),
            _valid,
            130,
            sort=lambda view: view.not_after,
            mark=_mark,
            tip=_valid_tip,
        ),
        Column(tr("Used by"), used_text, 150, tip=lambda view: "\n".join(view.used_by)),
        Column(
            tr("Fingerprint"),
            lambda view: view.fingerprint or "–",
            150,
            tip=lambda view: view.fingerprint,
        ),
    )
