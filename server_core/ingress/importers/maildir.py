"""Maildir (D. J. Bernstein's mail folder; flags in file names as its "info" part says)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from server_core.ingress.importers.eml import place_in
from server_core.ingress.importers.importer import (
    Found,
    ImportProblem,
    Reading,
    Skipped,
    file_chunks,
    why,
)

_INFO = re.compile(r"[:;!]2,([A-Za-z]*)$")  # systems without colons in names write ; or !
_DELIVERED = re.compile(r"(\d{9,11})\.(?:.*?M(\d{1,6}))?")


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    received: float
    size: int
    flags: str


def is_maildir(path: Path) -> bool:
    """Whether a folder is laid out as a Maildir."""
    return (path / "cur").is_dir() or (path / "new").is_dir()


def read(path: Path, *, subfolders: bool) -> Reading:
    """All messages of a Maildir, the earliest first; its files stay as they are."""
    if not is_maildir(path):
        raise ImportProblem(f"{path} is not a Maildir: it has neither a cur nor a new folder.")
    entries: list[_Entry] = []
    skipped: list[Skipped] = []
    for folder in (path, *(_subfolders(path) if subfolders else ())):
        for part in ("new", "cur"):
            _collect(path, folder / part, entries, skipped)
    entries.sort(key=lambda entry: (entry.received, place_in(path, entry.path)))
    return Reading(sum(entry.size for entry in entries), _messages(path, entries, skipped))


def _subfolders(path: Path) -> list[Path]:
    return sorted(
        folder for folder in path.iterdir() if folder.name.startswith(".") and is_maildir(folder)
    )


def _collect(root: Path, part: Path, entries: list[_Entry], skipped: list[Skipped]) -> None:
    if not part.is_dir():
        return
    try:
        files = [file for file in part.iterdir() if not file.name.startswith(".")]
    except OSError as problem:
        skipped.append(Skipped(str(part.relative_to(root)), why(problem)))
        return
    for file in files:
        where = str(file.relative_to(root))
        try:
            status = file.stat()
        except OSError as problem:
            skipped.append(Skipped(where, why(problem)))
            continue
        if not file.is_file():
            skipped.append(Skipped(where, "it is not an ordinary file"))
            continue
        info = _INFO.search(file.name)
        received = _received(file.name, status.st_mtime)
        entries.append(_Entry(file, received, status.st_size, info[1] if info else ""))


def _received(name: str, modified: float) -> float:
    """When a message came in: a copied file is modified later, a synchronised one named later."""
    delivered = _DELIVERED.match(name)
    if delivered is None:
        return modified
    named = int(delivered[1]) + int(delivered[2] or 0) / 1_000_000
    return min(named, modified) if modified > 0 else named


def _messages(
    root: Path, entries: list[_Entry], skipped: list[Skipped]
) -> Iterator[Found | Skipped]:
    yield from skipped
    for entry in entries:
        where = str(entry.path.relative_to(root))
        if "T" in entry.flags:
            yield Skipped(where, "it is marked as trashed")
            continue
        chunks = partial(file_chunks, entry.path)
        yield Found(where, entry.size, chunks, entry.received, seen="S" in entry.flags)
