"""The Authentication page: methods are switched in the draft, and told of as they stand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.forms.form import Message
from app.look.marks import StateLabel
from app.look.parts import Banner
from app.panels.authentication import AuthenticationPage
from app.panels.authentication_words import (
    GROUPS,
    PLAIN,
    PRESETS,
    SECURE,
    TOLD,
    day_or_clock,
    preset_of,
    ready_text,
    state_of,
    used_text,
)
from server_core.config.signing_in import (
    DEFAULT_PLAIN,
    DEFAULT_SECURE,
    TLS_METHODS,
    Method,
)
from server_core.events.views import MethodView
from tests.app.desk import Desk, child, click, nameless, working_desk

ANN = "ann@example.com"


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


def opened(desk: Desk, qtbot: QtBot) -> AuthenticationPage:
    page = AuthenticationPage(desk.services)
    qtbot.addWidget(page)
    page.resize(1000, 640)
    page.show()
    return page


def box(page: QWidget, path: str, method: str) -> QCheckBox:
    return child(page, QCheckBox, f"{path}.{method}")


def state(page: QWidget, method: str) -> str:
    return child(page, StateLabel, f"auth.{method}.state").text()


def ready(page: QWidget, method: str) -> str:
    return child(page, QLabel, f"auth.{method}.ready").text()


def message(page: QWidget, about: str) -> str:
    return child(page, Message, f"auth.{about}.message").text()


def banner(page: QWidget, name: str) -> str:
    found = child(page, Banner, name)
    return "" if found.isHidden() else found.accessibleName()


def test_every_method_is_in_one_group_and_told_of() -> None:
    assert sorted(m for group in GROUPS for m in group.methods) == sorted(Method)
    assert TOLD.keys() == {*Method}


async def test_there_is_a_switch_wherever_a_method_can_be(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    for method in Method:
        assert box(page, SECURE, method).isChecked() is (method in DEFAULT_SECURE)
        if method in TLS_METHODS:
            assert page.findChild(QCheckBox, f"{PLAIN}.{method}") is None
        else:
            assert box(page, PLAIN, method).isChecked() is (method in DEFAULT_PLAIN)
    assert nameless(page) == []
    plain = box(page, SECURE, Method.PLAIN)
    assert plain.accessibleName() == "PLAIN on encrypted connections"
    assert plain.accessibleDescription().startswith("Available. ")


async def test_a_switch_edits_the_draft_and_keeps_the_order(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    box(page, PLAIN, Method.PLAIN).click()
    box(page, SECURE, Method.APOP).click()
    assert keeper.draft.get(PLAIN) == [m for m in DEFAULT_PLAIN if m is not Method.PLAIN]
    assert keeper.draft.get(SECURE) == [m for m in Method if m is not Method.EXTERNAL]
    box(page, PLAIN, Method.PLAIN).click()
    box(page, SECURE, Method.APOP).click()
    assert keeper.draft.edits == {}


async def test_the_order_of_the_file_is_left_alone(desk: Desk, qtbot: QtBot) -> None:
    keeper = desk.services.keeper
    keeper.set(PLAIN, ["scram-sha-1", "plain"])
    await keeper.apply()
    page = opened(desk, qtbot)
    box(page, PLAIN, Method.LOGIN).click()
    assert keeper.draft.get(PLAIN) == ["plain", "login", "scram-sha-1"]
    box(page, PLAIN, Method.LOGIN).click()
    assert keeper.draft.edits == {}


async def test_switches_follow_undo_and_the_server(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    box(page, SECURE, Method.PLAIN).click()
    keeper.undo()
    assert box(page, SECURE, Method.PLAIN).isChecked()
    keeper.redo()
    await keeper.apply()
    await desk.until(lambda: state(page, Method.PLAIN) == "Available")
    assert Method.PLAIN not in desk.service.config.pop3.secure_methods
    assert not box(page, SECURE, Method.PLAIN).isChecked()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
async def test_a_preset_fills_the_draft_and_is_known_again(
    desk: Desk, qtbot: QtBot, preset: object
) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    choice = child(page, QComboBox, "auth.preset")
    assert choice.currentText() == "Compatible"
    box(page, SECURE, Method.EXTERNAL).click()
    assert choice.currentText() == "Own choice"
    place = PRESETS.index(preset)
    choice.setCurrentIndex(place)
    choice.activated.emit(place)
    assert keeper.draft.get(SECURE) == [*PRESETS[place].secure]
    assert keeper.draft.get(PLAIN) == [*PRESETS[place].plain]
    assert child(page, QLabel, "auth.preset.told").text() == PRESETS[place].told
    assert not keeper.problems
    keeper.undo()
    assert choice.currentText() == "Own choice"


def test_presets_mean_what_they_say() -> None:
    compatible, over_tls, modern = PRESETS
    assert (compatible.secure, compatible.plain) == (DEFAULT_SECURE, DEFAULT_PLAIN)
    text = {Method.USER_PASS, Method.PLAIN, Method.LOGIN}
    assert text <= {*over_tls.secure} and not text & {*over_tls.plain}
    assert text <= {*modern.secure} and {*modern.plain} == {"scram-sha-1", "scram-sha-256"}
    assert preset_of(["plain"], []) is None


async def test_facts_follow_accounts_and_sign_ins(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    assert ready(page, Method.PLAIN) == "–"
    assert banner(page, "auth.nobody") == "Nobody can sign in yet. Add the first mailbox."
    went: list[tuple[str, str]] = []
    desk.services.window.going.connect(lambda where, target: went.append((where, target)))
    click(page, "auth.nobody.action")
    assert went == [("accounts", "add")]
    await desk.service.add_account("ann", "secret word")
    await desk.service.add_account("ben", None)
    await desk.until(lambda: ready(page, Method.PLAIN) == "1 of 2")
    assert banner(page, "auth.nobody") == ""
    assert child(page, QLabel, "auth.user-pass.used").text() == "Not used"
    (await desk.sign_in(ANN, "secret word")).quit()
    await desk.until(lambda: child(page, QLabel, "auth.user-pass.used").text() == "1")


async def test_a_method_that_cannot_work_says_why_even_if_ticked(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    assert state(page, Method.PLAIN) == "Available"
    assert state(page, Method.APOP) == "Switched off"
    assert state(page, Method.CRAM_MD5) == "Not offered to clients"
    described = box(page, SECURE, Method.CRAM_MD5).accessibleDescription()
    assert "Passwords are not kept for it." in described
    desk.services.keeper.set("pop3.secrets.keep_for", ["cram-md5"])
    await desk.until(
        lambda: (
            "No account is ready for it" in box(page, SECURE, "cram-md5").accessibleDescription()
        )
    )


async def test_a_method_leads_to_what_it_lacks(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    box(page, SECURE, Method.EXTERNAL).click()
    await desk.until(lambda: state(page, Method.EXTERNAL) == "Not offered to clients")
    went: list[tuple[str, str]] = []
    desk.services.window.going.connect(lambda where, target: went.append((where, target)))
    page.activateWindow()
    assert QTest.qWaitForWindowActive(page)
    click(page, "auth.cram-md5.way")
    assert box(page, "pop3.secrets.keep_for", "apop").hasFocus()
    click(page, "auth.gssapi.way")
    assert child(page, QLineEdit, "pop3.kerberos.principal").hasFocus()
    click(page, "auth.external.way")
    click(page, "auth.scram-sha-256.way")
    assert went == [("listeners", ""), ("accounts", "")]


async def test_what_applying_would_change_is_told_apart(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    box(page, SECURE, Method.PLAIN).click()
    assert state(page, Method.PLAIN) == "Available"
    box(page, PLAIN, Method.PLAIN).click()
    await desk.until(lambda: state(page, Method.PLAIN) == "Off once applied")
    await desk.services.keeper.apply()
    await desk.until(lambda: state(page, Method.PLAIN) == "Switched off")
    box(page, PLAIN, Method.PLAIN).click()
    await desk.until(lambda: state(page, Method.PLAIN) == "Available once applied")


async def test_while_the_server_is_stopped_nothing_is_made_up(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    await desk.service.add_account("ann", "secret word")
    await desk.service.stop(grace=0)
    await desk.service.open()
    await desk.until(lambda: state(page, Method.PLAIN) == "Not known now")
    assert "stopped" in banner(page, "auth.nobody") and ready(page, Method.PLAIN) == "–"
    box(page, PLAIN, Method.PLAIN).click()
    assert PLAIN in desk.services.keeper.draft.edits


async def test_a_hidden_page_looks_again_when_it_is_shown(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    page.hide()
    await desk.service.add_account("ann", "secret word")
    desk.services.pump.tick()
    assert ready(page, Method.PLAIN) == "–"
    page.show()
    assert ready(page, Method.PLAIN) == "1 of 1"


async def test_tab_goes_through_the_matrix_row_by_row(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    page.activateWindow()
    assert QTest.qWaitForWindowActive(page)
    box(page, SECURE, Method.USER_PASS).setFocus()
    seen = []
    for _ in range(5):
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.append(focused.objectName().removeprefix("pop3."))
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert seen == [
        *("secure_methods.user-pass", "plain_methods.user-pass", "secure_methods.plain"),
        *("plain_methods.plain", "secure_methods.login"),
    ]
    box(page, PLAIN, Method.LOGIN).setFocus()
    QTest.keyClick(box(page, PLAIN, Method.LOGIN), Qt.Key.Key_Space)
    assert Method.LOGIN not in desk.services.keeper.draft.get(PLAIN)


async def test_a_setting_or_a_method_is_gone_to_and_seen(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    page.activateWindow()
    assert QTest.qWaitForWindowActive(page)
    page.show_target("pop3.greeting")
    greeting = child(page, QLineEdit, "pop3.greeting")
    await desk.until(lambda: greeting.hasFocus() and not greeting.visibleRegion().isEmpty())
    page.show_target("scram-sha-1")
    switch = box(page, SECURE, "scram-sha-1")
    await desk.until(lambda: switch.hasFocus() and not switch.visibleRegion().isEmpty())


def test_words_for_what_is_and_what_would_be() -> None:
    on = MethodView("plain", in_clear=True, under_tls=True, ready=9, accounts=12)
    off = MethodView("plain", in_clear=False, under_tls=False, ready=9, accounts=12)
    lacks = MethodView("apop", True, False, 0, 12, problem="the key is gone")
    assert state_of(on, on).word == "Available" and state_of(off, off).word == "Switched off"
    assert state_of(lacks, lacks).reason == "The key is gone."
    assert state_of(None, None).word == "Not known now"
    assert ready_text(on) == "9 of 12" and ready_text(None) == "–"
    assert ready_text(MethodView("gssapi", True, True, 0, 12)) == "–"
    assert used_text(off) == ("Not used", "", "") and used_text(None)[0] == "–"


def test_a_last_use_is_told_as_a_time_today_and_a_day_before() -> None:
    assert "00" not in day_or_clock(0.0) and ":" not in day_or_clock(0.0)
