"""The chart of the last five minutes, with the same numbers as a table and as a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from app.dashboard.counters import SECONDS, Sample
from app.look.marks import Mark
from app.look.parts import Card, button, muted, row
from app.look.tables import Column, RowsModel, TableView
from app.look.theme import Theme, space
from app.look.words import clock, number

CHART_HEIGHT = 168


def chart_columns() -> tuple[Column[Sample], ...]:
    """The columns of the chart as a table."""
    tr = QCoreApplication.translate
    return (
        Column(tr("Chart", "Time"), lambda sample: clock(sample.time), 120),
        Column(tr("Chart", "Sessions"), lambda sample: number(sample.sessions), 120, True),
        Column(tr("Chart", "Sign-ins/s"), lambda sample: f"{sample.sign_ins:.1f}", 120, True),
        Column(tr("Chart", "Failed/s"), lambda sample: f"{sample.failed:.1f}", 120, True),
    )


def summary(samples: Sequence[Sample]) -> str:
    """The chart in one sentence."""
    tr = QCoreApplication.translate
    if not samples:
        return tr("Chart", "Nothing has been measured yet.")
    return tr(
        "Chart",
        "Sessions now {now}, at most {most}; sign-ins per second at most {signed}, "
        "failed at most {failed}.",
    ).format(
        now=number(samples[-1].sessions),
        most=number(max(sample.sessions for sample in samples)),
        signed=f"{max(sample.sign_ins for sample in samples):.1f}",
        failed=f"{max(sample.failed for sample in samples):.1f}",
    )


class ActivityChart(Card):
    """Sessions and sign-ins per second over five minutes."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, QCoreApplication.translate("Chart", "Last five minutes"))
        self._theme = theme
        self._samples: list[Sample] = []
        self._plot = self._make_plot()
        self._model = RowsModel[Sample](chart_columns(), self)
        table = TableView(theme, "dashboard.chart_table", self.tr("Last five minutes as a table"))
        table.show_model(self._model, self._model.columns)
        self._sentence = muted(theme, kind="small")
        self._sentence.setWordWrap(True)
        self._switch = button(self.tr("Show as table"), "dashboard.chart_switch", kind="link")
        self._switch.clicked.connect(self._turn)
        self._legend(self.heading)
        self.heading.addWidget(self._switch)
        holder = QWidget()
        holder.setFixedHeight(CHART_HEIGHT)
        self._faces = QStackedLayout(holder)
        self._faces.addWidget(self._plot)
        self._faces.addWidget(table)
        self.body.addWidget(holder)
        self.body.addWidget(self._sentence)
        theme.changed.connect(self._paint)
        self._paint()

    def show_samples(self, samples: Sequence[Sample]) -> None:
        """Draw these samples."""
        self._samples = list(samples)
        sentence = summary(self._samples)
        self._sentence.setText(sentence)
        self._plot.setAccessibleName(sentence)
        if self._faces.currentIndex() == 0:
            self._draw()
        else:
            self._fill()

    def _make_plot(self) -> pg.PlotWidget:
        plot = pg.PlotWidget()
        plot.setObjectName("dashboard.chart")
        plot.setAccessibleName(summary([]))
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        plot.setXRange(-SECONDS, 0, padding=0)
        plot.getAxis("bottom").setTicks([[(-60 * n, f"-{n} min") for n in (4, 3, 2, 1)]])
        plot.getAxis("left").setWidth(36)
        plot.showGrid(x=False, y=True, alpha=0.15)
        self._sessions = plot.plot(antialias=True)
        self._sign_ins = plot.plot(antialias=True)
        self._failed = plot.plot(antialias=True)
        return plot

    def _legend(self, line: QHBoxLayout) -> None:
        for shape, role, word in (
            ("circle", "accent", self.tr("Sessions")),
            ("square", "ok", self.tr("Sign-ins/s")),
            ("triangle", "problem", self.tr("Failed/s")),
        ):
            mark = Mark(self._theme, 10)
            mark.show_mark(shape, role)
            part = row(gap="xs")
            part.addWidget(mark)
            part.addWidget(muted(self._theme, word, kind="small"))
            line.addLayout(part)
            line.addSpacing(space("s"))

    def _turn(self) -> None:
        as_table = self._faces.currentIndex() == 0
        self._faces.setCurrentIndex(int(as_table))
        words = self.tr("Show as chart") if as_table else self.tr("Show as table")
        self._switch.setText(words)
        self._switch.setAccessibleName(words)
        self.show_samples(self._samples)

    def _fill(self) -> None:
        self._model.beginResetModel()
        self._model.rows = self._samples[::-1]
        self._model.endResetModel()

    def _draw(self) -> None:
        if not self._samples:
            return
        now = self._samples[-1].time
        times = np.array([sample.time - now for sample in self._samples])
        sessions = np.array([sample.sessions for sample in self._samples])
        sign_ins = np.array([sample.sign_ins for sample in self._samples])
        failed = np.array([sample.failed for sample in self._samples])
        self._sessions.setData(times, sessions)
        self._sign_ins.setData(times, sign_ins)
        self._failed.setData(times, failed)
        highest = max(sessions.max(), sign_ins.max(), failed.max(), 4.0)
        self._plot.setYRange(0, float(highest) * 1.1, padding=0)

    def _paint(self) -> None:
        color = self._theme.color
        self._plot.setBackground(color("surface"))
        soft = color("accent")
        soft.setAlpha(40)
        self._sessions.setPen(pg.mkPen(color("accent"), width=2))
        self._sessions.setFillLevel(0)
        self._sessions.setBrush(soft)
        self._sign_ins.setPen(pg.mkPen(color("ok"), width=1.5))
        self._failed.setPen(pg.mkPen(color("problem"), width=1.5, style=Qt.PenStyle.DashLine))
        for name in ("left", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setTextPen(color("muted"))
            axis.setPen(color("border"))
            axis.setTickFont(self._theme.font("small"))
