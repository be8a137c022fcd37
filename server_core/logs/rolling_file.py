"""A log file that is put aside when it is large or old; no line is ever lost or written twice."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from server_core.config.log import LogRule, Period
from server_core.logs.destination import Unwritten
from server_core.logs.put_aside import MODE, PutAside

_KILOBYTE = 1024
# What the reference takes 0 to mean.
_LARGEST = 2 * 1024**3
_LOOK_BACK = 64 * _KILOBYTE
_STAMP = re.compile(rb'(?:\{"time": ")?(\d{4}-\d\d-\d\d)[ T]([\d:.]{8,12}) ?([+-]\d\d:?\d\d)')
_LONGEST_STAMP = 50
_LOOK_AGAIN_SECONDS, _DAY_SECONDS = 3_600.0, 86_400


class RollingFile:
    """One file and those it left behind; used by one thread, every method waits for the disk.

    What is appended is with the kernel on return: a process that dies loses none of it. A file
    that somebody else moved, removed or emptied is noticed with the next lines.
    """

    def __init__(self, path: Path, rule: LogRule) -> None:
        self._path = path
        self._rule = rule
        self._largest = rule.size * _KILOBYTE or _LARGEST
        self._aside = PutAside(path)
        self._descriptor = -1
        self._size = 0
        self._born = 0.0
        self._looked_for_old = 0.0
        self._stuck: OSError | None = None
        self._open()
        self._keep_house()

    def append(self, lines: Sequence[bytes], now: float) -> None:
        """Write lines, each with its end; Unwritten tells which of them are not there.

        When none is left in it, all are there, but the file could not be put aside as it should.
        """
        done = 0
        self._forget_old(now)
        try:
            for piece in self._pieces(lines):
                self._write(b"".join(piece), now)
                done += len(piece)
        except OSError as problem:
            raise Unwritten(problem, lines[done:]) from problem
        stuck, self._stuck = self._stuck, None
        if stuck is not None:
            raise Unwritten(stuck, ())

    def close(self) -> None:
        """Close; closing twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _pieces(self, lines: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
        """The lines in pieces that fit into the file, one line at least; each is to be written."""
        first = size = 0
        for place, line in enumerate(lines):
            size += len(line)
            if place > first and self._size + size > self._largest:
                yield lines[first:place]
                first, size = place, len(line)
        if first < len(lines):
            yield lines[first:]

    def _write(self, octets: bytes, now: float) -> None:
        """Write octets, all or none of them."""
        self._look_again()
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
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(self._path, flags, MODE)
        state = os.fstat(self._descriptor)
        self._size = state.st_size
        self._cut_half_line()
        self._born = time.time()
        if self._size:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            first = _moment(os.read(self._descriptor, _LONGEST_STAMP))
            self._born = min(state.st_mtime, first or state.st_mtime)

    def _cut_half_line(self) -> None:
        """A process killed while it wrote may have left the beginning of a line."""
        end = self._size
        while end:
            start = max(0, end - _LOOK_BACK)
            os.lseek(self._descriptor, start, os.SEEK_SET)
            whole = os.read(self._descriptor, end - start).rfind(b"\n") + 1
            if whole or not start:
                end = start + whole
                break
            end = start
        if end != self._size:
            os.ftruncate(self._descriptor, end)
            self._size = end

    def _look_again(self) -> None:
        """Follow what others did to the file: log rotation of the system, or a person."""
        size = self._size_if_there()
        if size is None:
            self.close()
            self._open()
        else:
            self._size = size

    def _size_if_there(self) -> int | None:
        """The size of the file that is open, if it is still the one of that name."""
        try:
            mine = os.fstat(self._descriptor)
            return mine.st_size if os.path.samestat(self._path.stat(), mine) else None
        except OSError:
            return None

    def _is_due(self, now: float, coming: int) -> bool:
        if not self._size:
            return False
        rule = self._rule
        self._born = min(self._born, now)  # the clock may have been set back
        return (
            self._size + coming > self._largest
            or 0 < rule.age <= now - self._born
            or _period(rule.period, now) != _period(rule.period, self._born)
        )

    def _roll(self, now: float) -> None:
        """Put the file aside; where that is not possible it grows on, for lines matter more."""
        try:
            aside = self._aside.next_name(now)
            self.close()
            self._path.rename(aside)
        except OSError as problem:
            self._stuck = self._saying("the file {} cannot be put aside and grows on", problem)
        self._look_again()
        self._keep_house()

    def _forget_old(self, now: float) -> None:
        """Remove what was put aside too long ago, once an hour: a quiet file is seldom rolled."""
        if self._rule.days and abs(now - self._looked_for_old) >= _LOOK_AGAIN_SECONDS:
            self._looked_for_old = now
            try:
                self._aside.forget_before(now - self._rule.days * _DAY_SECONDS)
            except OSError as problem:
                self._stuck = self._saying("files put aside from {} cannot be removed", problem)

    def _keep_house(self) -> None:
        try:
            self._aside.sweep()
            if self._rule.count:
                self._aside.forget_oldest(self._rule.count)
            if self._rule.compress:
                self._aside.compress()
        except OSError as problem:
            self._stuck = self._saying("files put aside from {} cannot be removed", problem)

    def _saying(self, what: str, problem: OSError) -> OSError:
        """The problem, with which file it is about and what that means."""
        why = problem.strerror or str(problem)
        return OSError(problem.errno, f"{what.format(self._path.name)}: {why}")


def _moment(head: bytes) -> float | None:
    """The time in the beginning of a line; nobody keeps the birth time of a file portably."""
    found = _STAMP.match(head)
    if found is None:
        return None
    day, clock, zone = (part.decode() for part in found.groups())
    try:
        return datetime.fromisoformat(f"{day}T{clock}{zone}").timestamp()
    except (ValueError, OverflowError):
        return None


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
