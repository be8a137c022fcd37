"""A place to drop files on, with buttons for those who would rather choose them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy

from app.forms.words import tr
from app.look.parts import button, column, muted, row
from app.look.theme import Theme
from app.look.words import number
from server_core.events.types import printable

NAMED = 4
BEGINNING, END = 28, 16


def shortened(name: str) -> str:
    """A file's name as it fits into a line: a long one without its middle."""
    name = printable(name)
    return name if len(name) <= BEGINNING + END else f"{name[:BEGINNING]}…{name[-END:]}"


class DropZone(QFrame):
    """Says ``hint`` until files were taken; ``dropped`` carries the paths of what was dropped."""

    dropped = Signal(list)

    def __init__(self, theme: Theme, name: str, hint: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("part", "drop")
        self.setAcceptDrops(True)
        self._hint = hint
        body = column(self, margin="l", gap="s")
        self._text = muted(theme)
        self._text.setObjectName(f"{name}.text")
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._buttons = row()
        self._buttons.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        body.addWidget(self._text)
        body.addLayout(self._buttons)
        self.show_files(())

    def add_button(self, text: str, name: str) -> QPushButton:
        """One more button below the words."""
        made = button(text, name)
        if not self._buttons.count():
            self.setFocusProxy(made)
        self._buttons.addWidget(made)
        return made

    def show_files(self, files: Sequence[Path]) -> None:
        """Say which files were taken, the first few of them by name."""
        names = ", ".join(shortened(file.name) for file in files[:NAMED])
        more = len(files) - NAMED
        if more > 0:
            names = tr("{names} and {n} more").format(names=names, n=number(more))
        self._text.setText(names or self._hint)
        self._text.setProperty("part", "" if names else "muted")
        self._text.style().unpolish(self._text)
        self._text.style().polish(self._text)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.dropped.emit(files)
