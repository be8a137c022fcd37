"""When Python looks for garbage: a little all the time, thoroughly only while nothing happens.

A thorough look walks every object the window holds, a hundred thousand log lines among them, and
keeps every thread waiting meanwhile; so does a look at what is of middle age, which under load is
nearly as much. Sessions, events and rows refer to each other in no circles, so what they would find
is little, and that can wait for a quiet moment, or for ten minutes when none comes.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

from app.bridge.event_pump import EventPump
from server_core.events.ring import Batch

_YOUNG, _NEVER = 10_000, 1_000_000
_LOOK_MS = 60_000
_QUIET_SECONDS = 5.0
_LONGEST_WAIT = 600.0


class Tidying(QObject):
    """Takes thorough looks out of Python's hands while it lives."""

    def __init__(self, pump: EventPump, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._busy = 0.0
        self._looked = time.monotonic()
        self._before = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG, _NEVER, _NEVER)
        pump.batch.connect(self._note)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> bool:
        """Look thoroughly, unless events came a moment ago; tells whether it did."""
        now = time.monotonic()
        due = now - self._busy > _QUIET_SECONDS or now - self._looked > _LONGEST_WAIT
        if due:
            gc.collect()
            self._looked = now
        return due

    def stop(self) -> None:
        """Give it back to Python."""
        self._timer.stop()
        gc.set_threshold(*self._before)
        gc.unfreeze()

    def _note(self, batch: Batch) -> None:
        if batch.events:
            self._busy = time.monotonic()
