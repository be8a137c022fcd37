"""The rows of a live table that are shown, in which order; none moves under the pointer."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from PySide6.QtCore import QModelIndex, QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

from app.dashboard.source_rows import SourceRows
from app.look.tables import LiveRows, sort_value

Row = TypeVar("Row")
Key = tuple[Hashable, float]

CALM_MS = 1_000
REPAINT_MS = 200


class ShownRows(LiveRows[Row], Generic[Row]):
    """The rows of a source that contain all typed words, sorted by a column.

    Sorting and filtering happen here, on whole rows: Qt's own proxy asks Python for every cell of
    every comparison, which costs a busy server's window a hundred times as much. ``key`` names a
    row over its changes, so that selection and scroll position stay with it.
    """

    def __init__(
        self,
        source: SourceRows[Row],
        key: Callable[[Row], Key],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(source.columns, parent)
        self._source, self._key = source, key
        self._words: list[str] = []
        self._column, self._descending = -1, False

    def look_for(self, typed: str) -> None:
        """Show only rows with these words in any of their cells."""
        self._words = typed.lower().split()
        self.settle()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column from now on; a negative one is the order of the source."""
        self._column, self._descending = column, order is Qt.SortOrder.DescendingOrder
        self.settle()

    def follow(self) -> None:
        """Take over what changed; rows that stay keep their places, new ones come last."""
        self._bring(ordered=False)

    def settle(self) -> None:
        """Take over what changed and put everything in its place."""
        self._bring(ordered=True)

    def place_of(self, session: int) -> int:
        """Where a session is shown, or -1."""
        places = (place for place, row in enumerate(self.rows) if self._key(row)[0] == session)
        return next(places, -1)

    def _fits(self, row: Row) -> bool:
        if not self._words:
            return True
        text = "\n".join(column.text(row) for column in self.columns).lower()
        return all(word in text for word in self._words)

    def _bring(self, *, ordered: bool) -> None:
        """Additions, one change of places, removals: three talks with the view, however many."""
        wanted = {self._key(row): row for row in self._source.rows if self._fits(row)}
        fresh = wanted.copy()
        for row in self.rows:
            fresh.pop(self._key(row), None)
        self._append([*fresh.values()])
        latest = [wanted.get(self._key(row), row) for row in self.rows]
        kept = [row for row in latest if self._key(row) in wanted]
        gone = [row for row in latest if self._key(row) not in wanted]
        self.rows = latest
        self._arrange((self._ordered(kept, wanted) if ordered else kept) + gone)
        self._drop_below(len(kept))
        if kept:
            last = self.index(len(kept) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def _append(self, fresh: list[Row]) -> None:
        if fresh:
            first = len(self.rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self.rows = self.rows + fresh
            self.endInsertRows()

    def _ordered(self, rows: list[Row], wanted: dict[Key, Row]) -> list[Row]:
        natural = {key: place for place, key in enumerate(wanted)}
        rows = sorted(rows, key=lambda row: natural[self._key(row)])
        if 0 <= self._column < len(self.columns):
            by = self.columns[self._column]
            rows.sort(key=lambda row: sort_value(by, row), reverse=self._descending)
        return rows

    def _arrange(self, rows: list[Row]) -> None:
        """Give the rows these places; what points at one goes with it."""
        if all(row is other for row, other in zip(rows, self.rows, strict=True)):
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        keys = [self._key(self.rows[index.row()]) for index in before]
        self.rows = rows
        places = {self._key(row): place for place, row in enumerate(rows)}
        self.changePersistentIndexList(
            before,
            [
                self.index(places[key], index.column())
                for key, index in zip(keys, before, strict=True)
            ],
        )
        self.layoutChanged.emit()

    def _drop_below(self, kept: int) -> None:
        if kept < len(self.rows):
            self.beginRemoveRows(QModelIndex(), kept, len(self.rows) - 1)
            del self.rows[kept:]
            self.endRemoveRows()


class Following(QObject):
    """Keeps shown rows up to date while their table is in sight.

    Rows change places only while the pointer is elsewhere; a table nobody sees costs nothing.
    """

    def __init__(self, view: QWidget, rows: ShownRows[Row], source: SourceRows[Row]) -> None:
        super().__init__(view)
        self._view, self._rows = view, rows
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.catch_up)
        source.changed.connect(self._changed)

    def catch_up(self) -> None:
        """Show what there is now."""
        if self._view.underMouse() and self._view.window().isActiveWindow():
            self._rows.follow()
            # The order is put right once the pointer has gone.
            self._soon.start(CALM_MS)
        else:
            self._rows.settle()

    def _changed(self) -> None:
        if self._view.isVisible() and not self._soon.isActive():
            self._soon.start(REPAINT_MS)
