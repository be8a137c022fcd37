"""The Sessions page over a real server: what is shown, what is done, and that nothing is lost."""

from __future__ import annotations

import poplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTabBar,
    QTableView,
)
from pytestqt.qtbot import QtBot

from app.dashboard.session_target import SessionTarget
from app.dashboard.sessions_page import SessionsPage
from app.look import motion
from app.look.parts import EmptyState
from app.window.main_window import MainWindow
from server_core.events.log_views import CaptureKind
from server_core.events.reasons import CloseReason
from server_core.events.views import ClosedSession, SessionView
from tests.app.desk import Desk, child, click, working_desk
from tests.app.test_window import nameless, window_at

PASSWORD = "correct horse battery"


@dataclass
class Stage:
    """The page in its window, two accounts, and a client signed in to each."""

    desk: Desk
    window: MainWindow
    page: SessionsPage
    ann: poplib.POP3
    ben: poplib.POP3

    @property
    def table(self) -> QTableView:
        return child(self.page, QTableView, "sessions.now")

    def users(self, name: str = "sessions.now") -> list[str]:
        """The accounts shown, row by row."""
        model = child(self.page, QTableView, name).model()
        return [str(model.index(row, 1).data() or "") for row in range(model.rowCount())]

    async def choose(self, user: str) -> int:
        """Select the row of an account; gives its session."""
        (view,) = [v for v in await self.desk.service.sessions() if v.user == f"{user}@example.com"]
        self.page.show_target(f"session:{view.session}")
        await self.desk.until(lambda: self.table.selectionModel().hasSelection())
        return view.session

    async def answer(self) -> str:
        """Agree to the question that is open; gives its text."""
        box = await self.desk.dialog(QMessageBox)
        text = f"{box.text()} {box.informativeText()}"
        click(box, "confirm.action")
        return text


@asynccontextmanager
async def stage(folder: Path, *, fades: bool = False) -> AsyncIterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(motion, "allowed", lambda: fades)
        async with _stage(folder) as shown:
            yield shown


@asynccontextmanager
async def _stage(folder: Path) -> AsyncIterator[Stage]:
    async with working_desk(folder) as desk, window_at(desk) as window:
        for name in ("ann", "ben"):
            await desk.service.add_account(name, PASSWORD)
        ann, ben = await desk.sign_in("ann", PASSWORD), await desk.sign_in("ben", PASSWORD)
        window.resize(1280, 720)
        window.open_page("sessions")
        page = window.page
        assert isinstance(page, SessionsPage)
        shown = Stage(desk, window, page, ann, ben)
        wanted = {"ann@example.com", "ben@example.com"}
        await desk.until(lambda: set(shown.users()) == wanted)
        try:
            yield shown
        finally:
            shown.ann.close()
            shown.ben.close()
            assert desk.failures == []


async def test_disconnecting_says_what_stays_and_names_the_reason(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        await at.choose("ann")
        click(at.window, "sessions.disconnect")
        asked = await at.answer()
        assert "Disconnect the session of ann@example.com?" in asked
        assert "Messages this client marked for deletion stay in the mailbox." in asked
        await at.desk.until(lambda: at.users() == ["ben@example.com"])
        (ended,) = at.desk.service.history()
        assert ended.reason is CloseReason.DISCONNECTED_BY_ADMIN
        at.page.actions_of_rows.deeds.trigger()
        log = child(at.window, QTableView, "log.table").model()
        await at.desk.until(lambda: log.rowCount() == 1)
        told = str(log.index(0, log.columnCount() - 1).data())
        assert told.endswith(f": disconnected session {ended.session}")


async def test_a_session_that_ended_stays_for_a_moment_and_nothing_more_can_be_done_to_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path, fades=True) as at:
        await at.choose("ann")
        at.ann.quit()
        model = at.table.model()
        places = range(model.rowCount())
        await at.desk.until(lambda: "Closed" in [model.index(n, 0).data() for n in places])
        (chosen,) = at.page.chosen()
        assert isinstance(chosen, ClosedSession) and chosen.user == "ann@example.com"
        assert not at.page.actions_of_rows.disconnect_these.isEnabled()
        await at.desk.until(lambda: at.users() == ["ben@example.com"])


