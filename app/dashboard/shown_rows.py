"""The rows of a live table that are shown, in which order; none moves under the pointer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from app.dashboard.source_rows import FAINTEST, SourceRows
from app.look.tables import Column, LiveRows, sort_value
from server_core.natural_order import natural_order

Row = TypeVar("Row")
Key = tuple[Hashable, float]

# A busy server ends hundreds in a second, and more than a screen of them makes nothing calmer.
MOST_HELD = 50

_EVERY: Callable[[Any], bool] = lambda row: True  # noqa: E731 - a default with a type


@dataclass(frozen=True, slots=True)
class Heading:
    """The row above a group: its name and how many rows follow."""

    name: str
    count: int

    @property
    def key(self) -> Key:
        """What it is called among the rows."""
        return f"group {self.name}", 0.0

    def __str__(self) -> str:
        return f"{self.name}  ({self.count})"


class ShownRows(LiveRows[Row], Generic[Row]):
    """The rows of a source that contain all typed words, sorted by a column.

    Sorting and filtering happen here, on whole rows: Qt's own proxy asks Python for every cell of
    every comparison, which costs a busy server's window a hundred times as much. ``key`` names a
    row over its changes, so that selection and scroll position stay with it. ``further`` columns
    stand behind those of the source.
    """

    def __init__(
        self,
        source: SourceRows[Row],
        key: Callable[[Row], Key],
        parent: QObject | None = None,
        *,
        further: Sequence[Column[Row]] = (),
    ) -> None:
        super().__init__((*source.columns, *further), parent)
        self._source, self._key = source, key
        self._words: list[str] = []
        self._test = _EVERY
        self._group: Callable[[Row], str] | None = None
        self._frozen: list[Row] | None = None
        self._held: set[Key] = set()
        self._column, self._descending = -1, False

    def look_for(self, typed: str, test: Callable[[Row], bool] = _EVERY) -> None:
        """Show only rows that pass the test, with these words in any of their cells."""
        self._words, self._test = typed.lower().split(), test
        self.settle()

    def group_by(self, group: Callable[[Row], str] | None) -> None:
        """Put rows of one group together, under a heading."""
        self._group = group
        self.settle()

    def freeze(self, *, frozen: bool) -> None:
        """Stay with the rows of this moment, or go on with those there are."""
        self._frozen = list(self._source.rows) if frozen else None
        self.settle()

    @property
    def frozen(self) -> bool:
        """Whether what happens is not shown."""
        return self._frozen is not None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column from now on; a negative one is the order of the source."""
        self._column, self._descending = column, order is Qt.SortOrder.DescendingOrder
        self.settle()

    def follow(self) -> None:
        """Take over what changed and move nothing: new rows come last, what is gone is faint."""
        self._bring(ordered=False)

    def settle(self) -> None:
        """Take over what changed and put everything in its place."""
        self._bring(ordered=True)

    def place_of(self, session: int, opened: float = 0.0) -> int:
        """Where a session is shown, or -1.

        Of several with that number it is the one that was opened then, else the latest.
        """
        names = [self._name(row) for row in self.rows]
        places = [place for place, name in enumerate(names) if name[0] == session]

        def nearness(place: int) -> float:
            moment = names[place][1]
            return -abs(moment - opened) if opened else moment

        return max(places, key=nearness, default=-1)

    def heading(self, place: int) -> str:
        row = self.rows[place]
        return str(row) if isinstance(row, Heading) else ""

    def strength(self, place: int) -> float:
        row = self.rows[place]
        if self._held and self._name(row) in self._held:
            return FAINTEST
        return 1.0 if isinstance(row, Heading) else self._source.strength(row)

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid() and self.heading(index.row()):
            flags &= ~Qt.ItemFlag.ItemIsSelectable
        return flags

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if not index.isValid() or not (heading := self.heading(index.row())):
            return super().data(index, role)
        spoken = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        return heading if index.column() == 0 and role in spoken else None

    def _name(self, row: Row) -> Key:
        return row.key if isinstance(row, Heading) else self._key(row)

    def _fits(self, row: Row) -> bool:
        if not self._test(row):
            return False
        if not self._words:
            return True
        text = "\n".join(column.text(row) for column in self.columns).lower()
        return all(word in text for word in self._words)

    def _bring(self, *, ordered: bool) -> None:
        """Additions, one change of places, removals: three talks with the view, however many."""
        source = self._source.rows if self._frozen is None else self._frozen
        wanted = {self._key(row): row for row in source if self._fits(row)}
        if self._group is not None:
            wanted |= self._headings(self._group, wanted.values())
        fresh = wanted.copy()
        for row in self.rows:
            fresh.pop(self._name(row), None)
        self._append([*fresh.values()])
        latest = [wanted.get(self._name(row), row) for row in self.rows]
        gone = [row for row in latest if self._name(row) not in wanted]
        held = [] if ordered else gone[:MOST_HELD]
        self._held = {self._name(row) for row in held}
        stay = wanted.keys() | self._held
        kept = [row for row in latest if self._name(row) in stay]
        self.rows = latest
        self._arrange((self._ordered(kept, wanted) if ordered else kept) + gone[len(held) :])
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
        rows = sorted(rows, key=lambda row: natural[self._name(row)])
        headings = [row for row in rows if isinstance(row, Heading)]
        if headings:
            rows = [row for row in rows if not isinstance(row, Heading)]
        if 0 <= self._column < len(self.columns):
            by = self.columns[self._column]
            rows.sort(key=lambda row: sort_value(by, row), reverse=self._descending)
        return rows if self._group is None else self._grouped(self._group, rows, headings)

    def _headings(self, group: Callable[[Row], str], rows: Iterable[Row]) -> dict[Key, Row]:
        """A heading for each group there is; they travel among the rows."""
        headings = (Heading(name, count) for name, count in Counter(map(group, rows)).items())
        return {heading.key: cast("Row", heading) for heading in headings}

    def _grouped(
        self, group: Callable[[Row], str], rows: list[Row], headings: list[Any]
    ) -> list[Row]:
        members: dict[str, list[Row]] = {heading.name: [heading] for heading in headings}
        for row in rows:
            members[group(row)].append(row)
        return [row for name in sorted(members, key=natural_order) for row in members[name]]

    def _arrange(self, rows: list[Row]) -> None:
        """Give the rows these places; what points at one goes with it."""
        if all(row is other for row, other in zip(rows, self.rows, strict=True)):
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        keys = [self._name(self.rows[index.row()]) for index in before]
        self.rows = rows
        places = {self._name(row): place for place, row in enumerate(rows)}
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
