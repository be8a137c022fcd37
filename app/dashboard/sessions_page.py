"""The Sessions page: who is connected right now, who was, and who was turned away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QLineEdit, QSplitter, QStackedWidget, QTabBar, QWidget

from app.bridge.dialogs import confirm
from app.bridge.services import PageWidget, Services
from app.dashboard.live import Live
from app.dashboard.refused_model import RefusedModel, address_of, refused_fields
from app.dashboard.session_details import SessionDetails, closed_fields, open_fields
from app.dashboard.shown_rows import Following, Key, ShownRows
from app.dashboard.source_rows import SourceRows
from app.look.parts import EmptyState, button, column, row
from app.look.tables import TableView
from app.look.words import number
from server_core.events.ring import Batch
from server_core.events.types import Level
from server_core.events.views import (
    ClosedSession,
    Refusal,
    ServerState,
    ServerStatus,
    SessionView,
)
from server_core.refusals import Refused

Row = TypeVar("Row")

NOW, PAST, REFUSED = range(3)
TABS = {"now": NOW, "history": PAST, "refused": REFUSED}
ACCEPTING = (ServerState.RUNNING, ServerState.PROBLEMS, ServerState.STARTING)


class _List(QStackedWidget):
    """A filtered table, or the reason why it is empty."""

    def __init__(
        self,
        services: Services,
        source: SourceRows[Row],
        key: Callable[[Row], Key],
        name: str,
        title: str,
    ) -> None:
        super().__init__()
        self.rows = ShownRows(source, key, self)
        self.table = TableView(services.theme, f"sessions.{name}", title)
        self.table.show_model(self.rows, source.columns)
        self.table.setSortingEnabled(True)
        self.empty = EmptyState(services.theme, "sessions", f"sessions.{name}_empty")
        self.addWidget(self.table)
        self.addWidget(self.empty)
        self.following = Following(self, self.rows, source)
        for signal in (self.rows.rowsInserted, self.rows.rowsRemoved):
            signal.connect(self.look)
        self.look()

    def look(self) -> None:
        """Show the table when it has rows."""
        self.setCurrentIndex(0 if self.rows.rows else 1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.following.catch_up()


class SessionsPage(PageWidget):
    """Three lists under tabs, a filter above them, the details of the selection beside them."""

    def __init__(self, services: Services, live: Live) -> None:
        super().__init__()
        self.setObjectName("sessions")
        self._services, self._live = services, live
        self._tabs = self._make_tabs()
        self._filter = QLineEdit()
        self._now = _List(services, live.sessions, _open_key, "now", self.tr("Open sessions"))
        self._past = _List(
            services, live.history, _closed_key, "history", self.tr("Ended sessions")
        )
        self._refusals = RefusedModel(self)
        self._refused = _List(
            services, self._refusals, _refused_key, "refused", self.tr("Refused connections")
        )
        self._parts = (self._now, self._past, self._refused)
        self._now.table.sortByColumn(10, Qt.SortOrder.DescendingOrder)
        self._past.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        self._refused.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        self._lists = QStackedWidget()
        self._details = SessionDetails(services.theme)
        self._disconnect = button(self.tr("Disconnect…"), "sessions.disconnect", kind="danger")
        self._why = button(self.tr("Why?"), "sessions.why", kind="primary")
        self._why.setToolTip(self.tr("Try this address on the Access lists page"))
        self._build()
        self._connect()
        self._ask_refusals()
        self._show_selection()

    def title_buttons(self) -> list[QWidget]:
        return [self._disconnect, self._why]

    def show_target(self, target: str) -> None:
        """``now``, ``history`` or ``refused`` open that list, ``session:7`` that session."""
        if target in TABS:
            self._tabs.setCurrentIndex(TABS[target])
        elif target.startswith("session:"):
            self._select(int(target.removeprefix("session:")))

    def focus_filter(self) -> None:
        self._filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter.selectAll()

    def refresh(self) -> None:
        """Put the rows in order again, and ask how far the sessions are."""
        self._services.tasks.start(self._live.look_at_sessions())
        self._shown.following.catch_up()

    def _make_tabs(self) -> QTabBar:
        tabs = QTabBar()
        tabs.setObjectName("sessions.tabs")
        tabs.setAccessibleName(self.tr("Which sessions"))
        tabs.setExpanding(False)
        tabs.setDrawBase(False)
        tabs.setUsesScrollButtons(False)
        tabs.addTab(self.tr("Now"))
        tabs.addTab(self.tr("History"))
        tabs.addTab(self.tr("Refused"))
        return tabs

    def _build(self) -> None:
        self._filter.setObjectName("sessions.filter")
        self._filter.setAccessibleName(self.tr("Filter sessions"))
        self._filter.setPlaceholderText(self.tr("Filter: account, address, listener …"))
        self._filter.setClearButtonEnabled(True)
        self._filter.setMaximumWidth(360)
        top = row(gap="m")
        top.addWidget(self._tabs)
        top.addStretch(1)
        top.addWidget(self._filter, 2)
        for part in self._parts:
            self._lists.addWidget(part)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("sessions.splitter")
        splitter.setHandleWidth(12)
        splitter.addWidget(self._lists)
        splitter.addWidget(self._details)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([720, 304])
        splitter.setCollapsible(0, False)
        body = column(self, gap="m")
        body.addLayout(top)
        body.addWidget(splitter, 1)
        follow = QAction(self.tr("Follow this session in the log"), self)
        follow.triggered.connect(self._follow)
        for part in (self._now, self._past):
            part.table.addAction(follow)
        why = QAction(self.tr("Why?"), self)
        why.triggered.connect(self._ask_why)
        self._refused.table.addAction(why)
        for part in self._parts:
            part.table.remember(self._services.settings)

    def _connect(self) -> None:
        self._tabs.currentChanged.connect(self._turn)
        self._filter.textChanged.connect(self._look_for)
        self._disconnect.clicked.connect(self._ask_disconnect)
        QShortcut(QKeySequence("Ctrl+D"), self, self._ask_disconnect)
        self._why.clicked.connect(self._ask_why)
        self._refused.table.activated.connect(self._ask_why)
        self._services.pump.batch.connect(self._take)
        for part in self._parts:
            part.empty.action.clicked.connect(self._help_empty)
            part.table.selectionModel().selectionChanged.connect(self._show_selection)
        self._now.rows.dataChanged.connect(self._refresh_details)
        self._live.sampled.connect(self._explain_empty)
        self._explain_empty(self._live.status)

    @property
    def _shown(self) -> _List:
        return self._parts[self._tabs.currentIndex()]

    def _turn(self, tab: int) -> None:
        self._lists.setCurrentIndex(tab)
        self._show_selection()

    def _look_for(self, typed: str) -> None:
        for part in self._parts:
            part.rows.look_for(typed)
        self._explain_empty(self._live.status)

    def _explain_empty(self, status: ServerStatus | None) -> None:
        if self._filter.text().strip():
            for part in (self._now, self._past):
                part.empty.tell(self.tr("No session matches the filter."), self.tr("Clear filter"))
            self._refused.empty.tell(
                self.tr("No refused connection matches the filter."), self.tr("Clear filter")
            )
            return
        self._refused.empty.tell(self.tr("No connection was refused."))
        self._past.empty.tell(self.tr("No session has ended yet."))
        if status is None or status.state in ACCEPTING:
            self._now.empty.tell(
                self.tr("No one is connected. Clients usually look for mail every few minutes.")
            )
        else:
            start = status.state is ServerState.STOPPED
            action = self.tr("Start") if start else self.tr("Resume")
            sentence = self.tr("The server is not accepting connections.")
            self._now.empty.tell(sentence, "" if status.state is ServerState.STOPPING else action)

    def _help_empty(self) -> None:
        if self._filter.text().strip():
            self._filter.clear()
            return
        service = self._services.service
        stopped = service.state is ServerState.STOPPED
        self._services.tasks.start(service.start() if stopped else service.resume())

    def _refresh_details(self) -> None:
        if self._details.isVisible():
            self._show_selection()

    def _show_selection(self) -> None:
        chosen = self._shown.table.selected_rows()
        self._details.setVisible(bool(chosen))
        first = chosen[0] if chosen else None
        if isinstance(first, SessionView):
            self._details.show_fields(open_fields(first))
        elif isinstance(first, ClosedSession):
            self._details.show_fields(closed_fields(first))
        elif isinstance(first, Refusal):
            self._details.show_fields(refused_fields(first))
        refused = self._shown is self._refused
        self._why.setVisible(refused)
        self._why.setEnabled(isinstance(first, Refusal) and bool(address_of(first)))
        self._disconnect.setVisible(not refused)
        self._disconnect.setEnabled(self._shown is self._now and bool(chosen))

    def _select(self, session: int) -> None:
        still_open = self._live.sessions.view(session) is not None
        self._tabs.setCurrentIndex(NOW if still_open else PAST)
        self._shown.following.catch_up()
        place = self._shown.rows.place_of(session)
        if place >= 0:
            self._shown.table.selectRow(place)

    def _take(self, batch: Batch) -> None:
        if batch.dropped:
            self._ask_refusals()
        else:
            self._refusals.take(batch)

    def _ask_refusals(self) -> None:
        try:
            self._refusals.take_snapshot(self._services.service.refusals())
        except Refused:  # stopped: what was shown stays
            return

    def _ask_why(self) -> None:
        """Try the refused address where the rules are."""
        chosen = self._refused.table.selected_rows()
        if self._shown is self._refused and chosen and (address := address_of(chosen[0])):
            self._services.window.go("access", f"try:{address} {chosen[0].listener}")

    def _follow(self) -> None:
        chosen = self._shown.table.selected_rows()
        if chosen:
            self._services.window.go("log", f"session:{chosen[0].session}")

    def _ask_disconnect(self) -> None:
        chosen = self._now.table.selected_rows()
        if self._shown is self._now and chosen:
            self._services.tasks.start(self._end([view.session for view in chosen], chosen[0]))

    async def _end(self, sessions: list[int], first: SessionView) -> None:
        if len(sessions) == 1:
            who = first.user or first.peer
            question = self.tr("Disconnect the session of {who}?").format(who=who)
        else:
            question = self.tr("Disconnect {count} sessions?").format(count=number(len(sessions)))
        agreed = await confirm(
            self,
            title=self.tr("Disconnect"),
            text=question,
            details=self.tr("Messages this client marked for deletion stay in the mailbox."),
            action=self.tr("Disconnect"),
            cancel=self.tr("Cancel"),
        )
        if agreed:
            for session in sessions:
                await self._services.service.disconnect(session)
            self._services.window.say(self.tr("Disconnected."))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._services.pump.want("sessions", Level.PROGRESS)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._services.pump.want("sessions", Level(0))


def _open_key(view: SessionView) -> Key:
    return view.session, view.opened


def _closed_key(row: ClosedSession) -> Key:
    return row.session, row.opened


def _refused_key(row: Refusal) -> Key:
    return (row.peer, row.reason, row.listener), row.time
