"""Rows gathered from events, for tables that show some of them in an order of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from app.look.tables import Column

Row = TypeVar("Row")
Happening = TypeVar("Happening")

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
        self._rows: list[Row] = []

    @property
    def rows(self) -> list[Row]:
        """What there is now."""
        return self._rows

    def strength(self, row: Row) -> float:
        """How strongly a row is painted, from 0.0 to 1.0."""
        return 1.0


class NewestFirst(SourceRows[Row], Generic[Row, Happening]):
    """One row for each thing that happened, newest on top; past a thousand the oldest leave.

    ``made_of`` makes a row of what happened. That is done when somebody looks, for of what a busy
    server does most is gone before that.
    """

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        made_of: Callable[[Happening], Row],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(columns, parent)
        self._made_of = made_of
        self._happened: list[Happening] = []
        self._known: frozenset[Row] = frozenset()

    @property
    def rows(self) -> list[Row]:
        if self._happened:
            self._rows = self.newest(CAPACITY)
            self._happened = []
        return self._rows

    def newest(self, count: int) -> list[Row]:
        """The rows on top, without making the others."""
        fresh = (self._made_of(each) for each in reversed(self._happened[-count:]))
        # What the snapshot knew may be told once more by an event that was on its way.
        unknown = (row for row in fresh if row not in self._known)
        return list(islice(chain(unknown, self._rows), count))

    def take_snapshot(self, past: Iterable[Row]) -> None:
        """Show these rows instead, newest first."""
        self._rows = list(past)[:CAPACITY]
        self._happened = []
        self._known = frozenset(self._rows)
        self.changed.emit()

    def put_on_top(self, happened: Sequence[Happening]) -> None:
        """Add what happened, in its order; a snapshot may know some of it already."""
        if happened:
            self._happened += happened
            del self._happened[:-CAPACITY]
            self.changed.emit()
