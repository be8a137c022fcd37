"""An event as one line of the reference's log, which log watchers such as Fail2Ban know."""

from __future__ import annotations

import datetime

from server_core.events.types import Category, Event, SessionEvent, printable


def reference_line(event: Event, host: str, zone: datetime.tzinfo) -> str:
    """``YYYY-MM-DD hh:mm:ss +zzzz LL host MODULE:XXXXXXXX: text``, without a line end.

    Always one line, whatever a client sent. The eight hexadecimal digits are the session's, so
    that a watcher finds the address that belongs to a failed sign-in; 0 outside sessions.
    """
    moment = datetime.datetime.fromtimestamp(event.time, zone)
    session = event.session if isinstance(event, SessionEvent) else 0
    # The reference puts all that a mail service says of its connections under its own module.
    pop3 = isinstance(event, SessionEvent) or event.category is Category.CONNECTIONS
    return (
        f"{moment:%Y-%m-%d %H:%M:%S %z} {event.level:02d} {_one_word(host)} "
        f"{'POP3' if pop3 else 'SRVLOG'}:{session & 0xFFFFFFFF:08X}: {printable(str(event))}"
    )


def _one_word(host: str) -> str:
    """The host name with nothing in it that would shift the fields behind it."""
    return "-".join(printable(host).split()) or "-"
