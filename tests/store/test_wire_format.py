"""Line ends, byte-stuffing and sizes, against an oracle that goes octet by octet."""

from __future__ import annotations

import hashlib
import io
import os
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server_core.store.backend import Incoming
from server_core.store.file_store import FileStore
from server_core.store.wire_format import Measurement, WireDecoder, WireEncoder, measure_stored
from tests.store.conftest import ANN, content, deliver

TEXTS = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"..", b"a", b"\0", b"\xff", b": ", b"\x1a"]),
    max_size=40,
).map(b"".join) | st.binary(max_size=200)
CUTS = st.lists(st.integers(0, 200), max_size=6)


def oracle_lines(text: bytes) -> list[bytes]:
    """The lines of a mail, octet by octet; a lone CR and a lone LF end a line too."""
    lines, line, position = [], b"", 0
    while position < len(text):
        octet = text[position : position + 1]
        position += 1
        if octet in (b"\r", b"\n"):
            if octet == b"\r" and text[position : position + 1] == b"\n":
                position += 1
            lines.append(line)
            line = b""
        else:
            line += octet
    return [*lines, line] if line else lines


def oracle(text: bytes) -> tuple[bytes, Measurement]:
    lines = oracle_lines(text)
    message = b"".join(line + b"\r\n" for line in lines)
    stuffed = [b"." + line if line[:1] == b"." else line for line in lines]
    stored = b"".join(line + b"\r\n" for line in stuffed)
    header = stuffed[: lines.index(b"") + 1] if b"" in lines else stuffed
    header_length = sum(len(line) + 2 for line in header)
    digest = hashlib.sha256(message).hexdigest()
    return stored, Measurement(len(message), len(stored), header_length, digest)


def cut(text: bytes, cuts: list[int]) -> list[bytes]:
    borders = sorted({0, len(text), *(place for place in cuts if place < len(text))})
    return [text[a:b] for a, b in pairwise(borders)]


def encode(chunks: list[bytes]) -> tuple[bytes, Measurement]:
    encoder = WireEncoder()
    stored = b"".join(map(encoder.feed, chunks)) + encoder.finish()
    return stored, encoder.measurement()


@settings(deadline=None)
@given(TEXTS, CUTS)
def test_any_mail_in_any_pieces_is_stored_as_the_oracle_says(text: bytes, cuts: list[int]) -> None:
    assert encode(cut(text, cuts)) == oracle(text)


@settings(deadline=None)
@given(TEXTS, CUTS)
def test_a_stored_message_decodes_to_the_message_with_crlf(text: bytes, cuts: list[int]) -> None:
    stored, size = oracle(text)
    decoder = WireDecoder()
    message = b"".join(map(decoder.feed, cut(stored, cuts))) + decoder.finish()
    assert message == b"".join(line + b"\r\n" for line in oracle_lines(text))
    assert measure_stored(cut(stored, cuts)) == size


@settings(deadline=None)
@given(TEXTS, CUTS)
def test_measuring_accepts_wire_format_and_nothing_else(text: bytes, cuts: list[int]) -> None:
    # In wire format: CRLF ends every line, no other CR or LF, and no line starts with one dot.
    whole = re.fullmatch(rb"((?!\.(?!\.))[^\r\n]*\r\n)*", text) is not None
    assert (measure_stored(cut(text, cuts)) is not None) == whole


def test_a_text_in_wire_format_before_delivery_gains_only_dots() -> None:
    stored, size = encode([b"A: b\r\n\r\n.\r\n..\r\nend\r\n"])
    assert stored == b"A: b\r\n\r\n..\r\n...\r\nend\r\n"
    assert (size.octets, size.stored, size.header_length) == (20, 22, 8)


def test_a_header_without_an_empty_line_is_the_whole_message() -> None:
    assert encode([b"A: b\nC: d"])[1].header_length == len(b"A: b\r\nC: d\r\n")


def test_nothing_stays_nothing() -> None:
    assert encode([]) == (b"", Measurement(0, 0, 0, hashlib.sha256(b"").hexdigest()))


class Dribble(io.BytesIO):
    """A source that gives a little at a time, as sockets do."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(7)


def test_a_source_may_give_less_than_asked_for(store: FileStore) -> None:
    text = b"Subject: slow\r\n\r\n" + b".line\n\r.x\r\n" * 50
    (row,) = store.deliver(ANN, [Incoming(Dribble(text))])
    assert content(store, row.uid) == oracle(text)[0]


def test_line_ends_across_the_borders_of_large_reads_are_seen_whole(store: FileStore) -> None:
    for shift in range(-3, 3):
        text = b"x" * (65_536 + shift) + b"\r\n.\r\n\n.y" + b"z" * 65_536
        (row,) = deliver(store, text)
        stored, size = oracle(text)
        assert content(store, row.uid) == stored
        assert (row.octets, row.stored, row.header_length, row.sha256) == (
            size.octets,
            size.stored,
            size.header_length,
            size.sha256,
        )


def sample_mail() -> list[Path]:
    default = Path(__file__).parents[3] / "shared" / "data" / "eml"
    folder = Path(os.environ.get("POSTROOM_SAMPLE_MAIL", default))
    return sorted(folder.rglob("*.eml"))


@pytest.mark.skipif(not sample_mail(), reason="no sample mail: set POSTROOM_SAMPLE_MAIL")
def test_real_mail_comes_out_as_it_went_in_but_for_line_ends(store: FileStore) -> None:
    texts = [path.read_bytes() for path in sample_mail()]
    rows = deliver(store, *texts)
    for text, row in zip(texts, rows, strict=True):
        assert content(store, row.uid) == oracle(text)[0]
        assert row.octets == oracle(text)[1].octets
