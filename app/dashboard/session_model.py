"""The open sessions, as a table that follows the events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.dashboard.session_filter import host_of, port_of
from app.dashboard.source_rows import SourceRows
from app.look.tables import Column
from app.look.words import duration, number, octets, rate, security, session_state
from server_core.events.ring import Batch
from server_core.events.types import (
    SessionClosed,
    SessionOpened,
    SessionSecured,
    SessionsProgressed,
    SignedIn,
    SignInFailed,
)
from server_core.events.views import SessionState, SessionView

_STEPS = (SessionOpened, SessionSecured, SignedIn, SignInFailed)


def mark_of(view: SessionView) -> tuple[str, str]:
    """Shape and colour role of a session's state."""
    shape, role, _ = session_state(view.state)
    return shape, role


def messages_of(view: SessionView) -> str:
    """Fetched, marked for deletion and all messages, as far as there are any."""
    if not view.user:
        return ""
    if view.state is SessionState.CLOSED:
        return QCoreApplication.translate("Sessions", "{fetched} fetched").format(
            fetched=number(view.retrieved)
        )
    text = QCoreApplication.translate("Sessions", "{fetched} of {all}").format(
        fetched=number(view.retrieved), all=number(view.messages)
    )
    if view.marked:
        text += QCoreApplication.translate("Sessions", ", {marked} marked").format(
            marked=number(view.marked)
        )
    return text


def idle_of(view: SessionView) -> str:
    """How long the client may still be silent, or has been where nothing ends that."""
    if view.state is SessionState.CLOSED:
        return "–"
    silent = time.time() - view.active
    if not view.idle_timeout:
        return duration(silent)
    left = QCoreApplication.translate("Sessions", "{time} left")
    return left.format(time=duration(view.idle_timeout - silent))


def errors_of(view: SessionView) -> str:
    """Errors so far, and how many end the session."""
    if not view.most_errors:
        return number(view.errors)
    return QCoreApplication.translate("Sessions", "{errors} of {most}").format(
        errors=number(view.errors), most=number(view.most_errors)
    )


def session_columns(
    speed: Callable[[SessionView], float] = lambda view: 0.0,
) -> tuple[Column[SessionView], ...]:
    """The columns of open sessions; ``speed`` tells octets a second."""
    tr = QCoreApplication.translate
    idle = tr("Sessions", "Idle")
    return (
        *_who_columns(),
        Column(
            tr("Sessions", "Messages"),
            messages_of,
            168,
            True,
            lambda row: row.retrieved,
            mark=lambda row: ("triangle", "attention") if row.marked else None,
        ),
        Column(
            tr("Sessions", "Sent"),
            lambda row: octets(row.sent_octets),
            84,
            True,
            lambda row: row.sent_octets,
        ),
        Column(tr("Sessions", "Speed"), lambda row: rate(speed(row)), 88, True, speed),
        Column(idle, idle_of, 124, True, lambda row: -row.active),
        Column(
            tr("Sessions", "Connected"),
            lambda row: duration(_until(row) - row.opened),
            92,
            True,
            lambda row: -row.opened,
        ),
        Column(tr("Sessions", "Errors"), errors_of, 76, True, lambda row: row.errors),
        Column(
            tr("Sessions", "Session"), lambda row: str(row.session), 80, True, lambda r: r.session
        ),
        *_optional_columns(),
    )


def _until(view: SessionView) -> float:
    """Now, or when the session ended."""
    return view.active if view.state is SessionState.CLOSED else time.time()


def doing_of(view: SessionView) -> str:
    """The command that is being answered, if any."""
    if view.state is SessionState.CLOSED:
        return "–"
    return (
        view.command
        if view.busy and view.command
        else QCoreApplication.translate("Sessions", "Idle")
    )


def _who_columns() -> tuple[Column[SessionView], ...]:
    tr = QCoreApplication.translate
    return (
        Column(tr("Sessions", "State"), lambda row: session_state(row.state)[2], 124, mark=mark_of),
        Column(tr("Sessions", "Account"), lambda row: row.user or "–", 152),
        Column(tr("Sessions", "Address"), lambda row: host_of(row.peer), 132),
        Column(tr("Sessions", "Listener"), lambda row: row.listener, 84),
        Column(tr("Sessions", "Security"), lambda row: security(row.secure), 108),
        Column(tr("Sessions", "Method"), lambda row: row.method.upper() or "–", 84),
        Column(tr("Sessions", "Doing"), doing_of, 76),
    )


def received_column() -> Column[Any]:
    """Octets that a client sent, of open sessions and of ended ones; on request."""
    title = QCoreApplication.translate("Sessions", "Received")
    received = attrgetter("received_octets")
    return Column(title, lambda row: octets(received(row)), 84, True, received, optional=True)


