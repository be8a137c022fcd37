"""How an entry looks: as the reference's line, which log watchers know, or as JSON."""

from __future__ import annotations

import datetime
import json
from functools import lru_cache

from server_core.config.log import Shape
from server_core.events.types import Level
from server_core.logs.entry import Entry

_WORDS = {
    Level.CRITICAL: "critical",
    Level.ERROR: "error",
    Level.WARNING: "warning",
    Level.INFO: "info",
    Level.PROTOCOL: "protocol",
}
_MORE = ("category", "event", "listener", "peer", "user")


def line_of(entry: Entry, shape: Shape, *, utc: bool) -> str:
    """One line without its end, in the shape wanted, with times of UTC or of this computer."""
    zone = datetime.UTC if utc else None
    return reference_line(entry, zone) if shape is Shape.TEXT else json_line(entry, zone)


def reference_line(entry: Entry, zone: datetime.tzinfo | None) -> str:
    """``YYYY-MM-DD hh:mm:ss +zzzz LL host MODULE:XXXXXXXX: text``; None is this computer's zone.

    The eight hexadecimal digits are the session's, so that a watcher finds the address that
    belongs to a failed sign-in; 0 outside sessions.
    """
    return (
        f"{_second(int(entry.time), zone)} {entry.level:02d} {entry.host} "
        f"{entry.module}:{entry.session:08X}: {entry.text}"
    )


def json_line(entry: Entry, zone: datetime.tzinfo | None) -> str:
    """A JSON object: ``time`` (RFC 3339), ``level``, ``host``, ``module``, ``text`` and more."""
    moment = datetime.datetime.fromtimestamp(entry.time, zone)
    fields: dict[str, str | int] = {
        "time": (moment if zone else moment.astimezone()).isoformat(timespec="milliseconds"),
        "level": _WORDS[entry.level],
        "host": entry.host,
        "module": entry.module,
    }
    if entry.session:
        fields["session"] = entry.session
    fields |= {name: value for name in _MORE if (value := getattr(entry, name))}
    fields["text"] = entry.text
    return json.dumps(fields, ensure_ascii=False)


# Thousands of entries share a second, and a local time is slow to find.
@lru_cache(maxsize=64)
def _second(second: int, zone: datetime.tzinfo | None) -> str:
    moment = datetime.datetime.fromtimestamp(second, zone)
    return f"{moment if zone else moment.astimezone():%Y-%m-%d %H:%M:%S %z}"
