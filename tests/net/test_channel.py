"""A channel over a real socket: nothing is lost, doubled or left open."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from server_core.certificates.store import CertificateStore
from server_core.config.listening import Tls
from server_core.net.channel import Channel
from server_core.net.session_loop import SessionLoop
from server_core.net.tls_options import context_for
from server_core.net.watch import Watch, watch_for
from tests.net.conftest import PATIENCE, anybody

# No two places look alike, so that octets out of order are noticed.
LARGE = b"".join(b"%09d," % number for number in range(300_000))


class Recorder:
    """Notes what a channel tells."""

    def __init__(self) -> None:
        self.received = b""
        self.told: list[str] = []
        self.problem: Exception | None = None
        self.happened = {
            name: threading.Event() for name in ("secured", "drained", "lost", "eof", "progressed")
        }

    def data_received(self, data: bytes) -> None:
        self.received += data

    def eof_received(self) -> None:
        self.happened["eof"].set()

    def progressed(self) -> None:
        self.happened["progressed"].set()

    def drained(self) -> None:
        self.happened["drained"].set()

    def secured(self) -> None:
        self.happened["secured"].set()

    def channel_lost(self, problem: Exception | None) -> None:
        self.problem = problem
        self.told.append("lost")
        self.happened["lost"].set()

    def wait(self, what: str) -> None:
        assert self.happened[what].wait(PATIENCE), f"never {what}"


class WatchedLoop(SessionLoop):
    """A session loop and what watches its sockets."""

    watch: Watch


@pytest.fixture(params=["best", "loop"])
def loop(loop_kind: str, request: pytest.FixtureRequest) -> Iterator[WatchedLoop]:
    loop = WatchedLoop()
    assert (loop.kind == "asyncio") == (loop_kind == "asyncio")
    loop.start()
    best = loop.call(watch_for, loop.loop).result(PATIENCE)
    loop.watch = best if request.param == "best" else loop.loop
    yield loop
    loop.stop()


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    store = CertificateStore(tmp_path_factory.mktemp("certificate"))
    store.ensure_own(["localhost"])
    return context_for(store.path(""), Tls())


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A server's end, with little room for what is sent, and a client's."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(PATIENCE)
        client.connect(listening.getsockname())
        server, _ = listening.accept()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    server.setblocking(False)
    yield server, client
    client.close()


def all_of(sock: socket.socket) -> bytes:
    received = bytearray()
    while octets := sock.recv(8192):
        received += octets
    return bytes(received)


def opened(
    loop: WatchedLoop, server: socket.socket, *, read: bool = True
) -> tuple[Channel, Recorder]:
    recorder = Recorder()
    channel = Channel(loop.loop, loop.watch, server, recorder)
    if read:
        loop.call(channel.resume_reading).result(PATIENCE)
    return channel, recorder


def secured(
    loop: WatchedLoop, server: socket.socket, client: socket.socket, context: ssl.SSLContext
) -> tuple[Channel, Recorder, ssl.SSLSocket]:
    channel, recorder = opened(loop, server, read=False)
    loop.call(channel.start_tls, context).result(PATIENCE)
    # An end without close_notify is an error to this client.
    inside = anybody().wrap_socket(client, suppress_ragged_eofs=False)
    recorder.wait("secured")
    loop.call(channel.resume_reading).result(PATIENCE)
    return channel, recorder, inside


Pair = tuple[socket.socket, socket.socket]


def test_all_octets_arrive_before_the_close(loop: WatchedLoop, pair: Pair) -> None:
    server, client = pair
    channel, recorder = opened(loop, server)
    assert loop.call(channel.write, LARGE).result(PATIENCE) is False
    assert loop.call(channel.write, b"the end").result(PATIENCE) is False
    loop.call(channel.close).result(PATIENCE)
    assert not recorder.happened["lost"].is_set()
    assert all_of(client) == LARGE + b"the end"
    recorder.wait("lost")
    assert recorder.problem is None


def test_all_octets_arrive_before_the_close_under_tls(
    loop: WatchedLoop, pair: Pair, context: ssl.SSLContext
) -> None:
    channel, recorder, client = secured(loop, *pair, context)
    with client:
        assert loop.call(channel.write, LARGE).result(PATIENCE) is False
        assert loop.call(channel.write, b"the end").result(PATIENCE) is False
        loop.call(channel.close).result(PATIENCE)
        assert all_of(client) == LARGE + b"the end"
        recorder.wait("lost")
        assert recorder.problem is None


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_slow_reader_makes_progress_that_is_told(
    loop: WatchedLoop, pair: Pair, context: ssl.SSLContext, encrypted: bool
) -> None:
    if encrypted:
        channel, recorder, client = secured(loop, *pair, context)
    else:
        channel, recorder = opened(loop, pair[0])
        client = pair[1]  # type: ignore[assignment]
    with client:
        loop.call(channel.write, LARGE).result(PATIENCE)
        taken = bytearray()
        while not recorder.happened["progressed"].is_set():
            taken += client.recv(8192)
        assert len(taken) < len(LARGE)
        assert not recorder.happened["drained"].is_set()
        while len(taken) < len(LARGE):
            taken += client.recv(65_536)
        assert taken == LARGE
        recorder.wait("drained")
        loop.call(channel.close).result(PATIENCE)
        recorder.wait("lost")


def test_many_tls_records_in_one_go_are_all_read(
    loop: WatchedLoop, pair: Pair, context: ssl.SSLContext
) -> None:
    channel, recorder, client = secured(loop, *pair, context)
    with client:
        client.settimeout(PATIENCE)
        for number in range(2000):
            client.sendall(b"%04d" % number)
        client.sendall(LARGE[:200_000])
        client.shutdown(socket.SHUT_WR)
        recorder.wait("eof")
        expected = b"".join(b"%04d" % number for number in range(2000)) + LARGE[:200_000]
        assert recorder.received == expected
        loop.call(channel.close).result(PATIENCE)
        recorder.wait("lost")


def test_an_end_in_the_middle_of_the_handshake_is_a_loss(
    loop: WatchedLoop, pair: Pair, context: ssl.SSLContext
) -> None:
    server, client = pair
    channel, recorder = opened(loop, server, read=False)
    loop.call(channel.start_tls, context).result(PATIENCE)
    client.sendall(b"\x16\x03\x01\x02\x00\x01")
    client.shutdown(socket.SHUT_WR)
    recorder.wait("lost")
    assert isinstance(recorder.problem, ssl.SSLError)
    assert server.fileno() == -1
    assert channel.tls is None


def test_abort_loses_what_is_kept_and_tells_once(loop: WatchedLoop, pair: Pair) -> None:
    server, client = pair
    channel, recorder = opened(loop, server)
    loop.call(channel.write, LARGE).result(PATIENCE)
    for _ in range(3):
        loop.call(channel.abort).result(PATIENCE)
    recorder.wait("lost")
    assert len(all_of(client)) < len(LARGE)
    loop.call(lambda: None).result(PATIENCE)
    assert recorder.told == ["lost"]
    assert loop.call(channel.write, b"too late").result(PATIENCE) is True


def reset(client: socket.socket) -> None:
    """Close so that the server sees a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def test_a_reset_in_the_middle_of_a_write_is_a_loss(loop: WatchedLoop, pair: Pair) -> None:
    server, client = pair
    channel, recorder = opened(loop, server)
    loop.call(channel.write, LARGE).result(PATIENCE)
    reset(client)
    recorder.wait("lost")
    assert isinstance(recorder.problem, ConnectionError)
    assert channel.is_drained


