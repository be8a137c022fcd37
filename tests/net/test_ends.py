"""How sessions end when somebody is gone, stalls or breaks: nothing leaks, the truth is told."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from server_core.accounts.directory import Directory
from server_core.config.model import Security
from server_core.events.reasons import CloseReason
from server_core.events.types import (
    HandshakeFailed,
    Level,
    Noticed,
    SessionClosed,
    SessionsProgressed,
    StoreFailed,
)
from server_core.events.views import SessionState
from server_core.net import acceptor, session
from server_core.net.channel import Channel
from server_core.protocol.engine import Engine
from server_core.service import MailService
from server_core.store.file_store import FileStore
from server_core.store.mailbox import Mailbox
from server_core.store.readers import FileReader
from server_core.store.snapshot import Snapshot
from tests.net.conftest import (
    PASSWORD,
    Client,
    Connect,
    apply,
    deliver,
    descriptors,
    listener,
    office,
    until,
)

SMALL = b"Subject: one\r\n\r\nend\r\n"
LARGE = b"Subject: large\r\n\r\n" + (b"x" * 70 + b"\r\n") * 100_000


class Gate:
    """Holds a method's callers until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()
        method: Callable[..., Any] = getattr(owner, name)

        def held(*args: Any, **named: Any) -> Any:
            self.entered.set()
            assert self.open.wait(10)
            return method(*args, **named)

        monkeypatch.setattr(owner, name, held)

    async def reached(self) -> None:
        assert await asyncio.to_thread(self.entered.wait, 10)


def vanish(client: Client) -> None:
    """Go with a reset, as a machine that lost its power and its network would seem to."""
    sock = client.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.writer.transport.abort()


async def gone(service: MailService) -> None:
    await until(lambda: service.status().sessions == 0)


def pins(service: MailService) -> list[int]:
    """How often each mailbox in memory is held."""
    premises = service._premises
    assert premises is not None
    mailboxes: list[Mailbox] = list(premises.store._mailboxes.values())
    return [mailbox._pins for mailbox in mailboxes]


