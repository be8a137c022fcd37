"""Octets in, lines out: CRLF or a bare LF ends a line (RFC 1939 section 3)."""

from __future__ import annotations


class LineEndless(Exception):
    """More octets came without a line end than any line may have."""


class LineBuffer:
    """What a client sent and the conversation has not read yet."""

    __slots__ = ("_octets", "_searched", "taken")

    def __init__(self) -> None:
        self._octets = bytearray()
        self._searched = 0
        self.taken = 0
        """Octets of the last line taken, its line end included."""

    def __len__(self) -> int:
        return len(self._octets)

    def feed(self, octets: bytes) -> None:
        """Add what came."""
        self._octets += octets

    def begins_with(self, octets: bytes) -> bool:
        """Whether the next line begins so, letters compared without case."""
        return bool(self._octets) and self._octets[: len(octets)].upper() == octets

    def take(self, longest: int) -> bytes | None:
        """The next line without its line end; None while it is not complete.

        LineEndless when ``longest`` octets hold no LF, whatever chunks they came in.
        """
        octets = self._octets
        if not octets:
            return None
        end = octets.find(b"\n", self._searched)
        if end >= longest or (end < 0 and len(octets) >= longest):
            raise LineEndless
        if end < 0:
            self._searched = len(octets)
            return None
        line = bytes(octets[: end - 1 if end and octets[end - 1] == 0x0D else end])
        del octets[: end + 1]
        self._searched = 0
        self.taken = end + 1
        return line

    def clear(self) -> int:
        """Forget everything; gives how many octets that were."""
        forgotten = len(self._octets)
        self._octets.clear()
        self._searched = 0
        return forgotten
