"""The contract of a place that log entries go to, and how one that is out of order is treated."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from server_core.events.views import LogPlaceView
from server_core.logs.entry import Entry

KEPT = 20_000
RETRY_SECONDS = 2.0


class Writer(Protocol):
    """Writes entries somewhere; used by one thread, may wait a bounded time."""

    def write(self, entries: Sequence[Entry]) -> None:
        """Write all or none; OSError says why not, in words for a person."""

    def close(self) -> None:
        """Give everything back."""


class Place:
    """A destination with the entries that wait for it.

    While it is out of order the newest ``kept`` entries wait, and it is tried again every
    ``retry`` seconds; older ones are lost and counted. ``wants`` chooses among all entries.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], Writer],
        wants: Callable[[Entry], bool],
        *,
        kept: int = KEPT,
        retry: float = RETRY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.wants = wants
        self._make = make
        self._writer: Writer | None = None
        self._waiting: deque[Entry] = deque(maxlen=kept)
        self._retry = retry
        self._clock = clock
        self._not_before = float("-inf")
        self._problem = ""
        self._lost = 0
        self._written = 0

    @property
    def view(self) -> LogPlaceView:
        """How it is doing; readable from any thread."""
        return LogPlaceView(
            name=self.name,
            problem=self._problem,
            waiting=len(self._waiting),
            lost=self._lost,
            written=self._written,
        )

    def take(self, entries: Sequence[Entry]) -> None:
        """Note entries for it; those that no longer fit push out the oldest."""
        too_many = len(self._waiting) + len(entries) - (self._waiting.maxlen or 0)
        self._lost += max(0, too_many)
        self._waiting.extend(entries)

    def flush(self) -> None:
        """Write what waits, unless it failed a moment ago."""
        if not self._waiting or self._clock() < self._not_before:
            return
        entries = tuple(self._waiting)
        try:
            if self._writer is None:
                self._writer = self._make()
            self._writer.write(entries)
        except OSError as problem:
            self._problem = problem.strerror or str(problem)
            self._not_before = self._clock() + self._retry
            self._drop_writer()
            return
        self._waiting.clear()
        self._written += len(entries)
        self._problem = ""

    def close(self) -> None:
        """Write what can be written once more, and end."""
        self._not_before = float("-inf")
        self.flush()
        self._lost += len(self._waiting)
        self._drop_writer()

    def _drop_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
