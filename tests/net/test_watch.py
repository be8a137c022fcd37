"""A watch over real sockets: who is ready is called, who was let go of is not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from functools import partial

import pytest

from server_core.net.watch import Watch, watch_for
from tests.net.conftest import PATIENCE

MANY = 300  # more than are served at once


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    one.setblocking(False)
    with one, other:
        yield one, other


@pytest.fixture
async def watch() -> Watch:
    return watch_for(asyncio.get_running_loop())


async def test_a_reader_is_called_as_long_as_there_is_something_to_read(
    watch: Watch, pair: tuple[socket.socket, socket.socket]
) -> None:
    one, other = pair
    read = bytearray()
    done = asyncio.Event()

    def ready() -> None:
        read.extend(one.recv(1))
        if len(read) == 3:
            done.set()

    watch.add_reader(one.fileno(), ready)
    other.sendall(b"abc")
    await asyncio.wait_for(done.wait(), PATIENCE)
    assert read == b"abc"
    watch.remove_reader(one.fileno())


async def test_reading_and_writing_are_watched_and_let_go_of_apart(
    watch: Watch, pair: tuple[socket.socket, socket.socket]
) -> None:
    one, other = pair
    written, heard = asyncio.Event(), asyncio.Event()
    called: list[str] = []

    def writable() -> None:
        called.append("write")
        watch.remove_writer(one.fileno())
        written.set()

    def readable() -> None:
        called.append("read")
        one.recv(100)
        heard.set()

    watch.add_reader(one.fileno(), readable)
    watch.add_writer(one.fileno(), writable)
    await asyncio.wait_for(written.wait(), PATIENCE)
    other.sendall(b"x")
    await asyncio.wait_for(heard.wait(), PATIENCE)
    watch.remove_reader(one.fileno())
    other.sendall(b"y")
    await asyncio.sleep(0.05)
    assert called == ["write", "read"]


async def test_who_was_let_go_of_in_the_same_moment_is_not_called(watch: Watch) -> None:
    pairs = [socket.socketpair() for _ in range(2)]
    called: list[int] = []

    def ready(number: int) -> None:
        called.append(number)
        for one, _ in pairs:
            watch.remove_reader(one.fileno())

    for number, (one, other) in enumerate(pairs):
        watch.add_reader(one.fileno(), partial(ready, number))
        other.sendall(b"x")
    await asyncio.sleep(0.05)
    assert len(called) == 1
    for one, other in pairs:
        one.close()
        other.close()


async def test_a_crowd_that_is_ready_at_once_is_served_whole(watch: Watch) -> None:
    pairs = [socket.socketpair() for _ in range(MANY)]
    served: set[int] = set()
    everybody = asyncio.Event()

    def ready(sock: socket.socket) -> None:
        sock.recv(100)
        served.add(sock.fileno())
        if len(served) == len(pairs):
            everybody.set()

    for one, other in pairs:
        watch.add_reader(one.fileno(), partial(ready, one))
        other.sendall(b"x")
    await asyncio.wait_for(everybody.wait(), PATIENCE)
    for one, other in pairs:
        watch.remove_reader(one.fileno())
        one.close()
        other.close()


async def test_a_connection_that_is_gone_is_ready_to_read(
    watch: Watch, pair: tuple[socket.socket, socket.socket]
) -> None:
    one, other = pair
    heard = asyncio.Event()

    def ready() -> None:
        watch.remove_reader(one.fileno())
        heard.set()

    watch.add_reader(one.fileno(), ready)
    other.close()
    await asyncio.wait_for(heard.wait(), PATIENCE)
