"""One line of the log as the window keeps it: an event with its text made once."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from app.look.words import number
from server_core.config.log import Category
from server_core.config.networks import parse_address
from server_core.events.log_views import LoggedLine
from server_core.events.types import AddressBanned, Event, Level, printable

_CATEGORIES = {category.value: category for category in Category}


class LogRow(NamedTuple):
    """One line, or ``times`` lines that say the same.

    ``serial`` counts up and is that of the last of them, ``first`` that of the first of several.
    ``lost`` is how many events a line stands for that could not be shown. ``event`` and ``reason``
    are ids. ``read`` tells that the line comes from a file.
    """

    serial: int
    time: float
    level: Level
    category: Category
    session: int
    listener: str
    peer: str
    user: str
    text: str
    lost: int = 0
    event: str = ""
    reason: str = ""
    times: int = 1
    first: int = 0
    read: bool = False

    @property
    def haystack(self) -> str:
        """What words are looked for in."""
        return f"{self.text}\n{self.user}\n{self.peer}\n{self.listener}"

    @property
    def address(self) -> str:
        """The peer without its port."""
        return host_of(self.peer)

    @property
    def begins(self) -> int:
        """The serial of the first line it stands for."""
        return self.first if self.times > 1 else self.serial

    @property
    def said(self) -> tuple[object, ...]:
        """What it says, whichever session or moment it speaks of; equal for lines that repeat."""
        if self.lost:
            return (self.serial,)
        return self.text, self.event, self.user, self.listener, self.address


def log_row(serial: int, event: Event) -> LogRow:
    """The line of an event."""
    session: int = getattr(event, "session", 0)
    peer: str = getattr(event, "peer", "")
    if isinstance(event, AddressBanned):
        peer = event.ban.address
    return LogRow(
        serial,
        event.time,
        event.level.log_class,
        event.category,
        session,
        printable(getattr(event, "listener", "")),
        printable(peer or getattr(event, "address", "")),
        printable(getattr(event, "user", "")),
        printable(str(event)),
        event=type(event).__name__,
        reason=str(getattr(event, "reason", getattr(event, "problem", ""))),
    )


def read_row(serial: int, line: LoggedLine) -> LogRow:
    """A line that was read from a file."""
    return LogRow(
        serial,
        line.time,
        line.level,
        _CATEGORIES.get(line.category, Category.SYSTEM),
        line.session,
        line.listener,
        line.peer,
        line.user,
        line.text,
        event=line.event,
        reason=line.reason,
        read=True,
    )


def lost_row(serial: int, time: float, lost: int) -> LogRow:
    """The line that says how many events could not be shown; every filter lets it pass."""
    text = QCoreApplication.translate(
        "Log", "{count} events came too fast to be shown here; the log files have them"
    )
    text = text.format(count=number(lost))
    return LogRow(serial, time, Level.WARNING, Category.SYSTEM, 0, "", "", "", text, lost)


@lru_cache(maxsize=1 << 14)
def host_of(peer: str) -> str:
    """``192.0.2.7`` of ``192.0.2.7:4000``, ``2001:db8::1`` of ``[2001:db8::1]:4000``."""
    if peer.startswith("["):
        return peer[1:].partition("]")[0]
    host, colon, port = peer.rpartition(":")
    return host if colon and ":" not in host and port.isdigit() else peer


@lru_cache(maxsize=1 << 14)
def address_of(peer: str) -> tuple[int, int] | None:
    """IP version and number of a peer; None when it has none."""
    try:
        return parse_address(host_of(peer))
    except ValueError:
        return None
