"""One chart with what belongs to it: legend, table, sentence, and its numbers to take along."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QStackedLayout, QToolButton, QWidget

from app.bridge.services import Services
from app.dashboard.chart_plot import ChartPlot
from app.dashboard.chart_points import Period, Point, points_of
from app.dashboard.chart_table import PointsModel, as_text
from app.dashboard.charts import Chart, summary
from app.look.marks import Mark
from app.look.parts import Card, IconButton, button, muted, row
from app.look.tables import TableView
from app.look.theme import space
from server_core.events.log_views import Sample

PLOT_HEIGHT = 176


class ChartCard(Card):
    """Shows samples as a picture or, at the switch, as a table."""

    def __init__(self, services: Services, chart: Chart, period: Period) -> None:
        super().__init__(services.theme, chart.title)
        self._services, self._chart, self._period = services, chart, period
        self._points: list[Point] = []
        self._now = 0.0
        self.plot = ChartPlot(services.theme, chart)
        self._model = PointsModel(chart, period, self)
        self._table = TableView(services.theme, f"dashboard.chart_table.{chart.id}", chart.title)
        self._table.show_model(self._model, self._model.columns)
        self._switch = button("", f"dashboard.chart_switch.{chart.id}", kind="link")
        self._switch.clicked.connect(self._turn)
        self.sentence = muted(services.theme, kind="small")
        self.sentence.setObjectName(f"dashboard.chart_sentence.{chart.id}")
        self.sentence.setWordWrap(True)
        self._build()
        self._name_switch()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def show_samples(self, samples: Sequence[Sample], period: Period, now: float) -> None:
        """Draw the period up to now."""
        if period != self._period:
            self._period = period
            self._model.show_period(period)
        chart, self._now = self._chart, now
        self._points = points_of(samples, chart.lines, chart.add, period, now)
        self._tell(summary(chart, period, self._points))
        self._show()

    def copy_points(self, separator: str) -> None:
        """Put the numbers shown on the clipboard."""
        QGuiApplication.clipboard().setText(as_text(self._chart, self._points, separator))
        self._services.window.say(self.tr("Copied. Paste it into a spreadsheet."))

    def _build(self) -> None:
        self.heading.addWidget(self._switch)
        self.heading.addWidget(self._copy_button())
        legend = row(gap="l")
        for line in self._chart.lines:
            mark = Mark(self._services.theme, 10)
            mark.show_mark(line.mark, line.role)
            part = row(gap="xs")
            part.addWidget(mark)
            part.addWidget(muted(self._services.theme, line.title, kind="small"))
            legend.addLayout(part)
        legend.addStretch(1)
        holder = QWidget()
        holder.setFixedHeight(PLOT_HEIGHT)
        self._faces = QStackedLayout(holder)
        self._faces.addWidget(self.plot)
        self._faces.addWidget(self._table)
        self.body.setSpacing(space("s"))
        self.body.addLayout(legend)
        self.body.addWidget(holder)
        self.body.addWidget(self.sentence)
        self.body.addStretch(1)

    def _copy_button(self) -> IconButton:
        name = f"dashboard.chart_copy.{self._chart.id}"
        words = self.tr("Copy the numbers of {chart}").format(chart=self._chart.title)
        made = IconButton(self._services.theme, "copy", words, name)
        menu = QMenu(made)
        for words, separator in (
            (self.tr("Copy separated by tabs"), "\t"),
            (self.tr("Copy as CSV"), ","),
        ):
            action = menu.addAction(words)
            action.triggered.connect(lambda _=False, by=separator: self.copy_points(by))
        made.setMenu(menu)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return made

    def _tell(self, sentence: str) -> None:
        # A screen reader is told of every change, so only of those that are one.
        if sentence != self.sentence.text():
            self.sentence.setText(sentence)
            self.plot.setAccessibleDescription(sentence)
            self._table.setAccessibleDescription(sentence)

    def _turn(self) -> None:
        self._faces.setCurrentIndex(1 - self._faces.currentIndex())
        self._name_switch()
        self._show()

    def _show(self) -> None:
        if self._faces.currentIndex() == 0:
            self.plot.show_points(self._points, self._period, self._now)
        else:
            self._fill()

    def _name_switch(self) -> None:
        table = self._faces.currentIndex() == 1
        words = self.tr("Show as chart") if table else self.tr("Show as table")
        self._switch.setText(words)
        self._switch.setAccessibleName(f"{self._chart.title}: {words}")

    def _fill(self) -> None:
        """Rows that come on top leave what is being read where it is."""
        bar = self._table.verticalScrollBar()
        before = bar.value()
        fresh = self._model.take(self._points)
        if before:
            bar.setValue(before + fresh)
