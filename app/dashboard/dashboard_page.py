"""The Dashboard: is mail being served, and does anything need you?"""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QWidget

from app.bridge.services import PageWidget, Services
from app.dashboard.charts import ActivityChart
from app.dashboard.live import LATEST_EVENTS, Live
from app.dashboard.state_card import FirstSteps, StateCard
from app.dashboard.tiles import Tile
from app.look.flow import Strip
from app.look.parts import Banner, Card, EmptyState, button, column, muted
from app.look.tables import TableView
from app.look.theme import space
from app.look.words import number, octets
from server_core.events.types import Level
from server_core.events.views import ListenerState, ServerStatus

TILE_WIDTH = 180
SHOWN_EVENT_COLUMNS = (0, 1, 6, 7)


class DashboardPage(PageWidget):
    """Cards, top to bottom in the order in which they matter."""

    scrolls = True

    def __init__(self, services: Services, live: Live) -> None:
        super().__init__()
        self.setObjectName("dashboard")
        self._services, self._live = services, live
        theme = services.theme
        self._banner = Banner(theme, "dashboard.attention")
        self._banner.action.clicked.connect(lambda: services.window.go("listeners"))
        self._state = StateCard(services)
        self._first_steps = FirstSteps(services)
        self._tiles = Strip(TILE_WIDTH)
        self._make_tiles()
        self._chart = ActivityChart(theme)
        self._delay = muted(theme, kind="small")
        self._delay.setObjectName("dashboard.delay")
        self._chart.body.addWidget(self._delay)
        self._latest = self._sessions_card()
        self._events = self._events_card()
        self._build()
        live.sampled.connect(self._show)
        live.latest.modelReset.connect(self._fit)
        live.latest_events.rowsInserted.connect(self._fit)
        self._fit()
        if live.status is not None:
            self._show(live.status)

    def refresh(self) -> None:
        """Look at the server now."""
        self._services.tasks.start(self._live.look_at_sessions())
        self._live.sample()

    def _build(self) -> None:
        content = QWidget()
        body = column(content, gap="l")
        body.setContentsMargins(0, 0, 0, space("xl"))
        for part in (
            self._banner,
            self._state,
            self._first_steps,
            self._tiles,
            self._chart,
            self._latest,
            self._events,
        ):
            body.addWidget(part)
        body.addStretch(1)
        body.setSizeConstraint(QLayout.SizeConstraint.SetMinAndMaxSize)
        area = QScrollArea()
        area.setObjectName("dashboard.cards")
        area.setAccessibleName(self.tr("Dashboard"))
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(content)
        column(self).addWidget(area)

    def _make_tiles(self) -> None:
        theme, go = self._services.theme, self._services.window.go
        self._sessions = Tile(theme, "dashboard.sessions", self.tr("Sessions now"))
        self._sign_ins = Tile(theme, "dashboard.sign_ins", self.tr("Sign-ins"))
        self._fetched = Tile(theme, "dashboard.fetched", self.tr("Messages fetched"))
        self._stored = Tile(theme, "dashboard.stored", self.tr("Messages stored"))
        for tile, page, target in (
            (self._sessions, "sessions", ""),
            (self._sign_ins, "log", "sign-ins"),
            (self._fetched, "sessions", "history"),
            (self._stored, "accounts", ""),
        ):
            tile.clicked.connect(lambda _=False, page=page, target=target: go(page, target))
        self._tiles.show_parts([self._sessions, self._sign_ins, self._fetched, self._stored])

    def _sessions_card(self) -> Card:
        card = Card(self._services.theme, self.tr("Latest sessions"))
        more = button(self.tr("All sessions"), "dashboard.all_sessions", kind="link")
        more.clicked.connect(lambda: self._services.window.go("sessions"))
        card.heading.addWidget(more)
        self._latest_table = self._quiet_table("dashboard.latest", self.tr("Latest sessions"))
        self._latest_table.show_model(self._live.latest, self._live.latest.columns)
        self._nobody = EmptyState(self._services.theme, "sessions", "dashboard.no_sessions")
        self._nobody.tell(
            self.tr("No one is connected. Clients usually look for mail every few minutes.")
        )
        card.body.addWidget(self._latest_table)
        card.body.addWidget(self._nobody)
        return card

    def _events_card(self) -> Card:
        card = Card(self._services.theme, self.tr("Latest events"))
        more = button(self.tr("Open log"), "dashboard.open_log", kind="link")
        more.clicked.connect(lambda: self._services.window.go("log"))
        card.heading.addWidget(more)
        model = self._live.latest_events
        self._events_table = self._quiet_table("dashboard.events", self.tr("Latest events"))
        self._events_table.show_model(model, model.columns)
        for place in range(len(model.columns)):
            self._events_table.setColumnHidden(place, place not in SHOWN_EVENT_COLUMNS)
        self._nothing = EmptyState(self._services.theme, "log", "dashboard.no_events")
        self._nothing.tell(self.tr("Nothing has happened since the server started."))
        card.body.addWidget(self._events_table)
        card.body.addWidget(self._nothing)
        return card

    def _quiet_table(self, name: str, title: str) -> TableView:
        """A table that is as high as its rows and does not scroll by itself."""
        table = TableView(self._services.theme, name, title)
        table.make_inline()
        return table

    def _fit(self) -> None:
        for table, empty, model in (
            (self._latest_table, self._nobody, self._live.latest),
            (self._events_table, self._nothing, self._live.latest_events),
        ):
            _fit(table, empty, model)

    def _show(self, status: ServerStatus) -> None:
        self._state.show_status(status)
        self._first_steps.show_accounts(status.accounts)
        self._show_attention(status)
        if not self.isVisible():
            return
        self._show_tiles(status)
        self._chart.show_samples(self._live.counters.samples)
        delay = self._live.delay.delay()
        self._delay.setText(
            self.tr(
                "Delay of this window during the last minute: {p50} ms typical, "
                "{p99} ms in the worst hundredth, {worst} ms at most."
            ).format(p50=f"{delay.p50:.1f}", p99=f"{delay.p99:.1f}", worst=f"{delay.worst:.1f}")
        )

    def _show_attention(self, status: ServerStatus) -> None:
        failed = [view for view in status.listeners if view.state is ListenerState.FAILED]
        sentence = "\n".join(f"{view.name}: {view.sentence}" for view in failed)
        self._banner.tell("problem", sentence, self.tr("Open listeners") if failed else "")

    def _show_tiles(self, status: ServerStatus) -> None:
        totals = status.counters
        self._sessions.show_figure(
            number(status.sessions),
            self.tr("{count} since the start").format(count=number(totals.connections)),
        )
        failed = self.tr("{count} failed").format(count=number(totals.failed_sign_ins))
        self._sign_ins.show_figure(number(totals.sign_ins), failed)
        self._fetched.show_figure(
            number(totals.retrieved),
            self.tr("{size} sent").format(size=octets(totals.sent_octets)),
        )
        self._stored.show_figure(
            number(self._live.stored.messages),
            self.tr("{size} in {count} mailboxes").format(
                size=octets(self._live.stored.octets), count=number(status.accounts)
            ),
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._services.pump.want("dashboard", Level.PROGRESS)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._services.pump.want("dashboard", Level(0))


def _fit(table: TableView, empty: EmptyState, model: QAbstractTableModel) -> None:
    rows = model.rowCount()
    table.setVisible(rows > 0)
    empty.setVisible(rows == 0)
    table.fit_rows(min(rows, LATEST_EVENTS))
