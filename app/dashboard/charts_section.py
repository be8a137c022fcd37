"""All charts side by side, over one period."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from app.bridge.services import Services
from app.bridge.turns import Turns
from app.dashboard.chart_card import ChartCard
from app.dashboard.chart_points import Period, periods
from app.dashboard.charts import charts
from app.look.flow import Strip
from app.look.parts import column, label, row, tab_bar

CHART_WIDTH = 400
# One chart at a time, so that no single moment of the window is long.
APART_MS = 40
SETTING = "dashboard/period"
# Steps of minutes and hours need no look every second.
PATIENCE_SECONDS = 5.0


class ChartsSection(QWidget):
    """Asks the server for its series while it is seen; the period chosen is kept."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("dashboard.charts")
        self._services = services
        self._periods = periods()
        self.period = self._kept_period()
        self.cards = [ChartCard(services, chart, self.period) for chart in charts()]
        self._looked = 0.0
        self._turns = Turns(self, APART_MS)
        titles = [period.title for period in self._periods]
        self._choice = tab_bar("dashboard.period", self.tr("How far back"), *titles)
        self._choice.setCurrentIndex(self._periods.index(self.period))
        self._choice.currentChanged.connect(self._choose)
        line = row()
        line.addWidget(label(services.theme, self.tr("Activity"), kind="section", bold=True))
        line.addStretch(1)
        line.addWidget(self._choice)
        strip = Strip(CHART_WIDTH, most=2)
        strip.show_parts(self.cards)
        body = column(self)
        body.addLayout(line)
        body.addWidget(strip)

    def follow(self) -> None:
        """Draw what is new; called every second."""
        steady = self.period.step > 1
        if steady and time.monotonic() - self._looked < PATIENCE_SECONDS:
            return
        self.look()

    def look(self) -> None:
        """Draw all charts anew, each in its turn."""
        self._looked = time.monotonic()
        self._turns.begin(*(partial(self._draw, card) for card in self.cards))

    def came_into_view(self) -> None:
        """Draw what was scrolled to; the charts of long periods would else keep it waiting."""
        if not self._turns.busy:
            self.look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._turns.stop()
        self._looked = 0.0

    def _draw(self, card: ChartCard) -> None:
        # What is scrolled out of sight is drawn once it is there.
        if not card.visibleRegion().isEmpty():
            samples = self._services.service.series(self.period.span)
            card.show_samples(samples, self.period, time.time())

    def _choose(self, place: int) -> None:
        self.period = self._periods[place]
        self._services.settings.setValue(SETTING, self.period.id)
        self.look()

    def _kept_period(self) -> Period:
        kept = self._services.settings.value(SETTING, "")
        return next((each for each in self._periods if each.id == kept), self._periods[0])
