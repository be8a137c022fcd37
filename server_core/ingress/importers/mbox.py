"""mbox files of all dialects (RFC 4155), read step by step whatever their size.

Messages are handed over as they stand in the file: Status and X-Status say what was seen, and stay
in the message, because nobody can tell whether the mail program or the sender wrote them and a
message should come out as it went in. Only a Content-Length that frames the message and stands
right behind the From_ line, where our own export puts it, is taken off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from server_core.ingress.importers.importer import (
    BLOCK,
    Found,
    ImportProblem,
    Reading,
    Skipped,
    why,
)
from server_core.ingress.mbox_dialects import (
    FROM_QUOTED,
    LINE_LIMIT,
    Dialect,
    is_from_line,
    received_of,
)

_EMPTY_LINES = (b"\n", b"\r\n")
_CONTENT_LENGTH = re.compile(rb"Content-Length[ \t]*:[ \t]*(\d{1,15})\s*$", re.IGNORECASE)
_STATUS = re.compile(rb"(?:X-)?Status[ \t]*:(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Header:
    """A message's header as it was passed: where it begins and ends, and what it says."""

    start: int
    end: int
    empty_line: int | None
    length: int
    length_ends: int | None  # where a Content-Length on the first line ends
    seen: bool


@dataclass(frozen=True, slots=True)
class _Extent:
    """A message's place in the file. ``quoted`` matches the lines that lose a ``>``."""

    start: int
    end: int
    quoted: re.Pattern[bytes] | None
    seen: bool


class _Line(NamedTuple):
    offset: int
    text: bytes
    whole: bool  # False for the further pieces of a very long line


def read(path: Path, *, dialect: Dialect | None) -> Reading:
    """All messages of an mbox file; without a dialect each message shows its own.

    A message with a Content-Length that leads to the next From_ line is framed by it. A message
    with a bare ``From `` in its body comes from a writer that does not quote.
    """
    try:
        if not path.is_file():
            raise ImportProblem(f"{path} is not a file, so it is no mbox.")
        size = path.stat().st_size
        file = path.open("rb")
    except OSError as problem:
        raise ImportProblem(f"{path} cannot be read: {why(problem)}.") from problem
    return Reading(size, _messages(path, file, dialect))


def starts_with_from_line(path: Path) -> bool:
    """Whether the first line of a file that is not empty is a From_ line."""
    with path.open("rb") as file:
        return next(_opening(file))[1]


def _messages(path: Path, file: BinaryIO, dialect: Dialect | None) -> Iterator[Found | Skipped]:
    with file:
        opening: bytes | None = None
        for line, opens in _opening(file):
            if opens:
                opening = line
                break
        if opening is None:
            yield Skipped(path.name, "there is no From line in it, so it is no mbox")
            return
        before = file.tell() - len(opening)
        if before > 0 and _holds_text(path, before):
            yield Skipped(path.name, "the text before the first From line belongs to no message")
        number = 0
        while opening is not None:
            number += 1
            received = received_of(opening)
            place = file.tell()
            extent, opening = _pass_message(file, dialect)
            yield Found(
                f"message {number} at octet {place}",
                file.tell() - place,
                partial(_window, path, extent),
                received,
                extent.seen,
            )


def _opening(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Lines that are not empty up to the first From_ line, each with whether it is one."""
    after_empty = True
    for line in _lines(file):
        if line.whole and line.text in _EMPTY_LINES:
            after_empty = True
            continue
        opens = after_empty and line.whole and _is_from_line(file, line)
        yield line.text, opens
        after_empty = False
    yield b"", False


def _holds_text(path: Path, end: int) -> bool:
    return any(chunk.strip() for chunk in _window(path, _Extent(0, end, None, seen=False)))


def _lines(file: BinaryIO) -> Iterator[_Line]:
    """Lines from where the file stands, very long ones in pieces."""
    offset, whole = file.tell(), True  # counted on, because tell() asks the system every time
    while text := file.readline(LINE_LIMIT):
        yield _Line(offset, text, whole)
        offset += len(text)
        whole = text.endswith(b"\n")


def _is_from_line(file: BinaryIO, line: _Line) -> bool:
    if not line.text.startswith(b"From "):
        return False
    behind = file.tell()
    following = file.readline(LINE_LIMIT)
    file.seek(behind)
    return is_from_line(line.text, following)


def _pass_message(file: BinaryIO, dialect: Dialect | None) -> tuple[_Extent, bytes | None]:
    """Move to behind the next From_ line; give the message before it, and that line."""
    header = _pass_header(file)
    if header.length and (dialect is None or dialect.counted):
        end = header.end + header.length
        counted, opening = _what_follows(file, header.end, end)
        if counted:
            behind = file.tell()
            quoted = _quoted(dialect, bare=dialect is None and _is_bare(file, header.end, end))
            file.seek(behind)
            start = header.length_ends or header.start
            return _Extent(start, end, quoted, header.seen), opening
        file.seek(header.end)
    empty_line, bare = header.empty_line, False
    for line in _lines(file):
        if line.whole and line.text.startswith(b"From "):
            if empty_line is not None and _is_from_line(file, line):
                quoted = _quoted(dialect, bare=bare)
                return _Extent(header.start, empty_line, quoted, header.seen), line.text
            bare = True
        is_empty = line.whole and line.text in _EMPTY_LINES
        empty_line = line.offset if is_empty else None
    end = file.tell() if empty_line is None else empty_line
    return _Extent(header.start, end, _quoted(dialect, bare=bare), header.seen), None


def _pass_header(file: BinaryIO) -> _Header:
    start = file.tell()
    length, length_ends, seen = -1, None, False
    for line in _lines(file):
        if line.whole and line.text in _EMPTY_LINES:
            return _Header(start, file.tell(), line.offset, max(length, 0), length_ends, seen)
        if line.whole and length < 0 and (counted := _CONTENT_LENGTH.match(line.text)):
            length = int(counted[1])
            length_ends = file.tell() if line.offset == start else None
        if line.whole and (status := _STATUS.match(line.text)):
            seen = seen or b"R" in status[1]
    return _Header(start, file.tell(), None, 0, None, seen)


def _what_follows(file: BinaryIO, body: int, end: int) -> tuple[bool, bytes | None]:
    """Whether a message can end there, and the From_ line behind it (None at the file's end)."""
    file.seek(end - 1)
    last = file.read(1)
    if not last:
        return False, None
    at_line_start = last == b"\n" or end == body
    for empty_lines, line in enumerate(_lines(file)):
        if line.text in _EMPTY_LINES and empty_lines < 2:
            at_line_start = True
        elif at_line_start and _is_from_line(file, line):
            return True, line.text
        else:
            return False, None
    return True, None


def _is_bare(file: BinaryIO, start: int, end: int) -> bool:
    file.seek(start)
    for line in _lines(file):
        if line.offset >= end:
            return False
        if line.whole and line.text.startswith(b"From "):
            return True
    return False


def _quoted(dialect: Dialect | None, *, bare: bool) -> re.Pattern[bytes] | None:
    if dialect is None:
        return None if bare else FROM_QUOTED
    return dialect.quoted


def _window(path: Path, extent: _Extent) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(extent.start)
        left = extent.end - extent.start
        whole = True
        while left > 0:
            if extent.quoted is None:
                piece = file.read(min(left, BLOCK))
            else:
                piece = file.readline(min(left, LINE_LIMIT))
            if not piece:
                raise OSError("the file became shorter while it was read")
            left -= len(piece)
            unquote = whole and extent.quoted is not None and extent.quoted.match(piece)
            whole = piece.endswith(b"\n")
            yield piece[1:] if unquote else piece
