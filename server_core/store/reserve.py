"""A little room on the disk, kept back so that a full disk can be read from and emptied."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from server_core.store.backend import StoreFull
from server_core.store.files import flush_file

T = TypeVar("T")

# Enough for SQLite to open a mailbox and to take some thousand messages out of it.
RESERVE_OCTETS = 1024 * 1024


class Reserve:
    """A file that is given up when opening or emptying a mailbox finds the disk full.

    Deliveries never get it. Thread-safe.
    """

    def __init__(self, path: Path, octets: int = RESERVE_OCTETS) -> None:
        self._path = path
        self._octets = octets
        self._lock = threading.Lock()

    def replenish(self) -> None:
        """Take the room again, if there is as much."""
        with self._lock, contextlib.suppress(OSError):
            if self._path.exists():
                return
            try:
                with self._path.open("xb") as file:
                    # Random, or a file system that compresses would keep no room at all.
                    file.write(os.urandom(self._octets))
                    file.flush()
                    flush_file(file.fileno())
            except OSError:
                self._path.unlink(missing_ok=True)

    def behind(self, work: Callable[[], T]) -> T:
        """Do the work; when the disk is full, once more with the reserve given up."""
        try:
            return work()
        except StoreFull:
            if not self._give_up():
                raise
        try:
            return work()
        finally:
            self.replenish()

    def _give_up(self) -> bool:
        with self._lock:
            try:
                self._path.unlink()
            except OSError:
                return False
            return True
