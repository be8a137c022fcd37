"""Lines to read: a title, perhaps a mark, and a text each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from app.look.marks import Mark
from app.look.parts import label, muted
from app.look.theme import Theme, space

Line = tuple[str, str, tuple[str, str] | None]
"""Title, text, and shape and colour role of the mark."""


class Lines:
    """Shows lines in ``grid``; they are made anew only when they differ."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._shown: list[Line] = []
        self.grid = QGridLayout()
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(space("m"))
        self.grid.setVerticalSpacing(space("s"))
        self.grid.setColumnStretch(2, 1)

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines instead."""
        if list(lines) == self._shown:
            return
        self._shown = list(lines)
        while (item := self.grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for place, (title, text, mark) in enumerate(lines):
            told = label(self._theme, text)
            told.setWordWrap(True)
            told.setAccessibleName(f"{title}: {text}" if title else text)
            # Beside a text of several lines title and mark stand at the first of them.
            top = Qt.AlignmentFlag.AlignTop
            self.grid.addWidget(muted(self._theme, title), place, 0, top)
            self.grid.addWidget(told, place, 2, top)
            if mark is not None:
                shown = Mark(self._theme)
                shown.show_mark(*mark)
                self.grid.addWidget(shown, place, 1, top)
