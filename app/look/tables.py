"""Tables as every page shows them: calm rows, remembered columns, rows that can be copied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSettings,
    Qt,
)
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QTableView

from app.look.cell_ink import CellInk
from app.look.delegates import MARK_ROLE, MarkDelegate
from app.look.live_paint import Picture, lay_out_live, paint_live
from app.look.row_formats import Format, Table, formats, tab_separated
from app.look.theme import Theme, size
from server_core.natural_order import natural_order

Row = TypeVar("Row")

_NOWHERE = QModelIndex()
_ROWS_AT_ONCE = 8

SORT_ROLE = 0x0102
"""The value a column sorts by."""
ROW_ROLE = 0x0103
"""The row object behind a cell."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column of a table: its title, its text for a row, and how it looks and sorts."""

    title: str
    text: Callable[[Row], str]
    width: int = 120
    number: bool = False
    sort: Callable[[Row], Any] | None = None
    mark: Callable[[Row], tuple[str, str] | None] | None = None
    tip: Callable[[Row], str] | None = None
    optional: bool = False
    """Whether a person has to ask for it."""


def cell(column: Column[Row], row: Row, role: int) -> object:
    """What a model answers for a cell of this column."""
    answer = _ANSWERS.get(role)
    return answer(column, row) if answer else None


_WORDS_STAND = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_NUMBERS_STAND = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _alignment(column: Column[Any]) -> Qt.AlignmentFlag:
    return _NUMBERS_STAND if column.number else _WORDS_STAND


def sort_value(column: Column[Any], row: Any) -> Any:
    """What a column sorts this row by."""
    return column.sort(row) if column.sort else natural_order(column.text(row))


_ANSWERS: dict[int, Callable[[Column[Any], Any], object]] = {
    int(Qt.ItemDataRole.DisplayRole): lambda column, row: column.text(row),
    int(Qt.ItemDataRole.TextAlignmentRole): lambda column, row: _alignment(column),
    int(Qt.ItemDataRole.ToolTipRole): lambda column, row: column.tip(row) if column.tip else None,
    int(Qt.ItemDataRole.AccessibleTextRole): lambda column, row: (
        f"{column.title}: {column.text(row)}"
    ),
    MARK_ROLE: lambda column, row: column.mark(row) if column.mark else None,
    SORT_ROLE: sort_value,
    ROW_ROLE: lambda column, row: row,
}


def heading(columns: Sequence[Column[Any]], section: int, role: int) -> object:
    """What a model answers for a column's heading."""
    if role == Qt.ItemDataRole.DisplayRole:
        return columns[section].title
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return _alignment(columns[section])
    return None


