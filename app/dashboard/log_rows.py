"""One line of the log as the window keeps it: an event with its text made once."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.look.words import number
from server_core.config.log import Category
from server_core.events.types import Event, Level, SessionEvent


@dataclass(frozen=True, slots=True)
class LogRow:
    """``serial`` counts up; ``haystack`` is what words are looked for in, in lower case."""

    serial: int
    time: float
    level: Level
    category: Category
    session: int
    listener: str
    peer: str
    user: str
    text: str
    haystack: str
    lost: int = 0


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
        f"{text}\n{user}\n{peer}\n{listener}".lower(),
    )


def lost_row(serial: int, time: float, lost: int) -> LogRow:
    """The line that says how many events could not be shown; every filter lets it pass."""
    text = QCoreApplication.translate("Log", "{count} events came too fast to be shown here")
    text = text.format(count=number(lost))
    return LogRow(
        serial, time, Level.WARNING, Category.SYSTEM, 0, "", "", "", text, text.lower(), lost
    )
