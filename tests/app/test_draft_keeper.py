"""The draft the whole window shares: edited, undone, applied, and kept when the file changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.bridge.draft_keeper import DraftKeeper
from server_core.config.draft import ConfigRejected, Draft
from server_core.config.file import load, save
from server_core.config.model import Config, Pop3
from server_core.events.ring import Batch
from server_core.events.types import ConfigApplied, ConfigChangedOutside
from server_core.home import Home
from server_core.service import MailService

OUTSIDE = Batch([ConfigChangedOutside()])


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[MailService]:
    async with MailService(Home(tmp_path)).opened() as opened:
        yield opened


@pytest.fixture
def keeper(service: MailService, qtbot: QtBot) -> DraftKeeper:
    return DraftKeeper(service)


async def test_an_edit_reaches_the_draft_and_only_the_draft(
    keeper: DraftKeeper, service: MailService
) -> None:
    keeper.set("pop3.max_errors", 30)
    assert keeper.draft.edits == {"pop3.max_errors": 30}
    assert [str(change.effect) for change in keeper.changes] == ["new connections"]
    assert service.config.pop3.max_errors == 20


async def test_edits_are_undone_and_done_again_step_by_step(keeper: DraftKeeper) -> None:
    keeper.set("pop3.max_errors", 30)
    keeper.remove("pop3.listeners.pop3")
    keeper.undo()
    assert keeper.draft.edits == {"pop3.max_errors": 30} and keeper.can_redo
    keeper.undo()
    assert keeper.draft.edits == {} and not keeper.can_undo
    keeper.redo()
    keeper.redo()
    assert keeper.draft.edits == {"pop3.max_errors": 30, "pop3.listeners.pop3": None}
    assert not keeper.can_redo


async def test_typing_on_in_one_field_is_a_single_step(keeper: DraftKeeper) -> None:
    keeper.set("pop3.max_errors", 50)
    for name in ("m", "ma", "mai", "mail"):
        keeper.set("server.name", name)
    keeper.undo()
    assert keeper.draft.edits == {"pop3.max_errors": 50}


async def test_several_settings_are_edited_in_one_step(keeper: DraftKeeper) -> None:
    keeper.set("pop3.max_errors", 50)
    keeper.set_all({"pop3.plain_methods": ["plain"], "pop3.secure_methods": ["login"]})
    keeper.set_all({"pop3.plain_methods": ["login"], "pop3.secure_methods": ["login"]})
    keeper.undo()
    assert keeper.draft.get("pop3.plain_methods") == ["plain"]
    keeper.undo()
    assert keeper.draft.edits == {"pop3.max_errors": 50}


async def test_a_new_edit_ends_what_could_be_done_again(keeper: DraftKeeper) -> None:
    keeper.set("pop3.max_errors", 30)
    keeper.undo()
    keeper.set("server.name", "mail")
    assert not keeper.can_redo


async def test_applying_writes_the_file_and_empties_the_draft(
    keeper: DraftKeeper, service: MailService, qtbot: QtBot
) -> None:
    keeper.set("pop3.max_errors", 30)
    with qtbot.waitSignals([keeper.rebased, keeper.applied]):
        await keeper.apply()
    assert service.config.pop3.max_errors == 30
    assert load(service.home.config_file).pop3.max_errors == 30
    assert keeper.draft.edits == {} and keeper.changes == ()


async def test_a_wrong_draft_is_not_applied_and_stays(
    keeper: DraftKeeper, service: MailService
) -> None:
    keeper.set("pop3.max_errors", 5_000)
    assert [problem.path for problem in keeper.problems] == ["pop3.max_errors"]
    with pytest.raises(ConfigRejected):
        await keeper.apply()
    assert keeper.draft.edits == {"pop3.max_errors": 5_000}
    assert service.config.pop3.max_errors == 20


async def test_a_draft_goes_on_over_what_the_console_applied(
    keeper: DraftKeeper, service: MailService
) -> None:
    keeper.set("pop3.max_errors", 30)
    console = Draft(service.config)
    console.set("pop3.max_auth_errors", 9)
    await service.apply(console, origin="console")
    keeper.take(Batch([ConfigApplied(revision=1, origin="console", changes=())]))
    assert [change.path for change in keeper.changes] == ["pop3.max_errors"]
    await keeper.apply()
    assert (service.config.pop3.max_errors, service.config.pop3.max_auth_errors) == (30, 9)


async def test_the_server_holds_edits_of_the_file_only_while_there_is_a_draft(
    keeper: DraftKeeper, service: MailService
) -> None:
    held = []
    edits: list[Callable[[], object]] = [
        keeper.undo,
        lambda: keeper.set("pop3.max_errors", 30),
        keeper.discard,
    ]
    for edit in edits:
        edit()
        keeper.take(OUTSIDE)
        held.append((service.hold_outside_edits, keeper.outside is not None))
    assert held == [(False, False), (True, True), (False, True)]


async def test_using_the_file_drops_the_draft(keeper: DraftKeeper, service: MailService) -> None:
    keeper.set("pop3.max_errors", 30)
    save(service.home.config_file, Config(pop3=Pop3(max_auth_errors=9)))
    keeper.take(OUTSIDE)
    assert [change.path for change in await keeper.file_changes()] == ["pop3.max_auth_errors"]
    await keeper.use_file()
    assert service.config.pop3.max_auth_errors == 9
    assert keeper.draft.edits == {} and keeper.outside is None


async def test_keeping_mine_writes_what_runs_and_keeps_the_draft(
    keeper: DraftKeeper, service: MailService
) -> None:
    keeper.set("pop3.max_errors", 30)
    save(service.home.config_file, Config(pop3=Pop3(max_auth_errors=9)))
    keeper.take(OUTSIDE)
    await keeper.keep_mine()
    assert load(service.home.config_file) == service.config == Config()
    assert keeper.draft.edits == {"pop3.max_errors": 30} and keeper.outside is None
