"""The facade: states, restarts, failed starts, and who may edit the configuration."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from server_core import service as facade
from server_core.config.draft import ConfigRejected
from server_core.config.model import Security
from server_core.events.reasons import CloseReason, ListenerProblem
from server_core.events.ring import Ring
from server_core.events.types import (
    ConfigApplied,
    ConfigChangedOutside,
    Event,
    Level,
    ServerStateChanged,
)
from server_core.events.views import ClosedSession, ListenerState, ServerState
from server_core.history import KEPT, load_history, save_history
from server_core.home import Home, HomeInUse
from server_core.service import MailService, Refused
from tests.net.conftest import listener, office, save_config, until

PAST = ClosedSession(
    1, "pop3", "127.0.0.1:1", "ann", "", "", 1.0, 2.0, CloseReason.QUIT, 0, 0, 0, 0
)


@pytest.fixture
async def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailService]:
    """A server with one listener, not yet started; it looks at its file ten times a second."""
    monkeypatch.setattr(facade, "HOUSEKEEPING_SECONDS", 0.1)
    server = MailService(Home(tmp_path / "home"))
    server.home.prepare()
    save_config(server, office(listener()))
    yield server
    await server.stop(grace=0.2)


def states(ring: Ring) -> list[ServerState]:
    return [e.state for e in ring.drain().events if isinstance(e, ServerStateChanged)]


def now(service: MailService) -> ServerState:
    """The state, which the type checker would else take for unchanged."""
    return service.state


async def heard(ring: Ring, kind: type[Event], count: int = 1) -> list[Event]:
    """Wait for so many events of a kind, whatever comes between."""
    found: list[Event] = []

    def enough() -> bool:
        found.extend(event for event in ring.drain().events if isinstance(event, kind))
        return len(found) >= count

    await until(enough)
    return found


async def test_a_life_is_told_in_states(service: MailService) -> None:
    ring = service.watch(Level.INFO)
    await service.start()
    await service.pause()
    await service.resume()
    await service.stop(grace=0.2)
    assert states(ring) == [
        ServerState.STARTING,
        ServerState.RUNNING,
        ServerState.PAUSED,
        ServerState.RUNNING,
        ServerState.STOPPING,
        ServerState.STOPPED,
    ]


async def test_a_listener_that_fails_is_a_problem_until_it_listens(service: MailService) -> None:
    ring = service.watch(Level.INFO)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        save_config(service, office(listener(address=place)))
        await service.start()
        assert now(service) is ServerState.PROBLEMS
        assert service.status().problems
    await service.restart_listener("pop3")
    assert states(ring) == [ServerState.STARTING, ServerState.PROBLEMS, ServerState.RUNNING]
    assert service.status().problems == ()


async def test_trying_again_includes_the_certificate(service: MailService) -> None:
    save_config(service, office(listener(security=Security.TLS)))
    unusable = service.home.certificates / "server.pem"
    unusable.write_text("no certificate")
    await service.start()
    (view,) = service.listeners()
    assert view.problem is ListenerProblem.CERTIFICATE_UNUSABLE
    unusable.unlink()
    await service.restart_listener("pop3")
    (view,) = service.listeners()
    assert view.state is ListenerState.LISTENING
    assert now(service) is ServerState.RUNNING


async def test_starting_and_stopping_twice_changes_nothing(service: MailService) -> None:
    ring = service.watch(Level.INFO)
    await asyncio.gather(service.start(), service.start())
    await service.start()
    (view,) = service.listeners()
    await asyncio.gather(service.stop(grace=0.2), service.stop(grace=0.2))
    await service.stop()
    assert len(states(ring)) == 4
    assert view.address != "127.0.0.1:0"
    assert service.listeners() == ()


async def test_a_start_waits_for_the_stop_before_it(service: MailService) -> None:
    await service.start()
    await asyncio.gather(service.stop(grace=0.2), service.start())
    assert now(service) is ServerState.RUNNING


async def test_a_home_in_use_is_refused_and_can_be_had_later(service: MailService) -> None:
    await service.start()
    other = MailService(service.home)
    with pytest.raises(HomeInUse):
        await other.start()
    assert now(other) is ServerState.STOPPED
    await service.stop(grace=0.2)
    await other.start()
    assert now(other) is ServerState.RUNNING
    await other.stop(grace=0.2)


async def test_a_start_that_fails_gives_everything_back(service: MailService) -> None:
    good = service.home.config_file.read_text()
    threads = threading.active_count()
    service.home.config_file.write_text("[pop3]\nmax_errors = 'many'\n")
    for _ in range(3):
        with pytest.raises(ConfigRejected):
            await service.start()
    service.home.config_file.write_text(good)
    service.home.accounts_file.write_bytes(b"this is no database" * 100)
    for _ in range(3):
        with pytest.raises(Exception, match="accounts"):
            await service.start()
    service.home.accounts_file.unlink()
    assert now(service) is ServerState.STOPPED
    service.home.lock().release()
    # asyncio's own threads for blocking calls stay.
    named = [one.name for one in threading.enumerate() if not one.name.startswith("asyncio")]
    assert len(named) <= threads
    await service.start()
    assert now(service) is ServerState.RUNNING


async def test_the_last_good_revision_runs_when_asked(service: MailService) -> None:
    await service.start()
    await service.stop(grace=0.2)
    service.home.config_file.write_text("nonsense")
    with pytest.raises(ConfigRejected):
        await service.start()
    fallback = MailService(service.home, last_good=True)
    await fallback.start()
    assert [view.name for view in fallback.listeners()] == ["pop3"]
    await fallback.stop(grace=0.2)


async def test_a_draft_is_written_run_and_counted(service: MailService) -> None:
    await service.start()
    ring = service.watch(Level.INFO)
    for revision, limit in enumerate((3, 4, 5), 1):
        draft = service.draft()
        draft.set("pop3.max_errors", limit)
        applied = await service.apply(draft, origin="window")
        assert applied.revision == service.revision == revision
        assert [change.path for change in applied.changes] == ["pop3.max_errors"]
    assert service.config.pop3.max_errors == 5
    assert (await service.read_file()).pop3.max_errors == 5
    origins = [e.origin for e in ring.drain().events if isinstance(e, ConfigApplied)]
    assert origins == ["window"] * 3


async def test_a_file_that_cannot_be_written_changes_nothing(
    service: MailService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.start()
    draft = service.draft()
    draft.set("pop3.max_errors", 3)
    # A folder stands where the new file would be written.
    (service.home.config_file.parent / ".config.toml.new").mkdir()
    before = service.config, service.revision, service.home.config_file.read_text()
    with pytest.raises(Refused, match=r"could not be written: .*Nothing was changed"):
        await service.apply(draft, origin="window")
    with pytest.raises(Refused, match="could not be written"):
        await service.keep_running_config()
    assert (service.config, service.revision, service.home.config_file.read_text()) == before


def edit(service: MailService, limit: int) -> None:
    save_config(service, office(listener(), max_errors=limit))


async def test_a_good_edit_by_others_is_used_once(service: MailService) -> None:
    await service.start()
    ring = service.watch(Level.up_to(Level.INFO))
    edit(service, 7)
    await heard(ring, ConfigApplied)
    assert service.config.pop3.max_errors == 7
    edit(service, 8)
    await heard(ring, ConfigApplied)
    assert service.revision == 2


async def test_a_bad_edit_is_told_once_and_the_old_goes_on(service: MailService) -> None:
    await service.start()
    ring = service.watch(Level.up_to(Level.INFO))
    good = service.home.config_file.read_text()
    service.home.config_file.write_text("max_errors = [")
    (told,) = await heard(ring, ConfigChangedOutside)
    assert isinstance(told, ConfigChangedOutside)
    assert "line 1" in told.problem
    service.home.config_file.unlink()
    (told,) = await heard(ring, ConfigChangedOutside)
    assert isinstance(told, ConfigChangedOutside)
    assert "cannot be read" in told.problem
    assert service.revision == 0
    service.home.config_file.write_text(good)
    (told,) = await heard(ring, ConfigChangedOutside)
    assert isinstance(told, ConfigChangedOutside)
    assert told.problem == ""


async def test_an_edit_is_only_told_while_a_draft_is_open(service: MailService) -> None:
    await service.start()
    service.hold_outside_edits = True
    ring = service.watch(Level.up_to(Level.INFO))
    edit(service, 7)
    await heard(ring, ConfigChangedOutside)
    assert service.config.pop3.max_errors != 7
    assert (await service.read_file()).pop3.max_errors == 7
    applied = await service.use_file()
    assert [change.path for change in applied.changes] == ["pop3.max_errors"]
    assert service.config.pop3.max_errors == 7
    edit(service, 8)
    await heard(ring, ConfigChangedOutside)
    await service.keep_running_config()
    assert (await service.read_file()).pop3.max_errors == 7
    assert service.revision == 1


async def test_history_is_kept_over_restarts_and_bounded(service: MailService) -> None:
    many = [replace(PAST, session=number) for number in range(KEPT)]
    save_history(service.home.history_file, many)
    await service.start()
    host, port = service.listeners()[0].address.split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.close()
    await until(lambda: service.history()[0].listener == "pop3" and len(service.history()) == KEPT)
    await until(lambda: service.status().counters.connections == 1)
    await until(lambda: service.status().sessions == 0)
    await service.stop(grace=0.2)
    kept = load_history(service.home.history_file)
    assert len(kept) == KEPT
    assert kept[0].session == 1
    assert kept[::-1] == list(service.history())
    await service.start()
    assert kept[::-1] == list(service.history())


async def test_a_history_that_cannot_be_saved_does_not_keep_the_server_from_stopping(
    service: MailService,
) -> None:
    await service.start()
    service.home.history_file.unlink(missing_ok=True)
    service.home.history_file.mkdir()
    await service.stop(grace=0.2)
    assert now(service) is ServerState.STOPPED
    service.home.lock().release()
    service.home.history_file.rmdir()


async def test_a_stopped_server_refuses_what_needs_it(service: MailService) -> None:
    for doing in (service.pause(), service.resume(), service.disconnect(1)):
        with pytest.raises(Refused, match="stopped"):
            await doing
    assert await service.sessions() == ()


async def test_methods_are_shown_as_they_are_and_as_they_would_be(service: MailService) -> None:
    assert service.methods() == ()
    await service.start()
    await service.add_account("ann", "secret word")
    draft = service.draft()
    draft.set("pop3.plain_methods", [])
    draft.set("pop3.secrets.keep_for", ["cram-md5"])
    wanted = draft.checked()
    now_runs = {view.method: view for view in service.methods()}
    would_be = {view.method: view for view in service.methods(wanted)}
    assert now_runs["plain"].in_clear and not would_be["plain"].in_clear
    assert now_runs["plain"].ready == would_be["plain"].ready == 1
    assert now_runs["cram-md5"].problem == "passwords are not kept for it"
    assert would_be["cram-md5"].problem.startswith("no account is ready for it")


@pytest.mark.parametrize(
    ("secure", "plain", "problem"),
    [
        (["plain", "login"], ["plain", "login"], ""),
        (["plain", "login"], ["login"], ""),
        (["login"], ["login"], "it is offered only together with PLAIN"),
        (["login"], ["plain"], "it is offered only together with PLAIN"),
        (["plain"], ["user-pass"], ""),
    ],
)
async def test_login_goes_with_plain(
    service: MailService, secure: list[str], plain: list[str], problem: str
) -> None:
    await service.start()
    draft = service.draft()
    draft.set("pop3.secure_methods", secure)
    draft.set("pop3.plain_methods", plain)
    views = {view.method: view for view in service.methods(draft.checked())}
    assert views["login"].problem == problem


async def test_who_would_have_no_way_to_sign_in_is_named_beforehand(
    service: MailService,
) -> None:
    await service.start()
    await service.add_account("ann", "secret word")
    draft = service.draft()
    draft.set("pop3.plain_methods", [])
    draft.set("pop3.secure_methods", [])
    assert service.stranded(service.config) == ()
    assert service.stranded(draft.checked()) == ("ann@localhost",)
