"""A chart, painted: scales, and lines that end where the server did not run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from app.dashboard.chart_axes import time_marks, value_marks
from app.dashboard.chart_points import Period, Point, runs_of
from app.dashboard.charts import Chart, step_time
from app.look.marks import paint_mark
from app.look.theme import Theme

LEFT, RIGHT, TOP, BOTTOM = 58, 12, 10, 22
MARK = 9
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)


class ChartPlot(QWidget):
    """Paints the points of one chart; its description is the chart in a sentence."""

    def __init__(self, theme: Theme, chart: Chart) -> None:
        super().__init__()
        self._theme, self._chart = theme, chart
        self._points: Sequence[Point] = ()
        self._period: Period | None = None
        self._now = 0.0
        self._marks = [0]
        self.setObjectName(f"dashboard.chart.{chart.id}")
        self.setAccessibleName(chart.title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.update)

    def show_points(self, points: Sequence[Point], period: Period, now: float) -> None:
        """Paint these; ``now`` is the right edge."""
        self._points, self._period, self._now = points, period, now
        self._marks = value_marks(max((max(point.values) for point in points), default=0))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font("small"))
        if self._period is not None:
            self._paint_scales(painter, self._period)
            self._paint_lines(painter, self._period)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(event.pos().x()), self)
            return True
        return super().event(event)

    def words_at(self, x: float) -> str:
        """The values of the step at this distance from the left edge, with their names."""
        if self._period is None or not self._points:
            return ""
        step = self._period.step
        nearest = min(self._points, key=lambda point: abs(self.x_of(point.time + step / 2) - x))
        values = zip(self._chart.lines, nearest.values, strict=True)
        told = [f"{line.title}: {self._chart.words(value)}" for line, value in values]
        return "\n".join([step_time(nearest.time, self._period), *told])

    def _field(self) -> QRectF:
        return QRectF(self.rect()).adjusted(LEFT, TOP, -RIGHT, -BOTTOM)

    def x_of(self, when: float) -> float:
        """How far from the left edge a moment is."""
        assert self._period is not None
        field = self._field()
        return field.right() - (self._now - when) / self._period.seconds * field.width()

    def _y(self, value: float) -> float:
        field = self._field()
        return field.bottom() - value / self._marks[-1] * field.height() if self._marks[-1] else 0.0

    def _paint_scales(self, painter: QPainter, period: Period) -> None:
        field, ink = self._field(), self._theme.color("muted")
        for value in self._marks:
            y = round(self._y(value)) + 0.5
            painter.setPen(self._theme.color("border"))
            painter.drawLine(QPointF(field.left(), y), QPointF(field.right(), y))
            painter.setPen(ink)
            box = QRectF(0, y - 10, LEFT - 8, 20)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, right, self._chart.words(value))
        for when, words in time_marks(period, self._now):
            width = painter.fontMetrics().horizontalAdvance(words)
            left = min(max(self.x_of(when) - width / 2, field.left()), field.right() - width)
            painter.drawText(QPointF(left, self.height() - 5), words)

    def _paint_lines(self, painter: QPainter, period: Period) -> None:
        painter.setClipRect(self._field().adjusted(-1, -MARK, MARK, MARK))
        runs = runs_of(self._points, period.step)
        for place, line in reversed(list(enumerate(self._chart.lines))):
            color = self._theme.color(line.role)
            for run in runs:
                corners = QPolygonF(list(self._corners(run, place, period.step)))
                if len(self._chart.lines) == 1:
                    self._paint_area(painter, corners, color)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(color, 1.8, _DASHES[place % len(_DASHES)]))
                painter.drawPolyline(corners)
                if run is runs[-1]:
                    self._paint_end(painter, corners.last(), line.mark, color)

    def _corners(self, run: Sequence[Point], place: int, step: int) -> Iterator[QPointF]:
        for point in run:
            when = min(point.time + step / 2, self._now)
            yield QPointF(self.x_of(when), self._y(point.values[place]))

    def _paint_area(self, painter: QPainter, corners: QPolygonF, color: QColor) -> None:
        soft = QColor(color)
        soft.setAlpha(36)
        ground = self._field().bottom()
        area = QPolygonF(corners)
        area.append(QPointF(corners.last().x(), ground))
        area.append(QPointF(corners.first().x(), ground))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(soft)
        painter.drawPolygon(area)

    def _paint_end(self, painter: QPainter, end: QPointF, mark: str, color: QColor) -> None:
        box = QRectF(end.x() - MARK / 2, end.y() - MARK / 2, MARK, MARK)
        paint_mark(painter, box, mark, color)
