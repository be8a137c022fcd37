"""Work in pieces: each in a turn of the window's loop of its own, so that no turn is long."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Turns(QObject):
    """Does pieces of work one after the other; what else happens goes in between."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left: list[Callable[[], None]] = []
        self._next = QTimer(self)
        self._next.setInterval(0)
        self._next.timeout.connect(self._take)

    def begin(self, *pieces: Callable[[], None]) -> None:
        """Do these from the next turn on, instead of what is left of earlier ones."""
        self._left = list(pieces)
        self._next.start()

    def stop(self) -> None:
        """Leave undone what is left."""
        self._left = []
        self._next.stop()

    def _take(self) -> None:
        piece = self._left.pop(0)
        if not self._left:
            self._next.stop()
        piece()
