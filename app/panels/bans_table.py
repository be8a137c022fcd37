"""The table of bans: who is kept out, why, since when and for how long."""

from __future__ import annotations

import time
from collections.abc import Sequence

from app.forms.words import tr
from app.look import words
from app.look.tables import Column
from app.panels.accounts_table import ago
from server_core.events.views import BanKind, BanView

MINUTE, DAY = 60, 86_400
EVER = float("inf")
SINCE = 3  # the place of that column


def kind_text(kind: BanKind) -> str:
    """Where a ban comes from."""
    return {
        BanKind.AUTOMATIC: tr("Automatic"),
        BanKind.MANUAL: tr("By hand"),
        BanKind.ACCOUNT: tr("Account lock"),
    }[kind]


def until_text(until: float, now: float) -> str:
    """The end of a ban, with what is left of it on the last day: ``14:32 (12 min)``."""
    if not until:
        return tr("For ever")
    left = until - now
    if left >= DAY:
        return words.date_and_time(until)
    end = words.clock(until)[:5]
    if left < MINUTE:
        return tr("{end} (any moment)").format(end=end)
    return tr("{end} ({left})").format(end=end, left=span(left))


def span(seconds: float) -> str:
    """A length of time in its two largest units: ``12 min``, ``2 h 5 min``, ``3 d 4 h``."""
    if seconds >= MINUTE:
        seconds -= seconds % MINUTE
    text = words.duration(seconds)
    for nothing in (" 0 s", " 0 min", " 0 h"):
        text = text.removesuffix(nothing)
    return text


def capital(text: str) -> str:
    """The text with a capital letter, as it stands alone in a cell."""
    return f"{text[:1].upper()}{text[1:]}"


def evidence_text(ban: BanView) -> str:
    """What is known in one line, beyond what ``why`` says already."""
    more = [told for told in ban.evidence if not told.startswith(ban.why)]
    return capital("; ".join(more or ban.evidence)) or "–"


def _until_tip(ban: BanView) -> str:
    return words.date_and_time(ban.until) if ban.until else tr("Until it is unbanned by hand")


def _mark(ban: BanView) -> tuple[str, str]:
    return {
        BanKind.AUTOMATIC: ("cross", "problem"),
        BanKind.MANUAL: ("square", "info"),
        BanKind.ACCOUNT: ("triangle", "attention"),
    }[ban.kind]


def _why(ban: BanView) -> str:
    again = tr(" ({count} times)").format(count=words.number(ban.count)) if ban.count > 1 else ""
    return capital(ban.why) + again


def columns() -> tuple[Column[BanView], ...]:
    """The columns; made when the window is, so that they speak its language."""
    return (
        Column(tr("Address or account"), lambda ban: ban.address, 178, mark=_mark),
        Column(tr("Why"), _why, 172, tip=_why),
        Column(
            tr("Evidence"),
            evidence_text,
            232,
            tip=lambda ban: "\n".join(capital(each) for each in ban.evidence),
        ),
        Column(
            tr("Since"),
            lambda ban: ago(ban.since, time.time()),
            112,
            sort=lambda ban: ban.since,
            tip=lambda ban: words.date_and_time(ban.since),
        ),
        Column(
            tr("Until"),
            lambda ban: until_text(ban.until, time.time()),
            140,
            sort=lambda ban: ban.until or EVER,
            tip=_until_tip,
        ),
        Column(tr("Kind"), lambda ban: kind_text(ban.kind), 100),
        Column(
            tr("Blocked"),
            lambda ban: words.number(ban.blocked),
            76,
            number=True,
            sort=lambda ban: ban.blocked,
            tip=lambda ban: tr("Connections and sign-ins turned away since"),
        ),
    )


def replay_columns() -> tuple[Column[BanView], ...]:
    """The columns for bans that would have been."""
    return (
        Column(tr("Address or account"), lambda ban: ban.address, 168, mark=_mark),
        Column(tr("When"), lambda ban: words.date_and_time(ban.since), 150),
        Column(tr("How long"), _how_long, 90),
        Column(
            tr("Evidence"),
            evidence_text,
            240,
            tip=lambda ban: "\n".join(capital(each) for each in ban.evidence),
        ),
    )


def _how_long(ban: BanView) -> str:
    return span(ban.until - ban.since) if ban.until else tr("For ever")


def counted(bans: Sequence[BanView]) -> str:
    """``2 addresses and 1 account``; empty for none."""
    accounts = sum(ban.kind is BanKind.ACCOUNT for ban in bans)
    addresses = len(bans) - accounts
    told = []
    if addresses:
        many = tr("{n} addresses").format(n=words.number(addresses))
        told.append(tr("1 address") if addresses == 1 else many)
    if accounts:
        many = tr("{n} accounts").format(n=words.number(accounts))
        told.append(tr("1 account") if accounts == 1 else many)
    return tr(" and ").join(told)
