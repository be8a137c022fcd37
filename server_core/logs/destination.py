"""The contract of a place that log entries go to, and how one that is out of order is treated."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from server_core.events.log_views import LogPlaceView
from server_core.logs.entry import Entry

_LOG = logging.getLogger(__name__)
KEPT = 20_000
RETRY_SECONDS = 2.0
_IDLE_SECONDS = 0.5
_LAST_SECONDS = 5.0


class Unwritten(OSError):
    """Some of what should have been written is, and ``left`` is not; says why like its cause."""

    def __init__(self, problem: OSError, left: Sequence[Any]) -> None:
        super().__init__(problem.errno, problem.strerror or str(problem))
        self.left = left


class Writer(Protocol):
    """Writes entries somewhere; used by one thread, may wait a bounded time."""

    def write(self, entries: Sequence[Entry]) -> None:
        """Write all of them; Unwritten when some are, OSError when none is."""

    def close(self) -> None:
        """Give everything back."""


class Place:
    """A destination with the entries that wait for it, and a thread that takes them there.

    While it is out of order the newest ``kept`` entries wait, and it is tried again every
    ``retry`` seconds; older ones are lost and counted. ``wants`` chooses among all entries. One
    that is slow holds up nobody else.
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
        self._kept = kept
        self._retry = retry
        self._clock = clock
        self._writer: Writer | None = None
        self._lock = threading.Lock()
        self._waiting: deque[Entry] = deque()
        self._not_before = float("-inf")
        self._problem = ""
        self._lost = self._written = 0
        self._some = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"log to {name}", daemon=True)

    @property
    def view(self) -> LogPlaceView:
        """How it is doing; readable from any thread."""
        with self._lock:
            waiting = len(self._waiting)
            return LogPlaceView(self.name, self._problem, waiting, self._lost, self._written)

    def start(self) -> None:
        """Begin to take entries there."""
        self._thread.start()

    def take(self, entries: Sequence[Entry]) -> None:
        """Note entries for it; those that no longer fit push out the oldest. Never waits."""
        if entries:
            with self._lock:
                self._waiting.extend(entries)
                self._drop_oldest()
            self._some.set()

    def flush(self) -> None:
        """Write what waits, unless it failed a moment ago; on the place's own thread."""
        if self._clock() < self._not_before:
            return
        with self._lock:
            entries, self._waiting = self._waiting, deque()
        if not entries:
            return
        try:
            if self._writer is None:
                self._writer = self._make()
            self._writer.write(tuple(entries))
        except OSError as problem:
            left = problem.left if isinstance(problem, Unwritten) else entries
            self._drop_writer()
            self._not_before = self._clock() + self._retry
            with self._lock:
                self._problem = problem.strerror or str(problem)
                self._written += len(entries) - len(left)
                self._waiting.extendleft(reversed(left))
                self._drop_oldest()
        else:
            with self._lock:
                self._problem = ""
                self._written += len(entries)

    def close(self) -> None:
        """Write what can be written once more, and end; waits some seconds at most."""
        self._stopping = True
        self._some.set()
        if self._thread.is_alive():
            self._thread.join(_LAST_SECONDS)
        with self._lock:
            self._lost += len(self._waiting)
            self._waiting.clear()

    def _run(self) -> None:
        while not self._stopping:
            self._some.wait(_IDLE_SECONDS)
            self._some.clear()
            self._try()
        self._not_before = float("-inf")
        self._try()
        self._drop_writer()

    def _try(self) -> None:
        try:
            self.flush()
        except Exception:  # noqa: BLE001 - one entry that cannot be written must not end the rest
            _LOG.exception("the log could not be written to %s", self.name)

    def _drop_oldest(self) -> None:
        while len(self._waiting) > self._kept:
            self._waiting.popleft()
            self._lost += 1

    def _drop_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
