"""How late the window's own event loop is: the measure of whether it holds anybody up."""

from __future__ import annotations

import time
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer, Signal

PERIOD = 0.05
KEPT = 1200  # a minute of them


@dataclass(frozen=True, slots=True)
class Delay:
    """The loop's delay over the last minute, in milliseconds."""

    p50: float = 0.0
    p99: float = 0.0
    worst: float = 0.0


class LoopDelay(QObject):
    """Asks to be called twenty times a second and notes how much later it was.

    ``measured`` carries each of these delays, in milliseconds.
    """

    measured = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._samples: deque[float] = deque()
        self._ordered: list[float] = []
        self._due = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._arrived)

    def start(self) -> None:
        """Begin to measure."""
        self._ask_again()

    def delay(self) -> Delay:
        """What was measured during the last minute."""
        ordered = self._ordered
        if not ordered:
            return Delay()
        last = len(ordered) - 1
        return Delay(ordered[last // 2], ordered[int(last * 0.99)], ordered[last])

    def _ask_again(self) -> None:
        self._due = time.perf_counter() + PERIOD
        self._timer.start(round(PERIOD * 1000))

    def _arrived(self) -> None:
        late = max(0.0, time.perf_counter() - self._due) * 1000
        self._keep(late)
        self.measured.emit(late)
        self._ask_again()

    def _keep(self, late: float) -> None:
        if len(self._samples) == KEPT:
            oldest = self._samples.popleft()
            del self._ordered[bisect_left(self._ordered, oldest)]
        self._samples.append(late)
        insort(self._ordered, late)
