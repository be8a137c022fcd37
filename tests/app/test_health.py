"""The Health page: findings, what mends them, the report, and why somebody cannot sign in."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from app.dashboard import health_page
from app.dashboard.health_page import EVERYTHING, NEEDS_A_LOOK, HealthPage
from app.dashboard.health_why import WhyDialog
from app.look.marks import StateLabel
from app.look.parts import Banner
from app.look.spoken import announce
from server_core.config.listening import Proxy, ProxyMode
from server_core.config.model import Listener, Security
from tests.app.desk import Desk, child, click, nameless, tab_order, working_desk

PASSWORD = "correct horse"
LOCAL = Listener(name="local", address="127.0.0.1:0", security=Security.NONE)


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path, (LOCAL,)) as ready:
        await ready.service.add_account("ann", PASSWORD)
        yield ready


async def opened(desk: Desk, qtbot: QtBot) -> HealthPage:
    """The page, once it has checked."""
    page = HealthPage(desk.services)
    qtbot.addWidget(page)
    page.show()
    page.refresh()
    await settled(desk, page)
    return page


def button_above(page: HealthPage, name: str) -> QPushButton:
    """One of the buttons beside the page's title."""
    found = next(each for each in page.title_buttons() if each.objectName() == name)
    assert isinstance(found, QPushButton)
    return found


async def settled(desk: Desk, page: HealthPage) -> None:
    """All cards are there; the last one is that of this computer."""
    run = button_above(page, "health.run")
    await desk.until(
        lambda: run.text() == "Run all" and page.findChild(QWidget, "health.state.workers")
    )


def words(page: HealthPage, finding: str) -> str:
    state = child(page, StateLabel, f"health.state.{finding}").text()
    return f"{state}: {child(page, QLabel, f'health.sentence.{finding}').text()}"


def states(page: HealthPage) -> list[str]:
    """The states in sight."""
    return [each.text() for each in page.findChildren(StateLabel) if each.isVisible()]


def press(page: HealthPage, name: str) -> None:
    """Press one of the buttons beside the title, or of those on the page."""
    for each in page.title_buttons():
        if each.objectName() == name:
            assert isinstance(each, QPushButton)
            each.click()
            return
    click(page, name)


async def test_the_first_look_at_the_page_checks_and_says_that_all_is_well(
    desk: Desk, qtbot: QtBot
) -> None:
    page = await opened(desk, qtbot)
    assert child(page, Banner, "health.summary").accessibleName() == "Everything looks right."
    assert words(page, "bound.local").startswith("OK: Listens on 127.0.0.1:")
    assert not [
        b for b in page.findChildren(QPushButton) if b.objectName().startswith("health.fix")
    ]
    assert nameless(page) == []
    assert desk.failures == []


async def test_what_needs_a_look_can_be_shown_alone(desk: Desk, qtbot: QtBot) -> None:
    await desk.service.add_account("bare", None)
    page = await opened(desk, qtbot)
    tabs = child(page, QTabBar, "health.tabs")
    assert tabs.tabText(NEEDS_A_LOOK) == "Needs a look (1)"
    tabs.setCurrentIndex(NEEDS_A_LOOK)
    assert "bare@example.com" in words(page, "accounts.without password")
    await desk.until(lambda: states(page) == ["Attention"])
    tabs.setCurrentIndex(EVERYTHING)
    assert words(page, "bound.local").startswith("OK")


async def test_a_button_leads_to_where_a_finding_is_mended(desk: Desk, qtbot: QtBot) -> None:
    await desk.service.add_account("bare", None)
    page = await opened(desk, qtbot)
    gone: list[tuple[str, str]] = []
    desk.services.window.going.connect(lambda *place: gone.append(place))
    click(page, "health.fix.accounts.without password")
    assert gone == [("accounts", "bare@example.com")]


async def test_a_failed_listener_is_tried_again_from_its_row(tmp_path: Path, qtbot: QtBot) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        place = f"127.0.0.1:{other.getsockname()[1]}"
        taken = LOCAL.model_copy(update={"address": place})
        async with working_desk(tmp_path, (taken,)) as desk:
            page = await opened(desk, qtbot)
            assert words(page, "bound.local").startswith("Problem: Port")
            other.close()
            click(page, "health.fix.bound.local")
            await desk.until(lambda: words(page, "bound.local").startswith("OK: "))


async def test_details_open_and_close(desk: Desk, qtbot: QtBot) -> None:
    page = await opened(desk, qtbot)
    text = child(page, QLabel, "health.text.answering.local")
    assert text.isHidden() and text.text().startswith("127.0.0.1: answers in ")
    click(page, "health.details.answering.local")
    assert not text.isHidden()
    click(page, "health.details.answering.local")
    assert text.isHidden()


async def test_checks_that_run_by_themselves_reach_the_page(desk: Desk, qtbot: QtBot) -> None:
    page = await opened(desk, qtbot)
    await desk.service.add_account("bare", None)
    await desk.service.check_health()
    await desk.until(lambda: page.findChild(QWidget, "health.state.accounts.without password"))


async def test_checks_that_cannot_be_run_say_why(desk: Desk, qtbot: QtBot) -> None:
    page = await opened(desk, qtbot)
    await desk.service.stop(grace=0)
    press(page, "health.run")
    failure = child(page, Banner, "health.failure")
    await desk.until(lambda: not failure.isHidden())
    assert "The server is stopped." in failure.accessibleName()
    # Nor does what was found before say how it is now.
    summary = child(page, Banner, "health.summary").accessibleName()
    assert summary == "Below is what the checks found before."
    assert words(page, "bound.local").startswith("OK")  # what was found stays in sight


