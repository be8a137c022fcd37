"""Rows of the past: the newest on top, and no more than are worth reading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from PySide6.QtCore import QModelIndex

from app.look.tables import RowsModel

Row = TypeVar("Row")

CAPACITY = 1_000


class NewestFirst(RowsModel[Row]):
    """One row for each thing that happened, at most a thousand; the oldest leave."""

    def take_snapshot(self, past: Iterable[Row]) -> None:
        """Show these rows instead, newest first."""
        self.beginResetModel()
        self.rows = list(past)[:CAPACITY]
        self.endResetModel()

    def put_on_top(self, happened: list[Row]) -> None:
        """Add rows in the order they happened."""
        fresh = happened[::-1][:CAPACITY]
        if not fresh:
            return
        surplus = len(self.rows) + len(fresh) - CAPACITY
        if surplus > 0:
            last = len(self.rows) - 1
            self.beginRemoveRows(QModelIndex(), last - surplus + 1, last)
            del self.rows[-surplus:]
            self.endRemoveRows()
        self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
        self.rows[:0] = fresh
        self.endInsertRows()
