"""Kept passwords in a running server: offered, told of, and never in the way of a start."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server_core import premises
from server_core import service as facade
from server_core.accounts.vault import Vault
from server_core.config.signing_in import KeyPlace, Method, Secrets
from server_core.events.types import Level, Noticed
from server_core.events.views import SecretsState, ServerState
from server_core.home import Home
from server_core.service import MailService, Refused
from tests.accounts.pretend_keyring import NAME, PretendKeyring, World
from tests.net.conftest import PASSWORD, apply, listener, office, save_config, until

CRAM = Method.CRAM_MD5


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A credential store of our own that the vault does not wait for long."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", NAME)
    monkeypatch.setattr(PretendKeyring, "world", world := World())
    monkeypatch.setattr(premises, "Vault", functools.partial(Vault, patience=0.2))
    yield world
    world.answers.set()


@pytest.fixture
async def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailService]:
    """A server with ann, which does not keep passwords yet."""
    monkeypatch.setattr(facade, "HOUSEKEEPING_SECONDS", 0.05)
    server = MailService(Home(tmp_path / "home"))
    server.home.prepare()
    save_config(server, office(listener()))
    await server.start()
    await server.add_account("ann", PASSWORD)
    yield server
    await server.stop(grace=0.2)


async def keep(service: MailService, *methods: Method, key_in: KeyPlace = KeyPlace.AUTO) -> None:
    await apply(service, office(listener(), secrets=Secrets(keep_for=methods, key_in=key_in)))


async def restart(service: MailService) -> None:
    await service.stop(grace=0.2)
    await service.start()


def cram_md5(service: MailService) -> tuple[int, str]:
    (view,) = (view for view in service.methods() if view.method == CRAM)
    return view.ready, view.problem


async def test_a_method_is_offered_once_a_password_is_kept_for_it(
    service: MailService, keyring: World
) -> None:
    assert cram_md5(service) == (0, "passwords are not kept for it")
    await keep(service, CRAM)
    ready, problem = cram_md5(service)
    assert (ready, "no account is ready" in problem) == (0, True)
    await service.set_password("ann", PASSWORD)
    assert cram_md5(service) == (1, "")
    assert len(keyring.entries) == 1
    await keep(service)
    assert cram_md5(service) == (0, "passwords are not kept for it")
    assert keyring.entries == {}


async def test_a_key_that_had_to_go_into_a_file_is_a_problem_until_that_is_meant(
    service: MailService,
) -> None:
    await keep(service, CRAM)
    await until(lambda: service.state is ServerState.PROBLEMS)
    (problem,) = service.status().problems
    assert "vault.key" in problem and "pop3.secrets.key_in to file" in problem
    await keep(service, CRAM, key_in=KeyPlace.FILE)
    await restart(service)
    assert service.status().problems == ()
    assert service.state is ServerState.RUNNING


async def test_a_locked_keyring_is_told_once_and_found_open_on_retry(
    service: MailService, keyring: World
) -> None:
    await keep(service, CRAM)
    await service.set_password("ann", PASSWORD)
    keyring.locked = True
    ring = service.watch(Level.WARNING)
    await restart(service)
    await until(lambda: service.state is ServerState.PROBLEMS)
    assert cram_md5(service) == (0, "the key of the kept passwords is locked")
    with pytest.raises(Refused, match="locked"):
        await service.rotate_key()
    keyring.locked = False
    view = await service.retry_vault()
    assert (view.state, view.readable) == (SecretsState.USABLE, 1)
    assert cram_md5(service) == (1, "")
    await until(lambda: service.state is ServerState.RUNNING)
    events = ring.drain().events
    told = [x.text for x in events if isinstance(x, Noticed) and x.source == "secrets"]
    assert [text[:11] for text in told] == ["The key of ", "All is well"]


async def test_a_keyring_that_does_not_answer_keeps_nobody_from_starting(
    service: MailService, keyring: World
) -> None:
    await keep(service, CRAM)
    await service.set_password("ann", PASSWORD)
    keyring.answers.clear()
    await restart(service)
    view = await service.secrets_status()
    assert (view.state, view.kept) == (SecretsState.LOCKED, 1)
    assert "does not answer" in view.sentence
    keyring.answers.set()
    await until(lambda: cram_md5(service) == (1, ""))