def test_a_reset_before_the_handshake_leaves_its_neighbour_alone(
    loop: WatchedLoop, pair: Pair, context: ssl.SSLContext
) -> None:
    fcntl = pytest.importorskip("fcntl")
    server, client = pair
    number = server.fileno()
    reset(client)
    channel, recorder = opened(loop, server, read=False)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    def begin_and_meet_the_neighbour() -> tuple[Channel, Recorder]:
        channel.start_tls(context)
        # The neighbour gets the number of the socket that has just been closed.
        neighbour = socket.socket(fileno=_moved_to(fcntl, number, ours))
        neighbour.setblocking(False)
        recorder = Recorder()
        other = Channel(loop.loop, loop.watch, neighbour, recorder)
        other.resume_reading()
        return other, recorder

    other, heard = loop.call(begin_and_meet_the_neighbour).result(PATIENCE)
    recorder.wait("lost")
    with theirs:
        theirs.sendall(b"still here")
        theirs.shutdown(socket.SHUT_WR)
        heard.wait("eof")
        assert heard.received == b"still here"
    loop.call(other.close).result(PATIENCE)
    heard.wait("lost")


def _moved_to(fcntl: Any, number: int, sock: socket.socket) -> int:
    """Give the socket this number if it is free."""
    moved = int(fcntl.fcntl(sock.fileno(), fcntl.F_DUPFD_CLOEXEC, number))
    sock.close()
    return moved
