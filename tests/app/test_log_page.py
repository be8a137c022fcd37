"""The Log page with a real server: what a person does with it, and what leaving it keeps."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.dashboard.live import Live
from app.dashboard.log_columns import when_of
from app.dashboard.log_export import ExportDialog, Order
from app.dashboard.log_filter import Condition, LogFilter
from app.dashboard.log_formats import formats
from app.dashboard.log_menu import row_menu
from app.dashboard.log_page import LogPage
from app.dashboard.log_rows import log_row, read_row
from app.dashboard.log_table import LogTable
from app.dashboard.session_target import SessionTarget
from app.look.marks import StateLabel
from app.look.words import clock, written
from app.panels.access import AccessPage
from app.panels.access_dialogs import AddRules
from server_core.events.log_views import LoggedLine
from server_core.events.types import Event, Level
from tests.app.desk import Desk, child, click, nameless, tab_order, working_desk
from tests.app.happenings import batch, closed, opened, refused, signed_in


@dataclass
class Seat:
    """The page in a window of its own, fed by hand or by the server."""

    desk: Desk
    live: Live
    page: LogPage
    gone: list[tuple[str, str]]

    @property
    def table(self) -> LogTable:
        return child(self.page, LogTable, "log.table")

    def take(self, *events: Event) -> None:
        self.live.log.take(batch(*events))
        self.live.log.show_now()

    def texts(self) -> list[str]:
        return [row.text for row in self.live.log.rows]

    def menu(self, place: int, section: int = 6) -> QMenu:
        self.table.selectRow(place)
        line = self.live.log.rows[place]
        opened = self.live.log.is_opened(line)
        return row_menu(self.page.acts, line, section, opened=opened, parent=self.table)

    def choose(self, place: int, text: str, section: int = 6) -> None:
        """Choose what begins with this in the menu of a cell."""
        actions = [*self.menu(place, section).actions()]
        actions += [each for a in actions if (m := _menu_of(a)) for each in m.actions()]
        next(action for action in actions if action.text().startswith(text)).trigger()


class Painted(QObject):
    """Counts how often a widget was painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.times = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.times += event.type() == QEvent.Type.Paint
        return super().eventFilter(watched, event)


def _menu_of(action: object) -> QMenu | None:
    menu = action.menu()  # type: ignore[attr-defined]
    return menu if isinstance(menu, QMenu) else None


@asynccontextmanager
async def seat(folder: Path, qtbot: QtBot) -> AsyncIterator[Seat]:
    async with working_desk(folder) as desk:
        live = Live(desk.services)
        page = LogPage(desk.services, live)
        qtbot.addWidget(page)
        page.resize(1040, 560)
        page.show()
        gone: list[tuple[str, str]] = []
        desk.services.window.going.connect(lambda to, target: gone.append((to, target)))
        yield Seat(desk, live, page, gone)


def choose_listener(page: LogPage, name: str) -> None:
    box = child(page, QComboBox, "log.listener")
    box.setCurrentIndex(box.findData(name))
    assert box.currentText() == name


def session(number: int) -> tuple[Event, ...]:
    peer = f"192.0.2.{number % 250}:4000"
    return (
        opened(number, peer=peer),
        refused(number, f"ann{number}"),
        signed_in(number, f"ann{number}@example.com"),
        closed(number, user=f"ann{number}@example.com"),
    )


async def test_cells_narrow_the_log_and_chips_widen_it_again(tmp_path: Path, qtbot: QtBot) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*(event for n in range(1, 6) for event in session(n)))
        at.choose(1, "Not this account")
        assert len(at.texts()) == 19
        at.choose(0, "Only this session", section=3)
        assert {row.session for row in at.live.log.rows} == {1} and len(at.texts()) == 3
        click(at.page, "log.chip0")
        assert len(at.texts()) == 4
        click(at.page, "log.clear")
        assert len(at.texts()) == 20 and not nameless(at.page)


async def test_the_keyboard_comes_to_chips_between_the_filter_and_the_lines(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(1))
        at.choose(2, "Only this account")
        at.choose(0, "Not this level")
        names = tab_order(at.page)
        wanted = ("log.until", "log.chip0", "log.chip1", "log.table", "log.explain", "log.earlier")
        reached = [names.index(name) for name in wanted]
        assert reached == sorted(reached)


