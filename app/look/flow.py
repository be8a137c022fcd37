"""A strip of equal parts that takes as many columns as fit."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.look.theme import space


class Strip(QWidget):
    """Shows its parts side by side, none narrower than ``least`` pixels.

    A few parts leave room for ``fewest``, so that two do not become as wide as the window.
    """

    def __init__(self, least: int, *, fewest: int = 1, most: int = 4) -> None:
        super().__init__()
        self._least, self._fewest, self._most = least, fewest, most
        self._parts: list[QWidget] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(space("m"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def show_parts(self, parts: Sequence[QWidget]) -> None:
        """Show these parts instead; those no longer shown are deleted."""
        for old in self._parts:
            self._grid.removeWidget(old)
            if old not in parts:
                old.hide()
                old.deleteLater()
        self._parts = list(parts)
        self._columns = 0
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._least, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        if not self._parts:
            return
        gap = self._grid.spacing()
        fitting = max(1, (self.width() + gap) // (self._least + gap))
        columns = min(fitting, max(len(self._parts), self._fewest), self._most)
        if columns == self._columns:
            return
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 0)
        for place, part in enumerate(self._parts):
            self._grid.addWidget(part, place // columns, place % columns)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)
        self._columns = columns
