"""PROXY headers of both versions, whole, in pieces and wrong."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.protocol.proxy_header import (
    LONGEST,
    V1_LONGEST,
    V2_SIGNATURE,
    NotAHeader,
    ProxyHeader,
    read_proxy_header,
)

V1 = b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 110\r\n"
V1_SIX = b"PROXY TCP6 2001:db8::7 2001:db8::1 56324 995\r\n"


def v2(family: int = 0x11, body: bytes | None = None, command: int = 0x21) -> bytes:
    addresses = socket.inet_aton("192.0.2.7") + socket.inet_aton("198.51.100.1")
    body = (
        addresses + (56324).to_bytes(2, "big") + (110).to_bytes(2, "big") if body is None else body
    )
    return V2_SIGNATURE + bytes((command, family)) + len(body).to_bytes(2, "big") + body


@pytest.mark.parametrize(
    ("header", "host", "port"),
    [(V1, "192.0.2.7", 56324), (V1_SIX, "2001:db8::7", 56324), (v2(), "192.0.2.7", 56324)],
)
def test_a_header_names_the_client_and_leaves_what_follows(
    header: bytes, host: str, port: int
) -> None:
    assert read_proxy_header(header + b"USER ann\r\n") == ProxyHeader(len(header), host, port)


@pytest.mark.parametrize("header", [V1, V1_SIX, v2(), v2() + b""])
def test_every_beginning_of_a_header_asks_for_more(header: bytes) -> None:
    assert [read_proxy_header(header[:length]) for length in range(len(header))] == [None] * len(
        header
    )


def test_extra_values_behind_the_addresses_are_passed_over() -> None:
    body = v2()[16:] + b"\x04\x00\x03abc"
    header = read_proxy_header(v2(body=body))
    assert header is not None
    assert (header.host, header.length) == ("192.0.2.7", 16 + len(body))


@pytest.mark.parametrize("header", [b"PROXY UNKNOWN\r\n", v2(command=0x20), v2(family=0, body=b"")])
def test_a_proxy_may_speak_for_itself(header: bytes) -> None:
    assert read_proxy_header(header) == ProxyHeader(len(header), "", 0)


@pytest.mark.parametrize(
    "wrong",
    [
        b"USER ann\r\n",
        b"\x16\x03\x01",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 65536 110\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 +5 110\r\n",
        b"PROXY TCP6 192.0.2.7 198.51.100.1 5 110\r\n",
        b"PROXY TCP4 nonsense 198.51.100.1 5 110\r\n",
        b"PROXY TCP4 " + b"1" * V1_LONGEST,
        v2(command=0x31),
        v2(command=0x22),
        v2(family=0x12),
        v2(body=b"\x00" * 11),
        V2_SIGNATURE + b"\x21\x11" + (LONGEST).to_bytes(2, "big"),
    ],
)
def test_what_is_no_header_is_refused_at_once(wrong: bytes) -> None:
    with pytest.raises(NotAHeader):
        read_proxy_header(wrong)


@given(st.binary(max_size=600))
def test_strangers_get_a_header_a_wish_or_a_refusal(data: bytes) -> None:
    try:
        header = read_proxy_header(data)
    except NotAHeader:
        return
    assert header is None or header.length <= len(data)
