"""Dashboard and Log in the real window: leaving and coming back loses nothing of what was there.

Clients come and go meanwhile; rows, filters, selection and place stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.dashboard.dashboard_page import DashboardPage
from app.dashboard.log_filter import Condition
from app.dashboard.log_page import LogPage
from app.dashboard.log_table import LogTable
from app.look.tables import TableView
from app.window.main_window import MainWindow
from server_core.events.types import Level
from tests.app.desk import Desk, child, click, working_desk
from tests.app.test_window import window_at


@asynccontextmanager
async def busy_window(folder: Path) -> AsyncIterator[tuple[Desk, MainWindow]]:
    """The window over a server with one account, in its usual size."""
    async with working_desk(folder) as desk, window_at(desk) as window:
        await desk.service.add_account("ann", "secret word")
        window.resize(1280, 720)
        QApplication.processEvents()
        yield desk, window


async def come_and_go(desk: Desk, times: int) -> None:
    """So many clients sign in and leave, and the window has heard of all of it."""
    before = desk.service.status().counters.sign_ins
    for _ in range(times):
        await asyncio.to_thread((await desk.sign_in("ann", "secret word")).quit)
    await desk.until(lambda: desk.service.status().counters.sign_ins == before + times)
    await desk.until(lambda: not desk.service.status().sessions)
    desk.services.pump.tick()


async def test_the_dashboard_is_found_as_it_was_left(qtbot: QtBot, tmp_path: Path) -> None:
    async with busy_window(tmp_path) as (desk, window):
        await come_and_go(desk, 8)
        page = window.page
        assert isinstance(page, DashboardPage)
        live = page._live
        await desk.until(lambda: len(live.latest_events.rows) == 20)
        # The step that is done now makes the page shorter when the window hears of it.
        step = child(page, QPushButton, "dashboard.setup.try")
        await desk.until(lambda: not step.isVisible())
        child(window, QTabBar, "dashboard.since").setCurrentIndex(1)
        click(page, "dashboard.chart_switch.sign_ins")
        numbers = child(page, TableView, "dashboard.chart_table.sign_ins")
        area = child(page, QScrollArea, "dashboard.cards").verticalScrollBar()
        area.setValue(area.maximum())
        events = child(page, TableView, "dashboard.events")
        events.selectRow(2)
        chosen = live.latest_events.rows[2]
        place = area.value()
        assert place > 0
        window.open_page("log")
        await come_and_go(desk, 2)
        window.open_page("dashboard")
        await desk.until(lambda: live.latest_events.rows[2] != chosen)
        assert window.page is page and area.value() == place
        assert events.selected_rows() == [chosen]
        assert child(window, QTabBar, "dashboard.since").currentIndex() == 1
        assert numbers.isVisibleTo(page)


async def test_the_log_is_found_as_it_was_left(qtbot: QtBot, tmp_path: Path) -> None:
    async with busy_window(tmp_path) as (desk, window):
        window.open_page("log")
        log = window.page
        assert isinstance(log, LogPage)
        await come_and_go(desk, 30)
        table = child(log, LogTable, "log.table")
        rows = table.log_rows
        child(log, QPushButton, "log.more").setChecked(True)
        QTest.keyClicks(child(log, QLineEdit, "log.account"), "ann")
        log.acts.add_condition(Condition("event", "SessionClosed", wanted=False))
        listener = child(log, QComboBox, "log.listener")
        listener.setCurrentIndex(listener.findData("local"))
        await desk.until(lambda: len(rows.rows) == 30)
        bar = table.verticalScrollBar()
        bar.setValue(5)
        table.selectRow(8)
        child(log, QPushButton, "log.explain").setChecked(True)
        QApplication.processEvents()
        before, wanted, chosen = list(rows.rows), rows.filter, table.chosen()
        top = rows.rows[bar.value()]
        window.open_page("dashboard")
        await come_and_go(desk, 12)
        window.open_page("log")
        await desk.until(lambda: len(rows.rows) == 42)
        assert rows.rows[:30] == before and rows.filter == wanted
        assert table.chosen() == chosen and rows.rows[bar.value()] == top
        assert child(log, QPushButton, "log.pill").text().startswith("12 new")
        assert child(log, QLineEdit, "log.account").text() == "ann"
        assert listener.currentData() == "local"
        assert child(log, QPushButton, "log.chip0").isVisible()
        assert child(log, QPushButton, "log.explain").isChecked()


async def test_a_paused_log_stays_paused_and_has_all_lines_afterwards(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with busy_window(tmp_path) as (desk, window):
        window.open_page("log")
        log = window.page
        assert isinstance(log, LogPage)
        await come_and_go(desk, 3)
        rows = child(log, LogTable, "log.table").log_rows
        rows.show_now()
        before = list(rows.rows)
        QTest.keyClick(window, Qt.Key.Key_Space)
        window.open_page("dashboard")
        await come_and_go(desk, 5)
        window.open_page("log")
        state = child(log, QWidget, "log.state")
        assert state.accessibleName() == "Paused, 15 waiting" and rows.rows == before
        click(window, "log.pause")
        assert rows.rows[: len(before)] == before and len(rows.rows) == len(before) + 15
        assert rows.filter.level is Level.INFO
