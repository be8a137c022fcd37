"""The log files of a home read backwards: the newest lines before a moment, in bounded pieces."""

from __future__ import annotations

import gzip
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

from server_core.config.log import CATCH_ALL_FILE, Log
from server_core.events.log_views import EarlierLines, LoggedLine
from server_core.logs.entry import SECURITY
from server_core.logs.reading import LONGEST, read_line, time_of

BLOCK = 256 * 1024
MOST_OF_A_SECOND = 20_000
MOST_LOOKED_AT = 1_000_000
"""Lines of one file, for a file may hold nothing that is wanted."""
_SLACK = 5.0
"""Lines of different threads may be out of order by so many seconds."""
_STAMP = re.compile(r"(\d{8}-\d{6})(?:\.(\d+))?(?:\.gz)?")


def earlier_lines(folder: Path, log: Log, before: float, limit: int) -> EarlierLines:
    """All lines of the second ``before`` lies in, and the ``limit`` newest of the time before.

    A text line knows its second only, so that who has some lines of that second has to compare.
    Lines of module SECURITY repeat others and are left out. Waits for the disk.
    """
    second = float(int(before))
    same: list[LoggedLine] = []
    older: list[LoggedLine] = []
    more = False
    for name in _file_names(log):
        taken = 0
        for line in islice(_backwards(folder / name, second), MOST_LOOKED_AT):
            if line is None or line.time >= second + 1 or line.module == SECURITY:
                continue
            if line.time >= second:
                if len(same) < MOST_OF_A_SECOND:
                    same.append(line)
                continue
            if taken == limit:
                more = True
                break
            older.append(line)
            taken += 1
    return EarlierLines((*_in_order(older)[-limit:], *_in_order(same)), more or len(older) > limit)


def _in_order(newest_first: list[LoggedLine]) -> list[LoggedLine]:
    """Oldest first; a stable sort after turning keeps the order of lines of one second."""
    newest_first.reverse()
    newest_first.sort(key=attrgetter("time"))
    return newest_first


def _file_names(log: Log) -> tuple[str, ...]:
    """The files the rules write to, each once."""
    names = {rule.file.lower(): rule.file for rule in log.rules}
    return tuple((names | {CATCH_ALL_FILE: CATCH_ALL_FILE}).values())


def _backwards(path: Path, second: float) -> Iterator[LoggedLine | None]:
    """The lines of a file and of those it left behind, newest first, from ``second`` back.

    None stands for a line that is none of the log's.
    """
    files = [*_put_aside(path), (float("inf"), path)]
    for place in range(len(files) - 1, -1, -1):
        begins = files[place - 1][0] if place else float("-inf")
        # A file holds what was written after the one before it was put aside.
        if begins > second + 1 + _SLACK:
            continue
        found = files[place][1]
        for each in (found, found.with_name(found.name + ".gz")):
            # What was compressed since it was found is read from its archive.
            try:
                yield from _lines_of(each, second)
            except FileNotFoundError:
                continue
            except (OSError, EOFError):
                pass
            break


def _put_aside(path: Path) -> list[tuple[float, Path]]:
    """When each was put aside, and which; oldest first, an archive before what it was made of."""
    found = []
    for each in path.parent.glob(f"{path.name}.[0-9]*"):
        if stamp := _STAMP.fullmatch(each.name[len(path.name) + 1 :]):
            moment = datetime.strptime(stamp[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
            found.append((moment.timestamp(), int(stamp[2] or 1), each))
    # One that is being compressed is there twice for a moment.
    originals = {each.name for *_, each in found}
    found = [f for f in found if f[2].suffix != ".gz" or f[2].stem not in originals]
    return [(moment, each) for moment, _, each in sorted(found)]


def _lines_of(path: Path, second: float) -> Iterator[LoggedLine | None]:
    lines = _packed(path, second) if path.suffix == ".gz" else _plain(path, second)
    return (read_line(octets.decode("utf-8", "replace")) for octets in lines)


def _packed(path: Path, second: float) -> Iterable[bytes]:
    """An archive can only be read forwards: its last lines of the wanted time are kept."""
    kept: deque[bytes] = deque(maxlen=2 * MOST_OF_A_SECOND)
    with gzip.open(path, "rb") as archive:
        while octets := archive.readline(LONGEST):
            moment = time_of(octets.decode("utf-8", "replace"))
            if moment is not None and moment > second + 1 + _SLACK:
                break
            kept.append(octets)
    return reversed(kept)


def _plain(path: Path, second: float) -> Iterator[bytes]:
    """Block by block from where the wanted time ends."""
    with path.open("rb") as file:
        end = _end_of(file, second + 1 + _SLACK)
        rest = b""
        while end > 0:
            start = max(0, end - BLOCK)
            file.seek(start)
            first, *whole = (file.read(end - start) + rest).split(b"\n")
            yield from reversed(whole)
            # A line that never ends is none of the log's; it is not gathered without bound.
            rest, end = first[:LONGEST], start
        if rest:
            yield rest


def _end_of(file: BinaryIO, moment: float) -> int:
    """Where the lines up to a moment end, give or take one block; lines stand in order."""
    size = file.seek(0, os.SEEK_END)
    low, high = 0, size
    while high - low > BLOCK:
        middle = (low + high) // 2
        file.seek(middle)
        file.readline(LONGEST)
        found = time_of(file.readline(LONGEST).decode("utf-8", "replace"))
        if found is not None and found > moment:
            high = middle
        else:
            low = middle
    return _line_end(file, high, size)


def _line_end(file: BinaryIO, place: int, size: int) -> int:
    file.seek(place)
    return min(size, place + len(file.readline(LONGEST)))
