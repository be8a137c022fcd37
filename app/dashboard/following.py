"""When the rows of a live table are brought up to date, so that none moves under the pointer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QPersistentModelIndex, QPoint, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QTableView, QWidget

from app.dashboard.shown_rows import ShownRows
from app.dashboard.source_rows import SourceRows

CALM_SECONDS = 1.0
REPAINT_MS = 200


class Following(QObject):
    """Keeps shown rows up to date while their table is in sight.

    Rows change places only when pointer, selection and scroll bar have been idle for a second, and
    what was scrolled to stays in sight. A table nobody sees costs nothing.
    """

    def __init__(
        self, view: QWidget, table: QTableView, rows: ShownRows[Any], source: SourceRows[Any]
    ) -> None:
        super().__init__(view)
        self._view, self._table, self._rows = view, table, rows
        self._pointer = QPoint()
        self._touched = 0.0
        self._soon = self._timer(self.catch_up)
        self._calm = self._timer(self.catch_up)
        source.changed.connect(self._changed)
        table.selectionModel().selectionChanged.connect(self._touch)
        table.verticalScrollBar().valueChanged.connect(self._touch)

    def catch_up(self) -> None:
        """Show what there is now; frozen rows stay as they are."""
        if self._rows.frozen:
            return
        if self._view.underMouse() and self._view.window().isActiveWindow():
            self._note_pointer()
        wait = self._touched + CALM_SECONDS - time.monotonic()
        if wait > 0:
            self._rows.follow()
            self._calm.start(round(wait * 1000) + 1)
        else:
            self.settle()

    def settle(self) -> None:
        """Show what there is now with everything in its place; what is in sight stays there."""
        bar, touched = self._table.verticalScrollBar(), self._touched
        top = QPersistentModelIndex(self._rows.index(bar.value(), 0)) if bar.value() else None
        self._rows.settle()
        if top is not None and top.isValid():
            self._table.updateGeometries()
            bar.setValue(top.row())
        self._touched = touched  # whatever moved now was moved by nobody

    def _timer(self, act: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.timeout.connect(act)
        return made

    def _note_pointer(self) -> None:
        """A pointer that is elsewhere than at the last look was moved just now."""
        now = QCursor.pos()
        if now != self._pointer:
            self._pointer = now
            self._touch()

    def _touch(self) -> None:
        self._touched = time.monotonic()

    def _changed(self) -> None:
        if self._view.isVisible() and not self._soon.isActive() and not self._rows.frozen:
            self._soon.start(REPAINT_MS)
