"""The server tries itself with a mailbox of its own, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import poplib
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server_core.config.admission import Flow, ServiceAccess
from server_core.config.listening import Proxy, ProxyMode
from server_core.config.model import Security
from server_core.config.signing_in import Method
from server_core.events.types import Level
from server_core.events.views import ListenerView
from server_core.net.probe_client import Client
from server_core.net.probe_sign_in import NotTried, sign_in
from server_core.net.visit import Visit, sweep_visits
from server_core.protocol.actions import Secret
from server_core.service import MailService
from tests.net.conftest import apply, listener, office, until

TO_THE_MAIL = ["Sign-in", "List", "Fetch", "Sign-off"]


@contextlib.contextmanager
def visiting(service: MailService) -> Iterator[Visit]:
    """A visit to this server, over at the end."""
    visit = service._running().visit()
    try:
        yield visit
    finally:
        visit.close()


@pytest.fixture
async def visit(service: MailService) -> AsyncIterator[Visit]:
    with visiting(service) as made:
        yield made


def door(service: MailService) -> ListenerView:
    return service.listeners()[0]


def left_over(service: MailService) -> list[Path]:
    return list(service.home.mail.glob(".visit-*"))


@pytest.mark.parametrize("security", Security)
async def test_a_message_is_listed_and_fetched_at_every_kind_of_listener(
    service: MailService, security: Security
) -> None:
    await apply(service, office(listener("tried", security)))
    steps = await service.try_listener("tried")
    assert [step.name for step in steps][-4:] == TO_THE_MAIL
    assert all(step.passed and not step.skipped for step in steps)
    assert steps[-4].words == "signed in with USER and PASS"
    assert left_over(service) == []


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (Method.PLAIN, "signed in with PLAIN"),
        (Method.SCRAM_SHA_1, "signed in with SCRAM-SHA-1"),
        (Method.SCRAM_SHA_256, "signed in with SCRAM-SHA-256"),
    ],
)
async def test_a_method_is_used_that_the_listener_allows(
    service: MailService, method: Method, words: str
) -> None:
    only = {"plain_methods": (method,), "secure_methods": (method,)}
    await apply(service, office(listener("tried", Security.TLS), **only))
    # SCRAM is offered as soon as its keys are kept for somebody.
    await service.set_password("ann", "another password")
    await service._running().keep_house()
    steps = await service.try_listener("tried")
    assert [step.words for step in steps if step.name == "Sign-in"] == [words]
    assert steps[-1].passed


async def test_a_method_that_takes_no_password_is_not_tried_and_told(service: MailService) -> None:
    await apply(service, office(listener("tried", Security.NONE), plain_methods=()))
    *_, sign_in, off = await service.try_listener("tried")
    assert sign_in.skipped and sign_in.passed and off.name == "Sign-off"
    assert sign_in.words == "no method is offered here"


def test_methods_that_take_no_password_are_named() -> None:
    client = Client("127.0.0.1", 0, 1.0)
    client.capabilities = ("UIDL", "SASL GSSAPI EXTERNAL")
    with pytest.raises(NotTried, match="only GSSAPI, EXTERNAL is offered"):
        sign_in(client, "somebody", Secret(b"a secret"))


async def test_nobody_notices_a_visit(service: MailService) -> None:
    await service.sessions()
    before = service.status()
    past = service.history()
    ring = service.watch(Level.up_to(Level.PROTOCOL) | Level.PROGRESS)
    for _ in range(2):
        await service.try_listener("pop3")
    after = service.status()
    assert ring.drain().events == []
    service.unwatch(ring)
    assert after.counters == before.counters
    assert service.history() == past and await service.sessions() == ()
    assert [view.name for view in await service.accounts()] == ["ann@localhost"]
    assert all(view.uses == 0 for view in service.methods())
    assert await service.check(repair=False) == ()


async def test_a_full_house_is_not_fuller_for_a_visit(service: MailService) -> None:
    flow = Flow(max_connections=1, max_new=1)
    await apply(service, office(listener(), flow=flow))
    for _ in range(3):
        assert (await service.try_listener("pop3"))[-1].passed
    mine = await asyncio.to_thread(
        poplib.POP3, "127.0.0.1", int(door(service).address.split(":")[1])
    )
    assert mine.getwelcome().startswith(b"+OK")
    # Somebody is in now, and a visit still finds its way.
    assert (await service.try_listener("pop3"))[-1].passed
    await asyncio.to_thread(mine.quit)


async def test_nobody_else_signs_in_as_the_guest(service: MailService, visit: Visit) -> None:
    await asyncio.to_thread(visit.sign_in, door(service))
    guest = visit._prepared().guest

    def stranger() -> bytes:
        client = poplib.POP3("127.0.0.1", int(door(service).address.split(":")[1]))
        client.user(guest.user)
        with pytest.raises(poplib.error_proto) as refused:
            client.pass_(guest.password.reveal().decode())
        client.close()
        return bytes(refused.value.args[0])

    assert b"[AUTH]" in await asyncio.to_thread(stranger)


async def test_the_password_is_written_nowhere(service: MailService, visit: Visit) -> None:
    await asyncio.to_thread(visit.sign_in, door(service))
    password = visit._prepared().guest.password.reveal()
    files = [path for path in service.home.root.rglob("*") if path.is_file()]
    assert any(".visit-" in str(path) for path in files)
    assert not [path for path in files if password in path.read_bytes()]


async def test_what_went_wrong_inside_is_told(service: MailService, visit: Visit) -> None:
    await asyncio.to_thread(visit.sign_in, door(service))
    mailbox = visit._prepared()
    for path in service.home.mail.glob(".visit-*/mail/*/messages/**/*"):
        if path.is_file():
            path.unlink()
    *_, last = await asyncio.to_thread(visit.sign_in, door(service))
    assert (last.name, last.passed) == ("Fetch", False)
    assert any("storage error on message 1" in line for line in last.noted)
    assert mailbox.guest.user not in str(service.history())


async def test_a_connection_of_the_visit_is_received_once(
    service: MailService, visit: Visit
) -> None:
    """What was announced and never came does not wait for somebody else at that port."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        gone = f"127.0.0.1:{deaf.getsockname()[1]}"
    await asyncio.to_thread(
        visit.look, dataclasses.replace(door(service), address=gone), patience=0.5
    )
    assert all(board.announced == {} for _, board in service._running()._boards)
    await asyncio.to_thread(visit.look, door(service))
    assert all(board.announced == {} for _, board in service._running()._boards)


