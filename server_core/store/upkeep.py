"""The store's background thread: writes Seen flags, closes indexes that lie idle."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from server_core.store.backend import StoreError

# An open index holds two file descriptors and up to half a megabyte.
MAX_AWAKE = 96
IDLE_SECONDS = 10.0
SEEN_DELAY = 0.5


class Kept(Protocol):
    """What upkeep needs of a mailbox."""

    def flush_seen(self) -> None:
        """Write noted Seen flags; on StoreError they stay noted."""

    def sleep(self, *, wait: bool) -> bool:
        """Close the index; False when somebody is at work on it and ``wait`` is not set."""


class Upkeep:
    """Remembers which mailboxes have something unwritten or an open index, and sees to both.

    Thread-safe; has a thread of its own from ``start`` to ``stop``.
    """

    def __init__(self, on_problem: Callable[[str], None]) -> None:
        self._on_problem = on_problem
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._unwritten: set[Kept] = set()
        self._awake: OrderedDict[Kept, float] = OrderedDict()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._troubled = False
        self._thread = threading.Thread(target=self._run, name="store-upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what is unwritten stays so."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def note_unwritten(self, mailbox: Kept) -> None:
        """The mailbox has Seen flags to write; never waits."""
        with self._lock:
            self._unwritten.add(mailbox)
        self._wake.set()

    def note_awake(self, mailbox: Kept) -> None:
        """The mailbox uses its index now; those used longest ago make room for it."""
        with self._lock:
            newly = mailbox not in self._awake
            self._awake[mailbox] = time.monotonic()
            self._awake.move_to_end(mailbox)
            surplus = list(self._awake)[: max(0, len(self._awake) - MAX_AWAKE)]
        for other in surplus:
            self._put_to_sleep(other)
        if newly:
            self._wake.set()

    def note_asleep(self, mailbox: Kept) -> None:
        """The mailbox closed its index."""
        with self._lock:
            self._awake.pop(mailbox, None)

    def flush(self) -> None:
        """Write all Seen flags now; raises the first StoreError after trying all."""
        problems: list[StoreError] = []
        # One at a time: whoever returns knows that what was noted before is written.
        with self._flushing:
            with self._lock:
                mailboxes, self._unwritten = self._unwritten, set()
            for mailbox in mailboxes:
                try:
                    mailbox.flush_seen()
                except StoreError as problem:
                    problems.append(problem)
                    with self._lock:
                        self._unwritten.add(mailbox)
        if problems:
            raise problems[0]

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(IDLE_SECONDS if self._awake or self._unwritten else None)
            self._wake.clear()
            # Marks that come close together share one commit.
            if self._stopping.wait(SEEN_DELAY):
                break
            self._flush_reporting()
            self._close_idle()

    def _flush_reporting(self) -> None:
        try:
            self.flush()
            self._troubled = False
        except StoreError as problem:
            # Tried again each time; said once until it works again.
            if not self._troubled:
                self._on_problem(f"Seen flags could not be written yet. {problem}")
            self._troubled = True

    def _close_idle(self) -> None:
        oldest = time.monotonic() - IDLE_SECONDS
        with self._lock:
            idle = [mailbox for mailbox, used in self._awake.items() if used <= oldest]
        for mailbox in idle:
            self._put_to_sleep(mailbox)

    def _put_to_sleep(self, mailbox: Kept) -> None:
        try:
            mailbox.sleep(wait=False)
        except StoreError as problem:
            self._on_problem(f"A mailbox index could not be closed. {problem}")
