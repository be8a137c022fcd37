"""The four dialects of mbox (RFC 4155 appendix A names the family), as import and export know them.

A ``From_`` line opens each message, an empty line ends it. The dialects differ in what happens to
lines of a message that begin with ``From `` and in whether a Content-Length counts the body:

=======  =====================================  ==============
mboxo    ``From `` gets a ``>``                 not counted
mboxrd   ``From `` after any ``>`` gets a ``>``  not counted
mboxcl   as mboxrd                              Content-Length
mboxcl2  nothing is quoted                      Content-Length
=======  =====================================  ==============

mboxo cannot say whether ``>From `` was quoted, so such a line comes back without its ``>``.
"""

from __future__ import annotations

import calendar
import re
import time
from dataclasses import dataclass

LINE_LIMIT = 65_536
"""Lines are read in pieces of at most this many octets."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to write mbox; the patterns match the start of a line that changes, or are None."""

    name: str
    to_quote: re.Pattern[bytes] | None
    quoted: re.Pattern[bytes] | None
    counted: bool


_FROM = re.compile(rb"From ")
_FROM_QUOTED_ONCE = re.compile(rb">From ")
_FROM_AT_ANY_DEPTH = re.compile(rb">*From ")
FROM_QUOTED = re.compile(rb">+From ")

DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect("mboxo", _FROM, _FROM_QUOTED_ONCE, counted=False),
        Dialect("mboxrd", _FROM_AT_ANY_DEPTH, FROM_QUOTED, counted=False),
        Dialect("mboxcl", _FROM_AT_ANY_DEPTH, FROM_QUOTED, counted=True),
        Dialect("mboxcl2", None, None, counted=True),
    )
}

_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_ZONE = r"[A-Z]{1,5}|[+-]\d{4}"
_DATED = re.compile(
    rf"From .*?(?:{'|'.join(_DAYS)})\s+({'|'.join(_MONTHS)})\s+(\d\d?)"
    rf"\s+(\d\d?):(\d\d)(?::(\d\d))?(?:\s+({_ZONE}))?\s+(\d{{4}})(?:\s+({_ZONE}))?"
    r"(?:\s+remote from \S+)?\s*$".encode()
)
_UNDATED = re.compile(rb"From (?:-|\S+@\S+)?\s*$")
_HEADER_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_LONGEST_FROM_LINE = 1_000


def from_line(received: float) -> bytes:
    """The ``From_`` line of an exported message; its time is in UTC, as RFC 4155 has it."""
    moment = time.gmtime(received)
    return (
        f"From MAILER-DAEMON {_DAYS[moment.tm_wday]} {_MONTHS[moment.tm_mon - 1]}"
        f" {moment.tm_mday:2} {time.strftime('%H:%M:%S', moment)} {moment.tm_year:04}\n"
    ).encode("ascii")


def is_header_field(line: bytes) -> bool:
    """Whether a line can open a header field (RFC 5322 section 2.2)."""
    return _HEADER_FIELD.match(line) is not None


def is_from_line(line: bytes, following: bytes) -> bool:
    """Whether a line after an empty one opens a message; ``following`` is the line after it.

    A line with a time in it does. Some programs write ``From -`` or ``From ann@example.com`` and
    no time; such a line counts only when a header field follows.
    """
    if not line.startswith(b"From ") or len(line) > _LONGEST_FROM_LINE:
        return False
    if _DATED.match(line):
        return True
    return _UNDATED.match(line) is not None and is_header_field(following)


def received_of(line: bytes) -> float | None:
    """The time in a ``From_`` line in epoch seconds, UTC where it names no numeric zone."""
    match = _DATED.match(line)
    if match is None:
        return None
    month, day, hour, minute, second, zone, year, zone_after = (
        (part or b"").decode("ascii") for part in match.groups()
    )
    clock = (int(hour), int(minute), int(second or 0))
    try:
        received = calendar.timegm((int(year), _MONTHS.index(month) + 1, int(day), *clock))
    except ValueError:  # the year 0
        return None
    offset = zone or zone_after
    if offset[:1] in ("+", "-") and offset:
        east = int(offset[1:3]) * 3600 + int(offset[3:5]) * 60
        received -= east if offset[0] == "+" else -east
    return float(max(received, 0))
