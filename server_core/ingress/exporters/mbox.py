"""One mbox file in any of the four dialects (RFC 4155), with LF line ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from server_core.ingress.exporters.exporter import Outgoing, flush, with_lf
from server_core.ingress.mbox_dialects import LINE_LIMIT, Dialect, from_line


def write(path: Path, messages: Iterable[Outgoing], *, dialect: Dialect) -> None:
    """A new mbox file.

    Nothing is added to a message but a Content-Length in front of it where the dialect counts.
    """
    with path.open("xb") as file:
        for message in messages:
            _write_message(file, message, dialect)
        flush(file)


def _write_message(file: BinaryIO, message: Outgoing, dialect: Dialect) -> None:
    file.write(from_line(message.stored.received))
    if dialect.counted:
        length = _body_length(_quoted_lines(message, dialect.to_quote))
        if length:  # without a body there is nothing to count, and readers look for the From_ line
            file.write(b"Content-Length: %d\n" % length)
    for line in _quoted_lines(message, dialect.to_quote):
        file.write(line)
    file.write(b"\n")


def _body_length(lines: Iterator[bytes]) -> int:
    at_line_start = True
    for line in lines:
        if at_line_start and line == b"\n":
            break
        at_line_start = line.endswith(b"\n")
    return sum(len(line) for line in lines)


def _quoted_lines(message: Outgoing, to_quote: re.Pattern[bytes] | None) -> Iterator[bytes]:
    at_line_start = True
    for line in _lines(with_lf(message.chunks())):
        if at_line_start and to_quote is not None and to_quote.match(line):
            yield b">" + line
        else:
            yield line
        at_line_start = line.endswith(b"\n")


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Lines, very long ones in pieces."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line + b"\n" for line in lines)
        if len(rest) > LINE_LIMIT:
            yield rest
            rest = b""
    if rest:
        yield rest
