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
_CODES = {level: f"{level:02d}" for level in _WORDS}
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
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
        f"{_second(int(entry.time // 1), zone)} {_CODES[entry.level]} {entry.host} "
        f"{entry.module}:{entry.session:08X}: {entry.text}"
    )


def json_line(entry: Entry, zone: datetime.tzinfo | None) -> str:
    """A JSON object: ``time`` (RFC 3339), ``level``, ``host``, ``module``, ``text`` and more."""
    second = int(entry.time // 1)
    before, offset = _rfc_3339(second, zone)
    fields: dict[str, str | int] = {
        "time": f"{before}.{int((entry.time - second) * 1000):03d}{offset}",
        "level": _WORDS[entry.level],
        "host": entry.host,
        "module": entry.module,
    }
    if entry.session:
        fields["session"] = entry.session
    fields |= {name: value for name in _MORE if (value := getattr(entry, name))}
    fields["text"] = entry.text
    return _ENCODE(fields)


# Thousands of entries share a second, and a local time is slow to find.
@lru_cache(maxsize=64)
def _second(second: int, zone: datetime.tzinfo | None) -> str:
    return f"{_moment(second, zone):%Y-%m-%d %H:%M:%S %z}"


@lru_cache(maxsize=64)
def _rfc_3339(second: int, zone: datetime.tzinfo | None) -> tuple[str, str]:
    """A moment before and behind its fraction of a second."""
    text = _moment(second, zone).isoformat()
    return text[:19], text[19:]


def _moment(second: int, zone: datetime.tzinfo | None) -> datetime.datetime:
    moment = datetime.datetime.fromtimestamp(second, zone)
    return moment if zone else moment.astimezone()
