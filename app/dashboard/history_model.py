"""The sessions of the past, newest first, and the latest sessions of any kind."""

from __future__ import annotations

from heapq import nlargest

from PySide6.QtCore import (
    QCoreApplication,
    QObject,
)

from app.dashboard.session_model import SessionModel, mark_of, messages_of, received_column
from app.dashboard.source_rows import NewestFirst
from app.look.tables import Column, LiveRows
from app.look.words import duration, moment, number, octets, security, session_state
from server_core.events.past import closed_session
from server_core.events.reasons import CLOSE_TEXTS, CloseReason
from server_core.events.ring import Batch
from server_core.events.types import SessionClosed
from server_core.events.views import ClosedSession, SessionState, SessionView

LATEST = 10


_MARKS = {
    CloseReason.QUIT: ("circle", "ok"),
    CloseReason.CLIENT_CLOSED: ("dash", "neutral"),
    CloseReason.DISCONNECTED_BY_ADMIN: ("dash", "neutral"),
    CloseReason.ACCOUNT_DISABLED: ("dash", "neutral"),
    CloseReason.SHUTDOWN: ("dash", "neutral"),
    CloseReason.IDLE_TIMEOUT: ("triangle", "attention"),
    CloseReason.BANNED: ("triangle", "attention"),
    CloseReason.TAKEN_OVER: ("triangle", "attention"),
    CloseReason.TOO_MANY_ERRORS: ("triangle", "attention"),
    CloseReason.TOO_MANY_FAILED_LOGINS: ("triangle", "attention"),
    CloseReason.LINE_TOO_LONG: ("triangle", "attention"),
    CloseReason.TLS_FAILED: ("triangle", "attention"),
    CloseReason.INTERNAL_ERROR: ("cross", "problem"),
}


def history_columns() -> tuple[Column[ClosedSession], ...]:
    """The columns of ended sessions."""
    tr = QCoreApplication.translate

    return (
        Column(tr("Sessions", "Ended"), lambda r: moment(r.closed), 132, sort=lambda r: r.closed),
        Column(tr("Sessions", "Account"), lambda row: row.user or "–", 168),
        Column(tr("Sessions", "Address"), lambda row: row.peer, 164),
        Column(tr("Sessions", "Why it ended"), reason_of, 208, mark=lambda row: _MARKS[row.reason]),
        Column(tr("Sessions", "Listener"), lambda row: row.listener, 88),
        Column(tr("Sessions", "Security"), lambda row: security(row.secure), 112),
        Column(tr("Sessions", "Method"), lambda row: row.method.upper() or "–", 96),
        *_figure_columns(),
        *_optional_columns(),
    )


def _figure_columns() -> tuple[Column[ClosedSession], ...]:
    tr = QCoreApplication.translate
    return (
        Column(
            tr("Sessions", "Fetched"),
            lambda r: number(r.retrieved),
            76,
            True,
            lambda r: r.retrieved,
        ),
        Column(
            tr("Sessions", "Removed"), lambda r: number(r.removed), 84, True, lambda r: r.removed
        ),
        Column(
            tr("Sessions", "Sent"),
            lambda row: octets(row.sent_octets),
            84,
            True,
            lambda row: row.sent_octets,
        ),
        Column(
            tr("Sessions", "Lasted"),
            lambda row: duration(row.closed - row.opened),
            92,
            True,
            lambda row: row.closed - row.opened,
        ),
        Column(
            tr("Sessions", "Session"), lambda row: str(row.session), 80, True, lambda r: r.session
        ),
    )


def _optional_columns() -> tuple[Column[ClosedSession], ...]:
    tr = QCoreApplication.translate
    return (
        received_column(),
        Column(tr("Sessions", "What went wrong"), lambda r: r.problem or "–", 240, optional=True),
    )


def reason_of(row: ClosedSession) -> str:
    """Why a session ended, in words."""
    words = QCoreApplication.translate("Reasons", CLOSE_TEXTS[row.reason])
    return words[:1].upper() + words[1:]


def latest_columns() -> tuple[Column[SessionView], ...]:
    """The short columns of the Dashboard."""
    tr = QCoreApplication.translate
    return (
        Column(tr("Sessions", "State"), lambda row: session_state(row.state)[2], 140, mark=mark_of),
        Column(tr("Sessions", "Account"), lambda row: row.user or "–", 200),
        Column(tr("Sessions", "Address"), lambda row: row.peer, 168),
        Column(tr("Sessions", "Security"), lambda row: security(row.secure), 128),
        Column(tr("Sessions", "Messages"), messages_of, 148, number=True),
        Column(tr("Sessions", "Since"), lambda row: moment(row.opened), 88, number=True),
    )


class HistoryModel(NewestFirst[ClosedSession, SessionClosed]):
    """One row per ended session, newest on top, at most a thousand."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(history_columns(), closed_session, parent)

    def take(self, batch: Batch) -> None:
        """Follow a batch of events; the slot of EventPump.batch."""
        self.put_on_top(batch.of(SessionClosed))


class LatestModel(LiveRows[SessionView]):
    """The ten latest sessions: those still open first, then those that ended last."""

    def __init__(
        self, sessions: SessionModel, history: HistoryModel, parent: QObject | None = None
    ) -> None:
        super().__init__(latest_columns(), parent)
        self._sessions, self._history = sessions, history

    def refresh(self) -> None:
        """Look again; repaints only when something differs."""
        latest = nlargest(LATEST, self._sessions.rows, key=lambda view: view.active)
        latest += map(as_view, self._history.newest(LATEST - len(latest)))
        if latest == self.rows:
            return
        if len(latest) != len(self.rows):
            self.beginResetModel()
            self.rows = latest
            self.endResetModel()
            return
        self.rows = latest
        self.dataChanged.emit(self.index(0, 0), self.index(len(latest) - 1, len(self.columns) - 1))


def as_view(closed: ClosedSession) -> SessionView:
    """An ended session in the shape of an open one."""
    return SessionView(
        session=closed.session,
        listener=closed.listener,
        peer=closed.peer,
        state=SessionState.CLOSED,
        opened=closed.opened,
        active=closed.closed,
        user=closed.user,
        secure=closed.secure,
        method=closed.method,
        retrieved=closed.retrieved,
        sent_octets=closed.sent_octets,
    )
