"""When Python looks for garbage: on the window's thread alone, and there between two events.

Left to itself Python looks on whatever thread makes an object, session loops and workers among
them, and at any point of what that thread does. A part of the window that lies in a circle would be
destroyed there and then, on a thread that is not its own or while Qt paints, and the program with
it. So its own looks are off, and the window's loop looks: at what is young whenever there is enough
of it, and thoroughly while nothing happens. A thorough look walks every object the window holds, a
hundred thousand log lines among them, and keeps every thread waiting meanwhile; so does a look at
what is of middle age, which under load is nearly as much. Sessions, events and rows refer to each
other in no circles, so what they would find is little, and that can wait for a quiet moment, or for
ten minutes when none comes.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from app.bridge.event_pump import EventPump
from server_core.events.ring import Batch

_YOUNG = 1_000  # less than a millisecond of looking, in which no other thread runs
_GLANCE_MS, _LOOK_MS = 100, 60_000
_QUIET_SECONDS = 5.0
_LONGEST_WAIT = 600.0


class Tidying(QObject):
    """Takes looking for garbage out of Python's hands until it is stopped."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._busy = 0.0
        self._looked = time.monotonic()
        self._was_on = gc.isenabled()
        gc.disable()
        self._timers = (
            self._regularly(self.glance, _GLANCE_MS),
            self._regularly(self.look, _LOOK_MS),
        )

    def settle(self, pump: EventPump) -> None:
        """Spare what start-up has made every later look; ``pump`` tells what is quiet."""
        gc.collect()
        gc.freeze()
        pump.batch.connect(self._note)

    def glance(self) -> bool:
        """Look at what is young, if that is much; tells whether it did."""
        due = gc.get_count()[0] > _YOUNG and self._between_events()
        if due:
            gc.collect(0)
        return due

    def look(self) -> bool:
        """Look thoroughly, unless events came a moment ago; tells whether it did."""
        now = time.monotonic()
        quiet = now - self._busy > _QUIET_SECONDS or now - self._looked > _LONGEST_WAIT
        due = quiet and self._between_events()
        if due:
            gc.collect()
            self._looked = now
        return due

    def stop(self) -> None:
        """Look a last time, at everything, and give it back to Python; the window is gone."""
        for timer in self._timers:
            timer.stop()
        gc.unfreeze()
        gc.collect()
        if self._was_on:
            gc.enable()

    def _regularly(self, act: Callable[[], bool], interval: int) -> QTimer:
        timer = QTimer(self)
        timer.timeout.connect(act)
        timer.start(interval)
        return timer

    def _between_events(self) -> bool:
        """A loop inside another (something is being dragged) runs in the middle of an event."""
        return self.thread().loopLevel() <= 1

    def _note(self, batch: Batch) -> None:
        if batch.events:
            self._busy = time.monotonic()
