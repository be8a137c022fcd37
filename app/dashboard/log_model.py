"""The log in the window: the newest lines, those that fit the filter shown."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QObject,
    Signal,
)

from app.dashboard.log_filter import LogFilter
from app.dashboard.log_rows import LogRow, log_row, lost_row
from app.look.tables import Column, LiveRows
from app.look.words import clock
from server_core.events.ring import Batch
from server_core.events.types import Event, Level

CAPACITY = 100_000
_SERIAL = attrgetter("serial")


def level_words() -> dict[Level, tuple[str, str, str]]:
    """Letter, colour role and word of each level, gravest first."""
    tr = QCoreApplication.translate
    return {
        Level.CRITICAL: ("C", "problem", tr("Log", "Critical")),
        Level.ERROR: ("E", "problem", tr("Log", "Error")),
        Level.WARNING: ("W", "attention", tr("Log", "Warning")),
        Level.INFO: ("I", "info", tr("Log", "Info")),
        Level.PROTOCOL: ("P", "neutral", tr("Log", "Protocol")),
    }


def log_columns() -> tuple[Column[LogRow], ...]:
    """The columns of the log."""
    tr = QCoreApplication.translate
    words = level_words()

    def mark(row: LogRow) -> tuple[str, str]:
        letter, role, _ = words[row.level]
        return letter, role

    return (
        Column(
            tr("Log", "Time"),
            lambda row: clock(row.time, milliseconds=True),
            104,
            sort=lambda row: row.serial,
        ),
        Column(tr("Log", "Level"), lambda row: words[row.level][2], 96, mark=mark),
        Column(tr("Log", "Category"), lambda row: row.category.value, 96),
        Column(tr("Log", "Session"), lambda row: str(row.session or ""), 72, number=True),
        Column(tr("Log", "Listener"), lambda row: row.listener, 76),
        Column(tr("Log", "Address"), lambda row: row.peer, 128),
        Column(tr("Log", "Account"), lambda row: row.user, 144),
        Column(tr("Log", "Message"), lambda row: row.text, 240, tip=lambda row: row.text),
    )


class LogModel(LiveRows[LogRow]):
    """Keeps the newest lines whatever the filter shows; ``waiting`` counts lines of a pause."""

    waiting_changed = Signal()

    def __init__(
        self,
        capacity: int = CAPACITY,
        log_filter: LogFilter | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(log_columns(), parent)
        self.filter = log_filter or LogFilter()
        self.records_protocol = False
        self.paused = False
        self.waiting = 0
        self._capacity = capacity
        self._serial = 0
        self._kept: list[LogRow] = []

    @property
    def kept(self) -> int:
        """How many lines are in memory, shown or not."""
        return len(self._kept)

    def take(self, batch: Batch) -> None:
        """Follow a batch of events; the slot of EventPump.batch."""
        fresh = self._fresh(batch)
        if not fresh:
            return
        self._kept += fresh
        if len(self._kept) > self._capacity:
            del self._kept[: len(self._kept) - self._capacity]
        if self.paused:
            self.waiting += len(self.filter.select(fresh))
            self.waiting_changed.emit()
        else:
            self._show(self.filter.select(fresh))

    def set_filter(self, wanted: LogFilter) -> None:
        """Show other lines; while paused, of those that had come by then."""
        if wanted == self.filter:
            return
        self.filter = wanted
        self.beginResetModel()
        self.rows = wanted.select(self._kept)
        self.waiting = 0
        self.endResetModel()
        self.waiting_changed.emit()

    def set_paused(self, paused: bool) -> None:
        """Stop showing new lines, or show those that have come meanwhile."""
        self.paused = paused
        if not paused and self.waiting:
            after = self.rows[-1].serial + 1 if self.rows else 0
            place = bisect_left(self._kept, after, key=_SERIAL)
            self._show(self.filter.select(self._kept[place:]))
        self.waiting = 0
        self.waiting_changed.emit()

    def _fresh(self, batch: Batch) -> list[LogRow]:
        rows: list[LogRow] = []
        if batch.dropped:
            when = batch.events[0].time if batch.events else time.time()
            rows.append(lost_row(self._next(), when, batch.dropped))
        wanted = [event for event in batch.events if self._records(event)]
        # A line costs more than the event it is made of; those that would not stay are not made.
        rows += [log_row(self._next(), event) for event in wanted[-self._capacity :]]
        return rows[-self._capacity :]

    def _records(self, event: Event) -> bool:
        if event.level is Level.PROTOCOL:
            return self.records_protocol
        return event.level is not Level.PROGRESS

    def _next(self) -> int:
        self._serial += 1
        return self._serial

    def _show(self, fresh: list[LogRow]) -> None:
        """Append to what is shown, and let go what no longer fits into memory."""
        gone = bisect_left(self.rows, self._kept[0].serial, key=_SERIAL)
        if gone:
            self.beginRemoveRows(QModelIndex(), 0, gone - 1)
            del self.rows[:gone]
            self.endRemoveRows()
        if fresh:
            first = len(self.rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self.rows += fresh
            self.endInsertRows()


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
        before = len(self.rows)
        fresh = [log_row(self._serial + n, event) for n, event in enumerate(facts)]
        self._serial += len(fresh)
        after = min(before + len(fresh), self._most)
        if after > before:
            self.beginInsertRows(QModelIndex(), before, after - 1)
        self.rows = (fresh[::-1] + self.rows)[:after]
        if after > before:
            self.endInsertRows()
        self.dataChanged.emit(self.index(0, 0), self.index(after - 1, len(self.columns) - 1))
