"""One entry of the log, before anybody has decided where it goes and how it looks."""

from __future__ import annotations

import time as clock
from typing import NamedTuple

from server_core.config.log import Category
from server_core.events.types import Event, Level, SessionEvent, printable

POP3, SERVER, SECURITY = "POP3", "SRVLOG", "SECURITY"


LONGEST_TEXT = 8_000
"""So many characters; no stranger makes a line longer than other programs read."""


class Entry(NamedTuple):
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


def entry_of(event: Event, host: str, *, message_ids: bool = False) -> Entry:
    """The entry of an event of this server; ``host`` is one word.

    With ``message_ids`` it names the message that it is about as mail programs do.
    """
    kind, text = type(event), str(event)
    if message_ids and (unique_id := getattr(event, "unique_id", "")):
        text = f"{text}, unique-id {unique_id}"
    module, category = _place_of(kind)
    if isinstance(event, SessionEvent):
        session, listener, peer, user = event.session, event.listener, event.peer, event.user
    else:
        session = 0
        listener, peer, user = (getattr(event, name, "") for name in ("listener", "peer", "user"))
    return Entry(
        event.time,
        event.level.log_class,
        host,
        module,
        session & 0xFFFFFFFF,
        one_line(text),
        category,
        kind.__name__,
        one_line(listener),
        peer,
        one_line(user),
    )


def own_entry(host: str, text: str, level: Level = Level.WARNING) -> Entry:
    """What the log service itself has to say, now."""
    return Entry(clock.time(), level, host, SERVER, 0, text, Category.SYSTEM.value)


def one_line(text: str) -> str:
    """Text that is harmless in a line, and not endless."""
    if len(text) > LONGEST_TEXT:
        text = f"{text[: LONGEST_TEXT - 1]}…"
    return text if text.isprintable() else printable(text)


def module_of(event: Event) -> str:
    """The module that the reference lets speak of such events.

    It puts all that a mail service says of its connections under the service's own name.
    """
    return _place_of(type(event))[0]


_KNOWN: dict[type[Event], tuple[str, str]] = {}


def _place_of(kind: type[Event]) -> tuple[str, str]:
    """Module and category of a type of event; looked up, for there are thousands a second."""
    place = _KNOWN.get(kind)
    if place is None:
        connections = kind.category is Category.CONNECTIONS
        module = POP3 if connections or issubclass(kind, SessionEvent) else SERVER
        place = _KNOWN[kind] = module, kind.category.value
    return place


def one_word(host: str) -> str:
    """A host name with nothing in it that would shift the fields behind it."""
    return "-".join(printable(host).split()) or "-"