def _optional_columns() -> tuple[Column[SessionView], ...]:
    tr = QCoreApplication.translate
    return (
        received_column(),
        Column(tr("Sessions", "Cipher"), lambda row: row.cipher or "–", 208, optional=True),
        Column(tr("Sessions", "Port"), lambda row: port_of(row.peer), 72, True, optional=True),
        Column(tr("Sessions", "Let in by"), lambda row: row.rule or "–", 240, optional=True),
    )


class SessionModel(SourceRows[SessionView]):
    """One row per open session, in the order they came; fed, it does not fetch.

    ``ended`` carries the last pictures of those that a batch told the end of.
    """

    ended = Signal(list)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(session_columns(self.speed), parent)
        self._open: dict[int, SessionView] = {}
        self._sent: dict[int, int] = {}
        self._speeds: dict[int, float] = {}
        self._touched: set[int] | None = None

    def view(self, session: int) -> SessionView | None:
        """An open session by its number."""
        return self._open.get(session)

    def take(self, batch: Batch) -> None:
        """Follow a batch of events; the slot of EventPump.batch."""
        # Most sessions of a busy moment are over before they can be shown: of those only the end
        # is looked at.
        over = {event.session for event in batch.of(SessionClosed)}
        spoken_of: set[int] = set()
        ended: list[SessionView] = []
        for event in batch.events:
            if isinstance(event, _STEPS):
                if event.session not in over:
                    spoken_of.add(event.session)
                    self._step(event)
            elif isinstance(event, SessionClosed):
                over.discard(event.session)
                spoken_of.add(event.session)
                if (last := self._open.pop(event.session, None)) is not None:
                    ended.append(last)
            elif isinstance(event, SessionsProgressed):
                # A session that is not known here has ended, or its opening is still to come.
                seen = {v.session: v for v in event.sessions if v.session in self._open}
                self._open |= seen
                spoken_of |= seen.keys()
        if self._touched is not None:
            self._touched |= spoken_of
        if ended:
            self.ended.emit(ended)
        self._tell()

    def expect_snapshot(self) -> None:
        """A snapshot is on its way: what events say from now on is newer than it."""
        self._touched = set()

    def take_snapshot(self, views: Iterable[SessionView]) -> None:
        """Show these sessions, apart from those that events spoke of since it was asked for."""
        touched, self._touched = self._touched or set(), None
        known = {view.session: view for view in views if view.session not in touched}
        for session in self._open.keys() - known.keys() - touched:
            del self._open[session]
        self._open |= known
        self._tell()

    def tick(self) -> None:
        """A second has passed: cells that count time are painted again."""
        sent = {view.session: view.sent_octets for view in self.rows}
        before, self._sent = self._sent, sent
        self._speeds = {
            session: count - before[session]
            for session, count in sent.items()
            if before.get(session, count) < count
        }
        if self.rows:
            self.changed.emit()

    def speed(self, view: SessionView) -> float:
        """Octets sent to the client within the last second."""
        return self._speeds.get(view.session, 0.0)

    def _step(self, event: SessionOpened | SessionSecured | SignedIn | SignInFailed) -> None:
        if isinstance(event, SessionOpened):
            self._open[event.session] = opened_view(event)
        elif (view := self._open.get(event.session)) is not None:
            self._open[event.session] = advanced(view, event)

    def _tell(self) -> None:
        rows = list(self._open.values())
        if rows != self._rows:
            self._rows = rows
            self.changed.emit()


def opened_view(event: SessionOpened) -> SessionView:
    """A session as it begins."""
    return SessionView(
        session=event.session,
        listener=event.listener,
        peer=event.peer,
        state=SessionState.SECURING if event.tls else SessionState.GREETING,
        opened=event.time,
        active=event.time,
    )


def advanced(view: SessionView, event: SessionSecured | SignedIn | SignInFailed) -> SessionView:
    """A session after one of its own events."""
    match event:
        case SessionSecured():
            state = view.state
            if state is SessionState.SECURING:
                # STLS is a command; a handshake at once comes before the greeting.
                spoken = view.received_octets > 0
                state = SessionState.SIGNING_IN if spoken else SessionState.GREETING
            return replace(view, state=state, secure=event.version, active=event.time)
        case SignedIn():
            return replace(
                view,
                state=SessionState.READING,
                user=event.user,
                method=event.method,
                messages=event.messages,
                active=event.time,
            )
        case SignInFailed():
            state = SessionState.SIGNING_IN
            return replace(view, state=state, errors=view.errors + 1, active=event.time)
