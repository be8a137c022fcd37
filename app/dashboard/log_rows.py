"""One line of the log as the window keeps it: an event with its text made once."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from app.look.words import number
from server_core.config.log import Category
from server_core.events.types import Event, Level, SessionEvent


class LogRow(NamedTuple):
    """One line. ``serial`` counts up; ``lost`` is how many events it stands for, when it does."""

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

    @property
    def haystack(self) -> str:
        """What words are looked for in, in lower case."""
        return f"{self.text}\n{self.user}\n{self.peer}\n{self.listener}".lower()


def log_row(serial: int, event: Event) -> LogRow:
    """The line of an event."""
    text = str(event)
    if isinstance(event, SessionEvent):
        session, listener, peer = event.session, event.listener, event.peer
    else:
        session, listener, peer = 0, "", ""
    user: str = getattr(event, "user", "")
    return LogRow(
        serial,
        event.time,
        event.level.log_class,
        event.category,
        session,
        listener,
        peer,
        user,
        text,
    )


def lost_row(serial: int, time: float, lost: int) -> LogRow:
    """The line that says how many events could not be shown; every filter lets it pass."""
    text = QCoreApplication.translate("Log", "{count} events came too fast to be shown here")
    text = text.format(count=number(lost))
    return LogRow(serial, time, Level.WARNING, Category.SYSTEM, 0, "", "", "", text, lost)
