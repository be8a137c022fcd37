"""The contract of an importer: what a reader of a foreign format gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = 262_144
"""How many octets are read at a time."""


class ImportProblem(Exception):
    """Nothing can be imported from there; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not imported: the file or the place in it, and why."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """A message in the source, not read yet.

    ``size`` is its share of the source's octets. ``chunks`` reads it, with the line ends it has
    there; OSError when that cannot be done.
    """

    where: str
    size: int
    chunks: Callable[[], Iterator[bytes]]
    received: float | None = None
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A source opened for reading: its octets, and what is in it, read step by step."""

    size: int
    items: Iterator[Found | Skipped]


Importer = Callable[[Path], Reading]
"""Opens a source; raises ImportProblem when it is not there or of another kind."""


def why(problem: OSError) -> str:
    """The system's reason, without the path it repeats."""
    return problem.strerror or str(problem)


def file_chunks(path: Path) -> Iterator[bytes]:
    """A whole file in blocks."""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
