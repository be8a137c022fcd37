"""A chart as a table, newest step on top, and as text for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QModelIndex, QObject

from app.dashboard.chart_points import Line, Period, Point
from app.dashboard.charts import Chart, step_time
from app.look.tables import Column, RowsModel


def columns_of(chart: Chart, period: Period) -> tuple[Column[Point], ...]:
    """When, and a column for each line."""
    time = QCoreApplication.translate("Charts", "Time")
    numbers = (_column(chart, line, place) for place, line in enumerate(chart.lines))
    return (Column(time, lambda point: step_time(point.time, period), 132), *numbers)


def _column(chart: Chart, line: Line, place: int) -> Column[Point]:
    return Column(line.title, lambda point: chart.words(point.values[place]), 96, number=True)


def as_text(chart: Chart, points: Sequence[Point], separator: str) -> str:
    """The points as lines of separated values, oldest first: plain numbers, times of ISO 8601."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    time = QCoreApplication.translate("Charts", "Time")
    writer.writerow([time, *(line.title for line in chart.lines)])
    for point in points:
        when = datetime.fromtimestamp(point.time).astimezone()
        writer.writerow([when.isoformat(timespec="seconds"), *point.values])
    return text.getvalue()


class PointsModel(RowsModel[Point]):
    """The points of a chart, newest on top; rows move down instead of being made anew."""

    def __init__(self, chart: Chart, period: Period, parent: QObject | None = None) -> None:
        super().__init__(columns_of(chart, period), parent)
        self._chart = chart

    def show_period(self, period: Period) -> None:
        """Be about another period; nothing is shown until the next points."""
        self.beginResetModel()
        self.columns = columns_of(self._chart, period)
        self.rows = []
        self.endResetModel()

    def take(self, points: Sequence[Point]) -> int:
        """Show these, oldest first; the number of rows that came on top."""
        latest = self.rows[0].time if self.rows else 0.0
        fresh = [point for point in reversed(points) if point.time > latest]
        if fresh:
            self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
            self.rows = fresh + self.rows
            self.endInsertRows()
        self._let_go(len(points))
        if self.rows != (newest_first := list(reversed(points))):
            self.rows = newest_first
            last = self.index(len(self.rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        return len(fresh)

    def _let_go(self, kept: int) -> None:
        if kept < len(self.rows):
            self.beginRemoveRows(QModelIndex(), kept, len(self.rows) - 1)
            del self.rows[kept:]
            self.endRemoveRows()
