"""A Maildir: each message is written in tmp, then moved to new, or to cur when it was seen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from server_core.ingress.exporters.exporter import Outgoing, with_lf, write_file

_SEEN = ";2,S" if sys.platform == "win32" else ":2,S"  # Windows has no colons in names


def write(folder: Path, messages: Iterable[Outgoing]) -> None:
    """A new Maildir with LF line ends."""
    folder.mkdir()
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir()
    for message in messages:
        seconds, microseconds = divmod(int(message.stored.received * 1_000_000), 1_000_000)
        name = f"{seconds}.M{microseconds:06}P{os.getpid()}Q{message.number}.postroom"
        written = folder / "tmp" / name
        write_file(written, with_lf(message.chunks()), message.stored.received)
        seen = message.stored.seen
        written.rename(folder / "cur" / f"{name}{_SEEN}" if seen else folder / "new" / name)