@pytest.fixture
def held(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    # A mailbox that is in memory is opened without a worker.
    monkeypatch.setattr(FileStore, "open_cached", lambda *_: None)
    gate = Gate(monkeypatch, *request.param)
    yield gate
    gate.open.set()


@pytest.mark.parametrize(
    "held", [(Directory, "verify"), (FileStore, "open")], indirect=True, ids=["verify", "open"]
)
async def test_a_client_that_goes_while_it_signs_in_leaves_nothing(
    service: MailService, connect: Connect, held: Gate
) -> None:
    before = descriptors()
    client = await connect()
    client.send("USER ann", f"PASS {PASSWORD}")
    await held.reached()
    vanish(client)
    held.open.set()
    await gone(service)
    assert all(count == 0 for count in pins(service))
    await until(lambda: descriptors() <= before + 4)  # the mailbox's index stays open a while
    assert service.history()[0].reason is CloseReason.CLIENT_CLOSED


@pytest.mark.parametrize("held", [(Snapshot, "remove")], indirect=True)
async def test_a_client_that_goes_while_its_mail_is_removed_is_told_of_truly(
    service: MailService, connect: Connect, held: Gate
) -> None:
    await deliver(service, SMALL)
    client = await connect()
    await client.sign_in()
    client.send("DELE 1", "QUIT")
    await held.reached()
    vanish(client)
    held.open.set()
    await gone(service)
    assert pins(service) == [0]
    (past,) = service.history()
    assert past.removed == 1
    assert await service.messages("ann") == ()
    assert service.status().counters.removed == 1


@pytest.mark.parametrize("held", [(FileReader, "read")], indirect=True)
async def test_a_client_that_goes_while_a_cold_message_is_read_is_no_fault_of_the_store(
    service: MailService, connect: Connect, held: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileReader, "read_cached", lambda *_: None)
    ring = service.watch(Level.up_to(Level.INFO))
    await deliver(service, LARGE)
    client = await connect()
    await client.sign_in()
    before = descriptors()
    client.send("RETR 1")
    await held.reached()
    vanish(client)
    held.open.set()
    await gone(service)
    await until(lambda: descriptors() <= before)
    kinds = {type(event) for event in ring.drain().events}
    assert SessionClosed in kinds
    assert not {StoreFailed, Noticed} & kinds


async def test_a_handshake_that_is_never_finished_is_ended(
    service: MailService, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "HANDSHAKE_SECONDS", 0.2)
    ring = service.watch(Level.ERROR)
    await apply(service, office(listener(security=Security.TLS)))
    client = await connect()
    assert await client.rest() == b""
    await gone(service)
    (event,) = [e for e in ring.drain().events if isinstance(e, HandshakeFailed)]
    assert event.problem == "the handshake was not finished in time"
    assert service.history()[0].reason is CloseReason.TLS_FAILED


async def test_who_takes_nothing_is_idle(service: MailService, connect: Connect) -> None:
    await deliver(service, LARGE)
    client = await connect()
    await client.sign_in()
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    client.send(*["RETR 1"] * 8)
    await until(lambda: service.status().counters.sent_octets > 100_000)
    await apply(service, office(listener(idle_timeout=1)))
    await gone(service)
    assert service.history()[0].reason is CloseReason.IDLE_TIMEOUT


async def test_an_idle_timeout_of_zero_is_none(service: MailService, connect: Connect) -> None:
    await apply(service, office(listener(idle_timeout=0)))
    client = await connect()
    await client.sign_in()
    (board,) = [board for _, board in service._plane._boards]  # type: ignore[union-attr]
    (live,) = board.live.values()
    assert not live.is_overdue(live._active + 1e9)


async def test_stopping_waits_no_longer_than_its_grace(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, LARGE)
    client = await connect()
    await client.sign_in()
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    client.send("RETR 1", "RETR 1")
    await until(lambda: service.status().counters.sent_octets > 100_000)
    async with asyncio.timeout(3):
        await service.stop(grace=0.2)
    assert service.history()[0].reason is CloseReason.SHUTDOWN


@pytest.mark.parametrize(
    ("broken", "lines"),
    [
        ((FileStore, "open_cached"), ["USER ann", f"PASS {PASSWORD}"]),
        ((Snapshot, "read_whole_cached"), ["USER ann", f"PASS {PASSWORD}", "RETR 1"]),
        ((Snapshot, "remove"), ["USER ann", f"PASS {PASSWORD}", "DELE 1", "QUIT"]),
        ((Snapshot, "scan_listing"), ["USER ann", f"PASS {PASSWORD}", "LIST"]),
    ],
    ids=["opening", "reading", "removing", "listing"],
)
async def test_a_fault_of_ours_ends_one_session_and_is_noticed_once(
    service: MailService,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    broken: tuple[type, str],
    lines: list[str],
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    await deliver(service, SMALL)
    bystander = await connect()
    await bystander.sign_in()
    ring = service.watch(Level.up_to(Level.INFO))
    client = await connect()
    with monkeypatch.context() as patch:
        patch.setattr(*broken, fail)
        client.send(*lines)
        await client.rest()
        await until(lambda: service.status().sessions == 1)
    noticed = [event for event in ring.drain().events if isinstance(event, Noticed)]
    assert len(noticed) == 1
    assert "RuntimeError" in noticed[0].text
    assert service.history()[0].reason is CloseReason.INTERNAL_ERROR
    assert (await bystander.say("LIST")).startswith("+OK")
    assert pins(service) == [1]
    assert len(await service.messages("ann")) == 1


async def test_garbage_is_answered_before_the_close(service: MailService, connect: Connect) -> None:
    client = await connect()
    await client.line()
    client.writer.write(b"x" * 300_000)
    assert (await client.line()).startswith("-ERR")
    await gone(service)
    assert service.history()[0].reason is CloseReason.LINE_TOO_LONG


async def test_no_progress_is_told_of_a_session_that_is_over(
    service: MailService, connect: Connect
) -> None:
    ring = service.watch(Level.INFO | Level.PROGRESS)
    for _ in range(5):
        client = await connect()
        client.send("QUIT")
        await client.rest()
    stays = await connect()
    await stays.sign_in()
    await until(lambda: len(ring._events) >= 13)
    closed: set[int] = set()
    for event in ring.drain().events:
        if isinstance(event, SessionClosed):
            closed.add(event.session)
        elif isinstance(event, SessionsProgressed):
            assert not closed & {view.session for view in event.sessions}
    assert len(closed) == 5


@pytest.mark.parametrize("held", [(Directory, "verify")], indirect=True)
async def test_who_is_suspended_while_signing_in_does_not_get_in(
    service: MailService, connect: Connect, held: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = Gate(monkeypatch, FileStore, "open")
    client = await connect()
    client.send("USER ann", f"PASS {PASSWORD}")
    held.open.set()
    await opening.reached()
    await service.set_enabled("ann", False)
    opening.open.set()
    await client.rest()
    await gone(service)
    assert service.history()[0].reason is CloseReason.ACCOUNT_DISABLED


@pytest.mark.parametrize("held", [(FileStore, "open")], indirect=True)
async def test_a_session_is_seen_greeting_signing_in_and_closing(
    service: MailService, connect: Connect, held: Gate
) -> None:
    async def state() -> SessionState:
        (view,) = await service.sessions()
        return view.state

    client = await connect()
    await client.line()
    assert await state() is SessionState.GREETING
    await client.say("USER ann")
    assert await state() is SessionState.SIGNING_IN
    client.send(f"PASS {PASSWORD}")
    await held.reached()
    (view,) = await service.sessions()
    await service.disconnect(view.session)
    assert await state() is SessionState.CLOSING
    held.open.set()
    await gone(service)


async def test_nothing_is_asked_of_loops_that_ended(service: MailService, connect: Connect) -> None:
    await connect()
    stopping = asyncio.ensure_future(service.stop(grace=0.1))
    while not stopping.done():
        async with asyncio.timeout(5):
            await service.sessions()
        await asyncio.sleep(0)
    await stopping


async def test_a_listener_out_of_descriptors_goes_on_once_there_are_some(
    service: MailService, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(acceptor, "_PAUSE_SECONDS", 0.05)
    ring = service.watch(Level.ERROR)
    host, port = service.listeners()[0].address.split(":")
    client = socket.socket()
    client.setblocking(False)
    _, hard = limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (client.fileno(), hard))
    try:
        await asyncio.get_running_loop().sock_connect(client, (host, int(port)))
        await until(lambda: len(ring._events) > 1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    with client:
        greeting = await asyncio.get_running_loop().sock_recv(client, 100)
    assert greeting.startswith(b"+OK")


async def test_a_session_that_is_over_leaves_nothing_to_the_collector(
    service: MailService, connect: Connect
) -> None:
    kinds = (session.Session, Channel, Engine)
    gc.collect()
    gc.freeze()  # what an earlier test left is no business of this one
    gc.disable()
    try:
        polite, secured, silent, lost = [await connect() for _ in range(4)]
        for client in (polite, lost):
            assert (await client.sign_in()).startswith("+OK")
        await secured.line()
        await secured.say("STLS")
        await secured.secure()
        for client in (polite, secured):
            assert (await client.say("QUIT")).startswith("+OK")
        await silent.close()
        vanish(lost)
        await gone(service)
        await until(lambda: not any(type(thing) in kinds for thing in gc.get_objects()))
    finally:
        gc.enable()
        gc.unfreeze()
