"""A line of a log file read back, whatever shape it was written in; parses only."""

from __future__ import annotations

import json
import re
from datetime import datetime

from server_core.events.log_views import LoggedLine
from server_core.events.types import Level, printable
from server_core.logs.recognising import reason_in, recognised

LONGEST = 65_536
"""Characters of a line that are looked at."""
_LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}) (?P<level>\d\d) (?P<host>\S+) "
    r"(?P<module>[^\s:]+):(?P<session>[0-9A-Fa-f]{8}): (?P<text>.*)"
)
_CLASSES = {1: Level.CRITICAL, 2: Level.ERROR, 4: Level.WARNING, 8: Level.INFO, 16: Level.PROTOCOL}
_WORDS = {str(level.name).lower(): level for level in _CLASSES.values()}
_MORE = ("category", "event", "listener", "peer", "user")


def read_line(line: str) -> LoggedLine | None:
    """What a line says, in the reference's shape or as JSON; None when it is neither."""
    line = line.rstrip("\r\n")[:LONGEST]
    try:
        return _read_json(line) if line.startswith("{") else _read_text(line)
    except (ValueError, KeyError, OverflowError, RecursionError):
        return None


def time_of(line: str) -> float | None:
    """Only when the line was written, which is quicker to find; None when nothing says so."""
    if line.startswith("{"):
        read = read_line(line)
        return read.time if read else None
    try:
        return datetime.strptime(line[:25], "%Y-%m-%d %H:%M:%S %z").timestamp()
    except (ValueError, OverflowError):
        return None


def _read_text(line: str) -> LoggedLine | None:
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    text = printable(found["text"])
    return LoggedLine(
        time=datetime.strptime(found["time"], "%Y-%m-%d %H:%M:%S %z").timestamp(),
        level=_CLASSES[int(found["level"])],
        host=found["host"],
        module=found["module"],
        session=int(found["session"], 16),
        text=text,
        **recognised(text),
    )


def _read_json(line: str) -> LoggedLine:
    fields = json.loads(line)
    text = printable(str(fields["text"]))
    more = {name: printable(str(fields.get(name, ""))) for name in _MORE}
    return LoggedLine(
        time=datetime.fromisoformat(str(fields["time"])).timestamp(),
        level=_WORDS[str(fields["level"])],
        host=printable(str(fields["host"])),
        module=printable(str(fields["module"])),
        session=int(fields.get("session", 0)) & 0xFFFFFFFF,
        text=text,
        **more,
        reason=reason_in(more["event"], text),
    )
