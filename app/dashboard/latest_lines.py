"""The latest facts of the log, for a page that has room for a few."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject

from app.dashboard.log_columns import log_columns
from app.dashboard.log_rows import LogRow, log_row
from app.look.tables import LiveRows
from server_core.events.types import Event, Level


class LatestLines(LiveRows[LogRow]):
    """The latest facts, newest on top."""

    def __init__(self, most: int, parent: QObject | None = None) -> None:
        super().__init__(log_columns(), parent)
        self._most = most
        self._serial = 0

    def take(self, events: Sequence[Event]) -> None:
        """Put these on top, the last of them uppermost."""
        facts = [event for event in events if event.level <= Level.INFO][-self._most :]
        if not facts:
            return
        fresh = [log_row(self._serial + n, event) for n, event in enumerate(facts)]
        self._serial += len(fresh)
        # A row that somebody selected is pushed down and stays selected.
        self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
        self.rows[:0] = fresh[::-1]
        self.endInsertRows()
        if len(self.rows) > self._most:
            self.beginRemoveRows(QModelIndex(), self._most, len(self.rows) - 1)
            del self.rows[self._most :]
            self.endRemoveRows()
