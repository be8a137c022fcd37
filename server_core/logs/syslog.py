"""Entries as syslog messages (RFC 5424), and how they are framed on a stream (RFC 6587)."""

from __future__ import annotations

from datetime import UTC, datetime

from server_core.events.types import Level
from server_core.logs.entry import Entry

_FACILITY_MAIL = 2
_SEVERITIES = {
    Level.CRITICAL: 2,
    Level.ERROR: 3,
    Level.WARNING: 4,
    Level.INFO: 6,
    Level.PROTOCOL: 7,
}
_APP = "postroom"
_LONGEST_HOST = 255
_LONGEST_MODULE = 32
LONGEST_OCTETS = 8_192
"""RFC 5425 section 4.3.1: receivers should take so many; common ones take no more."""
# RFC 5424 section 6.4: what is not plain ASCII says that it is UTF-8.
_BOM = b"\xef\xbb\xbf"


def priority(level: Level) -> int:
    """The number in angle brackets: facility mail, and the severity of a class."""
    return _FACILITY_MAIL * 8 + _SEVERITIES[level]


def syslog_message(entry: Entry) -> bytes:
    """The whole message, without framing: the module is its MSGID, the session its PROCID."""
    moment = datetime.fromtimestamp(entry.time, UTC).isoformat(timespec="milliseconds")
    session = f"{entry.session:08X}" if entry.session else "-"
    head = (
        f"<{priority(entry.level)}>1 {moment.replace('+00:00', 'Z')} "
        f"{_ascii(entry.host, _LONGEST_HOST)} {_APP} {session} "
        f"{_ascii(entry.module, _LONGEST_MODULE)} - "
    )
    text = entry.text.encode("utf-8", "replace")
    return cut(head.encode("ascii") + (text if entry.text.isascii() else _BOM + text))


def cut(octets: bytes) -> bytes:
    """No more than receivers take, and no half character at the end."""
    if len(octets) <= LONGEST_OCTETS:
        return octets
    return octets[:LONGEST_OCTETS].decode("utf-8", "ignore").encode()


def framed(message: bytes) -> bytes:
    """A message on a stream: its length in octets, a space, itself (RFC 6587 section 3.4.1)."""
    return b"%d %b" % (len(message), message)


def _ascii(text: str, longest: int) -> str:
    word = "".join(c if "!" <= c <= "~" else "?" for c in text)[:longest]
    return word or "-"
