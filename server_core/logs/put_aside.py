"""The files a log file left behind: how they are called, how many are kept, and compressing them.

``<name>.<UTC yyyymmdd-hhmmss>[.n]``, and ``.gz`` behind that when compressed. After a sudden end
``sweep`` makes them whole again: each line is there once.
"""

from __future__ import annotations

import gzip
import logging
import os
import queue
import re
import shutil
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_LOG = logging.getLogger(__name__)
MODE = 0o600
_STAMP = re.compile(r"(\d{8}-\d{6})(?:\.(\d+))?((?:\.gz)?(?:\.part)?)")
_PACKED, _PART = ".gz", ".gz.part"
_NICENESS = 15
# Whoever takes a file away and whoever puts its archive in its place take turns.
_NAMES = threading.Lock()


class PutAside:
    """Those of one log file, in its folder. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def next_name(self, now: float) -> Path:
        """A name that comes after all there are, even if the clock was set back."""
        stamp, number = f"{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S}", 1
        newest = max(self._found("", _PACKED, _PART), default=None)
        if newest is not None and newest >= (stamp, number):
            stamp, number = newest[0], newest[1] + 1
        return self._path.with_name(self._name(stamp, number))

    def forget_oldest(self, kept: int) -> None:
        """Remove all but the newest so many."""
        with _NAMES:
            self._remove(sorted(self._found("", _PACKED))[:-kept])

    def forget_before(self, moment: float) -> None:
        """Remove those that were put aside before a moment."""
        first = f"{datetime.fromtimestamp(moment, UTC):%Y%m%d-%H%M%S}"
        with _NAMES:
            self._remove([each for each in self._found("", _PACKED) if each[0] < first])

    def sweep(self) -> None:
        """Mend what a sudden end left: a complete archive makes its original needless."""
        with _NAMES:
            for stamp, number in self._found(_PART):
                plain = self._path.with_name(self._name(stamp, number))
                if not PACKER.is_at(plain):
                    plain.with_name(plain.name + _PART).unlink(missing_ok=True)
            for stamp, number in self._found("") & self._found(_PACKED):
                self._path.with_name(self._name(stamp, number)).unlink(missing_ok=True)

    def compress(self) -> None:
        """Have those that are not compressed yet compressed, in the background."""
        for stamp, number in sorted(self._found("")):
            PACKER.take(self._path.with_name(self._name(stamp, number)))

    def _remove(self, those: Iterable[tuple[str, int]]) -> None:
        for stamp, number in those:
            for ending in ("", _PACKED):
                name = f"{self._name(stamp, number)}{ending}"
                self._path.with_name(name).unlink(missing_ok=True)

    def _found(self, *endings: str) -> set[tuple[str, int]]:
        """Stamp and number of each that has one of these endings."""
        found = set()
        before = f"{self._path.name}."
        for name in os.listdir(self._path.parent):  # noqa: PTH208 - thousands, and names will do
            if name.startswith(before):
                match = _STAMP.fullmatch(name[len(before) :])
                if match and match[3] in endings:
                    found.add((match[1], int(match[2] or 1)))
        return found

    def _name(self, stamp: str, number: int) -> str:
        return f"{self._path.name}.{stamp}" + (f".{number}" if number > 1 else "")


class Packer:
    """Compresses files one after the other, on a thread of low priority that ends when idle."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[Path] = queue.SimpleQueue()
        self._known: set[Path] = set()
        self._thread: threading.Thread | None = None

    def take(self, path: Path) -> None:
        """Compress a file some time soon; never waits."""
        with self._lock:
            if path in self._known:
                return
            self._known.add(path)
            self._waiting.put(path)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log packer", daemon=True)
                self._thread.start()

    def is_at(self, path: Path) -> bool:
        """Whether a file waits to be compressed or is being compressed."""
        with self._lock:
            return path in self._known

    def finish(self, seconds: float) -> None:
        """Wait until nothing is left to do, so long at most."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _run(self) -> None:
        if sys.platform == "linux":  # the only one where a thread has a priority of its own
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        while (path := self._next()) is not None:
            try:
                _pack(path)
            except OSError as problem:
                _LOG.warning("%s stays uncompressed: %s", path.name, problem.strerror or problem)
            with self._lock:
                self._known.discard(path)

    def _next(self) -> Path | None:
        with self._lock:
            if self._waiting.empty():
                self._thread = None
                return None
            return self._waiting.get()


PACKER = Packer()


def _pack(path: Path) -> None:
    """Replace a file by its archive; one that was removed meanwhile stays removed."""
    part, packed = (path.with_name(path.name + ending) for ending in (_PART, _PACKED))
    # The part comes first: while it is there nobody gives its name to another file.
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
    try:
        with suppress(FileNotFoundError):
            with os.fdopen(descriptor, "wb") as target, path.open("rb") as source:
                with gzip.GzipFile(fileobj=target, mode="wb", filename=path.name) as archive:
                    shutil.copyfileobj(source, archive)
                target.flush()
                os.fsync(target.fileno())
            with _NAMES:
                if path.exists():
                    part.replace(packed)
                    path.unlink()
    finally:
        part.unlink(missing_ok=True)
