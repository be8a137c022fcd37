"""The server's events, handed to the window in one batch per tick."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from server_core.events.ring import Ring

VISIBLE_MS = 100
HIDDEN_MS = 500
BUDGET = 0.008
SMALLEST_BATCH = 200
LARGEST_BATCH = 5_000


class EventPump(QObject):
    """Drains a ring on the window's tick; ``batch`` carries a ``Batch`` with something in it.

    A tick hands over no more events than its listeners lately managed within the time budget; the
    rest waits in the ring, and what the ring cannot hold comes back as ``Batch.dropped``.
    """

    batch = Signal(object)
    ticked = Signal()

    def __init__(self, ring: Ring, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ring = ring
        self._limit = SMALLEST_BATCH * 2
        self._timer = QTimer(self)
        self._timer.setInterval(VISIBLE_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin to tick."""
        self._timer.start()

    def stop(self) -> None:
        """Stop ticking; what is in the ring stays there."""
        self._timer.stop()

    def set_visible(self, visible: bool) -> None:
        """Tick at full pace for a visible window, slowly for a hidden one."""
        self._timer.setInterval(VISIBLE_MS if visible else HIDDEN_MS)

    def tick(self) -> None:
        """Hand over what has come; ``ticked`` follows every tick, ``batch`` only one with news."""
        batch = self._ring.drain(self._limit)
        if batch.events or batch.dropped:
            began = time.perf_counter()
            self.batch.emit(batch)
            self._adapt(len(batch.events), time.perf_counter() - began)
        self.ticked.emit()

    def _adapt(self, handled: int, seconds: float) -> None:
        """Aim the next batch at the budget; a small batch says little about a large one."""
        if handled < SMALLEST_BATCH and seconds <= BUDGET:
            self._limit = LARGEST_BATCH
            return
        affordable = int(handled * BUDGET / max(seconds, 1e-6))
        self._limit = min(LARGEST_BATCH, max(SMALLEST_BATCH, affordable))
