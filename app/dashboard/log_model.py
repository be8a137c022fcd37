"""The log in the window: the newest lines, those that fit the filter shown."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile
from operator import attrgetter

from PySide6.QtCore import QModelIndex, QObject, QTimer, Signal

from app.dashboard.log_columns import log_columns
from app.dashboard.log_expression import TooCostly, too_costly
from app.dashboard.log_filter import LogFilter
from app.dashboard.log_groups import Said, collapsed, joined, repeats
from app.dashboard.log_rows import LogRow, log_row, lost_row, read_row
from app.forms.paced import Paced
from app.look.tables import LiveRows
from server_core.events.log_views import LoggedLine
from server_core.events.ring import Batch
from server_core.events.types import Level

CAPACITY = 100_000
FIRST_PIECE = 10_000
PIECE = 4_000
# So many lines at a time nobody reads; they are shown a third as often.
FLOOD, FLOOD_PACES = 400, 3
_SERIAL = attrgetter("serial")
# Of no log, and only for those who want to see conversations.
_NEVER = (Level.PROGRESS,)
_UNASKED = (Level.PROGRESS, Level.PROTOCOL)


class LogModel(LiveRows[LogRow]):
    """Keeps the newest lines whatever the filter shows; ``waiting`` counts lines of a pause.

    A filter is tried on the newest lines at once and on the older ones piece by piece, so that no
    filter holds the window up; ``searching`` tells that some are left. ``gave_up`` carries why an
    expression is not used any more. With ``pace`` new lines are shown no more often than every so
    many milliseconds, for each time costs a table as much as a hundred lines do.
    """

    waiting_changed = Signal()
    searched = Signal()
    gave_up = Signal(str)

    def __init__(
        self,
        capacity: int = CAPACITY,
        log_filter: LogFilter | None = None,
        parent: QObject | None = None,
        *,
        pace: int = 0,
    ) -> None:
        super().__init__(log_columns(), parent)
        self.filter = log_filter or LogFilter()
        self._select = self.filter.selector()
        self.records_protocol = False
        self.paused = False
        self.waiting = 0
        self._capacity = capacity
        self._room = capacity
        self._serial = 0
        self._kept: list[LogRow] = []
        self._due: list[LogRow] = []
        self._pace = pace
        self._paced = Paced(self.show_now, pace, self) if pace else None
        self._opened: set[Said] = set()
        # Lines with a smaller serial have not been looked through yet.
        self._looked_from = 0
        self._next_piece = QTimer(self)
        self._next_piece.setInterval(0)
        self._next_piece.timeout.connect(self._look_on)

    @property
    def kept(self) -> int:
        """How many lines are in memory, shown or not."""
        return len(self._kept)

    @property
    def oldest(self) -> LogRow | None:
        """The first line in memory."""
        return self._kept[0] if self._kept else None

    @property
    def room_for_earlier(self) -> bool:
        """Whether more lines can be read from files."""
        return self._room < 2 * self._capacity

    @property
    def searching(self) -> bool:
        """Whether older lines are still being looked through."""
        return self._next_piece.isActive()

    def take(self, batch: Batch) -> None:
        """Follow a batch of events; the slot of EventPump.batch."""
        fresh = self._fresh(batch)
        if not fresh:
            return
        self._kept += fresh
        self._forget()
        found = self._fitting(fresh)
        if self.paused:
            self.waiting += len(found)
            self.waiting_changed.emit()
        else:
            self._due += found
            if self._paced is None:
                self.show_now()
            else:
                self._paced.ask()

    def show_now(self) -> None:
        """Show what has come without waiting for its time."""
        due, self._due = self._due, []
        if self._kept:
            self._show(due)
        if self._paced is not None:
            flood = len(due) > FLOOD
            self._paced.set_pace(FLOOD_PACES * self._pace if flood else self._pace)

    def take_earlier(self, lines: Iterable[LoggedLine]) -> int:
        """Put lines of the log files before what is in memory; how many of them were new.

        A file knows whole seconds only: of the oldest second in memory some lines are known.
        """
        oldest = self.oldest
        new = [*lines] if oldest is None else _before(oldest, self._known_of(oldest.time), lines)
        new = new[max(0, len(new) - (2 * self._capacity - self._room)) :]
        first = (oldest.serial if oldest else self._serial + 1) - len(new)
        rows = [read_row(first + place, line) for place, line in enumerate(new)]
        self._kept[:0] = rows
        self._room += len(rows)
        if not self.searching:
            self._looked_from = first
            self._show_before(self._fitting(rows))
        return len(rows)

    def set_filter(self, wanted: LogFilter) -> None:
        """Show other lines; while paused, of those that had come by then."""
        if wanted == self.filter:
            return
        self.filter = wanted
        self._select = wanted.selector()
        self._begin()

    def open_repeats(self, row: LogRow, *, opened: bool) -> None:
        """Show each line that says what this row says, or all that follow each other as one."""
        if opened:
            self._opened.add(row.said)
        else:
            self._opened.discard(row.said)
        self._begin()

    def is_opened(self, row: LogRow) -> bool:
        """Whether lines that say this are shown one by one."""
        return row.said in self._opened

    def look_through(self) -> None:
        """Try the filter on all lines now."""
        while self.searching:
            self._look_on()

    def set_paused(self, paused: bool) -> None:
        """Stop showing new lines, or show those that have come meanwhile."""
        self.show_now()
        self.paused = paused
        if not paused and self.waiting:
            after = self.rows[-1].serial + 1 if self.rows else self._looked_from
            place = bisect_left(self._kept, after, key=_SERIAL)
            self._show(self._fitting(self._kept[place:]))
        self.waiting = 0
        self.waiting_changed.emit()

    def life_of(self, session: int, near: LogRow | None = None) -> tuple[float, float]:
        """From when to when a number was that session's, which an earlier run had too.

        ``near`` is a line of it; without one the latest session of that number is meant. A bound
        that is not in memory is 0.0.
        """
        since = until = 0.0
        for row in self._kept:
            if row.session != session:
                continue
            before = near is None or row.serial <= near.serial
            if row.event == "SessionOpened":
                if not before:
                    break
                since, until = row.time, 0.0
            elif row.event == "SessionClosed":
                until = row.time
                if not before:
                    break
        return since, until

    def everything(self) -> tuple[LogRow, ...]:
        """All lines in memory, each by itself."""
        return tuple(self._kept)

    def _forget(self) -> None:
        """Let the oldest lines go; the room that was made for lines of files goes with them."""
        for _ in range(2):
            if len(self._kept) > self._room:
                del self._kept[: len(self._kept) - self._room]
            if self._kept[0].read:
                return
            self._room = self._capacity

    def _known_of(self, moment: float) -> Counter[tuple[int, str]]:
        """What is in memory of the second of the oldest line, and how often."""
        same = takewhile(lambda row: int(row.time) == int(moment), self._kept)
        return Counter((row.session & 0xFFFFFFFF, row.text) for row in same)

    def _fresh(self, batch: Batch) -> list[LogRow]:
        rows: list[LogRow] = []
        if batch.dropped:
            when = batch.events[0].time if batch.events else time.time()
            self._serial += 1
            rows.append(lost_row(self._serial, when, batch.dropped))
        left_out = _NEVER if self.records_protocol else _UNASKED
        wanted = [event for event in batch.events if event.level not in left_out]
        # A line costs more than the event it is made of; those that would not stay are not made.
        made = wanted[-self._capacity :]
        rows += [log_row(serial, event) for serial, event in enumerate(made, self._serial + 1)]
        self._serial += len(made)
        return rows[-self._capacity :]

    def _fitting(self, rows: Iterable[LogRow]) -> list[LogRow]:
        try:
            return self._select(rows)
        except TooCostly:
            self._give_up()
            return []

    def _give_up(self) -> None:
        """Go on without the expression; a view that stopped would hide what happens."""
        self.set_filter(replace(self.filter, words="", expression=False))
        self.gave_up.emit(too_costly())

    def _begin(self) -> None:
        """Show what fits of the newest lines, and look through the others after that."""
        self.beginResetModel()
        place = max(0, len(self._kept) - FIRST_PIECE)
        self._looked_from = self._kept[place].serial if self._kept else self._serial + 1
        self._next_piece.stop()
        if place:
            self._next_piece.start()
        self.rows = []
        self._due = []
        self.waiting = 0
        try:
            self.rows = collapsed(self._select(self._kept[place:]), self._opened)
            costly = False
        except TooCostly:
            costly = True
        self.endResetModel()
        self.waiting_changed.emit()
        if costly:
            self._give_up()

    def _look_on(self) -> None:
        """The next piece of older lines."""
        end = bisect_left(self._kept, self._looked_from, key=_SERIAL)
        start = max(0, end - PIECE)
        select = self._select
        found = self._fitting(self._kept[start:end])
        if select is not self._select:
            return
        if start:
            self._looked_from = self._kept[start].serial
        else:
            self._looked_from = self._kept[0].serial if self._kept else 0
            self._next_piece.stop()
        self._show_before(found)
        if not self.searching:
            self.searched.emit()

    def _show_before(self, found: list[LogRow]) -> None:
        fresh = collapsed(found, self._opened)
        if fresh and self.rows and repeats(fresh[-1], self.rows[0], self._opened):
            self.rows[0] = joined(fresh.pop(), self.rows[0])
            self._changed(0)
        if fresh:
            self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
            self.rows[:0] = fresh
            self.endInsertRows()

    def _show(self, found: list[LogRow]) -> None:
        """Append to what is shown, and let go what no longer fits into memory."""
        gone = bisect_left(self.rows, self._kept[0].serial, key=_SERIAL)
        if gone:
            self.beginRemoveRows(QModelIndex(), 0, gone - 1)
            del self.rows[:gone]
            self.endRemoveRows()
        fresh = collapsed(found, self._opened)
        if fresh and self.rows and repeats(self.rows[-1], fresh[0], self._opened):
            self.rows[-1] = joined(self.rows[-1], fresh.pop(0))
            self._changed(len(self.rows) - 1)
        if fresh:
            first = len(self.rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self.rows += fresh
            self.endInsertRows()

    def _changed(self, place: int) -> None:
        self.dataChanged.emit(self.index(place, 0), self.index(place, len(self.columns) - 1))


def _before(
    oldest: LogRow, known: Counter[tuple[int, str]], lines: Iterable[LoggedLine]
) -> list[LoggedLine]:
    """The lines before the oldest one in memory; ``known`` is what is there of its second."""
    second = int(oldest.time)
    new: list[LoggedLine] = []
    for line in reversed([*lines]):
        if int(line.time) > second:
            continue
        # Of lines that say the same, those in memory are the newest.
        said = (line.session, line.text)
        if int(line.time) == second and known[said]:
            known[said] -= 1
        else:
            new.append(line)
    return new[::-1]
