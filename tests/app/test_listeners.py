"""The Listeners page: edits go to the draft, apply makes them run, the table shows what is."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.forms.tls_editors import CertificatePicker
from app.panels.listeners_advice import advice
from app.panels.listeners_new import TEMPLATES
from app.panels.listeners_table import LISTENERS
from app.panels.settings_panel import SettingsPanel
from server_core.config.file import load
from server_core.config.layout import ENTRIES
from server_core.config.listening import CIPHERS_FOR_OLDER_DEVICES
from server_core.config.model import Pop3, Security
from server_core.config.schema import settings_of
from server_core.events.views import ListenerState
from tests.app.desk import LOCAL, Desk, child, click, nameless, working_desk
from tests.app.listeners_page import NAME, PORT, SECURITY, STATE, opened, shown, toggle


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_every_setting_of_a_listener_is_on_its_page_once(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    # Rules have a page of their own; whether a listener is on is switched in the table.
    edited = {path for path in ENTRIES[LISTENERS] if not path.startswith("access.")} - {"enabled"}
    assert sorted(page.editor.names()) == sorted(edited)
    names = [part.objectName() for part in page.findChildren(QWidget)]
    assert all(names.count(f"listeners.{path}") == 1 for path in edited)
    for tab in range(page.editor.tabs.count()):
        page.editor.tabs.setCurrentIndex(tab)
        assert nameless(page) == []


async def test_an_edit_reaches_the_draft_and_only_the_draft(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    running = desk.service.config
    child(page, QSpinBox, "listeners.idle_timeout").setValue(20)
    security = child(page, QComboBox, "listeners.security")
    security.activated.emit(security.findData("tls"))
    assert desk.services.keeper.draft.edits == {
        "pop3.listeners.local.idle_timeout": 1_200,
        "pop3.listeners.local.security": "tls",
    }
    assert desk.service.config is running
    assert shown(page, 0, SECURITY) == "TLS from the start"


async def test_an_edit_runs_after_apply_and_the_page_shows_it(desk: Desk, qtbot: QtBot) -> None:
    page, port = opened(desk, qtbot), free_port()
    assert shown(page, 0, STATE) == "Listening"
    child(page, QSpinBox, "listeners.port").setValue(port)
    dot = child(page, QWidget, "listeners.address.changed")
    assert not dot.isHidden()
    await desk.services.keeper.apply()
    assert load(desk.service.home.config_file).pop3.listeners[0].address == f"127.0.0.1:{port}"
    await desk.until(lambda: desk.view("local").address == f"127.0.0.1:{port}")
    await desk.until(lambda: shown(page, 0, STATE) == "Listening")
    assert shown(page, 0, PORT) == str(port) and dot.isHidden()
    socket.create_connection(("127.0.0.1", port), timeout=5).close()


async def test_a_taken_port_is_said_with_its_owner_and_another_one_works(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        taken = owner.getsockname()[1]
        child(page, QSpinBox, "listeners.port").setValue(taken)
        await desk.services.keeper.apply()
        await desk.until(lambda: desk.view("local").state is ListenerState.FAILED)
        await desk.until(lambda: shown(page, 0, STATE) == "Failed")
        strip = child(page, QWidget, "listeners.failure.local")
        assert str(taken) in strip.accessibleName()
        assert str(os.getpid()) in strip.accessibleName()
        use = child(strip, QPushButton, "listeners.use.local")
        use.click()
        offered = int(use.text().split()[-1])
        assert f"use port {offered}." in strip.accessibleName()
        assert desk.services.keeper.draft.get("pop3.listeners.local.address") == (
            f"127.0.0.1:{offered}"
        )
        await desk.services.keeper.apply()
        await desk.until(lambda: desk.view("local").state is ListenerState.LISTENING)
        await desk.until(lambda: page.findChild(QWidget, "listeners.failure.local") is None)


async def test_a_listener_that_failed_is_tried_again_when_asked(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        child(page, QSpinBox, "listeners.port").setValue(owner.getsockname()[1])
        await desk.services.keeper.apply()
        await desk.until(lambda: page.findChild(QPushButton, "listeners.again.local"))
    click(page, "listeners.again.local")
    await desk.until(lambda: shown(page, 0, STATE) == "Listening")


async def test_a_port_another_listener_has_is_said_at_the_field_with_a_remedy(
    desk: Desk, qtbot: QtBot
) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    keeper.set("pop3.listeners.local.address", "127.0.0.1:1110")
    page.duplicate()
    copied = str(page.selected().key)  # type: ignore[union-attr]
    keeper.set(f"pop3.listeners.{copied}.address", "127.0.0.1:1110")
    message = child(page, QWidget, "listeners.address.message")
    assert "already used by listener local" in message.accessibleName()
    assert keeper.problems
    click(page, "listeners.address.message.action")
    assert not keeper.problems and message.isHidden()


async def test_listeners_are_added_copied_and_removed_in_the_draft(
    desk: Desk, qtbot: QtBot
) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    for template in TEMPLATES:
        page.add(template)
    page.duplicate()
    assert page.model.rowCount() == 2 + len(TEMPLATES)
    assert not keeper.problems
    assert {shown(page, row, STATE) for row in range(1, 6)} == {"Not applied yet"}
    page.remove()
    assert page.model.rowCount() == 1 + len(TEMPLATES)
    added = page.model.rows[1].key
    toggle(page, 1, on=False)
    assert keeper.draft.get(f"pop3.listeners.{added}.enabled") is False
    assert len(desk.service.config.pop3.listeners) == 1
    while keeper.can_undo:
        keeper.undo()
    assert page.model.rowCount() == 1 and keeper.draft.edits == {}


async def test_a_renamed_listener_keeps_its_row(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    field = child(page, QLineEdit, "listeners.name")
    field.setText("office")
    field.textEdited.emit("office")
    assert shown(page, 0, NAME) == "office" and shown(page, 0, STATE) == "Listening"
    await desk.services.keeper.apply()
    await desk.until(lambda: [view.name for view in desk.service.listeners()] == ["office"])
    await desk.until(lambda: shown(page, 0, STATE) == "Listening")


async def test_without_a_listener_the_page_offers_to_add_one(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    page.remove()
    empty = child(page, QWidget, "listeners.empty")
    assert empty.isVisible()
    assert empty.accessibleName() == "Clients have no address to connect to."
    click(page, "listeners.empty.action")
    assert page.model.rowCount() == 1 and not empty.isVisible()


@pytest.mark.parametrize("path", ["domain", "tls.minimum_version", "flow.max_new", "proxy.mode"])
async def test_a_field_of_a_listener_can_be_pointed_at(desk: Desk, qtbot: QtBot, path: str) -> None:
    page = opened(desk, qtbot)
    page.activateWindow()
    page.show_target(f"local.{path}")
    field = page.editor.field(path)

    def has_the_cursor() -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and (focused is field or field.isAncestorOf(focused))

    await desk.until(has_the_cursor)


async def test_options_of_tls_are_edited_and_the_certificate_is_picked(
    desk: Desk, qtbot: QtBot
) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    await desk.service.create_certificate("office", ["localhost"])
    page.refresh()
    picker = child(page, CertificatePicker, "listeners.certificate")
    await desk.until(lambda: picker.findData("office") > 0)
    picker.activated.emit(picker.findData("office"))
    ciphers = child(page, QComboBox, "listeners.tls.ciphers")
    ciphers.activated.emit(ciphers.findText("Older devices"))
    assert keeper.draft.edits == {
        "pop3.listeners.local.certificate": "office",
        "pop3.listeners.local.tls.ciphers": CIPHERS_FOR_OLDER_DEVICES,
    }
    assert child(page, QWidget, "listeners.tls.ciphers.message").accessibleName()
    await keeper.apply()
    assert desk.service.config.pop3.listeners[0].certificate == "office"


@pytest.mark.parametrize(
    ("address", "security", "warned"),
    [
        ("127.0.0.1:1110", Security.NONE, False),
        ("[::1]:1110", Security.STARTTLS, False),
        ("*:1110", Security.STARTTLS, True),
        ("0.0.0.0:1110", Security.NONE, True),
        ("0.0.0.0:1110", Security.STARTTLS_REQUIRED, False),
        ("*:1995", Security.TLS, False),
    ],
)
def test_readable_passwords_on_a_network_are_warned_about(
    address: str, security: Security, warned: bool
) -> None:
    values = LOCAL.model_copy(update={"address": address, "security": security})
    notes = [note.text for note in advice(values.model_dump(mode="json"))]
    assert ("Passwords can cross the network unprotected." in notes) is warned


class Pop3Panel(SettingsPanel):
    section = "pop3"
    model = Pop3
    groups = {  # noqa: RUF012 - a declaration, as pages write it
        "Words": ("greeting",),
        "Limits": ("max_errors", "max_auth_errors", "auth_failure_delay"),
        "Signing in": ("allow_starttls", "secure_methods", "plain_methods", "digest_realms"),
        "Telling": ("announce_version",),
    }


async def test_a_panel_is_made_from_its_declaration(desk: Desk, qtbot: QtBot) -> None:
    page = Pop3Panel(desk.services)
    qtbot.addWidget(page)
    listed = [name for form in page.forms for name in form.names()]
    assert sorted(listed) == sorted(declared.name for declared in settings_of(Pop3))
    child(page, QSpinBox, "pop3.max_errors").setValue(7)
    assert desk.services.keeper.draft.edits == {"pop3.max_errors": 7}
    page.show_target("pop3.greeting")
