"""How the window looks: colours and motion are chosen in one menu, act at once and are kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QStyle, QStyleOptionButton, QToolButton
from pytestqt.qtbot import QtBot

from app.dashboard.sessions_page import SessionsPage
from app.look import motion
from app.look.tables import TableView
from app.look.theme import Choice, Theme
from app.window.look_menu import REDUCE_MOTION, THEME
from app.window.main_window import MainWindow
from tests.app.desk import child, working_desk
from tests.app.test_window import window_at


def choose(window: MainWindow, words: str) -> None:
    """Open the menu with the keyboard, as somebody without a mouse would, and choose."""
    opened = child(window, QToolButton, "bar.theme")
    assert opened.accessibleName() == "Appearance" and opened.menu() is window.bar.look
    window.bar.look.popup(window.mapToGlobal(window.rect().center()))
    action = next(each for each in window.bar.look.actions() if each.text() == words)
    window.bar.look.setActiveAction(action)
    QTest.keyClick(window.bar.look, Qt.Key.Key_Return)


async def test_colours_are_chosen_kept_and_given_back_to_the_system(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        theme, settings = desk.services.theme, desk.services.settings
        for words, choice in (
            ("Dark", Choice.DARK),
            ("Light", Choice.LIGHT),
            ("Colours of the system", Choice.SYSTEM),
        ):
            choose(window, words)
            assert theme.choice is choice and settings.value(THEME) == choice.value
            window.bar.look.follow()
            ticked = [each.text() for each in window.bar.look.actions() if each.isChecked()]
            assert ticked == [words]


async def test_reduced_motion_ends_the_fading_at_once_and_is_kept(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whether the machine that runs this lets anything move is not what is asked here.
    monkeypatch.setattr(motion, "allowed", lambda: not motion.reduced())
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        await desk.service.add_account("ann", "secret word")
        window.open_page("sessions")
        assert isinstance(window.page, SessionsPage)
        rows = child(window.page, TableView, "sessions.now").model()
        first, second = [await desk.sign_in("ann", "secret word") for _ in range(2)]
        await desk.until(lambda: rows.rowCount() == 2)
        before = QApplication.isEffectEnabled(Qt.UIEffect.UI_General)
        await asyncio.to_thread(first.quit)
        await desk.until(lambda: len(window_rows(window)) == 1)
        assert rows.rowCount() == 2
        choose(window, "Reduce motion")
        await desk.until(lambda: rows.rowCount() == 1)
        await asyncio.to_thread(second.quit)
        await desk.until(lambda: rows.rowCount() == 0)
        assert not QApplication.isEffectEnabled(Qt.UIEffect.UI_General)
        assert desk.services.settings.value(REDUCE_MOTION, type=bool) is True
        async with window_at(desk) as again:
            assert again.bar.look.still.isChecked() and not motion.allowed()
            choose(again, "Reduce motion")
        assert motion.allowed()
        assert QApplication.isEffectEnabled(Qt.UIEffect.UI_General) is before


def window_rows(window: MainWindow) -> list[object]:
    """The sessions that are open, faded ones left out."""
    assert isinstance(window.page, SessionsPage)
    return [*window.page.live.sessions.rows]


def painted(box: QCheckBox, state: QStyle.StateFlag) -> QImage:
    """A picture of the box in a state."""
    option = QStyleOptionButton()
    box.initStyleOption(option)
    option.state = QStyle.StateFlag.State_Enabled | state
    picture = QImage(box.size(), QImage.Format.Format_RGB32)
    picture.fill(0x808080)
    painter = QPainter(picture)
    box.style().drawControl(QStyle.ControlElement.CE_CheckBox, option, painter, box)
    painter.end()
    return picture


@pytest.mark.parametrize("choice", [Choice.LIGHT, Choice.DARK])
@pytest.mark.parametrize("ticked", [QStyle.StateFlag.State_On, QStyle.StateFlag.State_Off])
def test_a_check_box_shows_that_it_has_the_focus_and_keeps_its_place(
    qtbot: QtBot, qapp: QApplication, choice: Choice, ticked: QStyle.StateFlag
) -> None:
    theme = Theme(qapp)
    theme.choose(choice)
    box = QCheckBox("Limit")
    qtbot.addWidget(box)
    box.resize(box.sizeHint())
    box.ensurePolished()
    rest, focused = painted(box, ticked), painted(box, ticked | QStyle.StateFlag.State_HasFocus)
    words = box.rect().adjusted(20, 0, 0, 0)
    assert focused.copy(words) == rest.copy(words)
    edge = [focused.pixelColor(1, y) for y in range(6, 12)]
    assert edge != [rest.pixelColor(1, y) for y in range(6, 12)]
