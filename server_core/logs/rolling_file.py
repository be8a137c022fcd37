"""A log file that is put aside when it is large or old; no line is ever lost or written twice."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from server_core.config.log import LogRule, Period
from server_core.logs.destination import Unwritten

_KILOBYTE = 1024
# What the reference takes 0 to mean.
_LARGEST = 2 * 1024**3
_MODE = 0o600
_STAMP = re.compile(r"(\d{8}-\d{6})(?:\.(\d+))?(?:\.gz)?")


class RollingFile:
    """One file and those it left behind; used by one thread, every method waits for the disk.

    Files put aside are called ``<name>.<UTC yyyymmdd-hhmmss>[.n]``, with ``.gz`` when compressed.
    What is appended is with the kernel on return: a process that dies loses none of it.
    """

    def __init__(self, path: Path, rule: LogRule) -> None:
        self._path = path
        self._rule = rule
        self._largest = rule.size * _KILOBYTE or _LARGEST
        self._descriptor = -1
        self._size = 0
        self._born = 0.0
        self._open()
        self._finish_compressing()

    def append(self, lines: Sequence[bytes], now: float) -> None:
        """Write lines, each with its end; Unwritten tells which of them are not there."""
        first = last = size = 0
        try:
            while last < len(lines):
                last, size = last + 1, size + len(lines[last])
                if last == len(lines) or self._size + size + len(lines[last]) > self._largest:
                    self._write(b"".join(lines[first:last]), now)
                    first, size = last, 0
        except OSError as problem:
            raise Unwritten(problem, lines[first:]) from problem

    def close(self) -> None:
        """Close; closing twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, octets: bytes, now: float) -> None:
        """Write octets, all or none of them."""
        if self._is_due(now, len(octets)):
            self._roll(now)
        if not self._size:
            self._born = now
        view = memoryview(octets)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            # Half a line would be taken for one.
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(octets)

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(self._path, flags, _MODE)
        state = os.fstat(self._descriptor)
        self._size = state.st_size
        # Nobody keeps a birth time portably; for a file with lines its first line has one, but the
        # last change of an older run is near enough: it only makes a file live a little longer.
        self._born = state.st_mtime if state.st_size else time.time()

    def _is_due(self, now: float, coming: int) -> bool:
        if not self._size:
            return False
        rule = self._rule
        return (
            self._size + coming > self._largest
            or 0 < rule.age <= now - self._born
            or _period(rule.period, now) != _period(rule.period, self._born)
        )

    def _roll(self, now: float) -> None:
        self.close()
        aside = self._free_name(now)
        try:
            self._path.rename(aside)
        finally:
            self._open()
        if self._rule.compress:
            _compress(aside)
        self._forget_oldest()

    def _free_name(self, now: float) -> Path:
        stamp = f"{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S}"
        name, number = f"{self._path.name}.{stamp}", 1
        while self._path.with_name(name).exists() or self._path.with_name(f"{name}.gz").exists():
            number += 1
            name = f"{self._path.name}.{stamp}.{number}"
        return self._path.with_name(name)

    def _put_aside(self) -> list[Path]:
        """Oldest first, by their names: the clock of the file system may be another."""
        aged = []
        for path in self._path.parent.glob(f"{self._path.name}.[0-9]*"):
            stamp = _STAMP.fullmatch(path.name[len(self._path.name) + 1 :])
            if stamp:
                aged.append((stamp[1], int(stamp[2] or 1), path))
        return [path for _, _, path in sorted(aged)]

    def _forget_oldest(self) -> None:
        if self._rule.count:
            for path in self._put_aside()[: -self._rule.count]:
                path.unlink(missing_ok=True)

    def _finish_compressing(self) -> None:
        """What a sudden end left half-way: a complete archive makes its original needless."""
        for part in self._path.parent.glob(f"{self._path.name}.[0-9]*.gz.part"):
            part.unlink(missing_ok=True)
        for path in self._put_aside():
            if path.suffix != ".gz" and path.with_name(f"{path.name}.gz").exists():
                path.unlink(missing_ok=True)


def _compress(path: Path) -> None:
    packed = path.with_name(f"{path.name}.gz")
    part = packed.with_name(f"{packed.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
    with path.open("rb") as source, os.fdopen(descriptor, "wb") as target:
        with gzip.GzipFile(fileobj=target, mode="wb", filename=path.name) as archive:
            shutil.copyfileobj(source, archive)
        target.flush()
        os.fsync(target.fileno())
    part.rename(packed)
    path.unlink()


def _period(period: Period, moment: float) -> tuple[int, ...]:
    """The day, week or month of a moment in this computer's calendar; all alike without one."""
    day = datetime.fromtimestamp(moment)
    match period:
        case Period.DAY:
            return day.year, day.month, day.day
        case Period.WEEK:
            return day.isocalendar()[:2]
        case Period.MONTH:
            return day.year, day.month
        case _:
            return ()
