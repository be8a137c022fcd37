"""The Sessions page: who is connected right now, who was, and who was turned away."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSplitter, QStackedWidget, QWidget

from app.bridge.services import PageWidget, Services
from app.dashboard.leaving_rows import LeavingRows
from app.dashboard.live import Live
from app.dashboard.refused_model import RefusedModel
from app.dashboard.session_actions import SessionActions
from app.dashboard.session_bar import SessionBar
from app.dashboard.session_details import SessionDetails
from app.dashboard.session_export import SessionExport
from app.dashboard.session_filter import Grouping, SessionFilter
from app.dashboard.session_list import SessionList
from app.dashboard.session_lookups import Lookups
from app.dashboard.session_target import PREFIX, SessionTarget, session_target
from app.dashboard.shown_rows import Key
from app.look.parts import button, column, row, tab_bar, with_menu
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

NOW, PAST, REFUSED = range(3)
TABS = {"now": NOW, "history": PAST, "refused": REFUSED}
ACCEPTING = (ServerState.RUNNING, ServerState.PROBLEMS, ServerState.STARTING)
CONNECTED, ENDED = 11, 0


class SessionsPage(PageWidget):
    """Three lists under tabs, a filter above them, the details of the selection beside them."""

    def __init__(self, services: Services, live: Live) -> None:
        super().__init__()
        self.setObjectName("sessions")
        self._services, self.live = services, live
        self._tabs = tab_bar(
            "sessions.tabs",
            self.tr("Which sessions"),
            self.tr("Now"),
            self.tr("History"),
            self.tr("Refused"),
        )
        self._bar = SessionBar(self._listeners, self._accounts)
        self._refusals = RefusedModel(self)
        self._now, self._past, self._refused = self._three_lists()
        self._parts = (self._now, self._past, self._refused)
        self._lists = QStackedWidget()
        self._details = SessionDetails(services)
        self._wants_details = True
        self._pause = button("", "sessions.pause")
        self._pause.setCheckable(True)
        self._ban = button(self.tr("Ban address…"), "sessions.ban")
        self._disconnect = button(self.tr("Disconnect…"), "sessions.disconnect", kind="danger")
        self._why = button(self.tr("Why?"), "sessions.why", kind="primary")
        self._why.setToolTip(self.tr("Try this address on the Access lists page"))
        self.actions_of_rows = SessionActions(services, live, self, self.chosen)
        self._export = SessionExport(services, self, lambda: self._shown)
        self._more = self._menu_button()
        self._build()
        self._connect()
        self._ask_refusals()
        self._turn(NOW)
        self._show_pause(paused=False)

    def title_buttons(self) -> list[QWidget]:
        return [self._pause, self._more, self._ban, self._disconnect, self._why]

    def show_target(self, target: str) -> None:
        """``now``, ``history`` or ``refused`` open that list, ``session:7`` that session.

        Of several of that number it is the latest, unless moments tell another.
        ``account:NAME`` shows the open sessions of an account.
        """
        if target in TABS:
            self._tabs.setCurrentIndex(TABS[target])
        elif target.startswith(PREFIX):
            self._select(session_target(target))
        elif target.startswith("account:"):
            self._tabs.setCurrentIndex(NOW)
            self._bar.show_filter(SessionFilter(account=target.removeprefix("account:")))

    def focus_filter(self) -> None:
        self._bar.words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._bar.words.selectAll()

    def toggle_live(self) -> None:
        self._pause.toggle()

    def refresh(self) -> None:
        """Put the rows in order again, and ask how far the sessions are."""
        self._services.tasks.start(self.live.look_at_sessions())
        self._shown.following.settle()

    def _three_lists(self) -> tuple[SessionList, SessionList, SessionList]:
        services, live = self._services, self.live
        lookups = Lookups(services, self)
        now = SessionList(
            services,
            LeavingRows(live.sessions, self),
            _open_key,
            looked_up=(lookups.names(2), lookups.hints(6)),
            name="now",
            title=self.tr("Open sessions"),
        )
        past = SessionList(
            services,
            live.history,
            _closed_key,
            looked_up=(lookups.names(2),),
            name="history",
            title=self.tr("Ended sessions"),
        )
        refused = SessionList(
            services,
            self._refusals,
            _refused_key,
            looked_up=(lookups.names(1),),
            name="refused",
            title=self.tr("Refused connections"),
        )
        return now, past, refused

    def _menu_button(self) -> QPushButton:
        made = button(self.tr("More"), "sessions.more")
        menu = QMenu(made)
        menu.aboutToShow.connect(lambda: self._fill_menu(menu))
        return with_menu(made, menu)

    def _fill_menu(self, menu: QMenu) -> None:
        menu.clear()
        self.actions_of_rows.fit()
        menu.addActions(self._actions_of(self._shown))
        menu.addSeparator()
        table = self._shown.table
        menu.addActions([table.copy_action, table.copy_menu.menuAction()])
        menu.addActions([self._export.every, self._export.selected])

    def _actions_of(self, part: SessionList) -> list[QAction]:
        actions = self.actions_of_rows
        return actions.of_refusals if part is self._refused else actions.of_sessions

    def _build(self) -> None:
        for part in self._parts:
            self._lists.addWidget(part)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("sessions.splitter")
        splitter.setHandleWidth(12)
        splitter.addWidget(self._lists)
        splitter.addWidget(self._details)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([604, 408])
        splitter.setCollapsible(0, False)
        splitter.setCollapsible(1, False)
        top = row(gap="m")
        top.addWidget(self._tabs)
        top.addStretch(1)
        body = column(self, gap="s")
        body.addLayout(top)
        body.addWidget(self._bar)
        body.addWidget(splitter, 1)
        for part in self._parts:
            part.offer(self._actions_of(part), [self._export.every, self._export.selected])
        self._now.begin_sorted(self._services, CONNECTED)
        self._past.begin_sorted(self._services, ENDED)
        self._refused.begin_sorted(self._services, ENDED)

    def _connect(self) -> None:
        self._tabs.currentChanged.connect(self._turn)
        self._bar.changed.connect(self._use_filter)
        self._bar.grouped.connect(self._use_grouping)
        self._bar.words.left.connect(self._go_to_rows)
        self._pause.toggled.connect(self._set_paused)
        self._services.theme.changed.connect(lambda: self._show_pause(self._pause.isChecked()))
        self._disconnect.clicked.connect(self.actions_of_rows.disconnect_these.trigger)
        self._ban.clicked.connect(self.actions_of_rows.ban.trigger)
        self._why.clicked.connect(self.actions_of_rows.why.trigger)
        self._services.pump.batch.connect(self._take)
        self._details.closed.connect(self._close_details)
        for part in self._parts:
            part.empty.action.clicked.connect(self._help_empty)
            part.table.selectionModel().selectionChanged.connect(self._show_selection)
            part.table.activated.connect(self._open_details)
        self._now.rows.dataChanged.connect(self._refresh_details)
        self.live.history.changed.connect(self._notice_end)
        self.live.sampled.connect(self._explain_empty)
        self._explain_empty(self.live.status)

    @property
    def _shown(self) -> SessionList:
        return self._parts[self._tabs.currentIndex()]

    def chosen(self) -> list[SessionView | ClosedSession | Refusal]:
        """The rows selected in the list that is shown."""
        return [
            (self._ending_of(row) or row) if isinstance(row, SessionView) else row
            for row in self._shown.table.selected_rows()
        ]

    def _listeners(self) -> set[str]:
        return {view.name for view in self._services.service.listeners()}

    def _accounts(self) -> set[str]:
        now = {row.user for row in self.live.sessions.rows}
        return now | {row.user for row in self.live.history.rows}

    def _turn(self, tab: int) -> None:
        self._lists.setCurrentIndex(tab)
        self._bar.fit(has_accounts=tab != REFUSED, has_states=tab == NOW)
        self._show_selection()

    def _use_filter(self, wanted: SessionFilter) -> None:
        for part in self._parts:
            part.show_filter(wanted)
        self._explain_empty(self.live.status)

    def _use_grouping(self, grouping: Grouping) -> None:
        for part in (self._now, self._past):
            part.show_groups(grouping)
        self._refused.show_groups(Grouping.NONE if grouping is Grouping.ACCOUNT else grouping)

    def _set_paused(self, paused: bool) -> None:
        for part in self._parts:
            part.rows.freeze(frozen=paused)
        self._show_pause(paused)

    def _show_pause(self, paused: bool) -> None:
        text = self.tr("Paused – go on") if paused else self.tr("Pause view")
        self._pause.setText(f" {text}")
        self._pause.setAccessibleName(text)
        self._pause.setIcon(self._services.theme.icon("play" if paused else "pause", "text"))

    def _explain_empty(self, status: ServerStatus | None) -> None:
        clear, wanted = self.tr("Clear filters"), self._bar.filter
        if wanted.words or wanted.listener:
            self._refused.empty.tell(self.tr("No refused connection matches the filter."), clear)
        else:
            self._refused.empty.tell(self.tr("No connection was refused."))
        if replace(wanted, state=None).narrow:
            self._past.empty.tell(self.tr("No session matches the filter."), clear)
        else:
            self._past.empty.tell(self.tr("No session has ended yet."))
        if wanted.narrow:
            self._now.empty.tell(self.tr("No session matches the filter."), clear)
            return
        if status is None or status.state in ACCEPTING:
            self._now.empty.tell(
                self.tr("No one is connected. Clients usually look for mail every few minutes."),
                self.tr("Test from this computer"),
            )
        else:
            start = status.state is ServerState.STOPPED
            action = self.tr("Start") if start else self.tr("Resume")
            sentence = self.tr("The server is not accepting connections.")
            self._now.empty.tell(sentence, "" if status.state is ServerState.STOPPING else action)

    def _help_empty(self) -> None:
        service = self._services.service
        if self._bar.filter.narrow:
            self._bar.clear_filters()
        elif service.state in ACCEPTING:
            self._services.window.go("listeners")
        else:
            stopped = service.state is ServerState.STOPPED
            self._services.tasks.start(service.start() if stopped else service.resume())

    def _show_selection(self) -> None:
        chosen = self.chosen()
        self.actions_of_rows.fit()
        self._export.fit()
        refused = self._shown is self._refused
        self._why.setVisible(refused)
        self._why.setEnabled(self.actions_of_rows.why.isEnabled())
        self._disconnect.setVisible(not refused)
        self._disconnect.setEnabled(self.actions_of_rows.disconnect_these.isEnabled())
        self._ban.setEnabled(self.actions_of_rows.ban.isEnabled())
        self._show_details(chosen[0] if chosen else self._just_ended())

    def _show_details(self, row: SessionView | ClosedSession | Refusal | None) -> None:
        row = row if self._wants_details else None
        self._details.show_row(row)
        self._details.setVisible(row is not None)

    def _just_ended(self) -> ClosedSession | None:
        """The session that was shown in Now when it ended: its details stay."""
        shown = self._details.shown
        if self._shown is not self._now or not isinstance(shown, SessionView | ClosedSession):
            return None
        return self._ending_of(shown)

    def _ending_of(self, shown: SessionView | ClosedSession) -> ClosedSession | None:
        """How the session ended, if it has."""
        live = self.live.sessions.view(shown.session)
        if live is not None and live.opened == shown.opened:
            return None
        key = shown.session, shown.opened
        rows = self.live.history.rows
        return next((row for row in rows if (row.session, row.opened) == key), None)

    def _refresh_details(self) -> None:
        if self._details.isVisible():
            chosen = self.chosen()
            self._show_details(chosen[0] if chosen else self._just_ended())

    def _notice_end(self) -> None:
        if self._shown is self._now:
            self._show_selection()

    def _open_details(self) -> None:
        self._wants_details = True
        self._show_selection()
        self._details.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_details(self) -> None:
        self._wants_details = False
        self._show_selection()
        self._go_to_rows()

    def _go_to_rows(self) -> None:
        self._shown.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _select(self, wanted: SessionTarget) -> None:
        view = self.live.sessions.view(wanted.session)
        still_open = view is not None and wanted.is_of(view.opened)
        self._tabs.setCurrentIndex(NOW if still_open else PAST)
        self._bar.clear_filters()
        self._shown.following.settle()
        place = self._shown.rows.place_of(wanted.session, wanted.opened)
        if place >= 0:
            self._shown.table.selectRow(place)

    def _take(self, batch: Batch) -> None:
        self._details.take(batch)
        if batch.dropped:
            self._ask_refusals()
        else:
            self._refusals.take(batch)

    def _ask_refusals(self) -> None:
        try:
            self._refusals.take_snapshot(self._services.service.refusals())
        except Refused:  # stopped: what was shown stays
            return

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
