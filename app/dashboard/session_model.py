"""The open sessions, as a table that follows the events."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QObject,
)

from app.look.tables import Column, RowsModel
from app.look.words import duration, number, octets, security, session_state
from server_core.events.ring import Batch
from server_core.events.types import (
    Event,
    SessionClosed,
    SessionOpened,
    SessionSecured,
    SessionsProgressed,
    SignedIn,
    SignInFailed,
)
from server_core.events.views import SessionState, SessionView


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
    """How long the client has been silent, and until when it may be."""
    silent = duration(time.time() - view.active)
    if not view.idle_timeout:
        return silent
    return f"{silent} / {duration(view.idle_timeout)}"


def session_columns() -> tuple[Column[SessionView], ...]:
    """The columns of open sessions."""
    tr = QCoreApplication.translate
    idle = tr("Sessions", "Idle")
    return (
        Column(tr("Sessions", "State"), lambda row: session_state(row.state)[2], 124, mark=mark_of),
        Column(tr("Sessions", "Account"), lambda row: row.user or "–", 152),
        Column(tr("Sessions", "Address"), lambda row: row.peer, 140),
        Column(tr("Sessions", "Listener"), lambda row: row.listener, 84),
        Column(tr("Sessions", "Security"), lambda row: security(row.secure), 108),
        Column(tr("Sessions", "Method"), lambda row: row.method.upper() or "–", 84),
        Column(tr("Sessions", "Doing"), lambda row: row.command or idle, 76),
        Column(tr("Sessions", "Messages"), messages_of, 92, True, lambda row: row.retrieved),
        Column(
            tr("Sessions", "Sent"),
            lambda row: octets(row.sent_octets),
            84,
            True,
            lambda row: row.sent_octets,
        ),
        Column(idle, idle_of, 116, True, lambda row: -row.active),
        Column(
            tr("Sessions", "Connected"),
            lambda row: duration(time.time() - row.opened),
            92,
            True,
            lambda row: -row.opened,
        ),
        Column(
            tr("Sessions", "Errors"), lambda row: number(row.errors), 68, True, lambda r: r.errors
        ),
        Column(
            tr("Sessions", "Session"), lambda row: str(row.session), 80, True, lambda r: r.session
        ),
    )


class SessionModel(RowsModel[SessionView]):
    """One row per open session, in the order they came; fed, it does not fetch."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(session_columns(), parent)
        self._places: dict[int, int] = {}
        self._touched: set[int] | None = None

    def view(self, session: int) -> SessionView | None:
        """An open session by its number."""
        place = self._places.get(session)
        return None if place is None else self.rows[place]

    def take(self, batch: Batch) -> None:
        """Follow a batch of events; the slot of EventPump.batch."""
        changed: dict[int, SessionView | None] = {}
        for event in batch.events:
            changed.update(self._news(event, changed))
        if self._touched is not None:
            self._touched |= changed.keys()
        self._settle(changed)

    def expect_snapshot(self) -> None:
        """A snapshot is on its way: what events say from now on is newer than it."""
        self._touched = set()

    def take_snapshot(self, views: Iterable[SessionView]) -> None:
        """Show these sessions, apart from those that events spoke of since it was asked for."""
        touched, self._touched = self._touched or set(), None
        known = {view.session: view for view in views}
        changed: dict[int, SessionView | None] = {
            session: None
            for session in self._places
            if session not in known and session not in touched
        }
        changed |= {session: view for session, view in known.items() if session not in touched}
        self._settle(changed)

    def tick(self) -> None:
        """Repaint the cells that count time."""
        if self.rows:
            last = len(self.rows) - 1
            self.dataChanged.emit(self.index(0, 9), self.index(last, 10))

    def _news(
        self, event: Event, changed: dict[int, SessionView | None]
    ) -> Iterable[tuple[int, SessionView | None]]:
        """What an event says about sessions; None for one that is over."""
        if isinstance(event, SessionsProgressed):
            # A session that is not known here has ended, or its opening is still to come.
            for seen in event.sessions:
                if self._current(seen.session, changed) is not None:
                    yield seen.session, seen
        elif isinstance(event, SessionOpened):
            yield event.session, opened_view(event)
        elif isinstance(event, SessionClosed):
            yield event.session, None
        elif isinstance(event, SessionSecured | SignedIn | SignInFailed):
            view = self._current(event.session, changed)
            if view is not None:
                yield event.session, advanced(view, event)

    def _current(self, session: int, changed: dict[int, SessionView | None]) -> SessionView | None:
        return changed[session] if session in changed else self.view(session)

    def _settle(self, changed: dict[int, SessionView | None]) -> None:
        """Bring the rows to where a batch left them: removals, then updates, then additions."""
        gone = [s for s, view in changed.items() if view is None and s in self._places]
        self._remove(sorted((self._places[session] for session in gone), reverse=True))
        updated: list[int] = []
        fresh: list[SessionView] = []
        for session, view in changed.items():
            if view is None:
                continue
            place = self._places.get(session)
            if place is None:
                fresh.append(view)
            else:
                self.rows[place] = view
                updated.append(place)
        if updated:
            right = len(self.columns) - 1
            self.dataChanged.emit(self.index(min(updated), 0), self.index(max(updated), right))
        self._append(fresh)

    def _append(self, views: list[SessionView]) -> None:
        if not views:
            return
        first = len(self.rows)
        self.beginInsertRows(QModelIndex(), first, first + len(views) - 1)
        self.rows += views
        self._places |= {view.session: first + n for n, view in enumerate(views)}
        self.endInsertRows()

    def _remove(self, places: list[int]) -> None:
        """Remove rows, given from the bottom up, one call per run of neighbours."""
        start = 0
        while start < len(places):
            end = start
            while end + 1 < len(places) and places[end + 1] == places[end] - 1:
                end += 1
            top, bottom = places[end], places[start]
            self.beginRemoveRows(QModelIndex(), top, bottom)
            del self.rows[top : bottom + 1]
            self.endRemoveRows()
            start = end + 1
        if places:
            self._places = {view.session: place for place, view in enumerate(self.rows)}


def opened_view(event: SessionOpened) -> SessionView:
    """A session as it begins."""
    return SessionView(
        session=event.session,
        listener=event.listener,
        peer=event.peer,
        state=SessionState.SECURING if event.tls else SessionState.SIGNING_IN,
        opened=event.time,
        active=event.time,
    )


def advanced(view: SessionView, event: SessionSecured | SignedIn | SignInFailed) -> SessionView:
    """A session after one of its own events."""
    match event:
        case SessionSecured():
            state = SessionState.SIGNING_IN if view.state is SessionState.SECURING else view.state
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
            return replace(view, errors=view.errors + 1, active=event.time)
