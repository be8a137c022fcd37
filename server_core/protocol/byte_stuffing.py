"""Byte-stuffing of multi-line replies, chunk by chunk (RFC 1939 section 3)."""

from __future__ import annotations


class ByteStuffer:
    """Gives every line that begins with a dot one more; remembers where a chunk left off."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = b"\r\n"

    def stuff(self, chunk: bytes) -> bytes:
        """The wire form of the next chunk."""
        joined = self._tail + chunk
        stuffed = joined.replace(b"\r\n.", b"\r\n..")[len(self._tail) :]
        self._tail = _line_end(joined)
        return stuffed


class ByteUnstuffer:
    """Takes the additional dots away again; remembers where a chunk left off."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = b"\r\n"

    def unstuff(self, chunk: bytes) -> bytes:
        """The stored form of the next chunk."""
        joined = self._tail + chunk
        plain = joined.replace(b"\r\n.", b"\r\n")[len(self._tail) :]
        self._tail = _line_end(joined)
        return plain


def _line_end(octets: bytes) -> bytes:
    """As much of a line end as the octets end with; what follows may begin a line."""
    if octets.endswith(b"\r\n"):
        return b"\r\n"
    return b"\r" if octets.endswith(b"\r") else b""