async def test_the_second_row_filters_by_network_listener_event_and_time(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*(event for n in range(1, 6) for event in session(n)))
        child(at.page, QPushButton, "log.more").setChecked(True)
        child(at.page, QLineEdit, "log.address").setText("192.0.2.0/30")
        assert len(at.texts()) == 3
        child(at.page, QLineEdit, "log.address").clear()
        events = child(at.page, QComboBox, "log.event")
        events.setCurrentIndex(events.findData("SignedIn"))
        choose_listener(at.page, "office")
        assert len(at.texts()) == 5
        child(at.page, QLineEdit, "log.since").setText("2026-02-30")
        message = child(at.page, QWidget, "log.filter_message")
        assert message.isVisible() and len(at.texts()) == 5
        child(at.page, QLineEdit, "log.since").setText("2001-01-01")
        assert not message.isVisible() and at.texts() == []


async def test_a_number_typed_as_session_shows_that_session(tmp_path: Path, qtbot: QtBot) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*(event for n in range(1, 6) for event in session(n)))
        child(at.page, QPushButton, "log.more").setChecked(True)
        field = child(at.page, QLineEdit, "log.session")
        QTest.keyClicks(field, "x2,")
        assert field.text() == "2" and {row.session for row in at.live.log.rows} == {2}
        assert child(at.page, QWidget, "log.session_card").isVisible()
        QTest.keyClick(field, Qt.Key.Key_Backspace)
        assert len(at.texts()) == 20
        assert not child(at.page, QWidget, "log.session_card").isVisible()
        at.choose(4, "Follow session")
        assert field.text() == "2"
        click(at.page, "log.following")
        assert field.text() == ""


async def test_the_filter_of_before_is_back_when_nothing_is_followed_any_more(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*(event for n in range(1, 6) for event in session(n)))
        child(at.page, QLineEdit, "log.words").setText("ann")
        before = at.live.log.filter
        at.choose(4, "Follow session")
        at.choose(1, "Follow session")
        assert at.live.log.filter.level is Level.PROTOCOL
        click(at.page, "log.following")
        assert at.live.log.filter == before and before.level is Level.INFO
        at.choose(4, "Follow session")
        click(at.page, "log.clear")
        assert at.live.log.filter == LogFilter()


async def test_words_stand_for_ids_wherever_a_person_reads(tmp_path: Path, qtbot: QtBot) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(1))
        row = [at.live.log.index(1, section).data() for section in range(9)]
        assert row[1:3] == ["Error", "Sign-ins"] and row[7] == "Sign-in failed"
        at.choose(1, "Not this category: Sign-ins", section=2)
        chip = child(at.page, QPushButton, "log.chip0")
        assert chip.text() == "Not category: Sign-ins" and len(at.texts()) == 2
        at.choose(0, "Only this event: Session opened", section=7)
        assert len(at.texts()) == 1
        box = child(at.page, QComboBox, "log.event")
        assert box.itemText(box.findData("SignInFailed")) == "Sign-in failed"


async def test_the_switch_says_whether_the_log_is_live(tmp_path: Path, qtbot: QtBot) -> None:
    async with seat(tmp_path, qtbot) as at:
        state = child(at.page, StateLabel, "log.state")
        pause = next(b for b in at.page.title_buttons() if b.objectName() == "log.pause")
        assert isinstance(pause, QPushButton)
        assert state.text() == "Live" and pause.text().strip() == "Pause"
        pause.click()
        at.take(*session(1))
        assert state.text() == "Paused, 4 waiting" and pause.text().strip() == "Go on"
        assert at.texts() == []
        pause.click()
        assert state.text() == "Live" and len(at.texts()) == 4


async def test_what_another_page_points_at_is_not_hidden_by_the_level(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(1))
        level = child(at.page, QComboBox, "log.level")
        level.setCurrentIndex(level.findData(int(Level.CRITICAL)))
        assert at.texts() == []
        at.page.show_target("sign-ins")
        assert [row.event for row in at.live.log.rows] == ["SignInFailed", "SignedIn"]


async def test_a_wrong_expression_is_told_below_the_field(tmp_path: Path, qtbot: QtBot) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(1))
        child(at.page, QPushButton, "log.expression").setChecked(True)
        child(at.page, QPushButton, "log.expression").click()
        child(at.page, QPushButton, "log.expression").setChecked(True)
        child(at.page, QLineEdit, "log.words").setText("signed (off")
        told = child(at.page, QWidget, "log.filter_message")
        assert told.isVisible() and len(at.texts()) == 4
        child(at.page, QLineEdit, "log.words").setText("signed (off|in)")
        assert not told.isVisible() and len(at.texts()) == 1


