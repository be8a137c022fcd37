"""Lines come out the same, whatever chunks they came in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.protocol.line_buffer import LineBuffer, LineEndless
from tests.protocol.chunks import chunked, cuts

_LONGEST = 64


def _lines(chunks: list[bytes]) -> tuple[list[bytes], bool]:
    """What comes out, and whether it ended in an endless line."""
    buffer, lines = LineBuffer(), []
    try:
        for chunk in chunks:
            buffer.feed(chunk)
            while (line := buffer.take(_LONGEST)) is not None:
                lines.append(line)
    except LineEndless:
        return lines, True
    return lines, False


def test_crlf_and_a_bare_lf_end_a_line() -> None:
    assert _lines([b"a\r\nb\nc\r\r\n\n\r\nrest"]) == ([b"a", b"b", b"c\r", b"", b""], False)


def test_the_octets_of_a_line_include_its_end() -> None:
    buffer = LineBuffer()
    buffer.feed(b"abc\r\nabc\n")
    buffer.take(_LONGEST)
    assert buffer.taken == 5
    buffer.take(_LONGEST)
    assert buffer.taken == 4


@pytest.mark.parametrize(("octets", "endless"), [(_LONGEST - 1, False), (_LONGEST, True)])
def test_a_line_is_endless_once_so_many_octets_hold_no_lf(octets: int, endless: bool) -> None:
    assert _lines([b"x" * octets])[1] is endless
    assert _lines([b"x" * octets + b"\n"])[1] is endless


def test_clearing_tells_how_much_was_thrown_away() -> None:
    buffer = LineBuffer()
    buffer.feed(b"STAT\r\nQUI")
    buffer.take(_LONGEST)
    assert buffer.take(_LONGEST) is None
    assert buffer.clear() == 3
    buffer.feed(b"A\r\n")
    assert buffer.take(_LONGEST) == b"A"


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"abc", b"x" * 40])).map(b"".join), cuts)
def test_any_chunking_gives_the_same_lines(octets: bytes, where: list[int]) -> None:
    assert _lines(chunked(octets, where)) == _lines([octets])
