"""A folder of numbered message files with CRLF line ends."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from server_core.ingress.exporters.exporter import Outgoing, write_file


def write(folder: Path, messages: Iterable[Outgoing]) -> None:
    """``00001.eml`` and so on in a new folder."""
    folder.mkdir()
    for message in messages:
        name = f"{message.number:05}.eml"
        write_file(folder / name, message.chunks(), message.stored.received)
