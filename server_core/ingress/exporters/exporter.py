"""The contract of an exporter: what it gets and where it writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from server_core.store.backend import StoredMessage


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to write. ``chunks`` reads it anew each time: CRLF line ends, not byte-stuffed,
    never cut inside a CRLF.
    """

    number: int
    stored: StoredMessage
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Exporter:
    """Writes messages into a new file, or into a new folder that ``write`` makes."""

    write: Callable[[Path, Iterable[Outgoing]], None]
    folder: bool


def with_lf(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same text with LF line ends, as mbox and Maildir readers expect."""
    for chunk in chunks:
        yield chunk.replace(b"\r\n", b"\n")


def flush(file: BinaryIO) -> None:
    """Have a written file on the disk before anything takes its final name."""
    file.flush()
    os.fsync(file.fileno())


def write_file(path: Path, chunks: Iterator[bytes], received: float) -> None:
    """A new file on the disk whose time of change is the message's arrival."""
    with path.open("xb") as file:
        for chunk in chunks:
            file.write(chunk)
        flush(file)
    os.utime(path, (received, received))
