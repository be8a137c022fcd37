"""The server's events, handed to the window in one batch per tick."""

from __future__ import annotations

import time
from operator import attrgetter
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from server_core.events.ring import Batch, Ring
from server_core.events.types import Level

VISIBLE_MS = 100
HIDDEN_MS = 500
BUDGET = 0.008
SMALLEST_BATCH = 200
LARGEST_BATCH = 5_000


class Watched(Protocol):
    """Where rings come from; ``MailService`` has it."""

    def watch(self, levels: Level, capacity: int = ...) -> Ring:
        """A reader of events from here on."""

    def unwatch(self, ring: Ring) -> None:
        """Stop feeding a reader."""


class EventPump(QObject):
    """Drains the server's rings on the window's tick; ``batch`` carries a ``Batch`` with news.

    Facts have a ring of their own, so that a flood of protocol lines never costs one. Protocol
    lines and session progress are only asked for while a page wants them. A tick hands over no
    more than its listeners lately managed within the time budget; the rest waits in the rings, and
    what those cannot hold comes back as ``Batch.dropped``.
    """

    batch = Signal(object)
    ticked = Signal()

    def __init__(self, watched: Watched, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watched = watched
        self._facts = watched.watch(Level.up_to(Level.INFO))
        self._details: Ring | None = None
        self._wanted_by: set[str] = set()
        self._limit = SMALLEST_BATCH
        self._timer = QTimer(self)
        self._timer.setInterval(VISIBLE_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin to tick."""
        self._timer.start()

    def stop(self) -> None:
        """Stop ticking and listening for good."""
        self._timer.stop()
        self._watched.unwatch(self._facts)
        self._wanted_by.clear()
        self._follow_wishes()

    def set_visible(self, visible: bool) -> None:
        """Tick at full pace for a visible window, slowly for a hidden one."""
        self._timer.setInterval(VISIBLE_MS if visible else HIDDEN_MS)

    def want_details(self, page: str, wanted: bool) -> None:
        """Whether ``page`` needs protocol lines and session progress from now on."""
        (self._wanted_by.add if wanted else self._wanted_by.discard)(page)
        self._follow_wishes()

    def tick(self) -> None:
        """Hand over what has come; ``ticked`` follows every tick, ``batch`` only one with news."""
        batch = self._drain()
        if batch.events or batch.dropped:
            began = time.perf_counter()
            self.batch.emit(batch)
            self._adapt(len(batch.events), time.perf_counter() - began)
        self.ticked.emit()

    def _drain(self) -> Batch:
        facts = self._facts.drain(self._limit)
        if self._details is None:
            return facts
        details = self._details.drain(max(SMALLEST_BATCH, self._limit - len(facts.events)))
        if not details.events:
            return Batch(facts.events, facts.dropped + details.dropped)
        events = sorted((*facts.events, *details.events), key=attrgetter("time"))
        return Batch(events, facts.dropped + details.dropped)

    def _follow_wishes(self) -> None:
        if self._wanted_by and self._details is None:
            self._details = self._watched.watch(Level.PROTOCOL)
        elif not self._wanted_by and self._details is not None:
            self._watched.unwatch(self._details)
            self._details = None

    def _adapt(self, handled: int, seconds: float) -> None:
        """Aim the next batch at the budget; what a small batch cost says little about a large."""
        if handled >= SMALLEST_BATCH:
            affordable = int(handled * BUDGET / max(seconds, 1e-6))
            self._limit = min(LARGEST_BATCH, max(SMALLEST_BATCH, affordable, self._limit // 2))
        elif seconds < BUDGET:
            self._limit = min(LARGEST_BATCH, self._limit * 2)
