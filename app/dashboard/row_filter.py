"""Which rows of a live table are shown, in which order; none moves under the pointer."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    QTimer,
)
from PySide6.QtWidgets import QAbstractItemView

from app.look.tables import SORT_ROLE, RowsModel

CALM_MS = 1_000


class RowFilter(QSortFilterProxyModel):
    """Rows of a model that contain all typed words; put in order again by ``settle`` only."""

    def __init__(self, model: QAbstractTableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self._model = model
        self.setSortRole(SORT_ROLE)
        self.setDynamicSortFilter(False)
        self.setSourceModel(model)

    @property
    def words(self) -> str:
        """What is looked for."""
        return " ".join(self._words)

    def look_for(self, typed: str) -> None:
        """Show only rows with these words in any of their cells."""
        self._words = typed.lower().split()
        self.invalidate()

    def settle(self) -> None:
        """Sort and filter again, as rows have changed."""
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        if not self._words or not isinstance(self._model, RowsModel):
            return True
        shown = self._model.rows[row]
        text = "\n".join(column.text(shown) for column in self._model.columns).lower()
        return all(word in text for word in self._words)


class Settling(QObject):
    """Calls ``settle`` once the pointer has left a table alone for a second."""

    def __init__(self, view: QAbstractItemView, rows: RowFilter) -> None:
        super().__init__(view)
        self._view, self._rows = view, rows
        self._timer = QTimer(self)
        self._timer.setInterval(CALM_MS)
        self._timer.timeout.connect(self._when_calm)
        source = rows.sourceModel()
        source.dataChanged.connect(self._changed)
        source.rowsInserted.connect(self._changed)

    def _changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _when_calm(self) -> None:
        if self._view.underMouse() and self._view.isActiveWindow():
            return
        self._timer.stop()
        self._rows.settle()