async def test_the_filter_is_remembered_and_named_ones_are_kept(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(1))
        child(at.page, QLineEdit, "log.words").setText("-closing")
        at.page.acts.add_condition(Condition("listener", "office"))
        at.desk.services.tasks.start(at.page.named.ask_name())
        dialog = await at.desk.dialog(QInputDialog)
        dialog.setTextValue("office")
        dialog.accept()
        await at.desk.until(lambda: at.desk.said)
        click(at.page, "log.clear")
        again = LogPage(at.desk.services, at.live)
        qtbot.addWidget(again)
        assert not again.named.saved.last().narrow
        menu = child(again, QMenu, "log.saved_menu")
        menu.aboutToShow.emit()
        menu.actions()[0].trigger()
        assert child(again, QLineEdit, "log.words").text() == "-closing"
        assert at.live.log.filter.conditions == (Condition("listener", "office"),)
        at.page.named.saved.forget("office")
        assert at.page.named.saved.named() == {}


async def test_a_flood_is_painted_now_and_then_and_its_end_is_shown(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        painted = Painted(at.table.viewport())
        for number in range(0, 500, 25):
            events = (event for n in range(number, number + 25) for event in session(n))
            at.live.log.take(batch(*events))
            QApplication.processEvents()
        assert 0 < painted.times < 10
        await at.desk.until(lambda: len(at.texts()) == 2_000)
        last = at.live.log.index(len(at.texts()) - 1, 0)
        sight = at.table.viewport().rect()
        await at.desk.until(lambda: sight.contains(at.table.visualRect(last).center()))
        painted.times = 0
        at.take(*session(501))
        await at.desk.until(lambda: painted.times > 0)


async def test_a_followed_session_shows_its_lines_under_its_card(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*(event for n in range(1, 6) for event in session(n)))
        at.choose(4, "Follow session")
        assert {row.session for row in at.live.log.rows} == {2} and len(at.texts()) == 4
        card = child(at.page, QWidget, "log.session_card")
        assert card.isVisible() and "ann2@example.com" in card.accessibleName()
        assert "signed off" in card.accessibleName()
        click(at.page, "log.open_session")
        assert at.gone == [("sessions", "session:2 100.0")]
        click(at.page, "log.following")
        assert not card.isVisible() and len(at.texts()) == 20


async def test_a_session_of_an_earlier_run_is_not_taken_for_one_with_its_number(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(2))
        at.live.sessions.take(batch(opened(3, peer="192.0.2.9:4000")))
        card = child(at.page, QWidget, "log.session_card")
        at.page.show_target(str(SessionTarget(2, 50.5, 60.5)))
        assert at.texts() == [] and "None of its lines is in memory" in card.accessibleName()
        click(at.page, "log.open_session")
        assert at.gone == [("sessions", "session:2 50.0")]
        at.page.show_target(str(SessionTarget(3, 50.5)))
        assert "192.0.2.9" not in card.accessibleName()
        at.page.show_target(str(SessionTarget(3, 100.0)))
        assert "192.0.2.9" in card.accessibleName()
        at.page.show_target(str(SessionTarget(2, 100.0, 112.0)))
        assert len(at.texts()) == 4


async def test_the_selected_line_is_there_in_full_and_explained(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(1))
        at.choose(1, "Explain this event")
        assert child(at.page, QLabel, "log.line").text() == at.texts()[1]
        words = " ".join(part.text() for part in at.page.findChildren(QLabel) if part.isVisible())
        assert "The name is right and the password is not." in words and "Worth a look" in words


async def test_the_menu_leads_to_session_account_bans_and_access_lists(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(3))
        for text in ("Open session", "Open account", "Ban address", "Allow address"):
            at.choose(2, text)
        assert at.gone == [
            ("sessions", "session:3 100.0"),
            ("accounts", "ann3@example.com"),
            ("bans", "add:192.0.2.7"),
            ("access", "allow:192.0.2.7"),
        ]


async def test_an_allowed_address_stands_in_the_dialog_for_rules(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        access = AccessPage(at.desk.services)
        qtbot.addWidget(access)
        access.show_target("allow:192.0.2.7")
        dialog = await at.desk.dialog(AddRules)
        assert child(dialog, QPlainTextEdit, "access.add_lines").toPlainText() == "allow 192.0.2.7"
        dialog.reject()


async def test_repeated_lines_open_and_close(tmp_path: Path, qtbot: QtBot) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*(refused(number) for number in range(1, 313)))
        assert [row.times for row in at.live.log.rows] == [312]
        at.choose(0, "Show each of the 312")
        assert len(at.texts()) == 312
        at.choose(0, "Show repeated lines as one")
        assert len(at.texts()) == 1


async def test_lines_are_copied_in_every_format(tmp_path: Path, qtbot: QtBot) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(1))
        at.table.selectAll()
        found = {}
        for kind in formats():
            at.page.acts.copy_as(kind.id)
            found[kind.id] = QApplication.clipboard().text()
        assert len(found["text"].splitlines()) == 4
        assert json.loads(found["json"].splitlines()[0])["event"] == "SessionOpened"
        assert found["csv"].startswith("time,level") and "<table>" in found["html"]


