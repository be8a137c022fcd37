"""Passwords are planted everywhere they can come in, and everything the run wrote is searched."""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import pytest
from pydantic_core import to_jsonable_python

from server_core.accounts.directory import Directory
from server_core.config.file import save
from server_core.config.model import Security
from server_core.config.signing_in import KeyPlace, Method, Secrets
from server_core.control.endpoint import serving
from server_core.events.ring import Ring
from server_core.events.types import Level
from server_core.home import Home
from server_core.protocol.actions import Secret
from server_core.service import MailService, Refused
from tests.faults.server import postroomctl
from tests.net.conftest import Client, Connect, connect, listener, office

__all__ = ["connect"]
SET = "canary-set-by-facade-1"
TYPED = "canary-typed-on-stdin-2"
CHANGED = "canary-changed-later-3"
WRONG = "canary-that-was-wrong-4"
WEAK = "canary5"
CANARIES = (SET, TYPED, CHANGED, WRONG, WEAK)
EVERYTHING = Level.up_to(Level.PROGRESS)


def forms(canary: str) -> Iterator[bytes]:
    """The octets, their hex, and their base64 wherever they begin in what is encoded."""
    octets = canary.encode()
    yield octets
    yield octets.hex().encode()
    for before in range(3):
        # Without the characters that octets before and after have a part in.
        encoded = b64encode(bytes(before) + octets)
        yield encoded[-(-before * 8 // 6) : (before + len(octets)) * 8 // 6]


def test_the_search_finds_what_it_looks_for() -> None:
    for line in (f"PASS {SET}", coded(f"\0ann\0{SET}"), SET.encode().hex()):
        assert [form for form in forms(SET) if form in line.encode()]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[MailService]:
    """A server that keeps passwords, with accounts from the console and the facade."""
    home = Home(tmp_path / "home")
    home.prepare()
    secrets = Secrets(keep_for=(Method.CRAM_MD5,), key_in=KeyPlace.FILE)
    config = office(listener(security=Security.NONE), secrets=secrets, max_auth_errors=0)
    save(home.config_file, config)
    words = ("account", "add", "tim@example.org", "--password-stdin")
    added = postroomctl(home.root, *words, typed=f"{TYPED}\n")
    assert added.returncode == 0, added.stderr
    (tmp_path / "console.txt").write_text(added.stdout + added.stderr)
    server = MailService(home)
    await server.start()
    await server.add_account("ann", SET)
    yield server
    await server.stop(grace=0.5)


def coded(text: str) -> str:
    """Base64."""
    return b64encode(text.encode()).decode()


async def sign_in(client: Client, user: str, password: str) -> list[str]:
    """Every way that sends a password until one is let in; gives all replies."""
    message = coded(f"\0{user}\0{password}")
    replies = [await client.line()]
    for lines in (
        *((f"USER {user}", f"PASS {password}"), (f"AUTH PLAIN {message}",)),
        *(("AUTH PLAIN", message), ("AUTH LOGIN", coded(user), coded(password))),
    ):
        replies += [await client.say(line) for line in lines]
        if "messages" in replies[-1]:
            break
    return replies


async def life(service: MailService, connect: Connect) -> None:
    """Right and wrong passwords by every way in, a change, and a refused one."""
    assert len(await sign_in(await connect(), "ann", WRONG)) == 9
    assert len(await sign_in(await connect(), "ann", SET)) == 3
    await service.set_password("ann", CHANGED)
    assert len(await sign_in(await connect(), "ann", SET)) == 9
    assert len(await sign_in(await connect(), "nobody", WRONG)) == 9
    assert len(await sign_in(await connect(), "tim@example.org", TYPED)) == 3
    for lines in (
        (f"AUTH PLAIN {coded(chr(0) + 'ann' + chr(0) + CHANGED)}",),
        ("AUTH LOGIN", coded("ann"), coded(CHANGED)),
    ):
        client = await connect()
        await client.line()
        assert "messages" in [await client.say(line) for line in lines][-1]
    with pytest.raises(Refused, match="shorter"):
        await service.set_password("ann", WEAK)
    stray = await connect()
    await stray.say(f"APOP ann {WRONG}", f"XYZZY {WRONG}", WRONG)


async def crash(connect: Connect) -> None:
    """A session dies of an error of ours while it has a password in hand."""

    def verify(directory: Directory, name: str, password: Secret) -> None:
        raise RuntimeError(f"provoked with {password} of {name} by {directory}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Directory, "verify", verify)
        client = await connect()
        await client.line()
        await client.say("USER tim@example.org")
        await client.say(f"PASS {WRONG}")
        await client.rest()


async def pictures(service: MailService) -> list[str]:
    """Everything that is shown of the server, and what developers print."""
    premises = service._opened()
    directory = premises.directory
    shown = [service.status(), service.config, service.methods(), service.history()]
    shown += [await service.accounts(), await service.secrets_status(), await service.sessions()]
    inner = [directory, premises.kept_passwords, *directory.records(), *vars(directory).values()]
    inner += [directory.held_secret("tim@example.org"), Secret(SET.encode())]
    return [json.dumps(to_jsonable_python(x)) for x in shown] + [repr(x) for x in (*shown, *inner)]


def told(ring: Ring) -> list[str]:
    """All events so far, as text and as developers print them."""
    batch = ring.drain()
    assert batch.dropped == 0
    return [text for event in batch.events for text in (str(event), repr(event))]


def console(home: Path) -> Iterable[str]:
    """What postroomctl exports and lists while the server runs."""
    for words in (
        *(("config", verb) for verb in ("show", "schema")),
        *((verb, "--json") for verb in ("status", "sessions")),
        *((group, verb, "--json") for group, verb in (("account", "list"), ("secrets", "status"))),
    ):
        said = postroomctl(home, *words)
        assert said.returncode == 0, (words, said.stderr)
        yield said.stdout + said.stderr


def written_below(folder: Path) -> bytes:
    """Every file with its name."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return b"\n".join(part for x in files for part in (x.name.encode(), x.read_bytes()))


@pytest.mark.faults
async def test_no_password_is_in_anything_that_a_run_writes(
    service: MailService,
    connect: Connect,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    ring = service.watch(EVERYTHING, 200_000)
    await life(service, connect)
    await crash(connect)
    await service.rotate_key()
    texts = [*await pictures(service), *told(ring)]
    async with serving(service):
        texts += await asyncio.to_thread(lambda: list(console(service.home.root)))
    written = written_below(tmp_path)
    await service.stop(grace=0.5)
    written += written_below(tmp_path)
    texts += [*told(ring), caplog.text, *capfd.readouterr()]
    texts += [str(vars(record)) for record in caplog.records]
    everything = written + "\n".join(texts).encode()
    for proof in (b"provoked", b"PASS", b"accounts.sqlite3-wal", b"secrets: The key of the kept"):
        assert proof in everything
    found = [form for canary in CANARIES for form in forms(canary) if form in everything]
    assert found == []
