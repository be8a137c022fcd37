"""Key files are read without their keys, and whatever else is found there is told apart."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.net.keytab import principals_in

_MAGIC = b"\x05\x02"


def counted(text: str) -> bytes:
    octets = text.encode()
    return len(octets).to_bytes(2) + octets


def entry(realm: str, *parts: str) -> bytes:
    name = len(parts).to_bytes(2) + counted(realm) + b"".join(map(counted, parts))
    kind_time_version = b"\0\0\0\1" + b"\x60\0\0\0" + b"\2"
    key = b"\0\x12" + counted("a key of thirty-two octets, more")
    octets = name + kind_time_version + key + b"\0\0\0\2"
    return len(octets).to_bytes(4) + octets


def hole(octets: int) -> bytes:
    return (-octets).to_bytes(4, signed=True) + b"\xff" * octets


POP = entry("EXAMPLE.TEST", "pop", "mail.example.test")


def test_every_principal_is_told_once() -> None:
    octets = _MAGIC + POP + POP + entry("R", "ann")
    assert principals_in(octets) == ("pop/mail.example.test@EXAMPLE.TEST", "ann@R")


def test_holes_and_room_at_the_end_are_passed_over() -> None:
    octets = _MAGIC + hole(77) + POP + hole(3) + bytes(50)
    assert principals_in(octets) == ("pop/mail.example.test@EXAMPLE.TEST",)
    assert principals_in(_MAGIC) == ()


@pytest.mark.parametrize("octets", [b"", b"\x05", b"\x05\x01" + POP, b"-----BEGIN", b"\x05\x04"])
def test_what_is_no_key_file_is_told(octets: bytes) -> None:
    with pytest.raises(ValueError, match="no key file"):
        principals_in(octets)


@pytest.mark.parametrize("end", [1, 30, 60])
def test_a_file_that_is_cut_off_is_told(end: int) -> None:
    with pytest.raises(ValueError, match="cut off"):
        principals_in((_MAGIC + POP)[:-end])


def test_an_entry_that_promises_more_than_it_has_is_told() -> None:
    with pytest.raises(ValueError, match="cut off"):
        principals_in(_MAGIC + (4).to_bytes(4) + b"\xff\xff\xff\xff")


@given(st.binary(max_size=400))
def test_any_octets_give_principals_or_a_value_error(octets: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert all("@" in one for one in principals_in(_MAGIC + octets))
