"""The Listeners page follows what runs: counts, states, failures; and acts on it at once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.forms import addresses
from app.look.delegates import MARK_ROLE
from app.panels.listeners_advice import UNPROTECTED
from app.panels.listeners_failures import wait_text
from app.panels.listeners_new import TEMPLATES
from app.panels.listeners_try import TryListener
from server_core.config.file import load
from server_core.events.views import ListenerState, ListenerView
from tests.app.desk import LOCAL, Desk, child, click, close, nameless, working_desk
from tests.app.listeners_page import NEW, REFUSED, SESSIONS, STATE, opened, shown, toggle


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


async def test_sessions_and_new_connections_are_counted_against_the_limit(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    with socket.create_connection(("127.0.0.1", desk.port()), timeout=5):
        await desk.until(lambda: shown(page, 0, SESSIONS) == "1/200")
        assert shown(page, 0, NEW) == "1"
    await desk.until(lambda: shown(page, 0, SESSIONS) == "0/200")


async def test_a_running_listener_is_switched_at_once_and_an_edit_stays_a_draft(
    desk: Desk, qtbot: QtBot
) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    keeper.set("pop3.listeners.local.domain", "example.org")
    toggle(page, 0, on=False)
    await desk.until(lambda: shown(page, 0, STATE) == "Off")
    assert load(desk.service.home.config_file).pop3.listeners[0].enabled is False
    assert keeper.draft.edits == {"pop3.listeners.local.domain": "example.org"}
    click(page, "listeners.switch")
    await desk.until(lambda: shown(page, 0, STATE) == "Listening")
    assert desk.said == ["local was switched off.", "local was switched on."]


async def test_a_removed_listener_is_shown_until_its_sessions_are_ended(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    page.add(TEMPLATES[2])
    with socket.create_connection(("127.0.0.1", desk.port()), timeout=5):
        await desk.until(lambda: shown(page, 0, SESSIONS) == "1/200")
        page.show_target("local")
        page.remove()
        await desk.services.keeper.apply()
        await desk.until(lambda: shown(page, 1, STATE) == "Finishing")
        page.show_target("local")
        assert not page.editor.isVisible()
        toggle(page, 1, on=True)
        assert desk.services.keeper.draft.edits == {}
        click(page, "listeners.end_sessions")
        box = await desk.dialog(QMessageBox)
        assert box.text() == "End 1 sessions on local?"
        click(box, "confirm.action")
        await desk.until(lambda: page.model.rowCount() == 1)


async def test_refused_connections_are_told_by_reason(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    keeper.set("pop3.access.rules", [{"action": "deny", "address": "127.0.0.1"}])
    await keeper.apply()
    with socket.create_connection(("127.0.0.1", desk.port()), timeout=5) as refused:
        assert await asyncio.to_thread(refused.recv, 1) == b""
    page.refresh()
    assert shown(page, 0, REFUSED) == "1"
    told = {part.accessibleName() for part in page.editor.activity.findChildren(QLabel)}
    assert "Refused within the last hour: 1" in told
    assert "1: an access rule keeps it out" in told


async def test_a_listener_is_tried_step_by_step_and_signs_in_when_asked(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    await desk.service.add_account("ann", "a good password")
    click(page, "listeners.try")
    dialog = await desk.dialog(TryListener)
    verdict = child(dialog, QLabel, "listeners.try_verdict")
    await desk.until(lambda: verdict.text() == "Everything works.")
    assert (
        "this listener is for this computer only"
        in child(dialog, QLabel, "listeners.try_hint").text()
    )
    child(dialog, QLineEdit, "listeners.try_user").setText("ann")
    child(dialog, QLineEdit, "listeners.try_password").setText("another one")
    click(dialog, "listeners.try_again")
    await desk.until(lambda: verdict.text() == "Sign-in did not work.")
    child(dialog, QLineEdit, "listeners.try_password").setText("a good password")
    click(dialog, "listeners.try_again")
    await desk.until(lambda: verdict.text() == "Everything works.")
    assert desk.service.status().counters.sign_ins == 1
    close(dialog)


async def test_a_listener_for_others_offers_a_look_at_the_firewall(
    tmp_path: Path, qtbot: QtBot
) -> None:
    exposed = LOCAL.model_copy(update={"address": "0.0.0.0:0"})
    async with working_desk(tmp_path, (exposed,)) as desk:
        page = opened(desk, qtbot)
        click(page, "listeners.try")
        dialog = await desk.dialog(TryListener)
        check = child(dialog, QPushButton, "listeners.try_firewall")
        await desk.until(lambda: not check.isHidden())
        assert nameless(dialog) == []
        click(dialog, "listeners.try_firewall")
        found = await desk.service.look_at_firewall(exposed.name)
        hint = child(dialog, QLabel, "listeners.try_hint")
        await desk.until(lambda: hint.text().startswith(found.sentence))
        assert desk.service.status().counters.connections == 0
        close(dialog)


async def test_trying_says_which_rule_keeps_this_computer_out(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    keeper.set("pop3.access.rules", [{"action": "deny", "address": "127.0.0.1"}])
    await keeper.apply()
    click(page, "listeners.try")
    dialog = await desk.dialog(TryListener)
    verdict = child(dialog, QLabel, "listeners.try_verdict")
    await desk.until(lambda: verdict.text().startswith("This computer is kept out"))
    hint = child(dialog, QLabel, "listeners.try_hint").text()
    assert "rule 1 of POP3: deny 127.0.0.1" in hint
    close(dialog)


async def test_what_needs_a_look_is_marked_on_a_listener_that_listens(
    tmp_path: Path, qtbot: QtBot
) -> None:
    exposed = LOCAL.model_copy(update={"address": "0.0.0.0:0"})
    async with working_desk(tmp_path, (exposed,)) as desk:
        page = opened(desk, qtbot)
        state = page.model.index(0, STATE)
        assert state.data(MARK_ROLE) == ("triangle", "attention")
        assert state.data(Qt.ItemDataRole.ToolTipRole) == UNPROTECTED


def test_a_failed_listener_says_when_it_is_tried_again() -> None:
    view = ListenerView("local", "", "none", ListenerState.FAILED, next_try=112.0)
    assert wait_text(view, 100.0) == "Tried again in 12 s"
    assert wait_text(view, 112.0) == "Trying…"


def test_a_port_is_found_at_once_for_an_address_this_computer_lacks() -> None:
    assert addresses.alternative_port("203.0.113.1", 1_110, set()) == 1_111