async def test_an_export_has_what_was_chosen_without_names(tmp_path: Path, qtbot: QtBot) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*(event for n in range(1, 6) for event in session(n)))
        at.live.log.set_filter(LogFilter(level=Level.ERROR))
        shown = (at.live.log.everything(), at.live.log.filter)
        dialog = ExportDialog(at.desk.services, at.page, shown, at.live.log.rows[:2])
        dialog.kind.setCurrentIndex(2)
        child(dialog, QCheckBox, "log.export_hide").setChecked(True)
        file = tmp_path / "log.jsonl"
        await at.page.acts.write_to(dialog.order(), file)
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        assert len(lines) == 5 and "ann" not in file.read_text("utf-8")
        assert len({line["account"] for line in lines}) == 5
        child(dialog, QRadioButton, "log.export_selected").setChecked(True)
        assert len(dialog.order().rows) == 2
        assert at.desk.said == ["Written to log.jsonl."]


async def test_an_export_that_cannot_be_written_says_why(tmp_path: Path, qtbot: QtBot) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(1))
        order = Order(at.live.log.everything(), LogFilter(), formats()[0])
        await at.page.acts.write_to(order, tmp_path / "gone" / "lines.txt")
        assert at.desk.said == ["lines.txt could not be written: No such file or directory."]


async def test_escape_empties_the_words_and_then_leads_to_the_lines(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(1))
        at.page.focus_filter()
        words = child(at.page, QLineEdit, "log.words")
        QTest.keyClicks(words, "ann")
        QTest.keyClick(words, Qt.Key.Key_Escape)
        assert words.text() == "" and at.page.focusWidget() is words
        QTest.keyClick(words, Qt.Key.Key_Escape)
        assert at.page.focusWidget() is at.table


async def test_an_export_asks_again_for_a_moment_it_cannot_read(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(1))
        at.page.acts.export()
        dialog = await at.desk.dialog(ExportDialog)
        assert dialog.focusWidget() is child(dialog, QRadioButton, "log.export_filtered")
        until = child(dialog, QLineEdit, "log.export_until")
        QTest.keyClicks(until, "soon")
        dialog.accept()
        assert dialog.isVisible() and child(dialog, QWidget, "log.export_message").isVisible()
        until.clear()
        order: Order = dialog.order()
        assert len(order.wanted.select(order.rows)) == 4
        dialog.reject()


async def test_earlier_lines_are_read_from_the_log_files(tmp_path: Path, qtbot: QtBot) -> None:
    async with seat(tmp_path, qtbot) as at:
        await at.desk.until(lambda: at.desk.service.log_places()[0].written > 0)
        at.live.log.set_filter(LogFilter())
        before = at.live.log.kept
        click(at.page, "log.earlier")
        await at.desk.until(lambda: at.live.log.kept > before)
        assert any(row.read and row.text == "server is running" for row in at.live.log.rows)
        assert not child(at.page, QPushButton, "log.earlier").isEnabled()


