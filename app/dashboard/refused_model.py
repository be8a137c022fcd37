"""Refused connections, newest first: who, where, why, and on whose word."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject

from app.dashboard.source_rows import NewestFirst
from app.look.tables import Column
from app.look.words import date_and_time, moment, number
from server_core.config.networks import parse_address
from server_core.events.reasons import REFUSAL_TEXTS, RefusalReason, Scope
from server_core.events.ring import Batch
from server_core.events.types import ConnectionRefused
from server_core.events.views import Refusal

_LIMIT = ("triangle", "attention")
_MARKS = {
    RefusalReason.RULE_DENIED: ("cross", "problem"),
    RefusalReason.BANNED: ("cross", "problem"),
    RefusalReason.PROXY_HEADER: ("diamond", "info"),
}


def refused_columns() -> tuple[Column[Refusal], ...]:
    """The columns of refused connections."""
    tr = QCoreApplication.translate
    return (
        Column(tr("Refused", "Time"), lambda row: moment(row.time), 132, sort=lambda row: row.time),
        Column(tr("Refused", "Remote address"), lambda row: row.peer, 168),
        Column(tr("Refused", "Listener"), lambda row: row.listener, 104),
        Column(
            tr("Refused", "Reason"),
            reason_of,
            248,
            mark=lambda row: _MARKS.get(row.reason, _LIMIT),
        ),
        Column(tr("Refused", "Rule or limit"), lambda row: row.rule or "–", 270),
        Column(tr("Refused", "Scope"), scope_of, 104),
        Column(
            tr("Refused", "Times"), lambda row: number(row.times), 72, True, lambda row: row.times
        ),
    )


def reason_of(row: Refusal) -> str:
    """Why a connection was refused, in words."""
    words = QCoreApplication.translate("Reasons", REFUSAL_TEXTS[row.reason])
    return words[:1].upper() + words[1:]


def scope_of(row: Refusal) -> str:
    """Whose rule or limit decided."""
    tr = QCoreApplication.translate
    return {
        Scope.GLOBAL: tr("Refused", "All services"),
        Scope.SERVICE: "POP3",
        Scope.LISTENER: tr("Refused", "Listener"),
        Scope.RULE: tr("Refused", "Rule"),
    }[row.scope]


def refused_fields(row: Refusal) -> list[tuple[str, str]]:
    """The fields of a refused connection."""
    tr = QCoreApplication.translate
    return [
        (tr("Refused", "Reason"), reason_of(row)),
        (tr("Refused", "Decided by"), row.rule or scope_of(row)),
        (tr("Refused", "Scope"), scope_of(row)),
        (tr("Refused", "Remote address"), row.peer),
        (tr("Refused", "Listener"), row.listener),
        (tr("Refused", "Time"), date_and_time(row.time)),
        (tr("Refused", "Times"), number(row.times)),
    ]


def address_of(row: Refusal) -> str:
    """The address without its port; empty when the row stands for many addresses."""
    for candidate in (row.peer, row.peer.rpartition(":")[0]):
        try:
            parse_address(candidate)
        except ValueError:
            continue
        return candidate.strip("[]")
    return ""


class RefusedModel(NewestFirst[Refusal, ConnectionRefused]):
    """One row for each refusal the server told of."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(refused_columns(), _refusal, parent)

    def take(self, batch: Batch) -> None:
        """Follow a batch of events; the slot of EventPump.batch."""
        self.put_on_top(batch.of(ConnectionRefused))


def _refusal(event: ConnectionRefused) -> Refusal:
    return Refusal(
        event.time, event.peer, event.listener, event.reason, event.scope, event.rule, event.times
    )
