"""One line of the log as the window keeps it: an event, its text made once when it is looked at."""

from __future__ import annotations

from copy import copy
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from app.look.words import number
from server_core.config.log import Category
from server_core.config.networks import parse_address
from server_core.events.log_views import LoggedLine
from server_core.events.types import AddressBanned, Event, Level, printable

_CATEGORIES = {category.value: category for category in Category}


class Line(NamedTuple):
    """What a line says, every text printable; ``reason`` is an id."""

    category: Category
    session: int
    listener: str
    peer: str
    text: str
    reason: str = ""


class LogRow:
    """One line, or ``times`` lines that say the same.

    ``serial`` counts up and is that of the last of them, ``first`` that of the first of several.
    ``lost`` is how many events a line stands for that could not be shown. ``event`` is an id.
    ``read`` tells that the line comes from a file. What the line of an event says is made when
    somebody looks, for of a flood most lines are never looked at.
    """

    __slots__ = (
        *("event", "first", "level", "lost", "read"),
        *("serial", "time", "times", "user", "_said_by"),
    )

    def __init__(
        self,
        serial: int,
        time: float,
        level: Level,
        event: str,
        said_by: Event | Line,
        *,
        user: str = "",
        lost: int = 0,
        read: bool = False,
    ) -> None:
        self.serial, self.time, self.level = serial, time, level
        self.event, self.user = event, user
        self.lost, self.read = lost, read
        self.times, self.first = 1, 0
        self._said_by = said_by

    @property
    def line(self) -> Line:
        """What it says."""
        said_by = self._said_by
        if isinstance(said_by, Event):
            said_by = self._said_by = _line(said_by)
        return said_by

    @property
    def category(self) -> Category:
        """What it is about."""
        return self.line.category

    @property
    def session(self) -> int:
        """The session it speaks of, 0 for none."""
        return self.line.session

    @property
    def listener(self) -> str:
        """The listener it speaks of."""
        return self.line.listener

    @property
    def peer(self) -> str:
        """The remote address, with its port where there is one."""
        return self.line.peer

    @property
    def text(self) -> str:
        """Its words."""
        return self.line.text

    @property
    def reason(self) -> str:
        """Why it happened."""
        return self.line.reason

    @property
    def haystack(self) -> str:
        """What words are looked for in."""
        line = self.line
        return f"{line.text}\n{self.user}\n{line.peer}\n{line.listener}"

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

    def repeated(self, times: int, first: int) -> LogRow:
        """This line as the last of so many, the first of which had that serial."""
        row = copy(self)
        row.times, row.first = times, first
        return row

    def reworded(self, *, user: str, peer: str, text: str) -> LogRow:
        """This line with other names in it."""
        row = copy(self)
        row.user, row._said_by = user, self.line._replace(peer=peer, text=text)
        return row


def log_row(serial: int, event: Event) -> LogRow:
    """The line of an event."""
    user = printable(getattr(event, "user", ""))
    level = event.level.log_class
    return LogRow(serial, event.time, level, type(event).__name__, event, user=user)


def read_row(serial: int, line: LoggedLine) -> LogRow:
    """A line that was read from a file."""
    category = _CATEGORIES.get(line.category, Category.SYSTEM)
    said = Line(category, line.session, line.listener, line.peer, line.text, line.reason)
    return LogRow(serial, line.time, line.level, line.event, said, user=line.user, read=True)


def lost_row(serial: int, time: float, lost: int) -> LogRow:
    """The line that says how many events could not be shown; every filter lets it pass."""
    text = QCoreApplication.translate(
        "Log", "{count} events came too fast to be shown here; the log files have them"
    )
    said = Line(Category.SYSTEM, 0, "", "", text.format(count=number(lost)))
    return LogRow(serial, time, Level.WARNING, "", said, lost=lost)


def _line(event: Event) -> Line:
    peer: str = getattr(event, "peer", "")
    if isinstance(event, AddressBanned):
        peer = event.ban.address
    return Line(
        event.category,
        getattr(event, "session", 0),
        printable(getattr(event, "listener", "")),
        printable(peer or getattr(event, "address", "")),
        printable(str(event)),
        str(getattr(event, "reason", getattr(event, "problem", ""))),
    )


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
