"""A stored message cut for sending: whole (RETR) or its beginning (TOP), with the termination."""

from __future__ import annotations

from server_core.store.backend import MessageReader, Octets

PIECE_OCTETS = 262_144
TERMINATION = b".\r\n"  # RFC 1939 section 3


class Pieces:
    """Gives the octets of one multi-line reply after its first line; owns the reader.

    ``take(cached=True)`` gives the next octets, ``b""`` at the end, and None when they would have
    to be waited for; ``take(cached=False)`` waits for the disk.
    """

    __slots__ = ("_lines_left", "_offset", "_reader", "_stop", "finished")

    def __init__(self, reader: MessageReader, body_lines: int | None) -> None:
        self._reader = reader
        self._offset = 0
        self._lines_left = body_lines
        self._stop = reader.stored if body_lines != 0 else reader.header_length
        self.finished = False

    def take(self, *, cached: bool) -> Octets | None:
        """The next octets to send, see above; MessageDamaged when the file ends early."""
        if self.finished:
            return b""
        length = min(PIECE_OCTETS, self._stop - self._offset)
        if length <= 0:
            return self._finish(b"")
        read = self._reader.read_cached if cached else self._reader.read
        data = read(self._offset, length)
        if data is None:
            return None
        start, self._offset = self._offset, self._offset + len(data)
        if self._lines_left is not None and self._offset > self._reader.header_length:
            data = self._cut(data, max(0, self._reader.header_length - start))
        return self._finish(data) if self._offset >= self._stop else data

    def close(self) -> None:
        """Give the file back."""
        self._reader.close()

    def _cut(self, data: Octets, body: int) -> Octets:
        """``data`` up to the last wanted line; its body begins at index ``body``."""
        position = body
        while self._lines_left:
            end = data.find(b"\n", position)
            if end < 0:
                return data
            position = end + 1
            self._lines_left -= 1
        self._stop = self._offset
        return data[:position]

    def _finish(self, data: Octets) -> Octets:
        self.finished = True
        if self._lines_left is not None and self._reader.header_length == self._reader.stored:
            # A message that is all header: TOP still sends the line that separates the body, unless
            # the header ends with it.
            data += b"" if self._ends_with_empty_line(data) else b"\r\n"
        return data + TERMINATION

    def _ends_with_empty_line(self, data: Octets) -> bool:
        stored = self._reader.stored
        tail = data if len(data) >= 4 else self._reader.read(max(0, stored - 4), min(4, stored))
        return tail[-4:] == b"\r\n\r\n" or tail == b"\r\n"
