"""One entry of the log, before anybody has decided where it goes and how it looks."""

from __future__ import annotations

from dataclasses import dataclass

from server_core.config.log import Category
from server_core.events.types import Event, Level, SessionEvent, printable

POP3, SERVER, SECURITY = "POP3", "SRVLOG", "SECURITY"


@dataclass(frozen=True, slots=True)
class Entry:
    """Who says what, when: ``time`` in epoch seconds, every text one printable line.

    ``session`` is 0 outside sessions. ``received`` tells that another server sent it; ``event``
    names the type of event here, and what JSON lines say more is in ``listener``, ``peer`` and
    ``user``.
    """

    time: float
    level: Level
    host: str
    module: str
    session: int
    text: str
    category: str = ""
    event: str = ""
    listener: str = ""
    peer: str = ""
    user: str = ""
    received: bool = False


def entry_of(event: Event, host: str) -> Entry:
    """The entry of an event of this server; ``host`` is one word."""
    return Entry(
        time=event.time,
        level=event.level.log_class,
        host=host,
        module=module_of(event),
        session=event.session & 0xFFFFFFFF if isinstance(event, SessionEvent) else 0,
        text=printable(str(event)),
        category=event.category.value,
        event=type(event).__name__,
        listener=printable(getattr(event, "listener", "")),
        peer=getattr(event, "peer", ""),
        user=printable(getattr(event, "user", "")),
    )


def module_of(event: Event) -> str:
    """The module that the reference lets speak of such events.

    It puts all that a mail service says of its connections under the service's own name.
    """
    connections = event.category is Category.CONNECTIONS
    return POP3 if connections or isinstance(event, SessionEvent) else SERVER


def one_word(host: str) -> str:
    """A host name with nothing in it that would shift the fields behind it."""
    return "-".join(printable(host).split()) or "-"