@pytest.mark.parametrize(("choice", "named"), [("whole", True), ("short", False)])
async def test_the_report_is_copied_whole_or_shortened(
    desk: Desk, qtbot: QtBot, choice: str, named: bool
) -> None:
    await desk.service.add_account("bare", None)
    page = await opened(desk, qtbot)
    button = next(each for each in page.title_buttons() if each.objectName() == "health.copy")
    child(button, QAction, f"health.copy.{choice}").trigger()
    text = QGuiApplication.clipboard().text()
    assert "Reachable" in text and ("bare@example.com" in text) is named
    assert desk.said == ["The report is on the clipboard."]


async def test_the_dialog_explains_step_by_step_and_leads_to_the_fix(
    desk: Desk, qtbot: QtBot
) -> None:
    await desk.service.set_enabled("ann", False)
    page = await opened(desk, qtbot)
    gone: list[tuple[str, str]] = []
    desk.services.window.going.connect(lambda *place: gone.append(place))
    page.show_target("why:ann@example.com 127.0.0.1 local")
    dialog = await desk.dialog(WhyDialog)
    verdict = child(dialog, Banner, "health.why_verdict")
    assert "Enable the account ann@example.com" in verdict.accessibleName()
    assert child(dialog, QLineEdit, "health.why_address").text() == "127.0.0.1"
    assert child(dialog, QComboBox, "health.why_listener").currentText() == "local"
    assert nameless(dialog) == []
    click(dialog, "health.why_verdict.action")
    assert gone == [("accounts", "ann@example.com")]


async def test_the_dialog_asks_for_an_account_and_says_what_is_wrong(
    desk: Desk, qtbot: QtBot
) -> None:
    page = await opened(desk, qtbot)
    press(page, "health.why")
    dialog = await desk.dialog(WhyDialog)
    verdict = child(dialog, Banner, "health.why_verdict")
    click(dialog, "health.why_explain")
    assert verdict.accessibleName() == "Name an account first."
    account = child(dialog, QComboBox, "health.why_account")
    await desk.until(lambda: account.count() == 1)
    account.setEditText("ann")
    child(dialog, QLineEdit, "health.why_address").setText("somewhere")
    click(dialog, "health.why_explain")
    assert "not an IP address" in verdict.accessibleName()


async def test_no_button_leads_to_a_page_that_the_window_has_not(desk: Desk, qtbot: QtBot) -> None:
    await desk.service.add_account("bare", None)
    desk.services.window.pages = frozenset({"health"})
    page = await opened(desk, qtbot)
    assert words(page, "accounts.without password").startswith("Attention")
    assert page.findChild(QPushButton, "health.fix.accounts.without password") is None


async def test_what_somebody_opened_stays_open_when_checks_run_again(
    desk: Desk, qtbot: QtBot
) -> None:
    page = await opened(desk, qtbot)
    assert words(page, "sign_in.local").startswith("OK: Signed in with USER and PASS")
    text = child(page, QLabel, "health.text.sign_in.local")
    click(page, "health.details.sign_in.local")
    assert "Fetch: all" in text.text()
    found = await desk.service.check_health()
    await desk.until(lambda: page._findings == found)
    assert child(page, QLabel, "health.text.sign_in.local") is text and not text.isHidden()


async def test_what_could_not_be_checked_is_not_called_right(tmp_path: Path, qtbot: QtBot) -> None:
    silent = LOCAL.model_copy(
        update={"proxy": Proxy(mode=ProxyMode.REQUIRED, trusted=("10.0.0.1",))}
    )
    async with working_desk(tmp_path, (silent,)) as desk:
        await desk.service.add_account("ann", PASSWORD)
        page = await opened(desk, qtbot)
        assert child(page, Banner, "health.summary").accessibleName() == "2 not checked"
        assert words(page, "sign_in.local").startswith("Not checked: It takes connections from")


async def test_a_card_that_is_made_anew_keeps_its_place_for_the_keyboard(
    desk: Desk, qtbot: QtBot
) -> None:
    page = await opened(desk, qtbot)
    before = [name for name in tab_order(page) if name.startswith("health.details.")]
    assert len(before) > 2
    found = desk.service.findings()
    first = next(one for one in found if one.details)
    for shown in ([replace(one, id="other") if one is first else one for one in found], found):
        page._show(shown)
        await desk.until(lambda: not page._next.isActive())
    assert [name for name in tab_order(page) if name.startswith("health.details.")] == before


async def test_f5_runs_the_checks_and_the_result_is_spoken(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await opened(desk, qtbot)
    spoken: list[tuple[str, str]] = []
    monkeypatch.setattr(
        health_page, "announce", lambda part, text: spoken.append((part.objectName(), text))
    )
    before = desk.service.findings()
    page.look_again()
    await desk.until(lambda: bool(spoken))
    assert spoken == [("health.summary", "Everything looks right.")]
    assert desk.service.findings() != before


async def test_the_keyboard_stays_on_the_button_that_runs_the_checks(
    desk: Desk, qtbot: QtBot
) -> None:
    page = await opened(desk, qtbot)
    run = button_above(page, "health.run")
    run.click()
    assert run.isEnabled() and run.accessibleName() == "Checking…"
    before = desk.service.findings()
    run.click()
    await settled(desk, page)
    assert desk.service.findings() != before


def test_an_announcement_reaches_qt(qtbot: QtBot) -> None:
    part = QLabel()
    qtbot.addWidget(part)
    announce(part, "Everything looks right.")
