"""The whole window over a real server: every page, every key, and a client that comes and goes."""

from __future__ import annotations

import asyncio
import poplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.bootstrap import Desk as WindowDesk
from app.bootstrap import clear_away
from app.bridge.loop_delay import Delay
from app.dashboard.dashboard_page import DashboardPage
from app.dashboard.live import Live
from app.dashboard.log_page import LogPage
from app.dashboard.sessions_page import SessionsPage
from app.panels.account_editor import AccountEditor
from app.panels.import_mail import ImportMail
from app.window.keys import tab_stops
from app.window.main_window import MainWindow
from app.window.pages import pages
from server_core.events.reasons import CloseReason
from server_core.events.types import Level
from server_core.events.views import ServerState
from server_core.ingress import ImportReport
from tests.app.desk import Desk, child, click, working_desk

PAGES = (
    *("dashboard", "sessions", "log", "health", "accounts"),
    *("listeners", "access", "flow", "auth", "certs", "bans", "logging", "workers"),
)
STATUS = ("rate", "delay", "disk", "revision")
RECURSIVE = Qt.MatchFlag.MatchRecursive
CONTROLS = (
    QAbstractButton,
    QLineEdit,
    QComboBox,
    QAbstractItemView,
    QAbstractSpinBox,
    QTabBar,
)


@asynccontextmanager
async def window_at(desk: Desk) -> AsyncIterator[MainWindow]:
    """The window over a desk's server."""
    live = Live(desk.services)
    window = MainWindow(desk.services, live, pages(live))
    live.start()
    window.show()
    try:
        yield window
    finally:
        await clear_away(WindowDesk(desk.services, live, window))


def nameless(window: QWidget) -> list[str]:
    """The controls that a screen reader could not name."""
    return [
        f"{type(part).__name__} {part.objectName()!r}"
        for part in window.findChildren(QWidget)
        if isinstance(part, CONTROLS)
        and part.isVisible()
        and not part.objectName().startswith("qt_")
        and not part.accessibleName()
        and not (isinstance(part.parent(), QComboBox | QAbstractSpinBox | QLineEdit | QTabBar))
        # A table's own header and corner are named by the table.
        and not isinstance(part.parent(), QAbstractItemView)
    ]


@pytest.mark.parametrize("state", ["empty", "filled", "paused", "stopped"])
async def test_every_page_opens_in_every_state(qtbot: QtBot, tmp_path: Path, state: str) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        client = None
        if state != "empty":
            await desk.service.add_account("ann", "secret word")
            client = await desk.sign_in("ann@example.com", "secret word")
        if state == "paused":
            await desk.service.pause()
        if state == "stopped":
            await desk.service.stop(grace=0)
            await desk.service.open()
        for page in PAGES:
            window.open_page(page)
            await desk.until(lambda: window.bar.pill.text().strip())
            await asyncio.sleep(0)
            assert window.page_id == page
            assert nameless(window) == []
        assert desk.failures == []
        if client is not None:
            client.close()


def test_every_page_is_registered_with_words_and_a_picture(qtbot: QtBot) -> None:
    table = pages(None)  # type: ignore[arg-type]
    assert [page.id for page in table] == list(PAGES)
    for page in table:
        assert page.title and page.purpose.endswith((".", "?")) and page.aliases
        assert set(page.related) <= set(PAGES)


async def test_keys_lead_through_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window)
        reached = PAGES[:9]
        for number, page in enumerate(reached, start=1):
            QTest.keyClick(
                window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier
            )
            assert window.page_id == page
        QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        assert window.page_id == reached[-2]
        QTest.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        assert window.page_id == reached[-1]
        window.open_page("log")
        log = window.page
        assert isinstance(log, LogPage)
        child(log, QAbstractItemView, "log.table").setFocus()
        QTest.keyClick(window, Qt.Key.Key_Space)
        assert desk.services is not None and child(log, QLineEdit, "log.words")
        assert child(window, QPushButton, "log.pause").isChecked()
        QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        words = child(log, QLineEdit, "log.words")
        assert words.hasFocus()
        QTest.keyClicks(words, "two words")
        assert words.text() == "two words", "a space in a field is a space"
        QTest.keyClick(window, Qt.Key.Key_F5)


async def test_f6_goes_round_the_regions(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        assert desk.failures == []
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window)
        seen: list[QWidget] = []
        for _ in window.regions():
            QTest.keyClick(window, Qt.Key.Key_F6)
            focused = window.focusWidget()
            assert focused is not None
            seen += [
                part for part in window.regions() if part.isAncestorOf(focused) or part is focused
            ]
        assert set(seen) == set(window.regions())


