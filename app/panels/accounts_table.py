"""The table of accounts: who they are, what lies in their mailbox, when they were last seen."""

from __future__ import annotations

import time
from dataclasses import dataclass

from app.forms.words import tr
from app.look import words
from app.look.tables import Column
from server_core.events.views import AccountView

MINUTE, HOUR, DAY = 60, 3_600, 86_400
LONG_AGO = 30 * DAY


@dataclass(frozen=True)
class AccountRow:
    """An account, and how many sessions use it now."""

    view: AccountView
    sessions: int = 0


def ago(when: float, now: float) -> str:
    """How long ago, in words; the date when it is more than a month."""
    if not when:
        return tr("Never")
    passed = now - when
    if passed >= LONG_AGO:
        return words.date_and_time(when)
    if passed < MINUTE:
        return tr("Just now")
    for size, one, many in (
        (DAY, tr("1 day ago"), tr("{n} days ago")),
        (HOUR, tr("1 hour ago"), tr("{n} hours ago")),
        (MINUTE, tr("1 minute ago"), tr("{n} minutes ago")),
    ):
        number = int(passed // size)
        if number:
            return one if number == 1 else many.format(n=number)
    return tr("Just now")


def sessions_text(number: int) -> str:
    """``1 session``, ``3 sessions``."""
    return tr("1 session") if number == 1 else tr("{n} sessions").format(n=words.number(number))


def messages_text(number: int) -> str:
    """``1 message``, ``3 messages``."""
    return tr("1 message") if number == 1 else tr("{n} messages").format(n=words.number(number))


def state_of(row: AccountRow) -> tuple[str, str, str]:
    """Shape, colour and word for whether anybody can sign in."""
    if not row.view.enabled:
        return "dash", "neutral", tr("Suspended")
    if row.view.terms.has_expired(time.time()):
        return "dash", "neutral", tr("Expired")
    if not row.view.has_password:
        return "triangle", "attention", tr("No password")
    if row.view.locked_until > time.time():
        return "triangle", "attention", _locked_text(row.view.locked_until)
    return "circle", "ok", tr("Enabled")


def _locked_text(until: float) -> str:
    # A lock lasts a week at most, so that a weekday says which day is meant.
    today = time.localtime(until)[:3] == time.localtime()[:3]
    end = words.written(until, "HH:mm" if today else "ddd HH:mm")
    return tr("Locked until {time}").format(time=end)


def _state_column() -> Column[AccountRow]:
    return Column(
        tr("State"),
        lambda row: state_of(row)[2],
        184,
        tip=lambda row: row.view.sentence,
        mark=lambda row: state_of(row)[:2],
    )


def _last_tip(row: AccountRow) -> str:
    view = row.view
    if not view.last_sign_in:
        return ""
    return tr("{time} from {peer}, method {method}, listener {listener}").format(
        time=words.date_and_time(view.last_sign_in),
        peer=view.last_peer,
        method=view.last_method,
        listener=view.last_listener,
    )


def columns() -> tuple[Column[AccountRow], ...]:
    """The columns; made when the window is, so that they speak its language."""
    return (
        Column(tr("Sign-in name"), lambda row: row.view.name, 236),
        Column(tr("Name"), lambda row: row.view.full_name or "–", 120),
        _state_column(),
        Column(
            tr("Messages"),
            lambda row: words.number(row.view.messages),
            94,
            number=True,
            sort=lambda row: row.view.messages,
        ),
        Column(
            tr("Size"),
            lambda row: words.octets(row.view.octets),
            76,
            number=True,
            sort=lambda row: row.view.octets,
        ),
        Column(
            tr("Last sign-in"),
            lambda row: ago(row.view.last_sign_in, time.time()),
            140,
            sort=lambda row: row.view.last_sign_in,
            tip=_last_tip,
        ),
        Column(
            tr("In use"),
            lambda row: sessions_text(row.sessions) if row.sessions else tr("Not in use"),
            84,
            sort=lambda row: row.sessions,
            mark=lambda row: ("circle", "info") if row.sessions else None,
        ),
    )
