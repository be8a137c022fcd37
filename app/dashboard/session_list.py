"""One list of the Sessions page: its table, or the reason why that is empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QStackedWidget

from app.bridge.services import Services
from app.dashboard.following import Following
from app.dashboard.session_filter import Grouping, SessionFilter, group_of
from app.dashboard.session_lookups import LookedUp
from app.dashboard.shown_rows import Key, ShownRows
from app.dashboard.source_rows import SourceRows
from app.look.column_chooser import offer_columns
from app.look.parts import EmptyState
from app.look.tables import Column, TableView

Row = TypeVar("Row")


class SessionList(QStackedWidget):
    """A table that follows ``source``; ``key`` names a row over its changes."""

    def __init__(
        self,
        services: Services,
        source: SourceRows[Row],
        key: Callable[[Row], Key],
        *,
        looked_up: Sequence[LookedUp],
        name: str,
        title: str,
    ) -> None:
        super().__init__()
        self._further = range(len(source.columns), len(source.columns) + len(looked_up))
        further = [*map(self._column, self._further, looked_up)]
        rows = ShownRows(source, key, self, further=further)
        self.rows: ShownRows[Any] = rows
        self.table = TableView(services.theme, f"sessions.{name}", title)
        self.table.show_model(self.rows, self.rows.columns)
        self.table.setSortingEnabled(True)
        self.empty = EmptyState(services.theme, "sessions", f"sessions.{name}_empty")
        self.addWidget(self.table)
        self.addWidget(self.empty)
        self.following = Following(self, self.table, rows, source)
        self._columns = offer_columns(self.table, self.following.settle).menuAction()
        for signal in (self.rows.rowsInserted, self.rows.rowsRemoved):
            signal.connect(self.look)
        header = self.table.horizontalHeader()
        for section, each in zip(self._further, looked_up, strict=True):
            header.moveSection(header.visualIndex(section), each.beside + 1)
            each.lookup.told.connect(self._repaint)
        self.look()

    def begin_sorted(self, services: Services, column: int) -> None:
        """Sort by a column, highest first, unless the person chose otherwise before."""
        self.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
        self.table.remember(services.settings)

    def offer(self, deeds: Sequence[QAction], exports: Sequence[QAction]) -> None:
        """Have the menu of a row begin with what can be done about it; columns come last."""
        table = self.table
        table.insertActions(table.copy_action, [*deeds, _line(table)])
        table.insertActions(self._columns, [*exports, _line(table)])

    def show_filter(self, wanted: SessionFilter) -> None:
        """Show only the rows that fit."""
        self.rows.look_for(wanted.words, wanted.fits)

    def show_groups(self, grouping: Grouping) -> None:
        """Put the rows together by something they share."""
        self.rows.group_by(group_of(grouping))

    def every_place(self) -> list[int]:
        """Where the rows are that a person sees, the headings of groups apart."""
        return [place for place in range(len(self.rows.rows)) if not self.rows.heading(place)]

    def look(self) -> None:
        """Show the table when it has rows."""
        self.setCurrentIndex(0 if self.rows.rows else 1)

    def _column(self, section: int, made: LookedUp) -> Column[Any]:
        return Column(
            made.title,
            lambda row: made.lookup.of(made.key(row), ask=self._is_seen(section)),
            208,
            tip=lambda row: made.tip,
            optional=True,
        )

    def _is_seen(self, section: int) -> bool:
        return self.isVisible() and not self.table.isColumnHidden(section)

    def _repaint(self) -> None:
        if any(map(self._is_seen, self._further)):
            self.table.viewport().update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.following.catch_up()


def _line(table: TableView) -> QAction:
    line = QAction(table)
    line.setSeparator(True)
    return line
