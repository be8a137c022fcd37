"""Listeners come, go and fail one by one."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from server_core.config.model import Listener, Security
from server_core.events.reasons import ListenerProblem
from server_core.events.views import ListenerState, ServerState
from server_core.net.retry import FIRST_SECONDS
from server_core.service import MailService
from tests.net.conftest import PASSWORD, Connect, apply, listener, office, until


async def test_one_bad_listener_never_stops_the_others(
    service: MailService, connect: Connect
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        await apply(service, office(listener(), listener("second", address=place)))
        good, bad = service.listeners()
        assert (good.state, bad.state) == (ListenerState.LISTENING, ListenerState.FAILED)
        assert bad.problem is ListenerProblem.ADDRESS_IN_USE
        assert service.status().state is ServerState.PROBLEMS
        assert (await (await connect()).line()).startswith("+OK")
    await service.restart_listener("second")
    assert service.listeners()[1].state is ListenerState.LISTENING
    assert service.status().state is ServerState.RUNNING


async def test_a_failed_listener_is_tried_again_by_itself(service: MailService) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        await apply(service, office(listener(address=place)))
        assert service.listeners()[0].state is ListenerState.FAILED
    await until(lambda: service.state is ServerState.RUNNING)
    assert service.listeners()[0].state is ListenerState.LISTENING


async def test_a_failed_listener_says_when_it_is_tried_again(service: MailService) -> None:
    assert service.listeners()[0].next_try == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        await apply(service, office(listener(address=place)))
        wait = service.listeners()[0].next_try - time.time()
        assert 0 < wait <= FIRST_SECONDS


@pytest.mark.parametrize("after", [(listener(enabled=False),), ()], ids=["off", "removed"])
async def test_a_listener_drains_until_its_last_session_is_over(
    service: MailService, connect: Connect, after: tuple[Listener, ...]
) -> None:
    inside = await connect()
    await inside.sign_in()
    await apply(service, office(*after, listener("other")))
    view = next(view for view in service.listeners() if view.name == "pop3")
    assert (view.state, view.sessions) == (ListenerState.DRAINING, 1)
    assert service.state is ServerState.RUNNING
    assert (await inside.say("QUIT")).startswith("+OK")
    expected = [ListenerState.OFF] * len(after)
    await until(lambda: [v.state for v in service.listeners() if v.name == "pop3"] == expected)


async def test_a_paused_server_keeps_its_sessions(service: MailService, connect: Connect) -> None:
    inside = await connect()
    await inside.sign_in()
    await service.pause()
    assert service.state is ServerState.PAUSED
    waiting = await connect()
    assert (await inside.say("NOOP")).startswith("+OK")
    await service.resume()
    assert (await waiting.line()).startswith("+OK")


async def test_a_listener_that_is_off_takes_nobody(service: MailService) -> None:
    (before,) = service.listeners()
    await apply(service, office(listener(enabled=False)))
    assert service.listeners()[0].state is ListenerState.OFF
    host, port = before.address.split(":")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, int(port))


async def test_ipv6_is_served(service: MailService, connect: Connect) -> None:
    await apply(service, office(listener("six", address="[::1]:0")))
    client = await connect("six")
    assert (await client.sign_in()).startswith("+OK")
    (view,) = await service.sessions()
    assert view.peer.startswith("[::1]:")


async def test_a_listeners_domain_completes_names_and_stands_in_the_greeting(
    service: MailService, connect: Connect
) -> None:
    own = listener("branch", domain="branch.example")
    await apply(service, office(listener(), own))
    await service.add_account("ann@branch.example", PASSWORD)
    for name, account in (("pop3", "ann@localhost"), ("branch", "ann@branch.example")):
        client = await connect(name)
        greeting = await client.line()
        assert f" {account.partition('@')[2]} ready" in greeting
        await client.say("USER ann")
        assert (await client.say(f"PASS {PASSWORD}")).startswith("+OK")
        (view,) = [view for view in await service.sessions() if view.listener == name]
        assert view.user == account


async def test_an_edit_of_the_file_by_others_is_noticed_and_used(service: MailService) -> None:
    text = service.home.config_file.read_text()
    service.home.config_file.write_text(text.replace('"pop3"', '"renamed"'))
    await until(lambda: service.listeners()[0].name == "renamed")


async def test_a_certificate_is_made_once(service: MailService, connect: Connect) -> None:
    files = list(service.home.certificates.iterdir())
    await apply(service, office(listener(), listener("secure", Security.TLS)))
    await connect("secure", tls=True)
    assert list(service.home.certificates.iterdir()) == files
    assert len(files) == 1