async def test_a_client_is_seen_coming_reading_and_leaving(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        letter = tmp_path / "letter.eml"
        letter.write_bytes(b"Subject: hello\r\n\r\nhello\r\n")
        await desk.service.add_account("ann", "secret word")
        await desk.service.import_mail("ann@example.com", letter)
        live = window_live(window)
        window.open_page("sessions")
        client = await desk.sign_in("ann@example.com", "secret word")
        await desk.until(lambda: [view.user for view in live.sessions.rows] == ["ann@example.com"])
        await asyncio.to_thread(client.retr, 1)
        await desk.until(lambda: live.sessions.rows[0].retrieved == 1)
        window.open_page("log")
        await asyncio.to_thread(client.quit)
        await desk.until(lambda: not live.sessions.rows and live.history.rows)
        assert live.history.rows[0].reason is CloseReason.QUIT
        assert live.history.rows[0].retrieved == 1
        await desk.until(lambda: "signed off" in live.log.rows[-1].text)
        assert any("has logged in" in row.text for row in live.log.rows)
        window.open_page("dashboard")
        dashboard = window.page
        assert isinstance(dashboard, DashboardPage)
        tile = child(dashboard, QPushButton, "dashboard.fetched")
        await desk.until(lambda: tile.accessibleName().startswith("Messages fetched: 1"))
        assert desk.failures == []


async def test_leaving_a_page_and_coming_back_keeps_everything(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        await desk.service.add_account("ann", "secret word")
        desk.services.keeper.set("pop3.flow.max_connections_per_peer", 0)
        desk.services.keeper.set("pop3.accounts.connections", 0)
        await desk.services.keeper.apply()
        clients = [await desk.sign_in("ann@example.com", "secret word") for _ in range(30)]
        live = window_live(window)
        await desk.until(lambda: len(live.sessions.rows) == 30)
        window.open_page("log")
        log = window.page
        words = child(log, QLineEdit, "log.words")
        words.setText("logged")
        table = child(log, QAbstractItemView, "log.table")
        table.setCurrentIndex(table.model().index(3, 0))
        QApplication.processEvents()
        table.verticalScrollBar().setValue(2)
        window.open_page("sessions")
        await asyncio.to_thread(leave, clients)
        await desk.until(lambda: not live.sessions.rows)
        window.open_page("log")
        QApplication.processEvents()
        assert window.page is log
        assert words.text() == "logged" and table.model().rowCount() == 30
        assert table.currentIndex().row() == 3
        assert table.verticalScrollBar().value() == 2


async def test_disconnecting_asks_first_and_names_what_it_means(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        await desk.service.add_account("ann", "secret word")
        client = await desk.sign_in("ann@example.com", "secret word")
        live = window_live(window)
        await desk.until(lambda: live.sessions.rows)
        window.open_page("sessions")
        page = window.page
        assert isinstance(page, SessionsPage)
        page.show_target(f"session:{live.sessions.rows[0].session}")
        click(window, "sessions.disconnect")
        box = await desk.dialog(QMessageBox)
        assert "ann@example.com" in box.text()
        assert "marked for deletion stay" in box.informativeText()
        assert box.defaultButton().objectName() == "confirm.cancel"
        click(box, "confirm.action")
        await desk.until(lambda: live.history.rows)
        assert live.history.rows[0].reason is CloseReason.DISCONNECTED_BY_ADMIN
        client.close()


async def test_a_server_that_is_still_stopping_is_not_called_stopped(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        live = window_live(window)
        stopping = asyncio.create_task(desk.service.stop())
        shown = set()
        while not stopping.done():
            live.sample()
            assert live.status is not None
            shown.add((live.status.state, desk.service.state))
            await asyncio.sleep(0)
        assert (ServerState.STOPPING, ServerState.STOPPING) in shown
        assert all(told is true for told, true in shown)
        await desk.service.open()


async def test_the_server_is_paused_resumed_stopped_and_started(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        pill = window.bar.pill
        await desk.until(lambda: pill.text().strip().startswith("Running"))
        click(window, "bar.primary")
        await desk.until(lambda: pill.text().strip() == "Not accepting")
        click(window, "bar.primary")
        await desk.until(lambda: pill.text().strip().startswith("Running"))
        window.bar.stop.trigger()
        await desk.until(lambda: pill.text().strip() == "Stopped")
        sentence = child(window, QLabel, "dashboard.state_sentence")
        assert "Nobody can fetch mail" in sentence.text()
        click(window, "bar.primary")
        await desk.until(lambda: desk.service.state is ServerState.RUNNING)
        assert desk.failures == []


async def test_tab_goes_from_the_command_bar_down_to_the_status_bar(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window)
        desk.services.keeper.set("pop3.max_errors", 7)
        window.open_page("workers")
        names: list[str] = []
        while "bar.navigation" not in names[1:]:
            QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
            focused = window.focusWidget()
            names.append(focused.objectName() if focused else "")
        told = [name.partition(".")[0] for name in names[:-1]]
        regions = [name for place, name in enumerate(told) if name not in told[:place]]
        assert (regions[:2], regions[-2:]) == (["bar", "navigation"], ["change_bar", "status"])
        assert told == sorted(told, key=regions.index), "each region in one go"


@pytest.mark.parametrize("away", ["minimized", "hidden", "maximized and minimized"])
async def test_a_window_that_is_away_comes_forward(qtbot: QtBot, tmp_path: Path, away: str) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        if "maximized" in away:
            window.showMaximized()
        if "minimized" in away:
            window.showMinimized()
        else:
            window.hide()
        other = QWidget()
        qtbot.addWidget(other)
        other.show()
        other.activateWindow()
        assert QTest.qWaitForWindowActive(other)
        window.come_forward()
        assert QTest.qWaitForWindowActive(window)
        assert window.isVisible() and not window.isMinimized()
        assert window.isMaximized() == ("maximized" in away)
        assert desk.failures == []


@pytest.mark.parametrize("slim", [False, True], ids=["wide", "slim"])
async def test_a_page_with_changes_has_a_dot_until_they_are_applied_or_discarded(
    qtbot: QtBot, tmp_path: Path, *, slim: bool
) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        keeper, navigation = desk.services.keeper, window.navigation
        navigation.set_slim(slim)

        def told() -> dict[str, str]:
            """The pages that are said to have changes, and what a screen reader says of them."""
            items = navigation.findItems("", Qt.MatchFlag.MatchContains | RECURSIVE)
            return {
                item.text(0): item.data(0, Qt.ItemDataRole.AccessibleTextRole)
                for item in items
                if "not applied" in item.toolTip(0)
            }

        def painted() -> QImage:
            """How the entry of Flow control looks."""
            (item,) = navigation.findItems("Flow control", Qt.MatchFlag.MatchExactly | RECURSIVE)
            return navigation.viewport().grab(navigation.visualItemRect(item)).toImage()

        unchanged = painted()
        keeper.set("pop3.max_errors", 7)
        assert painted() == unchanged
        keeper.set("pop3.flow.max_connections", 7)
        assert painted() != unchanged
        navigation.show_badge("bans", "2", "2 new since you last looked")
        assert told() == {
            "Flow control": "Flow control. Changes not applied yet",
            "Errors and bans": (
                "Errors and bans. 2 new since you last looked. Changes not applied yet"
            ),
        }
        keeper.undo()
        assert list(told()) == ["Errors and bans"] and painted() == unchanged
        await keeper.apply()
        assert told() == {}
        keeper.set("pop3.flow.max_connections", 7)
        assert list(told()) == ["Flow control"]
        keeper.discard()
        assert told() == {} and painted() == unchanged


@pytest.mark.parametrize("focused", ["nothing", "navigation", "page"])
@pytest.mark.parametrize(
    ("page", "key"),
    [
        *((page, Qt.Key.Key_N) for page in ("accounts", "listeners", "access", "certs", "bans")),
        *((page, Qt.Key.Key_E) for page in ("sessions", "log")),
    ],
)
async def test_the_keys_of_a_page_work_wherever_the_focus_is(
    qtbot: QtBot, tmp_path: Path, page: str, key: Qt.Key, focused: str
) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window)
        window.open_page(page)
        await desk.until(lambda: window.bar.pill.text().strip())
        stops = [part for part in tab_stops(window.page) if part.isVisible() and part.isEnabled()]
        place = {"navigation": window.navigation, "page": stops[-1]}.get(focused)
        if place is not None:
            place.setFocus()
        QTest.keyClick(window.focusWidget() or window, key, Qt.KeyboardModifier.ControlModifier)
        await desk.until(lambda: desk.said or in_front_of(window))


async def test_the_numbers_in_the_status_bar_are_written_one_way(
    qtbot: QtBot, tmp_path: Path
) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        async with working_desk(tmp_path) as desk, window_at(desk) as window:
            status = replace(desk.service.status(), free_octets=18_900_000_000, revision=1_200)
            window.status.show_status(status, 1_200_000, Delay(p99=256.0))
            told = {name: child(window, QPushButton, f"status.{name}").text() for name in STATUS}
            assert told == {
                "rate": "Out 1,2 MB/s",
                "delay": "Window delay 256,0 ms",
                "disk": "Disk 18,9 GB free",
                "revision": "Revision 1.200",
            }
    finally:
        QLocale.setDefault(before)


async def test_closing_asks_while_somebody_is_connected(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        await desk.service.add_account("ann", "secret word")
        client = await desk.sign_in("ann@example.com", "secret word")
        asked: list[int] = []
        window.closing.connect(lambda: asked.append(1))
        window.close()
        assert asked and window.isVisible()
        answer = asyncio.create_task(
            window.server.agrees_to_end_sessions(title="Quit", action="Quit")
        )
        box = await desk.dialog(QMessageBox)
        assert "1" in box.text()
        click(box, "confirm.cancel")
        assert await answer is False
        client.close()


async def test_closing_asks_before_changes_are_lost(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        await desk.service.add_account("ann", "secret word")
        asked: list[int] = []
        window.closing.connect(lambda: asked.append(1))
        desk.services.keeper.set("pop3.max_errors", 7)
        editor = AccountEditor(desk.services, "ann@example.com", window)
        editor.show()
        await desk.until(lambda: editor.values.values)
        QTest.keyClicks(child(editor, QLineEdit, "account.full_name"), "Ann Archer")
        await desk.until(lambda: editor.has_changes)
        window.close()
        box = await desk.dialog(QMessageBox)
        assert "1 unsaved change on 1 page" in box.informativeText()
        assert "ann@example.com" in box.informativeText()
        click(box, "confirm.cancel")
        await desk.until(lambda: not window.asks_to_leave)
        assert not asked and window.isVisible() and editor.has_changes
        window.close()
        click(await desk.dialog(QMessageBox), "confirm.action")
        await desk.until(lambda: asked)


async def test_quitting_asks_while_mail_is_imported(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        asked: list[bool] = []
        window.closing.connect(lambda: asked.append(True))
        go_on = asyncio.Event()

        async def slow(*_: object) -> ImportReport:
            await go_on.wait()
            return ImportReport(1, 1, (), 5)

        monkeypatch.setattr(desk.service, "import_mail", slow)
        dialog = ImportMail(desk.services, "ann@example.com", window)
        dialog.show()
        dialog.take_paths([tmp_path])
        dialog.action.click()
        await desk.until(lambda: dialog.is_working)
        window.close()
        box = await desk.dialog(QMessageBox)
        assert "imported into ann@example.com" in box.informativeText()
        click(box, "confirm.cancel")
        await desk.until(lambda: not window.asks_to_leave)
        go_on.set()
        await desk.until(lambda: not dialog.is_working)
        window.close()
        await desk.until(lambda: asked)


async def test_the_page_shown_and_the_columns_are_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk:
        async with window_at(desk) as window:
            window.open_page("log")
            child(window.page, QAbstractItemView, "log.table").setColumnWidth(0, 222)  # type: ignore[attr-defined]
        live = Live(desk.services)
        again = MainWindow(desk.services, live, pages(live))
        assert again.page_id == "log"
        table = child(again.page, QAbstractItemView, "log.table")
        assert table.columnWidth(0) == 222  # type: ignore[attr-defined]
        again.may_close = True
        again.close()


async def test_protocol_lines_are_recorded_once_they_are_chosen(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        await desk.service.add_account("ann", "secret word")
        window.open_page("log")
        live = window_live(window)
        level = child(window.page, QComboBox, "log.level")
        level.setCurrentIndex(level.findData(int(Level.PROTOCOL)))
        client = await desk.sign_in("ann@example.com", "secret word")
        await desk.until(lambda: any("PASS" in row.text for row in live.log.rows))
        live.log.show_now()
        assert not any("secret word" in row.text for row in live.log.rows)
        client.close()


def in_front_of(window: MainWindow) -> list[QWidget]:
    """The dialogs and menus that are open."""
    every = QApplication.topLevelWidgets()
    return [part for part in every if part is not window and part.isVisible()]


def window_live(window: MainWindow) -> Live:
    """The live state behind a window."""
    return window._live


def leave(clients: list[poplib.POP3]) -> None:
    """All of them sign off."""
    for client in clients:
        client.quit()
