"""Applying any single setting ends no open session: every setting, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
import pytest_asyncio
import trustme

from server_core.config.checking import all_settings
from server_core.config.model import Config, Pop3, Security
from server_core.config.schema import Kind, Setting, row_of
from server_core.home import Home
from server_core.service import MailService
from tests.net.conftest import PASSWORD, Client, anybody, listener, save_config

pytestmark = pytest.mark.asyncio(loop_scope="module")

LISTENERS = ("pop3", "pop3s")
RULE = {"action": "allow", "address": "203.0.113.7"}
SESSIONS = 20

# What a type and its bounds do not tell: texts that mean something, and numbers with a neighbour.
OTHERS: Mapping[str, object] = {
    "server.name": "elsewhere",
    "server.primary_domain": "example.org",
    "pop3.greeting": "Changed %U",
    "bans.longest": 604_801,
    "pop3.digest_realms": ["example.org"],
    "pop3.secrets.keep_for": ["cram-md5"],
    "pop3.kerberos.principal": "pop/mail.example.org",
    "pop3.kerberos.key_file": "elsewhere.keytab",
    "pop3.threads.minimum": 3,
    "name": "renamed",
    "address": "127.0.0.2:0",
    "domain": "example.net",
    "certificate": "other",
    "tls.ciphers": "ECDHE+AESGCM",
    "log.folder": "elsewhere",
    "log.receive.address": "127.0.0.1:2001",
    "log.rules row host": "elsewhere",
    "log.rules row module": "POP3",
    "log.rules row file": "other.txt",
    "log.rules row size": 100,
    "log.rules row age": 600,
    "log.remote row address": "127.0.0.1:2001",
    "log.remote row ca": "elsewhere.pem",
    "row address": "203.0.113.8",
    "row note": "changed",
    "row expires": "2040-01-01",
}


class Edit(NamedTuple):
    """One setting, and how it is changed: ``row`` names it within the one row of a list."""

    path: str
    setting: Setting
    row: str = ""

    def __str__(self) -> str:
        return f"{self.path}[{self.row}]" if self.row else self.path


def every_edit() -> Iterator[Edit]:
    """Every setting of every section, listener and row."""
    for declared, setting in all_settings():
        names = LISTENERS if "NAME" in declared else ("",)
        for path in (declared.replace("NAME", name) for name in names):
            yield Edit(path, setting)
            row = row_of(setting)
            if row is not None:
                yield from (Edit(path, own, name) for name, own in all_settings(row))


def other_value(edit: Edit, now: Any, ca: Path) -> object:
    """A valid value that is not the one ``now``."""
    setting, place = edit.setting, edit.path
    if edit.row:
        place = f"row {edit.row}"
    elif place.startswith("pop3.listeners."):
        place = place.split(".", 3)[3]
    for known in (f"{edit.path} {place}", place):
        if known in OTHERS:
            return OTHERS[known]
    if place == "tls.ca":
        return str(ca.with_name("others.pem"))
    if setting.kind is Kind.ROWS:
        return []
    if setting.kind is Kind.ADDRESSES:
        return ["203.0.113.0/24"]
    return _other_of_type(setting, now)


def _other_of_type(setting: Setting, now: Any) -> object:
    """By the type alone; a limit becomes far smaller than what is open."""
    match setting.annotation:
        case type() as kind if issubclass(kind, StrEnum):
            return next(str(one) for one in kind if one != now)
    kinds = {setting.annotation, *get_args(setting.annotation)}
    if bool in kinds:
        return not now
    if int in kinds or float in kinds:
        if setting.kind is Kind.LIMIT and setting.name != "idle_timeout":
            return 2 if now == 1 else 1
        at_the_end = setting.maximum is not None and (now or 0) >= setting.maximum
        return (now or 10) - 1 if at_the_end else (now or 10) + 1
    if isinstance(now, list) and now:
        return now[:-1]
    raise AssertionError(f"say in OTHERS what {setting.name} may be instead of {now!r}")


def starting_config(ca: Path) -> Config:
    """Both kinds of listeners, a row in every list, and more sessions than a limit will allow."""
    row: Mapping[str, object] = {"access": {"rules": [RULE]}}
    tls = {"ca": str(ca)}
    return Config.model_validate(
        {
            "access": {"deny": [{"address": RULE["address"]}]},
            "log": {"categories": [{}], "rules": [{}], "remote": [{"enabled": False}]},
            "pop3": Pop3.model_validate(
                {
                    "listeners": [
                        listener(LISTENERS[0], Security.STARTTLS, tls=tls, **row),
                        listener(LISTENERS[1], Security.TLS, tls=tls, **row),
                    ],
                    "flow": {"max_connections_per_peer": 2 * SESSIONS},
                    "accounts": {"connections": 2 * SESSIONS},
                    **row,
                }
            ),
        }
    )


class Running(NamedTuple):
    """A server, the configuration it is put back to, and who is signed in."""

    service: MailService
    config: Config
    ca: Path
    sessions: list[Client]


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Authorities for client certificates, two files of them."""
    path = tmp_path_factory.mktemp("ca") / "clients.pem"
    for one in (path, path.with_name("others.pem")):
        one.write_bytes(trustme.CA().cert_pem.bytes())
    return path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(ca: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """Twenty sessions signed in: in clear, after STLS, and by implicit TLS."""
    service = MailService(Home(tmp_path_factory.mktemp("apply") / "home"))
    service.home.prepare()
    config = starting_config(ca)
    save_config(service, config)
    await service.start()
    async with AsyncExitStack() as leaving:
        leaving.push_async_callback(service.stop, grace=0.5)
        await service.create_certificate("other", ["localhost"])
        await service.add_account("ann", PASSWORD)
        sessions = []
        for number in range(SESSIONS):
            client = await _connect(service, implicit=number % 4 == 3)
            leaving.push_async_callback(client.close)
            if number % 4 == 2:
                await client.line()
                assert (await client.say("STLS")).startswith("+OK")
                await client.secure()
                await client.say("USER ann")
                assert (await client.say(f"PASS {PASSWORD}")).startswith("+OK")
            else:
                assert (await client.sign_in()).startswith("+OK")
            sessions.append(client)
        yield Running(service, config, ca, sessions)


async def _connect(service: MailService, *, implicit: bool) -> Client:
    name = LISTENERS[implicit]
    address = next(view.address for view in service.listeners() if view.name == name)
    host, _, port = address.rpartition(":")
    context = anybody() if implicit else None
    return Client(*await asyncio.open_connection(host, int(port), ssl=context))


async def _change(running: Running, edit: Edit) -> None:
    """Apply a draft with this one edit."""
    draft = running.service.draft()
    now = draft.get(edit.path)
    if edit.row:
        (row,) = now
        section, _, name = edit.row.rpartition(".")
        part = row[section] if section else row
        part[name] = other_value(edit, part[name], running.ca)
        draft.set(edit.path, [row])
    else:
        draft.set(edit.path, other_value(edit, now, running.ca))
    applied = await running.service.apply(draft, origin="test")
    assert len(applied.changes) == 1, applied.changes


async def _all_answer(running: Running) -> None:
    for client in running.sessions:
        client.send("NOOP")
    for client in running.sessions:
        assert (await client.line()).startswith("+OK")


@pytest.mark.parametrize("edit", tuple(every_edit()), ids=str)
async def test_applying_one_setting_ends_no_session(running: Running, edit: Edit) -> None:
    before = {view.session for view in await running.service.sessions()}
    assert len(before) == SESSIONS
    try:
        await _change(running, edit)
        await _all_answer(running)
        assert {view.session for view in await running.service.sessions()} == before
    finally:
        draft = running.service.draft()
        draft.become(running.config)
        await running.service.apply(draft, origin="test")
    await _all_answer(running)
    assert {view.session for view in await running.service.sessions()} == before
