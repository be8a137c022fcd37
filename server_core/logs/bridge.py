"""Brings what developers log with the standard library among the server's events."""

from __future__ import annotations

import logging
import traceback

from server_core.events.ring import Hub
from server_core.events.types import Level, Noticed, printable

_LONGEST = 500
_OURS = ("server_core", "app")


class LogBridge(logging.Handler):
    """A handler that states warnings and graver records as ``Noticed`` on a hub. Never waits.

    Of a traceback only the last line is kept, of a long text only the beginning.
    """

    def __init__(self, hub: Hub) -> None:
        super().__init__(logging.WARNING)
        self._hub = hub

    def emit(self, record: logging.LogRecord) -> None:
        """State the record as an event; one that cannot be put in words is named by its place."""
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001 - a log call must not fail the one who logs
            text = f"a message without words, from {record.filename} line {record.lineno}"
        if record.exc_info and record.exc_info[1]:
            text = f"{text}: {traceback.format_exception_only(record.exc_info[1])[-1]}"
        self._hub.emit(
            Noticed(
                time=record.created,
                level=_level(record.levelno),
                source=_room(record.name),
                text=_one_line(text),
            )
        )


def _room(name: str) -> str:
    """Of a logger of ours the part of the server it is in; people read it."""
    first, _, rest = name.partition(".")
    return rest.partition(".")[0] if first in _OURS and rest else name


def _level(number: int) -> Level:
    if number >= logging.CRITICAL:
        return Level.CRITICAL
    return Level.ERROR if number >= logging.ERROR else Level.WARNING


def _one_line(text: str) -> str:
    line = printable(" ".join(text[: 2 * _LONGEST].split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
