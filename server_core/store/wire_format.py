"""Mail to wire format and back, as a stream: CRLF line ends, byte-stuffed (RFC 1939 section 3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the index keeps of a message's text; ``sha256`` is that of the un-stuffed message."""

    octets: int
    stored: int
    header_length: int
    sha256: str


class WireEncoder:
    """Turns mail with any line ends into its stored form.

    CRLF, a lone LF and a lone CR each become one CRLF, a missing last line end is added, all other
    octets pass as they are. Chunks may be cut anywhere; what comes out never ends inside a CRLF.
    """

    __slots__ = ("_at_line_start", "_cr_held", "_digest", "_header_length", "_octets", "_stored")

    def __init__(self) -> None:
        self._cr_held = False
        self._at_line_start = True
        self._octets = 0
        self._stored = 0
        self._header_length: int | None = None
        self._digest = hashlib.sha256()

    def feed(self, chunk: bytes) -> bytes:
        """The stored form of what came so far and is certain."""
        if self._cr_held:
            chunk = b"\r" + chunk
        # A CR at the end may be half of a CRLF: the next chunk decides.
        self._cr_held = chunk.endswith(b"\r")
        if self._cr_held:
            chunk = chunk[:-1]
        return self._encode(chunk)

    def finish(self) -> bytes:
        """The stored form of what was held back, last line end included."""
        rest = b""
        if self._cr_held or not self._at_line_start:
            self._cr_held = False
            rest = self._encode(b"\n")
        return rest

    def measurement(self) -> Measurement:
        """Sizes and digest of the message; call after ``finish``."""
        header_length = self._stored if self._header_length is None else self._header_length
        return Measurement(self._octets, self._stored, header_length, self._digest.hexdigest())

    def _encode(self, chunk: bytes) -> bytes:
        if not chunk:
            return b""
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        text = chunk.replace(b"\n", b"\r\n")
        self._digest.update(text)
        self._octets += len(text)
        stuffed = text.replace(b"\n.", b"\n..")
        if self._at_line_start and stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        if self._header_length is None:
            self._look_for_empty_line(stuffed)
        self._stored += len(stuffed)
        self._at_line_start = stuffed.endswith(b"\n")
        return stuffed

    def _look_for_empty_line(self, stuffed: bytes) -> None:
        if self._at_line_start and stuffed.startswith(b"\r\n"):
            self._header_length = self._stored + 2
        elif (found := stuffed.find(b"\n\r\n")) >= 0:
            self._header_length = self._stored + found + 3


class WireDecoder:
    """Takes the byte-stuffing out of stored mail; chunks may be cut anywhere."""

    __slots__ = ("_held", "_started")

    def __init__(self) -> None:
        # The line end before the first line, so that a dot there is seen like any other.
        self._held = b"\n"
        self._started = False

    def feed(self, chunk: bytes) -> bytes:
        """The message's own octets, as far as they are certain."""
        text = self._held + chunk
        keep = 2 if text.endswith(b"\n.") else 1 if text.endswith(b"\n") else 0
        self._held = text[len(text) - keep :]
        return self._release(text[: len(text) - keep])

    def finish(self) -> bytes:
        """What was held back."""
        rest, self._held = self._held, b""
        return self._release(rest)

    def _release(self, text: bytes) -> bytes:
        text = text.replace(b"\n..", b"\n.")
        if text and not self._started:
            self._started = True
            return text[1:]
        return text


def measure_stored(chunks: Iterable[bytes]) -> Measurement | None:
    """Measure a stored message; None when it is not in wire format, so not whole."""
    decoder, encoder = WireDecoder(), WireEncoder()
    found, wanted = hashlib.sha256(), hashlib.sha256()
    for chunk in chunks:
        found.update(chunk)
        wanted.update(encoder.feed(decoder.feed(chunk)))
    wanted.update(encoder.feed(decoder.finish()))
    wanted.update(encoder.finish())
    return encoder.measurement() if found.digest() == wanted.digest() else None
