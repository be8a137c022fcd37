"""The contract of a place that log entries go to, and how one that is out of order is treated."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from server_core.events.log_views import LogPlaceView
from server_core.logs.entry import Entry, own_entry
from server_core.wording import counted

_LOG = logging.getLogger(__name__)
KEPT = 20_000
RETRY_SECONDS = 2.0
# Some milliseconds of work, then the interpreter is somebody else's.
_PIECE = 200
_BREATH_SECONDS = 0.0005
_IDLE_SECONDS = 0.5
_LAST_SECONDS = 5.0


class Unwritten(OSError):
    """Some of what should have been written is, and ``left`` is not; says why like its cause.

    With nothing left all is written, and something else is wrong.
    """

    def __init__(self, problem: OSError, left: Sequence[Any]) -> None:
        super().__init__(problem.errno, problem.strerror or str(problem))
        self.filename = problem.filename
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
    ``retry`` seconds; older ones are lost, counted, and told there once it works. ``wants`` chooses
    among all entries. One that is slow holds up nobody else.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], Writer],
        wants: Callable[[Entry], bool],
        *,
        host: str = "-",
        kept: int = KEPT,
        retry: float = RETRY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.wants = wants
        self._make = make
        self._host = host
        self._kept = kept
        self._retry = retry
        self._clock = clock
        self._writer: Writer | None = None
        self._lock = threading.Lock()
        self._waiting: deque[Entry] = deque()
        self._in_hand: Sequence[Entry] = ()
        self._left: Sequence[Entry] = ()
        self._stuck = 0
        self._not_before = float("-inf")
        self._problem = ""
        self._lost = self._told = self._written = self._tries = 0
        self._some = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"log to {name}", daemon=True)

    @property
    def view(self) -> LogPlaceView:
        """How it is doing; readable from any thread."""
        with self._lock:
            waiting = len(self._waiting) + len(self._in_hand)
            return LogPlaceView(self.name, self._problem, waiting, self._lost, self._written)

    @property
    def tries(self) -> int:
        """How often it was tried to write there."""
        return self._tries

    def start(self, before: Place | None = None) -> None:
        """Begin to take entries there; a closed one of the same name hands over what it had."""
        if before is not None:
            with self._lock:
                self._waiting.extend(before._left)
                self._lost, self._told = before._lost - len(before._left), before._told
                self._written = before._written
            self._some.set()
        self._thread.start()

    def take(self, entries: Sequence[Entry]) -> None:
        """Note entries for it; those that no longer fit push out the oldest. Never waits."""
        if entries:
            with self._lock:
                self._waiting.extend(entries)
                self._drop_oldest()
            self._some.set()

    def hurry(self) -> None:
        """Try at once, whatever went wrong a moment ago."""
        self._not_before = float("-inf")
        self._some.set()

    def flush(self) -> None:
        """Write what waits, unless it failed a moment ago; on the place's own thread."""
        while self._clock() >= self._not_before:
            with self._lock:
                # One file that cannot be written to must not hold up the others.
                count = min(len(self._waiting), self._stuck + _PIECE)
                entries = self._in_hand = tuple(self._waiting.popleft() for _ in range(count))
            if not entries:
                return
            self._write(entries)
            if self._waiting:
                time.sleep(_BREATH_SECONDS)

    def stop_soon(self) -> None:
        """End once what can be written is; does not wait for it."""
        self._stopping = True
        self._some.set()

    def close(self, deadline: float | None = None) -> None:
        """Write what can be written once more, and end; until ``deadline`` (monotonic) at most."""
        self.stop_soon()
        if self._thread.is_alive():
            now = time.monotonic()
            self._thread.join(max(0.0, (deadline or now + _LAST_SECONDS) - now))
        with self._lock:
            self._left = tuple(self._waiting)
            self._lost += len(self._left) + len(self._in_hand)
            self._waiting.clear()

    def _run(self) -> None:
        while not self._stopping:
            self._some.wait(_IDLE_SECONDS)
            self._some.clear()
            self.flush()
        self._not_before = float("-inf")
        self.flush()
        self._drop_writer()

    def _write(self, entries: Sequence[Entry]) -> None:
        left: Sequence[Entry] = ()
        lost, problem = 0, ""
        try:
            if self._writer is None:
                self._writer = self._make()
            self._tell_losses(self._writer)
            self._writer.write(entries)
        except OSError as trouble:
            left = trouble.left if isinstance(trouble, Unwritten) else entries
            problem = _words(trouble)
        except Exception:  # noqa: BLE001 - one entry that cannot be written must not end the rest
            _LOG.exception("entries could not be written to the log, %s", self.name)
            lost = len(entries)
        if problem or lost:
            self._drop_writer()
        if problem:
            if left and len(left) == len(entries):  # else something of it works as fast as ever
                self._not_before = self._clock() + self._retry
            if not self._problem:
                _LOG.warning("log, %s: %s", self.name, problem)
        with self._lock:
            self._in_hand = ()
            self._stuck = len(left)
            self._problem = problem
            self._written += len(entries) - len(left) - lost
            self._lost += lost
            self._waiting.extendleft(reversed(left))
            self._drop_oldest()
        self._tries += 1

    def _tell_losses(self, writer: Writer) -> None:
        with self._lock:
            lost = self._lost
        if lost > self._told:
            missing = counted(lost - self._told, "entry is", "entries are")
            notice = own_entry(self._host, f"{missing} missing here: {self.name} was out of order")
            if self.wants(notice):
                _write_one(writer, notice)
            self._told = lost

    def _drop_oldest(self) -> None:
        while len(self._waiting) > self._kept:
            self._waiting.popleft()
            self._lost += 1

    def _drop_writer(self) -> None:
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()
            self._writer = None


def _write_one(writer: Writer, entry: Entry) -> None:
    """Write an entry that is not one of those in hand, which are all left when it fails."""
    try:
        writer.write((entry,))
    except Unwritten as trouble:
        if trouble.left:
            raise OSError(trouble.errno, trouble.strerror, trouble.filename) from trouble


def _words(trouble: OSError) -> str:
    """What is wrong, and with which file if it is about one."""
    words = trouble.strerror or str(trouble) or type(trouble).__name__
    return f"{words}: {trouble.filename}" if trouble.filename else words
