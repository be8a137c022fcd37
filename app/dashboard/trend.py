"""A line as small as a word: which way a figure went during the last hour."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.look.theme import Theme

WIDTH, HEIGHT = 72, 28


class Trend(QWidget):
    """Paints values from left to right; beside a figure, which says what they are."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._values: tuple[float, ...] = ()
        self.setFixedSize(WIDTH, HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self.update)

    def show_values(self, values: Sequence[float]) -> None:
        """Show these, oldest first."""
        if tuple(values) != self._values:
            self._values = tuple(values)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._values) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = max(self._values) or 1.0
        apart = (WIDTH - 2) / (len(self._values) - 1)
        line = QPolygonF(
            [
                QPointF(1 + place * apart, HEIGHT - 2 - value / top * (HEIGHT - 4))
                for place, value in enumerate(self._values)
            ]
        )
        soft = self._theme.color("accent")
        soft.setAlpha(36)
        area = QPolygonF([QPointF(1, HEIGHT), *line.toList(), QPointF(WIDTH - 1, HEIGHT)])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(soft)
        painter.drawPolygon(area)
        painter.setPen(QPen(self._theme.color("accent"), 1.5))
        painter.drawPolyline(line)
        painter.end()
