"""The control endpoint serves its person's other processes, and nobody else harms it."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import stat
import struct
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from multiprocessing.connection import Client
from multiprocessing.connection import Listener as Door
from pathlib import Path
from typing import Any

import pytest

from server_core.config.file import save
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.control.client import ControlClient, connect, show_window
from server_core.control.endpoint import MOST_LINKS, ControlEndpoint, serving
from server_core.control.wire import FAMILY, MAX_REQUEST, Beacon
from server_core.events.views import ServerState
from server_core.home import Home
from server_core.service import MailService, Refused

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="named pipes have no file")


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[MailService]:
    home = Home(tmp_path / "home")
    home.prepare()
    listener = Listener(name="office", address="127.0.0.1:0", security=Security.NONE)
    save(home.config_file, Config(pop3=Pop3(listeners=(listener,))))
    service = MailService(home)
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def endpoint(service: MailService) -> AsyncIterator[ControlEndpoint]:
    async with serving(service) as endpoint:
        yield endpoint


def opened(home: Home) -> ControlClient:
    client = connect(home)
    assert client is not None
    return client


def asked(home: Home, verb: str, /, **arguments: object) -> Any:
    with opened(home) as client:
        return client.call(verb, **arguments)


async def ask(service: MailService, verb: str, /, **arguments: object) -> Any:
    return await asyncio.to_thread(asked, service.home, verb, **arguments)


def beacon(service: MailService) -> Beacon:
    found = Beacon.read(service.home)
    assert found is not None
    return found


@pytest.mark.usefixtures("endpoint")
async def test_views_come_through_as_they_are(service: MailService) -> None:
    status = await ask(service, "status")
    assert replace(status, free_octets=0) == replace(service.status(), free_octets=0)
    assert status.state is ServerState.RUNNING
    added = await ask(service, "add_account", name="ann@example.com", password="long enough")
    assert await ask(service, "accounts") == (added,)
    assert await service.accounts() == (added,)


@pytest.mark.usefixtures("endpoint")
async def test_refusals_keep_their_sentence(service: MailService) -> None:
    with pytest.raises(Refused, match="There is no account bob@localhost"):
        await ask(service, "messages", account="bob")
    with pytest.raises(Refused, match=r"pop3\.max_errors: must be a whole number"):
        await ask(service, "change_config", edits={"pop3.max_errors": 1000})
    with pytest.raises(Refused, match=r"did you mean pop3\.max_errors"):
        await ask(service, "change_config", edits={"pop3.max_error": 1000})


@pytest.mark.usefixtures("endpoint")
async def test_a_configuration_can_be_changed_and_replaced(service: MailService) -> None:
    applied = await ask(service, "change_config", edits={"pop3.max_errors": 3})
    assert [change.path for change in applied.changes] == ["pop3.max_errors"]
    assert service.config.pop3.max_errors == 3
    tree = await ask(service, "config_tree")
    tree["pop3"]["listeners"].append({"name": "more", "address": "127.0.0.1:0"})
    await ask(service, "replace_config", tree=tree)
    assert [view.name for view in service.listeners()] == ["office", "more"]
    await ask(service, "change_config", edits={"pop3.listeners.more": None})
    assert [view.name for view in service.listeners()] == ["office"]


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("stop", {}),
        ("__init__", {}),
        ("status", {"self": 1}),
        ("status", {"extra": 1}),
        ("messages", {}),
        ("disconnect", {"session": "all"}),
    ],
)
async def test_what_is_not_on_the_table_is_refused(
    service: MailService, verb: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(Refused):
        await ask(service, verb, **arguments)
    assert (await ask(service, "status")).state is ServerState.RUNNING


@pytest.mark.usefixtures("endpoint")
async def test_a_wrong_key_opens_nothing(service: MailService) -> None:
    address = beacon(service).address
    with pytest.raises(multiprocessing.AuthenticationError):
        await asyncio.to_thread(Client, address, FAMILY, authkey=b"guessed")
    assert await ask(service, "accounts") == ()


def garbage(service: MailService, octets: bytes) -> bool:
    """Whether the endpoint hangs up on this message."""
    found = beacon(service)
    with Client(found.address, FAMILY, authkey=found.secret) as link:
        try:
            link.send_bytes(octets)
            link.recv_bytes(MAX_REQUEST)
        except (EOFError, OSError):
            return True
        return False


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x80\x04K\x01.",
        b"[1]",
        b"{",
        b"[" * 100_000,
        b"\xff",
        pytest.param(b" " * (MAX_REQUEST + 1), id="much"),
    ],
)
async def test_garbage_ends_only_its_own_link(service: MailService, octets: bytes) -> None:
    assert await asyncio.to_thread(garbage, service, octets)
    assert await ask(service, "accounts") == ()


@pytest.mark.usefixtures("endpoint")
async def test_nonsense_in_good_json_is_refused(service: MailService) -> None:
    for request in ({}, {"verb": 1}, {"verb": ["a"]}, {"verb": "status", "arguments": []}):
        octets = json.dumps(request).encode()
        assert not await asyncio.to_thread(garbage, service, octets)


async def test_a_request_too_large_is_refused_before_it_is_sent(
    service: MailService, endpoint: ControlEndpoint
) -> None:
    del endpoint
    with pytest.raises(Refused, match="too much"):
        await ask(service, "set_password", name="ann", password="x" * MAX_REQUEST)


@posix_only
@pytest.mark.usefixtures("endpoint")
async def test_clients_that_hang_keep_nobody_waiting(service: MailService) -> None:
    found = beacon(service)
    links = []
    for _ in range(MOST_LINKS // 4):
        links.append(Client(found.address, FAMILY))  # says nothing, not even who it is
        half = await asyncio.to_thread(Client, found.address, FAMILY, authkey=found.secret)
        os.write(half.fileno(), struct.pack("!i", 100) + b"half a req")
        links.append(half)
    assert (await ask(service, "status")).state is ServerState.RUNNING
    for link in links:
        link.close()


@posix_only
async def test_clients_that_hang_are_given_up(
    service: MailService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server_core.control.endpoint._PATIENCE_SECONDS", 1)
    async with serving(service):
        found = beacon(service)
        silent = Client(found.address, FAMILY)
        half = await asyncio.to_thread(Client, found.address, FAMILY, authkey=found.secret)
        os.write(half.fileno(), struct.pack("!i", 100) + b"half a req")
        silent.recv_bytes()  # the challenge
        for link in (silent, half):
            assert await asyncio.to_thread(link.poll, 5)
            with pytest.raises(EOFError):
                link.recv_bytes()
            link.close()


@pytest.mark.usefixtures("endpoint")
async def test_many_clients_are_served_at_once(service: MailService) -> None:
    names = [f"user{number}@example.com" for number in range(12)]
    await asyncio.gather(*(ask(service, "add_account", name=n, password=None) for n in names))
    assert [view.name for view in await ask(service, "accounts")] == names


@posix_only
@pytest.mark.usefixtures("endpoint")
async def test_only_the_owner_can_reach_it(service: MailService) -> None:
    for file in (Path(beacon(service).address), service.home.run / "control.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_stopping_leaves_nothing_behind(service: MailService) -> None:
    before = threading.active_count()
    async with serving(service):
        address = beacon(service).address
        idle = await asyncio.to_thread(opened, service.home)
        assert idle.call is not None
    assert connect(service.home) is None
    assert not os.path.exists(address)  # noqa: ASYNC240, PTH110 - a pipe's name is no path
    assert not (service.home.run / "control.json").exists()
    with pytest.raises(Refused, match="went away"):
        await asyncio.to_thread(idle.call, "status")
    idle.close()
    assert threading.active_count() <= before + 1  # a worker that fetched may rest


async def test_an_endpoint_can_start_again(service: MailService) -> None:
    for _ in range(2):
        async with serving(service):
            assert (await ask(service, "status")).state is ServerState.RUNNING


@posix_only
async def test_a_dead_servers_leftovers_are_no_server_and_no_obstacle(
    service: MailService,
) -> None:
    stale = service.home.run / "control.socket"
    stale.write_text("left by a killed server")
    Beacon(1, str(stale), "old key").write(service.home)
    assert connect(service.home) is None
    async with serving(service):
        assert await ask(service, "accounts") == ()


@posix_only
async def test_a_home_far_down_is_served_from_a_private_folder(tmp_path: Path) -> None:
    home = Home(tmp_path / ("deep" * 25) / "home")
    service = MailService(home)
    async with service.opened():
        async with serving(service):
            folder = Path(beacon(service).address).parent
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert await ask(service, "accounts") == ()
        assert not folder.exists()


async def test_a_window_is_shown_where_there_is_one(service: MailService) -> None:
    async def shown() -> bool | None:
        return await asyncio.to_thread(show_window, service.home, patience=10)

    async with serving(service):
        assert await shown() is False
        came: list[str] = []
        service.on_show_window = lambda: came.append(threading.current_thread().name)
        assert await shown() is True
        assert came == ["MainThread"]
    assert await shown() is None


@pytest.mark.usefixtures("endpoint")
async def test_a_window_that_hangs_keeps_nobody_waiting(service: MailService) -> None:
    let_go = threading.Event()
    service.on_show_window = lambda: let_go.wait(30)

    def shown() -> bool | None:
        try:
            return show_window(service.home, patience=0.3)
        finally:
            let_go.set()

    assert await asyncio.to_thread(shown) is None


@posix_only
async def test_a_process_that_hangs_keeps_nobody_waiting(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    hanging = Beacon.at(str(tmp_path / "silent"))
    hanging.write(home)
    with Door(hanging.address, FAMILY):
        assert await asyncio.to_thread(show_window, home, patience=0.3) is None


async def test_a_home_without_a_server_has_no_client(tmp_path: Path) -> None:
    assert connect(Home(tmp_path)) is None
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "control.json").write_text('{"pid": 1}')
    assert connect(Home(tmp_path)) is None
