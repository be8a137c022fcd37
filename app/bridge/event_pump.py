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
SOONEST_MS = 25
# Whoever waits for the window's thread waits for a turn of it at most: a reply of the server, when
# there are as many busy threads as cores, and everything else that the window does.
TURN = 0.0015
BUDGET = 0.004
SMALLEST_BATCH = 50
LARGEST_BATCH = 5_000


class Watched(Protocol):
    """Where rings come from; ``MailService`` has it."""

    def watch(self, levels: Level, capacity: int = ...) -> Ring:
        """A reader of events from here on."""

    def unwatch(self, ring: Ring) -> None:
        """Stop feeding a reader."""


class EventPump(QObject):
    """Drains the server's rings on the window's tick; ``batch`` carries a ``Batch`` with news.

    Facts have a ring of their own, so that a flood of protocol lines never costs one. Other levels
    (protocol lines, session progress) are only watched while a page wants them. The more there is,
    the sooner the next tick comes, and a tick hands over no more than its listeners lately managed
    within the time budget, so that a flood never holds the window up; what the rings cannot hold
    meanwhile comes back as ``Batch.dropped``.
    """

    batch = Signal(object)
    ticked = Signal()

    def __init__(self, watched: Watched, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watched = watched
        self._facts = watched.watch(Level.up_to(Level.INFO) | Level.CAPTURE)
        self._details: dict[Level, Ring] = {}
        self._wishes: dict[str, Level] = {}
        self._limit = SMALLEST_BATCH
        self._timer = QTimer(self)
        self._pace = VISIBLE_MS
        self._timer.setInterval(self._pace)
        self._timer.timeout.connect(self.tick)

    @property
    def interval(self) -> int:
        """Milliseconds from tick to tick as things are."""
        return self._timer.interval()

    def start(self) -> None:
        """Begin to tick."""
        self._timer.start()

    def stop(self) -> None:
        """Stop ticking and listening for good."""
        self._timer.stop()
        self._watched.unwatch(self._facts)
        self._wishes.clear()
        self._follow_wishes()

    def set_visible(self, visible: bool) -> None:
        """Tick at full pace for a visible window, slowly for a hidden one."""
        self._pace = VISIBLE_MS if visible else HIDDEN_MS
        self._timer.setInterval(self._pace)

    def want(self, page: str, levels: Level) -> None:
        """What ``page`` needs besides facts from now on; ``Level(0)`` for nothing."""
        self._wishes[page] = levels
        self._follow_wishes()

    def tick(self) -> None:
        """Hand over what has come; ``ticked`` follows every tick, ``batch`` only one with news."""
        batch = self._drain()
        seconds = 0.0
        if batch.events or batch.dropped:
            began = time.perf_counter()
            self.batch.emit(batch)
            seconds = time.perf_counter() - began
            self._adapt(len(batch.events), seconds)
        self._keep_pace(seconds)
        self.ticked.emit()

    def _keep_pace(self, seconds: float) -> None:
        """Come again when there will be about one turn's work, going by what there was now."""
        before = self.interval
        wanted = self._pace if seconds <= 0.0 else int(before * TURN / seconds)
        interval = max(SOONEST_MS, min(self._pace, wanted))
        if interval != before:
            self._timer.setInterval(interval)

    def _drain(self) -> Batch:
        batches = [self._facts.drain(self._limit)]
        batches += [ring.drain(self._limit) for ring in self._details.values()]
        lost = sum(batch.dropped for batch in batches)
        told = [batch for batch in batches if batch.events]
        if len(told) <= 1:
            return Batch(told[0].events if told else (), lost)
        events = sorted((e for batch in told for e in batch.events), key=attrgetter("time"))
        return Batch(events, lost)

    def _follow_wishes(self) -> None:
        wanted = Level(0)
        for levels in self._wishes.values():
            wanted |= levels
        for level in (Level.PROTOCOL, Level.PROGRESS):
            if wanted & level and level not in self._details:
                self._details[level] = self._watched.watch(level)
            elif not wanted & level and level in self._details:
                self._watched.unwatch(self._details.pop(level))

    def _adapt(self, handled: int, seconds: float) -> None:
        """Aim the next batch at the budget; what a small batch cost says little about a large."""
        if handled >= SMALLEST_BATCH:
            affordable = int(handled * BUDGET / max(seconds, 1e-6))
            self._limit = min(LARGEST_BATCH, max(SMALLEST_BATCH, affordable, self._limit // 2))
        elif seconds < BUDGET:
            self._limit = min(LARGEST_BATCH, self._limit * 2)