async def test_reading_earlier_lines_leaves_the_keyboard_where_it_is(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        await at.desk.until(lambda: at.desk.service.log_places()[0].written > 0)
        at.page.activateWindow()
        earlier = child(at.page, QPushButton, "log.earlier")
        earlier.setFocus()
        QTest.keyClick(earlier, Qt.Key.Key_Space)
        assert at.page.window().focusWidget() is earlier
        await at.desk.until(lambda: not earlier.isEnabled())
        assert at.page.window().focusWidget() is at.table


def test_a_line_of_another_day_tells_the_day(qtbot: QtBot) -> None:
    now = time.time()
    for when, heard, read in (
        (now, clock(now, milliseconds=True), clock(now)),
        (now - 86_400, *2 * (written(now - 86_400, "d MMM HH:mm:ss"),)),
    ):
        line = LoggedLine(when, Level.INFO, "mail", "POP3", 1, "said")
        assert when_of(log_row(1, opened(1, time=when))) == heard
        assert when_of(read_row(1, line)) == read


async def test_leaving_and_coming_back_keeps_rows_filter_selection_and_place(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*(event for n in range(1, 101) for event in session(n)))
        child(at.page, QLineEdit, "log.words").setText("ann")
        bar = at.table.verticalScrollBar()
        bar.setValue(40)
        at.table.selectRow(45)
        top, chosen = at.live.log.rows[40], at.table.chosen()
        rows = at.texts()
        at.page.hide()
        at.take(*(event for n in range(101, 111) for event in session(n)))
        at.page.show()
        QApplication.processEvents()
        assert at.texts()[: len(rows)] == rows and len(at.texts()) == len(rows) + 30
        assert child(at.page, QLineEdit, "log.words").text() == "ann"
        assert at.table.chosen() == chosen
        assert at.live.log.rows[bar.value()] == top
        assert child(at.page, QPushButton, "log.pill").text().startswith("30 new")


async def test_what_is_in_sight_stays_while_lines_come_before_and_go(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.live.log._capacity = at.live.log._room = 400
        at.take(*(event for n in range(1, 101) for event in session(n)))
        bar = at.table.verticalScrollBar()
        bar.setValue(200)
        top = at.live.log.rows[200]
        at.take(*session(101))
        assert at.live.log.rows[bar.value()] == top and bar.value() == 196
        click(at.page, "log.pill")
        assert bar.value() == bar.maximum()


async def test_the_end_is_followed_when_the_current_line_is_let_go(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.live.log._capacity = at.live.log._room = 400
        at.take(*(event for n in range(1, 101) for event in session(n)))
        at.table.setCurrentIndex(at.live.log.index(0, 0))
        at.table.jump_to_end()
        bar = at.table.verticalScrollBar()
        for number in range(101, 105):
            at.take(*session(number))
            QApplication.processEvents()
            assert at.table.following_end and bar.value() == bar.maximum()
        assert at.table.chosen() is None


async def test_a_line_near_the_end_stays_in_sight_when_it_is_read(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        for number in range(1, 51):
            at.take(*session(number))
        bar = at.table.verticalScrollBar()
        await at.desk.until(lambda: 0 < bar.value() == bar.maximum())
        at.table.selectRow(197)
        chosen = at.live.log.index(197, 0)

        def in_sight() -> bool:
            return at.table.viewport().rect().contains(at.table.visualRect(chosen))

        details = child(at.page, QWidget, "log.details")
        await at.desk.until(lambda: details.isVisible() and not at.table.following_end)
        assert in_sight()
        height = at.table.height()
        child(at.page, QPushButton, "log.explain").setChecked(True)
        await at.desk.until(lambda: at.table.height() < height and in_sight())
        place = bar.value()
        at.take(*session(51))
        QApplication.processEvents()
        assert bar.value() == place and in_sight()
        click(at.page, "log.pill")
        at.take(*(event for n in range(52, 62) for event in session(n)))
        await at.desk.until(lambda: bar.value() == bar.maximum() and not in_sight())
        at.page.resize(1040, 460)
        QApplication.processEvents()
        QApplication.processEvents()
        assert not in_sight()


async def test_columns_can_be_chosen(tmp_path: Path, qtbot: QtBot) -> None:
    async with seat(tmp_path, qtbot) as at:
        assert at.table.isColumnHidden(7)
        click(at.page, "log.choose_columns")
        menu = child(at.table, QMenu, "log.columns")
        assert menu.isVisible()
        next(a for a in menu.actions() if a.text() == "Event").trigger()
        menu.close()
        assert not at.table.isColumnHidden(7)
        again = LogPage(at.desk.services, at.live)
        qtbot.addWidget(again)
        assert not child(again, LogTable, "log.table").isColumnHidden(7)


async def test_the_menu_key_opens_the_menu_of_the_current_line(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with seat(tmp_path, qtbot) as at:
        at.take(*session(1))
        at.table.selectRow(2)
        at.table.customContextMenuRequested.emit(at.table.rect().bottomLeft())
        menu = child(at.table, QMenu, "log.menu")
        assert menu.isVisible()
        QTest.keyClick(menu, Qt.Key.Key_Escape)
        assert not menu.isVisible()
