"""A table whose rows are put into another order by dragging."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractItemView

from app.forms.table_editor import EntriesModel
from app.look.tables import TableView

Index = QModelIndex | QPersistentModelIndex
Indicator = QAbstractItemView.DropIndicatorPosition


class MovableEntries(EntriesModel):
    """Rows that can be taken along, and put down between others."""

    def flags(self, index: Index) -> Qt.ItemFlag:
        own = super().flags(index)
        if index.isValid():
            return own | Qt.ItemFlag.ItemIsDragEnabled
        return own | Qt.ItemFlag.ItemIsDropEnabled


class MovableTable(TableView):
    """``dragged`` carries how many places a row goes down; below 0 it goes up.

    The table moves nothing: who owns the order does, and shows the rows again.
    """

    dragged = Signal(int)

    def make_movable(self, movable: bool) -> None:
        """Let rows be dragged, or not."""
        self.setDragEnabled(movable)
        self.setAcceptDrops(movable)
        self.setDragDropOverwriteMode(False)
        self.setDefaultDropAction(Qt.DropAction.CopyAction)
        mode = QAbstractItemView.DragDropMode
        self.setDragDropMode(mode.DragDrop if movable else mode.NoDragDrop)

    def dropEvent(self, event: QDropEvent) -> None:
        # Copied as far as Qt knows, or it would take the row away itself.
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        chosen = self.selectionModel().selectedRows()
        if event.source() is not self or len(chosen) != 1:
            return
        at = self.indexAt(event.position().toPoint())
        distance = places_down(
            chosen[0].row(), at.row(), self.model().rowCount(), self.dropIndicatorPosition()
        )
        if distance:
            self.dragged.emit(distance)


def places_down(row: int, at: int, rows: int, indicator: Indicator) -> int:
    """How far a row goes that is put down above or below the row ``at``; -1 is behind them all."""
    if at < 0 or indicator is Indicator.OnViewport:
        return rows - 1 - row
    before = at + 1 if indicator is Indicator.BelowItem else at
    return before - row - 1 if before > row else before - row
