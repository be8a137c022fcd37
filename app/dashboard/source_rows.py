"""Rows gathered from events, for tables that show some of them in an order of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from app.look.tables import Column

Row = TypeVar("Row")

CAPACITY = 1_000
FAINTEST = 0.15
"""How strongly a row is painted that is as good as gone."""


class SourceRows(QObject, Generic[Row]):
    """``rows`` and what can be said of each; ``changed`` comes once for a batch, whatever it did.

    No view shows them directly, so nobody has to be told of each row. Under load that would cost
    more than all the rest: every signal from Qt to Python waits for the session loops.
    """

    changed = Signal()

    def __init__(self, columns: Sequence[Column[Row]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns
        self.rows: list[Row] = []

    def strength(self, row: Row) -> float:
        """How strongly a row is painted, from 0.0 to 1.0."""
        return 1.0


class NewestFirst(SourceRows[Row]):
    """One row for each thing that happened, newest on top; past a thousand the oldest leave."""

    def __init__(self, columns: Sequence[Column[Row]], parent: QObject | None = None) -> None:
        super().__init__(columns, parent)
        self._known: set[Row] = set()

    def take_snapshot(self, past: Iterable[Row]) -> None:
        """Show these rows instead, newest first."""
        self.rows = list(past)[:CAPACITY]
        self._known = set(self.rows)
        self.changed.emit()

    def put_on_top(self, happened: Iterable[Row]) -> None:
        """Add rows in the order they happened; a snapshot may know some of them already."""
        fresh = [row for row in happened if row not in self._known]
        if not fresh:
            return
        rows = fresh[::-1] + self.rows
        self.rows = rows[:CAPACITY]
        self._known.update(fresh)
        self._known.difference_update(rows[CAPACITY:])
        self.changed.emit()
