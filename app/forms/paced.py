"""Work that is asked for often and done now and then: at once first, then at a pace."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Paced(QObject):
    """Runs ``work`` when asked, but never twice within ``milliseconds``; no last ask is lost."""

    def __init__(self, work: Callable[[], None], milliseconds: int, parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._asked = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(milliseconds)
        self._pause.timeout.connect(self._go_on)

    def set_pace(self, milliseconds: int) -> None:
        """Pause so long from now on."""
        if milliseconds != self._pause.interval():
            self._pause.setInterval(milliseconds)

    def ask(self) -> None:
        """Have the work done, now or when the pause is over."""
        if self._pause.isActive():
            self._asked = True
        else:
            self._pause.start()
            self._work()

    def stop(self) -> None:
        """Forget what was asked for."""
        self._asked = False
        self._pause.stop()

    def _go_on(self) -> None:
        if self._asked:
            self._asked = False
            self.ask()
