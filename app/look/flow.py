"""A strip of equal parts that takes as many columns as fit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.look.theme import space


class Strip(QWidget):
    """Shows its parts side by side, none narrower than ``least`` pixels.

    A few parts leave room for ``fewest``, so that two do not become as wide as the window. The last
    line of an ``even`` strip is as wide as the others, whatever is in it.
    """

    def __init__(self, least: int, *, fewest: int = 1, most: int = 4, even: bool = False) -> None:
        super().__init__()
        self._least, self._fewest, self._most, self._even = least, fewest, most, even
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
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 0)
        # Cells so narrow that a full line and the last one both come out even.
        last = len(self._parts) % columns if self._even else 0
        cells = math.lcm(columns, last or 1)
        for place, part in enumerate(self._parts):
            line, within = divmod(place, columns)
            in_line = last if last and place >= len(self._parts) - last else columns
            width = cells // in_line
            self._grid.addWidget(part, line, within * width, 1, width)
        for column in range(cells):
            self._grid.setColumnStretch(column, 1)
        self._columns = columns
