"""Messages in files of their own (RFC 5322 as it stands): one file, or a folder of them.

Among the files of a folder there may be mbox files too, as mail programs keep their folders.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

from server_core.ingress.importers import mbox
from server_core.ingress.importers.importer import (
    Found,
    ImportProblem,
    Reading,
    Skipped,
    file_chunks,
    why,
)
from server_core.ingress.mbox_dialects import is_header_field
from server_core.ingress.sidecar import FOLDER_SIDECAR
from server_core.natural_order import natural_order

_HEAD = 65_536
_USUAL_FIELDS = re.compile(
    rb"^(?:From|To|Subject|Date|Received|Return-Path|Message-ID|Delivered-To|MIME-Version)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_RECEIVED = re.compile(rb"^Received:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)


def read(path: Path) -> Reading:
    """One message file of any name, or all messages in a folder and the folders below it."""
    if not path.is_dir():
        size = _regular_size(path)
        if isinstance(size, str):
            raise ImportProblem(f"{path} cannot be read: {size}.")
        return Reading(size, iter((_message(path, path.name, size),)))
    unreadable: list[Skipped] = []
    files = sorted(_files_below(path, unreadable), key=lambda file: place_in(path, file))
    sizes = [_regular_size(file) for file in files]
    total = sum(size for size in sizes if isinstance(size, int))
    return Reading(total, _messages(path, zip(files, sizes, strict=True), unreadable))


def place_in(folder: Path, file: Path) -> list[str]:
    """What to sort a folder's files by: ``2.eml`` comes before ``10.eml``."""
    return [natural_order(part) for part in file.relative_to(folder).parts]


def looks_like_message(head: bytes) -> bool:
    """Whether text opens with header fields, a usual one among them."""
    header = re.split(rb"\r?\n\r?\n", head.lstrip(b"\r\n"), maxsplit=1)[0]
    return b"\0" not in header and is_header_field(header) and bool(_USUAL_FIELDS.search(header))


def head_of(path: Path) -> bytes:
    """The beginning of a file, enough for any ordinary header."""
    with path.open("rb") as file:
        return file.read(_HEAD)


def _files_below(folder: Path, unreadable: list[Skipped]) -> Iterator[Path]:
    def note(problem: OSError) -> None:
        unreadable.append(Skipped(str(problem.filename), why(problem)))

    for parent, _, names in os.walk(folder, onerror=note):
        for name in names:
            if not name.startswith(".") and name != FOLDER_SIDECAR:
                yield Path(parent, name)


def _messages(
    folder: Path, files: Iterator[tuple[Path, int | str]], unreadable: list[Skipped]
) -> Iterator[Found | Skipped]:
    yield from unreadable
    for file, size in files:
        where = str(file.relative_to(folder))
        if isinstance(size, str):
            yield Skipped(where, size)
        elif file.suffix.lower() == ".eml":
            yield _message(file, where, size)
        else:
            yield from _of_any_name(file, where, size)


def _of_any_name(file: Path, where: str, size: int) -> Iterator[Found | Skipped]:
    """What a file holds that does not say what it is: Thunderbird's folders are mbox files."""
    try:
        if mbox.starts_with_from_line(file):
            for item in mbox.read(file, dialect=None).items:
                yield replace(item, where=f"{where}: {item.where}")
            return
    except (OSError, ImportProblem) as problem:
        yield Skipped(where, why(problem) if isinstance(problem, OSError) else str(problem))
        return
    yield _message(file, where, size, must_look_like_one=True)


def _message(
    path: Path, where: str, size: int, *, must_look_like_one: bool = False
) -> Found | Skipped:
    try:
        head = head_of(path)
        modified = path.stat().st_mtime
    except OSError as problem:
        return Skipped(where, why(problem))
    if must_look_like_one and not looks_like_message(head):
        return Skipped(where, "it does not look like a message")
    return Found(where, size, partial(file_chunks, path), received_by_header(head) or modified)


def received_by_header(head: bytes) -> float | None:
    """When the last server took the message in, by its topmost Received field."""
    header = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    field = _RECEIVED.search(header)
    if field is None:
        return None
    stamp = field[1].rpartition(b";")[2].decode("ascii", "replace").strip()
    try:
        return max(parsedate_to_datetime(stamp).timestamp(), 0.0) or None
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _regular_size(path: Path) -> int | str:
    """Octets of an ordinary file, else why it is none; a pipe or device would never end."""
    try:
        status = path.stat()
    except OSError as problem:
        return why(problem)
    return status.st_size if stat.S_ISREG(status.st_mode) else "it is not an ordinary file"
