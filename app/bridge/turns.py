"""Work in pieces: each in a turn of the window's loop of its own, so that no turn is long."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Turns(QObject):
    """Does pieces of work one after the other; what else happens goes in between.

    They are ``apart`` milliseconds from each other. What makes Qt lay out and paint needs some, for
    it would do that for all of them in one go.
    """

    def __init__(self, parent: QObject, apart: int = 0) -> None:
        super().__init__(parent)
        self._left: list[Callable[[], None]] = []
        self._next = QTimer(self)
        self._next.setInterval(apart)
        self._next.timeout.connect(self._take)

    @property
    def busy(self) -> bool:
        """Whether something is left to do."""
        return bool(self._left)

    def begin(self, *pieces: Callable[[], None]) -> None:
        """Do these from the next turn on, instead of what is left of earlier pieces."""
        self._left = list(pieces)
        if pieces:
            self._next.start()
        else:
            self._next.stop()

    def stop(self) -> None:
        """Leave undone what is left."""
        self._left = []
        self._next.stop()

    def _take(self) -> None:
        piece = self._left.pop(0)
        if not self._left:
            self._next.stop()
        piece()
