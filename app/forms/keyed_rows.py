"""A table model that is told all its rows each time and touches only what differs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from PySide6.QtCore import QModelIndex

from app.look.tables import Column, RowsModel

Row = TypeVar("Row")
NOWHERE = QModelIndex()
# Above this many rows that come or go, telling the view once is cheaper than row by row.
AT_ONCE = 200


class KeyedRows(RowsModel[Row]):
    """Shows rows in the order they are given; selections survive as long as a row's key does."""

    def __init__(self, columns: Sequence[Column[Row]], key: Callable[[Row], Hashable]) -> None:
        super().__init__(columns)
        self._key = key

    def show_rows(self, wanted: Sequence[Row]) -> None:
        """Show these rows: gone ones leave, new ones come in, changed ones are painted anew."""
        keys = [self._key(row) for row in wanted]
        places = {key: place for place, key in enumerate(keys)}
        old = {self._key(row) for row in self.rows}
        kept = [places[key] for row in self.rows if (key := self._key(row)) in places]
        if not kept or kept != sorted(kept) or len(old ^ places.keys()) > AT_ONCE:
            self.beginResetModel()
            self.rows = list(wanted)
            self.endResetModel()
            return
        for place in range(len(self.rows) - 1, -1, -1):
            if self._key(self.rows[place]) not in places:
                self.beginRemoveRows(NOWHERE, place, place)
                del self.rows[place]
                self.endRemoveRows()
        present = {keys[place] for place in kept}
        for place, row in enumerate(wanted):
            if keys[place] not in present:
                self.beginInsertRows(NOWHERE, place, place)
                self.rows.insert(place, row)
                self.endInsertRows()
            elif row != self.rows[place]:
                self.rows[place] = row
                self._repaint(place)

    def place_of(self, key: Hashable) -> int:
        """The row with this key, -1 when there is none."""
        return next((n for n, row in enumerate(self.rows) if self._key(row) == key), -1)

    def repaint(self) -> None:
        """Ask for every cell again: what a row says may depend on the clock or the theme."""
        if self.rows:
            last = self.index(len(self.rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def _repaint(self, place: int) -> None:
        self.dataChanged.emit(self.index(place, 0), self.index(place, len(self.columns) - 1))