@pytest.mark.parametrize("mode", [ProxyMode.OPTIONAL, ProxyMode.REQUIRED])
@pytest.mark.parametrize("security", [Security.NONE, Security.TLS])
async def test_a_listener_that_trusts_this_computer_as_a_proxy_hears_one(
    service: MailService, mode: ProxyMode, security: Security
) -> None:
    proxy = Proxy(mode=mode, trusted=("127.0.0.0/8",), timeout=60)
    await apply(service, office(listener("tried", security, proxy=proxy)))
    steps = await service.try_listener("tried")
    assert steps[-1].name == "Sign-off" and steps[-1].passed
    assert sum(step.seconds for step in steps) < 30
    assert service.status().counters.connections == 0


async def test_rules_decide_about_a_visit_too(service: MailService) -> None:
    access = ServiceAccess.model_validate({"rules": [{"action": "deny", "address": "127.0.0.1"}]})
    await apply(service, office(listener(), access=access))
    *_, last = await service.try_listener("pop3")
    assert (last.name, last.passed) == ("Greeting", False)
    assert service.status().counters.refused == 0


def test_what_a_killed_visit_left_behind_is_swept(tmp_path: Path) -> None:
    left, mailbox = tmp_path / ".visit-1234", tmp_path / "ann-1a2b"
    (left / "mail").mkdir(parents=True)
    mailbox.mkdir()
    sweep_visits(tmp_path)
    assert list(tmp_path.iterdir()) == [mailbox]


async def test_a_process_that_dies_during_a_visit_leaves_nothing_for_good(
    service: MailService,
) -> None:
    await service.stop()
    code = "import os, pathlib, sys; from server_core.net.visit import Mailbox"
    code += "; mailbox = Mailbox(pathlib.Path(sys.argv[1])); os._exit(9)"
    left = service.home.mail / ".visit-1234"
    died = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, str(left)])
    assert died.returncode == 9 and any(left.rglob("messages/**/*"))
    await service.start()
    assert not left.exists()
    assert await service.check(repair=False) == ()


async def test_visits_do_not_disturb_each_other(service: MailService) -> None:
    each = await asyncio.gather(*(service.try_listener("pop3") for _ in range(4)))
    assert all(steps[-1].passed for steps in each)
    assert left_over(service) == []


async def test_the_server_stops_although_it_is_being_visited(service: MailService) -> None:
    trying = asyncio.create_task(service.try_listener("pop3"))
    await until(lambda: bool(left_over(service)))
    await service.stop(grace=0.0)
    await asyncio.gather(trying, return_exceptions=True)
    assert left_over(service) == []
