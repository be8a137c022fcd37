"""Two thousand clients that never finish a line or a handshake keep nobody from their mail."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import median

import psutil
import pytest

from server_core.config.file import save
from server_core.config.model import Config, Security
from server_core.events.reasons import CloseReason
from server_core.home import Home
from server_core.net import session
from server_core.service import MailService
from tests.faults.conftest import deliver, until
from tests.faults.conversation import PASSWORD
from tests.faults.server import Server

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="needs thousands of descriptors"),
]

STRANGERS = 2_000
CLIENTS = 50
POLLS = 4
MOST_FOR_ONE = 50_000
ROOM = {
    "pop3.flow.max_connections": 3_000,
    "pop3.flow.max_connections_per_peer": 3_000,
    "pop3.flow.max_new": 0,
    "pop3.flow.max_new_per_peer": 0,
    "pop3.accounts.connections": 0,
    "pop3.listeners.pop3s": {"address": "127.0.0.1:0", "security": "tls"},
}


def hello() -> bytes:
    """The first flight of a handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        context.wrap_bio(incoming, outgoing).do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake without the other side")


class Strangers:
    """A third never finishes a line, a third a handshake at once, a third one after STLS."""

    def __init__(self, pop3: int, pop3s: int, count: int) -> None:
        self._ports = (pop3, pop3s, pop3)
        self._first = hello()
        self._ending = threading.Event()
        self.sockets: list[socket.socket] = []
        self.words: list[bytes] = []
        for number in range(count):
            self._add(number % 3)
        self._thread = threading.Thread(target=self._drip)

    def _add(self, kind: int) -> None:
        stranger = socket.create_connection(("127.0.0.1", self._ports[kind]), 20)
        self.sockets.append(stranger)
        self.words.append(b"USER " + b"a" * 200 if kind == 0 else self._first)
        if kind == 2:
            stranger.sendall(b"STLS\r\n")

    def _drip(self) -> None:
        """One octet a second each, spread over the second."""
        for at in range(10_000):
            for begin in range(0, len(self.sockets), 100):
                together = slice(begin, begin + 100)
                for one, words in zip(self.sockets[together], self.words[together], strict=True):
                    try:
                        one.send(words[at : at + 1])
                    except OSError:
                        continue  # the server has had enough of this one
                if self._ending.wait(100 / len(self.sockets)):
                    return

    def __enter__(self) -> Strangers:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._ending.set()
        self._thread.join()
        for one in self.sockets:
            one.close()


async def _poll(port: int) -> float:
    """One real client comes, reads its mail and goes; gives how long that took."""
    begun = time.perf_counter()
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert (await reader.readline()).startswith(b"+OK")
        for line in ("USER ann", f"PASS {PASSWORD}", "STAT", "RETR 1"):
            writer.write(f"{line}\r\n".encode())
            assert (await reader.readline()).startswith(b"+OK")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"QUIT\r\n")
        assert (await reader.read()).startswith(b"+OK")
        writer.close()
    return time.perf_counter() - begun


def polls(port: int) -> list[float]:
    """Fifty real clients at a time, a few times; the next come once all of them have gone."""

    async def all_of_them() -> list[list[float]]:
        return [await asyncio.gather(*(_poll(port) for _ in range(CLIENTS))) for _ in range(POLLS)]

    return [seconds for together in asyncio.run(all_of_them()) for seconds in together]


def ports(server: Server) -> tuple[int, int]:
    """Of the listener for all, and of the one with implicit TLS."""
    found = {view.name: view.address for view in server.ask("listeners")}
    pop3, pop3s = (int(found[name].rpartition(":")[2]) for name in ("pop3", "pop3s"))
    return pop3, pop3s


def test_real_clients_read_their_mail_among_two_thousand_slow_strangers(server: Server) -> None:
    server.ask("change_config", edits=ROOM)
    deliver(server, 1_000)
    pop3, pop3s = ports(server)
    process = psutil.Process(server.process.pid)
    quiet = median(polls(pop3))
    before = process.memory_info().rss
    with Strangers(pop3, pop3s, STRANGERS):
        until(lambda: server.ask("status").sessions == STRANGERS)
        loud = median(polls(pop3))
        grown = process.memory_info().rss - before
        assert server.ask("status").sessions == STRANGERS
    assert loud < 3 * quiet + 0.05
    assert grown < STRANGERS * MOST_FOR_ONE
    until(lambda: server.ask("status").sessions == 0)


async def test_slow_strangers_end_in_time_and_their_places_are_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "HANDSHAKE_SECONDS", 1)
    service = MailService(Home(tmp_path / "home"))
    service.home.prepare()
    patience = {"address": "127.0.0.1:0", "idle_timeout": 2}
    listeners = [
        {"name": "pop3", "security": Security.STARTTLS, **patience},
        {"name": "pop3s", "security": Security.TLS, **patience},
    ]
    flow = {"max_connections": 30, "max_connections_per_peer": 30}
    config = Config.model_validate({"pop3": {"listeners": listeners, "flow": flow}})
    await asyncio.to_thread(save, service.home.config_file, config)
    await service.start()
    try:
        found = [int(view.address.rpartition(":")[2]) for view in service.listeners()]
        pop3, pop3s = found
        strangers = await asyncio.to_thread(Strangers, pop3, pop3s, 30)
        with strangers:
            await asyncio.to_thread(until, lambda: len(service.history()) == 30)
            assert service.status().sessions == 0
            reasons = Counter(one.reason for one in service.history())
            assert reasons == {CloseReason.TLS_FAILED: 20, CloseReason.IDLE_TIMEOUT: 10}
            meters = {(meter.scope, meter.limit): meter for meter in service.meters()}
            assert meters["POP3", "max_connections"].used == 0
            assert meters["POP3", "max_connections"].peak == 30
            reader, writer = await asyncio.open_connection("127.0.0.1", pop3)
            assert (await reader.readline()).startswith(b"+OK")
            writer.close()
    finally:
        await service.stop(grace=0.5)
