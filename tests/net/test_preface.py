"""PROXY headers over real sockets: what comes behind them, and what strangers do instead."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import struct
import time
from ipaddress import ip_address

import pytest

from server_core.config.listening import Proxy, ProxyMode
from server_core.config.model import Config, Security
from server_core.events.reasons import RefusalReason
from server_core.protocol.proxy_header import V2_SIGNATURE
from server_core.service import MailService
from tests.net.conftest import (
    PASSWORD,
    Client,
    Connect,
    anybody,
    apply,
    descriptors,
    listener,
    office,
    until,
)

HERE = ("127.0.0.0/8", "::1")
V1 = b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 110\r\n"


def v2(source: str, destination: str, *, command: int = 1, more: bytes = b"") -> bytes:
    """A binary header; ``more`` is what may follow the addresses in it."""
    client, server = ip_address(source), ip_address(destination)
    family = 0x11 if client.version == 4 else 0x21
    body = client.packed + server.packed + struct.pack("!HH", 56_324, 110) + more
    return V2_SIGNATURE + struct.pack("!BBH", 0x20 | command, family, len(body)) + body


TLV = b"\x04\x00\x05extra"  # a NOOP of the standard, to be skipped
HEADERS = {
    "v1": (V1, "192.0.2.7:56324"),
    "v1 over IPv6": (
        b"PROXY TCP6 2001:db8::7 2001:db8::1 56324 110\r\n",
        "[2001:db8::7]:56324",
    ),
    "v2": (v2("192.0.2.7", "198.51.100.1"), "192.0.2.7:56324"),
    "v2 over IPv6": (v2("2001:db8::7", "2001:db8::1"), "[2001:db8::7]:56324"),
    "v2 with more in it": (v2("192.0.2.7", "198.51.100.1", more=TLV), "192.0.2.7:56324"),
    "v2 of the proxy itself": (v2("192.0.2.7", "198.51.100.1", command=0), "127.0.0.1:"),
    "v1 of nobody": (b"PROXY UNKNOWN\r\n", "127.0.0.1:"),
}


def behind(mode: ProxyMode, security: Security = Security.STARTTLS, timeout: int = 1) -> Config:
    """One listener that trusts this computer as a proxy."""
    return office(
        listener(security=security, proxy=Proxy(mode=mode, trusted=HERE, timeout=timeout))
    )


async def peer_of_the_only_session(service: MailService) -> str:
    (view,) = await service.sessions()
    return view.peer


@pytest.mark.parametrize(("header", "peer"), HEADERS.values(), ids=HEADERS.keys())
@pytest.mark.parametrize("mode", [ProxyMode.REQUIRED, ProxyMode.OPTIONAL])
async def test_a_header_names_the_client(
    service: MailService, connect: Connect, mode: ProxyMode, header: bytes, peer: str
) -> None:
    await apply(service, behind(mode))
    client = await connect()
    client.writer.write(header)
    assert (await client.sign_in()).startswith("+OK")
    assert (await peer_of_the_only_session(service)).startswith(peer)


@pytest.mark.parametrize("header", [V1, v2("192.0.2.7", "198.51.100.1", more=TLV)])
async def test_a_handshake_may_come_in_one_piece_with_the_header(
    service: MailService, connect: Connect, header: bytes
) -> None:
    await apply(service, behind(ProxyMode.REQUIRED, Security.TLS))
    client = await connect()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = anybody().wrap_bio(incoming, outgoing)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    client.writer.write(header + outgoing.read())
    async with asyncio.timeout(10):
        while True:
            incoming.write(await client.reader.read(65_536))
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                client.writer.write(outgoing.read())
        client.writer.write(outgoing.read())
        while True:
            try:
                assert tls.read(3) == b"+OK"
                break
            except ssl.SSLWantReadError:
                incoming.write(await client.reader.read(65_536))
    assert await peer_of_the_only_session(service) == "192.0.2.7:56324"


async def test_a_client_behind_a_proxy_may_change_to_tls(
    service: MailService, connect: Connect
) -> None:
    await apply(service, behind(ProxyMode.REQUIRED))
    client = await connect()
    client.writer.write(V1)
    assert (await client.line()).startswith("+OK")
    assert (await client.say("STLS")).startswith("+OK")
    await client.secure()
    assert (await client.say("USER ann")).startswith("+OK")
    assert (await client.say(f"PASS {PASSWORD}")).startswith("+OK")
    (view,) = await service.sessions()
    assert (view.peer, view.secure[:3]) == ("192.0.2.7:56324", "TLS")


async def test_where_it_is_optional_a_silent_client_is_greeted_when_the_time_is_up(
    service: MailService, connect: Connect
) -> None:
    await apply(service, behind(ProxyMode.OPTIONAL, timeout=1))
    begun = time.monotonic()
    client = await connect()
    assert (await client.line()).startswith("+OK")
    assert 0.8 < time.monotonic() - begun < 5
    assert (await client.say("USER ann")).startswith("+OK")
    assert (await peer_of_the_only_session(service)).startswith("127.0.0.1:")


@pytest.mark.parametrize("first", ["CAPA", "PASS early", "QUIT"])
async def test_where_it_is_optional_a_client_that_talks_at_once_is_heard(
    service: MailService, connect: Connect, first: str
) -> None:
    await apply(service, behind(ProxyMode.OPTIONAL, timeout=60))
    client = await connect()
    client.send(first)
    assert (await client.line()).startswith("+OK")
    reply = await client.line()
    assert reply.startswith("-ERR" if first == "PASS early" else "+OK")


async def test_what_began_like_a_header_is_not_lost_when_it_turns_out_to_be_none(
    service: MailService, connect: Connect
) -> None:
    await apply(service, behind(ProxyMode.OPTIONAL, timeout=60))
    client = await connect()
    for piece in (b"P", b"ASS", b" early\r\n"):
        client.writer.write(piece)
        await client.writer.drain()
        await asyncio.sleep(0.1)
    assert (await client.line()).startswith("+OK")
    assert (await client.line()).startswith("-ERR")


BEGINNINGS = {
    "nothing": b"",
    "v1": V1[:20],
    "v2": V2_SIGNATURE,
    "v2 without a body": V2_SIGNATURE + b"\x21\x11\x00\x0c",
}


@pytest.mark.parametrize("begin", BEGINNINGS.values(), ids=BEGINNINGS.keys())
async def test_a_header_that_is_never_finished_ends_in_time_and_costs_nothing_meanwhile(
    service: MailService, connect: Connect, begin: bytes
) -> None:
    await apply(service, behind(ProxyMode.REQUIRED, timeout=1))
    for half_closed in (False, True):
        client = await connect()
        client.writer.write(begin)
        if half_closed:
            client.writer.write_eof()
        spent, begun = time.process_time(), time.monotonic()
        assert await ended(client)
        assert time.monotonic() - begun < 5
        # A loop that spins on what it has seen already burns the whole second.
        assert time.process_time() - spent < 0.5
    assert {one.reason for one in service.refusals()} == {RefusalReason.PROXY_HEADER}


@pytest.mark.parametrize("begin", BEGINNINGS.values(), ids=BEGINNINGS.keys())
async def test_a_reset_in_the_middle_of_a_header_leaves_nothing_behind(
    service: MailService, begin: bytes
) -> None:
    await apply(service, behind(ProxyMode.REQUIRED, timeout=60))
    host, _, port = service.listeners()[0].address.rpartition(":")
    before = descriptors()
    for _ in range(20):
        with socket.create_connection((host, int(port))) as sock:
            sock.sendall(begin)
            await asyncio.sleep(0.01)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await until(lambda: service.status().counters.refused == 20)
    await until(lambda: descriptors() <= before)


@pytest.mark.parametrize("begin", BEGINNINGS.values(), ids=BEGINNINGS.keys())
async def test_a_reset_that_came_before_the_header_was_looked_at_is_noticed(
    service: MailService, begin: bytes
) -> None:
    await apply(service, behind(ProxyMode.REQUIRED, timeout=60))
    host, _, port = service.listeners()[0].address.rpartition(":")
    await service.pause()
    with socket.create_connection((host, int(port))) as sock:
        sock.sendall(begin)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await service.resume()
    await until(lambda: service.status().counters.refused == 1)


async def test_a_server_that_stops_leaves_no_socket_open_that_waits_for_its_header(
    service: MailService, connect: Connect
) -> None:
    await apply(service, behind(ProxyMode.REQUIRED, timeout=60))
    clients = [await connect() for _ in range(5)]
    for client in clients:
        client.writer.write(V1[:20])
        await client.writer.drain()
    await asyncio.sleep(0.1)
    await service.stop(grace=0.5)
    for client in clients:
        assert await ended(client)
    gc.collect()  # a socket nobody closed would warn here


async def ended(client: Client) -> bool:
    """Whether the server closed without a word."""
    try:
        return await client.rest() == b""
    except ConnectionResetError:
        return True
