"""What an export keeps beside the messages so that their octets stay untouched, as a JSON file.

It holds the unique-id, the time of arrival and the Seen flag of each message under its SHA-256, and
the format, so that an mbox is read in the dialect it was written in.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from server_core.store.backend import StoredMessage

FOLDER_SIDECAR = "postroom-export.json"
_VERSION = 1
_LATEST = 253_402_300_800  # the year 10000


class SidecarUnreadable(Exception):
    """There is one, but it cannot be understood."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one message."""

    unique_id: str
    received: float
    seen: bool


@dataclass(slots=True)
class Sidecar:
    """The contents of one; equal messages are told apart by their order."""

    format: str = ""
    _kept: dict[str, deque[Kept]] = field(default_factory=lambda: defaultdict(deque))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of any message."""
        return not self._kept

    def add(self, sha256: str, kept: Kept) -> None:
        """Know one more message."""
        self._kept[sha256].append(kept)

    def take(self, sha256: str) -> Kept | None:
        """What is known of the next message with that digest; each is given once."""
        known = self._kept.get(sha256)
        return known.popleft() if known else None


def beside(path: Path, *, folder: bool) -> Path:
    """Where the sidecar of an exported folder or file lies."""
    return path / FOLDER_SIDECAR if folder else path.with_name(f"{path.name}.{FOLDER_SIDECAR}")


def to_json(format_name: str, messages: Iterable[StoredMessage]) -> str:
    """The text of a sidecar."""
    rows = [
        {
            "unique_id": message.unique_id,
            "received": message.received,
            "seen": message.seen,
            "sha256": message.sha256,
        }
        for message in messages
    ]
    content = {"postroom_export": _VERSION, "format": format_name, "messages": rows}
    return json.dumps(content, indent=1) + "\n"


def load(path: Path) -> Sidecar:
    """The sidecar of a source, an empty one when there is none; may raise SidecarUnreadable."""
    file = beside(path, folder=path.is_dir())
    try:
        content = json.loads(file.read_text("utf-8"))
        if content["postroom_export"] != _VERSION:
            raise SidecarUnreadable("it was written by another version of Postroom")
        sidecar = Sidecar(str(content["format"]))
        for row in content["messages"]:
            received = float(row["received"])
            if not 0 <= received < _LATEST:
                raise SidecarUnreadable("a time in it is impossible")
            kept = Kept(str(row["unique_id"]), received, bool(row["seen"]))
            sidecar.add(str(row["sha256"]), kept)
    except FileNotFoundError:
        return Sidecar()
    except OSError as problem:
        raise SidecarUnreadable(problem.strerror or str(problem)) from problem
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise SidecarUnreadable("it is damaged") from problem
    return sidecar
