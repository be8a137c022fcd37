"""What is stuffed on one side comes out whole on the other, over any chunk border."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.protocol.byte_stuffing import ByteStuffer, ByteUnstuffer
from tests.protocol.chunks import chunked, cuts

_texts = st.lists(st.sampled_from([b"\r\n", b".", b"..", b"a", b"\r", b"\n"])).map(b"".join)


def _stuffed(chunks: list[bytes]) -> bytes:
    stuffer = ByteStuffer()
    return b"".join(map(stuffer.stuff, chunks))


def test_only_dots_that_begin_a_line_are_doubled() -> None:
    text = b".a\r\nb.c\r\n..d\r\n\r\n.\r\n"
    assert _stuffed([text]) == b"..a\r\nb.c\r\n...d\r\n\r\n..\r\n"


@given(_texts, cuts)
def test_chunk_borders_do_not_matter_to_stuffing(text: bytes, where: list[int]) -> None:
    assert _stuffed(chunked(text, where)) == _stuffed([text])


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_line_end_may_be_cut_anywhere(size: int) -> None:
    text = b".a\r\n.\r\r\n..\n.\r\n.b"
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert _stuffed(pieces) == _stuffed([text]) == b"..a\r\n..\r\r\n...\n.\r\n..b"


@given(_texts, cuts)
def test_stuffed_text_comes_back_whole(text: bytes, where: list[int]) -> None:
    unstuffer = ByteUnstuffer()
    assert b"".join(map(unstuffer.unstuff, chunked(_stuffed([text]), where))) == text


@given(_texts)
def test_stuffed_text_never_holds_the_termination_octets(text: bytes) -> None:
    assert b"\r\n.\r\n" not in b"\r\n" + _stuffed([text])
