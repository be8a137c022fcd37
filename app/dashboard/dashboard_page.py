"""The Dashboard: is mail being served, and does anything need you?"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QWidget

from app.bridge.dialogs import ask
from app.bridge.services import PageWidget, Services
from app.bridge.turns import Turns
from app.dashboard.arrange_dialog import ArrangeDialog
from app.dashboard.attention_card import AttentionCard
from app.dashboard.card_order import Place, keep_order, read_order
from app.dashboard.charts_section import ChartsSection
from app.dashboard.figures import Seen
from app.dashboard.figures_section import FiguresSection
from app.dashboard.listeners_card import ListenersCard
from app.dashboard.live import Live
from app.dashboard.recent_cards import EventsCard, SessionsCard
from app.dashboard.setup_card import DemoCard, SetupCard
from app.look.parts import button, column, tab_bar
from app.look.theme import space
from server_core.events.types import Level
from server_core.events.views import ServerStatus

SINCE = "dashboard/since"
TODAY, START = 0, 1
APART_MS = 50
SETUP_AWAY = "dashboard/setup_hidden"


class DashboardPage(PageWidget):
    """Cards in the order a person wants; before the first account, what is to be done first."""

    scrolls = True

    def __init__(self, services: Services, live: Live) -> None:
        super().__init__()
        self.setObjectName("dashboard")
        self._services, self._live = services, live
        self._attention = AttentionCard(services)
        self._attention.check.clicked.connect(live.check_all)
        self._setup = SetupCard(services)
        self._setup.away.clicked.connect(self._put_setup_away)
        self._demo = DemoCard(services.theme, services.demo) if services.demo else None
        self._figures = FiguresSection(services)
        self._listeners = ListenersCard(services)
        self._charts = ChartsSection(services)
        self.cards: dict[str, QWidget] = {
            "figures": self._figures,
            "listeners": self._listeners,
            "charts": self._charts,
            "sessions": SessionsCard(services, live),
            "events": EventsCard(services, live),
        }
        self._since = tab_bar(
            "dashboard.since",
            self.tr("What the figures count"),
            self.tr("Today"),
            self.tr("Since start"),
        )
        self._since.setCurrentIndex(START if services.settings.value(SINCE) == "start" else TODAY)
        self._since.currentChanged.connect(self._choose_since)
        self._arrange = button(self.tr("Arrange…"), "dashboard.arrange")
        self._arrange.clicked.connect(lambda: services.tasks.start(self.arrange()))
        self._body = column(gap="l")
        self._turns = Turns(self, APART_MS)
        self._build()
        live.sampled.connect(self._follow)
        if live.status is not None:
            self._show(live.status)

    def title_buttons(self) -> list[QWidget]:
        """What the figures count, and how the cards stand."""
        return [self._since, self._arrange]

    def refresh(self) -> None:
        """Look at the server now."""
        self._services.tasks.start(self._live.look_at_sessions())
        self._live.check()
        if self.isVisible():
            self._charts.look()

    async def arrange(self) -> None:
        """Ask how the cards should stand."""
        titles = {
            "figures": self.tr("Figures"),
            "listeners": self.tr("Listeners"),
            "charts": self.tr("Activity"),
            "sessions": self.tr("Latest sessions"),
            "events": self.tr("Latest events"),
        }
        dialog = ArrangeDialog(self._services.theme, titles, self._places(), self)
        dialog.accepted.connect(lambda: keep_order(self._services.settings, dialog.places()))
        await ask(dialog)
        self._place_cards()

    def _places(self) -> list[Place]:
        return read_order(self._services.settings, list(self.cards))

    def _build(self) -> None:
        content = QWidget()
        body = column(content, gap="l")
        body.setContentsMargins(0, 0, 0, space("xl"))
        fixed: list[QWidget | None] = [self._attention, self._setup, self._demo]
        for part in fixed:
            if part is not None:
                body.addWidget(part)
        body.addLayout(self._body)
        body.addStretch(1)
        body.setSizeConstraint(QLayout.SizeConstraint.SetMinAndMaxSize)
        self._area = QScrollArea()
        self._area.setObjectName("dashboard.cards")
        self._area.setAccessibleName(self.tr("Dashboard"))
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(content)
        self._area.verticalScrollBar().valueChanged.connect(self._charts.came_into_view)
        column(self).addWidget(self._area)
        self._place_cards()

    def _place_cards(self) -> None:
        """Put the cards where the person wants them; nobody needs them before the first account."""
        status = self._live.status
        useful = status is None or status.accounts > 0
        for button_above in self.title_buttons():
            button_above.setVisible(useful)
        for place in self._places():
            card = self.cards[place.card]
            self._body.removeWidget(card)
            self._body.addWidget(card)
            card.setVisible(place.shown and useful)

    def _follow(self, status: ServerStatus) -> None:
        self._show(status, at_once=False)

    def _show(self, status: ServerStatus, *, at_once: bool = True) -> None:
        live, certificates = self._live, self._live.certificates
        self._attention.show_status(status)
        self._setup.show_status(status, certificates, tried=self._somebody_signed_in(status))
        away = bool(self._services.settings.value(SETUP_AWAY, defaultValue=False, type=bool))
        self._setup.setVisible(self._setup.left > 0 and not (away and status.accounts))
        if self._figures.isVisibleTo(self) != self._wants_figures(status):
            self._place_cards()
        if not self.isVisible() or self.window().isMinimized():
            return
        self._attention.show_findings(live.findings(), live.checked)
        pieces: list[Callable[[], None]] = [
            lambda: self._figures.show_seen(self._seen(status), live.minutes(), time.time()),
            lambda: self._listeners.show_status(status, self._services.service.meters()),
            self._charts.follow,
        ]
        if at_once:
            self._turns.stop()
            for piece in pieces:
                piece()
        else:
            self._turns.begin(*pieces)

    def _somebody_signed_in(self, status: ServerStatus) -> bool:
        counted = status.counters.sign_ins or self._services.service.today().sign_ins
        return bool(counted) or any(row.user for row in self._live.history.rows)

    def _wants_figures(self, status: ServerStatus) -> bool:
        shown = next(place.shown for place in self._places() if place.card == "figures")
        return shown and status.accounts > 0

    def _seen(self, status: ServerStatus) -> Seen:
        today = self._since.currentIndex() == TODAY
        return Seen(
            status=status,
            counters=self._services.service.today() if today else status.counters,
            since=self.tr("Today") if today else self.tr("Since start"),
            stored=self._live.stored,
            certificates=self._live.certificates,
            limit=self._live.session_limit(),
        )

    def _choose_since(self, place: int) -> None:
        self._services.settings.setValue(SINCE, "today" if place == TODAY else "start")
        if self._live.status is not None:
            self._show(self._live.status)

    def _put_setup_away(self) -> None:
        self._services.settings.setValue(SETUP_AWAY, True)
        self._setup.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._services.pump.want("dashboard", Level.PROGRESS)
        if self._live.status is not None:
            self._show(self._live.status)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._turns.stop()
        self._services.pump.want("dashboard", Level(0))