async def test_all_sessions_of_an_address_end_at_one_question_with_their_number(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        await at.choose("ann")
        at.page.actions_of_rows.end_address.trigger()
        assert "Disconnect all sessions of 127.0.0.1? Open now: 2." in await at.answer()
        await at.desk.until(lambda: not at.users())
        assert child(at.page, QPushButton, "sessions.now_empty.action").text() == (
            "Test from this computer"
        )


async def test_suspending_an_account_ends_its_sessions_and_keeps_it_out(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        await at.choose("ben")
        at.page.actions_of_rows.suspend.trigger()
        assert "sessions end: 1" in await at.answer()
        await at.desk.until(lambda: at.users() == ["ann@example.com"])
        await at.desk.until(lambda: "ben@example.com is suspended." in at.desk.said)
        assert not (await at.desk.service.account("ben")).enabled


async def test_the_mailbox_lock_can_be_released_only_where_mailboxes_are_locked(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        await at.choose("ann")
        release = at.page.actions_of_rows.release
        assert not release.isVisible()
        at.desk.services.keeper.set("server.exclusive_lock", True)
        await at.desk.services.keeper.apply()
        at.page.actions_of_rows.fit()
        assert release.isVisible()
        release.trigger()
        await at.answer()
        await at.desk.until(lambda: at.users() == ["ben@example.com"])
        (await at.desk.sign_in("ann", PASSWORD)).quit()


async def test_a_capture_of_an_account_is_started_and_stopped_by_one_action(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        await at.choose("ann")
        service, action = at.desk.service, at.page.actions_of_rows.capture_account

        def captured() -> set[str]:
            return {c.value for c in service.captures() if c.kind is CaptureKind.ACCOUNT}

        action.trigger()
        await at.desk.until(lambda: captured() == {"ann@example.com"})
        await at.desk.until(lambda: action.text() == "Stop capturing this account")
        action.trigger()
        await at.desk.until(lambda: not captured())


async def test_banning_opens_the_question_of_the_bans_page_for_that_address(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        number = await at.choose("ann")
        gone: list[tuple[str, str]] = []
        at.desk.services.window.going.disconnect()
        at.desk.services.window.going.connect(lambda page, target: gone.append((page, target)))
        click(at.window, "sessions.ban")
        at.page.actions_of_rows.follow.trigger()
        (view,) = [one for one in at.page.live.sessions.rows if one.session == number]
        target = str(SessionTarget(number, view.opened))
        assert gone == [("bans", "add:127.0.0.1"), ("log", target)]


async def test_rows_are_filtered_and_grouped_by_what_they_are(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        security = child(at.page, QComboBox, "sessions.by_security")
        security.setCurrentIndex(security.findData(True))
        assert at.users() == []
        click(at.page, "sessions.clear")
        group = child(at.page, QComboBox, "sessions.group")
        group.setCurrentIndex(1)
        await at.desk.until(lambda: len(at.users()) == 4)
        model = at.table.model()
        names = [str(model.index(row, 0).data()) for row in range(4)]
        assert (names[0], names[2]) == ("ann@example.com  (1)", "ben@example.com  (1)")
        at.table.selectAll()
        assert len(at.page.chosen()) == 2


async def test_an_ended_session_is_followed_in_the_log_by_its_moments(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        number = await at.choose("ann")
        gone: list[tuple[str, str]] = []
        at.desk.services.window.going.connect(lambda page, target: gone.append((page, target)))
        at.ann.quit()
        await at.desk.until(lambda: len(at.page.live.history.rows) == 1)
        at.page.show_target(f"session:{number}")
        at.page.actions_of_rows.follow.trigger()
        (row,) = at.page.live.history.rows
        assert gone == [("log", str(SessionTarget(number, row.opened, row.closed)))]


async def test_an_account_that_is_chosen_is_named_in_full_by_its_tip(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        at.page.show_target("account:ann@example.com")
        assert child(at.page, QComboBox, "sessions.by_account").toolTip() == (
            "Account: ann@example.com"
        )


async def test_a_filter_is_blamed_only_where_it_is_asked_and_seen(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        at.page.show_target("account:carla@example.com")
        empty = [
            child(at.page, EmptyState, f"sessions.{name}_empty").accessibleName()
            for name in ("now", "history", "refused")
        ]
        assert "matches the filter" in empty[0] and "matches the filter" in empty[1]
        assert empty[2].startswith("No connection was refused.")


async def test_the_filter_has_room_for_words_in_the_smallest_window(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        at.window.resize(900, 600)
        at.page.show_target("account:ann@example.com")
        QApplication.processEvents()
        words = child(at.page, QLineEdit, "sessions.filter")
        assert words.width() >= 120 and at.window.width() == 900
        choices = [part for part in at.page.findChildren(QComboBox) if part.isVisible()]
        widths = [choice.width() for choice in choices]
        assert choices and min(widths) > 90


async def test_a_paused_view_stays_as_it_was_until_it_goes_on(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        at.page.toggle_live()
        at.ben.quit()
        await at.desk.until(lambda: bool(at.desk.service.history()))
        at.page.refresh()
        await at.desk.until(lambda: len(at.page.live.sessions.rows) == 1)
        assert len(at.users()) == 2
        at.page.toggle_live()
        await at.desk.until(lambda: at.users() == ["ann@example.com"])


async def test_leaving_and_coming_back_loses_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        clients = [await at.desk.sign_in("ann", PASSWORD) for _ in range(14)]
        await at.desk.until(lambda: len(at.users()) == 16)
        session = await at.choose("ben")
        child(at.page, QComboBox, "sessions.group").setCurrentIndex(2)
        child(at.page, QTabBar, "sessions.details_tabs").setCurrentIndex(2)
        words = child(at.page, QLineEdit, "sessions.filter")
        words.setText("127 example")
        child(at.page, QComboBox, "sessions.by_security").setCurrentIndex(2)
        bar = at.table.verticalScrollBar()
        await at.desk.until(lambda: bar.maximum() > 2)
        bar.setValue(2)
        rows = at.users()
        at.window.open_page("dashboard")
        QApplication.processEvents()
        at.window.open_page("sessions")
        await at.desk.until(lambda: at.page.isVisible() and len(at.users()) == len(rows))
        assert at.users() == rows and bar.value() == 2
        (chosen,) = at.page.chosen()
        assert isinstance(chosen, SessionView) and chosen.session == session
        assert child(at.page, QTabBar, "sessions.details_tabs").currentIndex() == 2
        assert words.text() == "127 example"
        assert child(at.page, QComboBox, "sessions.by_security").currentIndex() == 2
        assert child(at.page, QComboBox, "sessions.group").currentIndex() == 2
        for client in clients:
            client.close()


async def test_every_control_has_a_name_for_screen_readers(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        await at.choose("ann")
        tabs = child(at.page, QTabBar, "sessions.details_tabs")
        for tab in range(tabs.count()):
            tabs.setCurrentIndex(tab)
            assert nameless(at.window) == []