class RowsModel(QAbstractTableModel, Generic[Row]):
    """A read-only table over ``rows``; who changes them tells Qt in the usual way."""

    def __init__(self, columns: Sequence[Column[Row]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns
        self.rows: list[Row] = []

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if not index.isValid():
            return None
        return cell(self.columns[index.column()], self.rows[index.row()], role)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is Qt.Orientation.Horizontal:
            return heading(self.columns, section, role)
        return None


class LiveRows(RowsModel[Row]):
    """Rows of words and marks only, in a table that is painted many times a second."""

    def heading(self, place: int) -> str:
        """The text of a row that is nothing but a heading; empty for any other."""
        return ""

    def strength(self, place: int) -> float:
        """How strongly a row is painted, from 0.0 to 1.0."""
        return 1.0

    def picture(self, place: int, section: int) -> Picture:
        """All that is painted of a cell."""
        column, row = self.columns[section], self.rows[place]
        return column.text(row), column.number, column.mark(row) if column.mark else None


class TableView(QTableView):
    """A table of whole rows. ``name`` is its object name and where its columns are remembered."""

    def __init__(self, theme: Theme, name: str, title: str) -> None:
        super().__init__()
        self._theme, self._ink = theme, CellInk(theme)
        self._keep: Callable[[], None] = lambda: None
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setItemDelegate(MarkDelegate(theme, self._ink, self))
        rows = self.verticalHeader()
        rows.hide()
        rows.setDefaultSectionSize(size("row"))
        rows.setMinimumSectionSize(28)
        # Rows of one height: Qt then never asks a row of a long table for its size.
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setStretchLastSection(True)
        columns.setSectionsMovable(True)
        columns.setMinimumSectionSize(48)
        self.copy_action = QAction(self.tr("Copy rows"), self)
        self.copy_action.setShortcut(QKeySequence.StandardKey.Copy)
        self.copy_action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.copy_action.triggered.connect(self.copy_rows)
        self.addAction(self.copy_action)
        self.copy_menu = QMenu(self.tr("Copy as"), self)
        for kind in formats():
            action = self.copy_menu.addAction(kind.title)
            action.triggered.connect(lambda _=False, kind=kind: self.copy_as(kind))
        self.addAction(self.copy_menu.menuAction())

    def paintEvent(self, event: QPaintEvent) -> None:
        model = self.model()
        if isinstance(model, LiveRows):
            paint_live(self, self._theme, self._ink, model, event.rect())
        else:
            super().paintEvent(event)

    def end_pieces(self) -> list[Callable[[], None]]:
        """Work, in pieces, that gets the last rows of a live table ready, as many as fit.

        Painting them is short after that.
        """
        end = self.model().rowCount()
        fitting = self.viewport().height() // size("row") + 1
        places = range(max(0, end - fitting), end)
        pieces = (places[at : at + _ROWS_AT_ONCE] for at in range(0, len(places), _ROWS_AT_ONCE))
        return [partial(self._lay_out, piece) for piece in pieces]

    def _lay_out(self, places: range) -> None:
        model = self.model()
        if isinstance(model, LiveRows):
            # Rows may have gone since.
            there = range(places.start, min(places.stop, model.rowCount()))
            lay_out_live(self, self._ink, model, there)

    def show_model(self, model: QAbstractItemModel, columns: Sequence[Column[Any]]) -> None:
        """Show a model whose columns are these, in their declared widths."""
        self.setModel(model)
        for number, column in enumerate(columns):
            self.setColumnWidth(number, column.width)
            self.setColumnHidden(number, column.optional)

    def make_inline(self) -> None:
        """Be part of a card: no frame, nothing to select, the card scrolls and not the table."""
        self.setProperty("part", "inline")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def fit_rows(self, rows: int) -> None:
        """Be exactly as high as so many rows."""
        bar = self.horizontalScrollBar()
        below = bar.sizeHint().height() if bar.isVisible() else 0
        self.setFixedHeight(
            self.horizontalHeader().sizeHint().height() + rows * size("row") + below
        )

    def remember(self, settings: QSettings) -> None:
        """Take back widths, order, sorting and choice of columns of the last time, and keep them.

        They are forgotten once there are other columns than there were.
        """
        key, count = f"tables/{self.objectName()}", f"tables/{self.objectName()}.columns"
        header = self.horizontalHeader()
        kept = settings.value(key)
        known = settings.value(count) in (header.count(), str(header.count()))
        if kept is not None and not (known and header.restoreState(kept)):
            settings.remove(key)
        settings.setValue(count, header.count())
        header.setStretchLastSection(True)
        self._keep = lambda: settings.setValue(key, header.saveState())
        for changed in (header.sectionResized, header.sectionMoved, header.sortIndicatorChanged):
            changed.connect(self._keep)

    def show_column(self, section: int, *, shown: bool) -> None:
        """Show a column or hide it; that is remembered too."""
        self.setColumnHidden(section, not shown)
        # What a header tells of a column that is hidden, it tells before it is.
        self._keep()

    def selected_rows(self) -> list[Any]:
        """The row objects selected, top to bottom."""
        model = self.model()
        return [model.index(place, 0).data(ROW_ROLE) for place in self.selected_places()]

    def copy_rows(self) -> None:
        """Put the selected rows on the clipboard, tab-separated, as they are shown."""
        if places := self.selected_places():
            QGuiApplication.clipboard().setText(tab_separated(self.table_of(places).rows))

    def copy_as(self, kind: Format) -> None:
        """Put the selected rows on the clipboard in a format, as they are shown."""
        if places := self.selected_places():
            QGuiApplication.clipboard().setText("".join(kind.write(self.table_of(places))))

    def selected_places(self) -> list[int]:
        """Where the selected rows are, top to bottom."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def table_of(self, places: Iterable[int]) -> Table:
        """These rows with the columns that are shown, as they are shown."""
        header, model = self.horizontalHeader(), self.model()
        order = [header.logicalIndex(place) for place in range(header.count())]
        shown = [section for section in order if not header.isSectionHidden(section)]
        across = Qt.Orientation.Horizontal
        names = [str(model.headerData(section, across) or "") for section in shown]
        rows = [
            [str(model.index(place, section).data() or "") for section in shown] for place in places
        ]
        return Table(self.accessibleName(), names, rows)
