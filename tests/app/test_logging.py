"""The Logging page over a real log: levels, files, other places and captures."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.forms.classes_editor import ClassSlider
from app.forms.words import CLASS_STEPS, classes_text
from app.look.marks import StateLabel
from app.look.parts import Banner, EmptyState
from app.panels.logging import CAPTURES, FILES_TAB, PLACES, WHAT, LoggingPage
from app.panels.logging_advice import LONG_SECONDS, SESSION_OCTETS, banner, growth
from app.panels.logging_captures import StartCapture
from app.panels.logging_rows import FIXED, EditLogRow
from app.panels.logging_rules import moved, unreached
from app.panels.logging_state import LogFacts, place_state
from server_core.config.log import LogRule
from server_core.events.log_views import LogPlaceView, Sample
from server_core.events.views import Counters
from tests.app.desk import Desk, child, click, nameless, working_desk


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


def opened(desk: Desk, qtbot: QtBot) -> LoggingPage:
    page = LoggingPage(desk.services)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    return page


def press(slider: ClassSlider, step: int) -> None:
    """Click into the middle of a step, 1 is critical."""
    x = (2 * step - 1) * slider.width() // 10
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(x, slider.height() // 2))


def rule(file: str, priority: int, **more: Any) -> dict[str, Any]:
    return {**LogRule().model_dump(mode="json"), "file": file, "priority": priority, **more}


async def test_steps_fill_as_the_slider_moves(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    slider = child(page, ClassSlider, "log.pop3")
    for step, classes in enumerate(CLASS_STEPS[1:], 1):
        press(slider, step)
        assert (slider.classes, desk.services.keeper.draft.get("log.pop3")) == (classes, classes)
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert desk.services.keeper.draft.edits == {}
    press(slider, 1)
    press(slider, 1)
    assert desk.services.keeper.draft.get("log.pop3") == 0
    assert child(page, QLabel, "log.pop3.words").text() == "Nothing"


async def test_a_sum_that_no_step_has_is_shown_as_custom_and_named(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    desk.services.keeper.set("log.pop3", 21)
    slider, words = child(page, ClassSlider, "log.pop3"), child(page, QLabel, "log.pop3.words")
    assert words.isVisible() and words.text() == "Custom: critical, warning, protocol"
    assert slider.accessibleDescription() == classes_text(21)
    press(slider, 5)
    assert desk.services.keeper.draft.get("log.pop3") == 31
    assert not words.isVisible()


async def test_a_subject_inherits_or_has_a_level_of_its_own(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    ways = child(page, QComboBox, "log.categories.mail.own")
    slider = child(page, ClassSlider, "log.categories.mail")
    assert ways.currentText() == "Inherit" and not slider.isVisible()
    for index in (1, 0, 1):
        ways.setCurrentIndex(index)
        ways.activated.emit(index)
        assert slider.isVisible() is bool(index)
        assert keeper.draft.get("log.categories") == [{"category": "mail", "classes": 15}] * index
    press(slider, 2)
    await keeper.apply()
    assert [row.classes for row in desk.service.config.log.categories] == [3]


async def test_every_command_has_its_price(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    line = child(page, QLabel, "logging.growth")
    assert not line.isVisible()
    press(child(page, ClassSlider, "log.pop3"), 5)
    assert line.isVisible() and "passwords hidden" in line.text()
    busy = Sample(0.0, 3600, 3, Counters(connections=1_000, retrieved=200))
    quiet = Sample(0.0, 3600, 1, Counters(connections=10))
    assert growth([busy] * 30).startswith("About 32.1 MB a day, going by 24")
    assert growth([quiet] * 2).endswith("going by 20 sessions in the last 2 hours.")
    assert growth([quiet]).endswith("going by 10 sessions in the last hour.")


async def test_the_estimate_is_of_the_size_that_is_written(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    await desk.service.add_account("ann", "long enough password")
    press(child(page, ClassSlider, "log.pop3"), 5)
    await keeper.apply()
    folder = Path((await desk.service.log_folder()).path)
    await desk.service.try_log_place("files")
    before = (await desk.service.log_folder()).octets
    client = await desk.sign_in("ann", "long enough password")
    for ask in (client.stat, client.uidl, client.list, client.quit):
        ask()

    def is_written() -> bool:
        return "<< QUIT" in (folder / "everything.txt").read_text("utf-8")

    await desk.until(is_written)
    grown = (await desk.service.log_folder()).octets - before
    assert SESSION_OCTETS / 2 < grown < SESSION_OCTETS * 2


async def test_lines_about_messages_name_them_only_when_that_is_wanted(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    letter = tmp_path / "letter.eml"
    letter.write_bytes(b"Subject: hello\r\n\r\nhello\r\n")
    await desk.service.add_account("ann", "long enough password")
    await desk.service.import_mail("ann@example.com", letter)
    press(child(page, ClassSlider, "log.pop3"), 5)
    await keeper.apply()
    # The log follows its settings on a thread of its own; it has once this is written.
    await desk.service.try_log_place("files")
    client = await desk.sign_in("ann", "long enough password")
    unique_id = client.uidl()[1][0].decode().split()[1]
    client.retr(1)
    file = Path((await desk.service.log_folder()).path) / "everything.txt"

    def told() -> list[str]:
        return [x for x in file.read_text("utf-8").splitlines() if "message 1 retrieved" in x]

    await desk.until(lambda: file.exists() and len(told()) == 1)
    page.tabs.setCurrentIndex(FILES_TAB)
    child(page, QCheckBox, "log.message_ids").click()
    await keeper.apply()
    await desk.service.try_log_place("files")
    client.retr(1)
    client.quit()
    await desk.until(lambda: len(told()) == 2)
    assert unique_id not in told()[0]
    assert told()[1].endswith(f", unique-id {unique_id}")


async def test_the_folder_is_counted_opened_and_chosen(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    page = opened(desk, qtbot)
    page.tabs.setCurrentIndex(FILES_TAB)
    await desk.service.try_log_place("files")
    page.refresh()
    used, button = child(page, QLabel, "logging.used"), page.files.open_folder
    await desk.until(lambda: "in one file" in used.text() and button.isEnabled())
    gone: list[str] = []
    page.files.open_url = lambda url: gone.append(url.toLocalFile())
    button.click()
    assert gone == [QUrl.fromLocalFile(str(desk.service.home.logs)).toLocalFile()]
    (tmp_path / "file").write_text("")
    line = child(page, QLineEdit, "log.folder")
    QTest.keyClicks(line, str(tmp_path / "file"))
    await desk.until(lambda: used.text().startswith("Nothing can be written there"))
    QTest.keyClicks(line, "-else")
    await desk.until(lambda: used.text().startswith("No files yet"))


async def test_a_destination_out_of_order_is_told_with_its_cause(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    (tmp_path / "file").write_text("")
    keeper.set("log.folder", str(tmp_path / "file"))
    await keeper.apply()
    await desk.service.try_log_place("files")
    page.look()
    shown = child(page, Banner, "logging.banner")
    assert shown.isVisible() and shown.accessibleName().startswith("Files: ")
    assert "waiting: 1" in child(page, StateLabel, "logging.files.state").text()
    click(page, "logging.banner.action")
    assert page.tabs.currentIndex() == FILES_TAB


async def test_a_test_entry_says_how_it_went(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    page.tabs.setCurrentIndex(FILES_TAB)
    click(page, "logging.files.test")
    click(page, "logging.files.test")  # meanwhile it stays where the keyboard is, and does nothing
    await desk.until(lambda: desk.said)
    assert desk.said == ["Files: the test entry was sent."]
    page.look()
    assert child(page, StateLabel, "logging.files.state").text().startswith("Works.")


async def test_rules_are_added_edited_moved_and_removed(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    page.tabs.setCurrentIndex(FILES_TAB)
    card = page.files.rules
    click(page, "logging.rules.add")
    dialog = await desk.dialog(EditLogRow)
    name = child(dialog, QLineEdit, "logging.rules.row.file")
    name.setText("../x")
    name.textEdited.emit("../x")
    click(dialog, "logging.rules.dialog.action")
    assert dialog.isVisible() and keeper.draft.edits == {}
    name.textEdited.emit("errors.txt")
    click(dialog, "logging.rules.dialog.action")
    await desk.until(lambda: keeper.draft.edits)
    assert [entry.values["file"] for entry in card.model.rows] == [
        *("errors.txt", "everything.txt", "default.txt")
    ]
    click(page, "logging.rules.down")
    rows = keeper.draft.get("log.rules")
    assert [(row["file"], row["priority"]) for row in rows] == [
        *(("everything.txt", 90), ("errors.txt", 100))
    ]
    assert "gets nothing" in child(page, QWidget, "logging.rules.message").accessibleName()
    click(page, "logging.rules.remove")
    assert [row["file"] for row in keeper.draft.get("log.rules")] == ["everything.txt"]


async def test_the_last_rule_is_shown_and_stays(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    page.tabs.setCurrentIndex(FILES_TAB)
    card = page.files.rules
    assert card.model.rows[-1].key == FIXED
    rolling = [column.text(card.model.rows[-1]) for column in card.model.columns]
    assert "at 5 MB, after 1 day" in rolling
    card.table.selectRow(len(card.model.rows) - 1)
    for tool in ("edit", "remove", "up", "down"):
        assert not child(page, QPushButton, f"logging.rules.{tool}").isEnabled()
    last = card.model.index(len(card.model.rows) - 1, 0)
    assert not card.model.flags(last) & Qt.ItemFlag.ItemIsUserCheckable


async def test_two_ways_to_roll_one_file_are_told_at_the_rules(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    desk.services.keeper.set("log.rules", [rule("a.txt", 1), rule("a.txt", 2, count=3)])
    message = child(page, QWidget, "logging.rules.message")
    assert "rolls it over differently" in message.accessibleName()


async def test_another_computer_gets_a_test_entry_and_is_warned_of(
    desk: Desk, qtbot: QtBot
) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    page.tabs.setCurrentIndex(PLACES)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        near = {"address": f"127.0.0.1:{receiver.getsockname()[1]}", "transport": "lines"}
        far = {"address": "192.0.2.9:514", "transport": "udp", "enabled": False}
        shared = {"ca": "", "classes": 1, "enabled": True}
        keeper.set("log.remote", [{**shared, **near}, {**shared, **far}])
        await keeper.apply()
        await desk.until(lambda: len(desk.service.log_places()) == 2)
        page.look()
        page.places.remote.select(0)
        click(page, "logging.remote.test")
        await desk.until(lambda: desk.said)
        assert b"test entry" in receiver.recv(4096)
    message = child(page, QWidget, "logging.remote.message")
    assert not message.isVisible()
    keeper.set("log.remote", [{**shared, **far, "enabled": True}])
    assert message.isVisible() and "can be read on the way" in message.accessibleName()


async def test_receiving_says_where_and_warns_of_everybody(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    page.tabs.setCurrentIndex(PLACES)
    state = child(page, StateLabel, "logging.receive.state")
    assert state.text() == "Off"
    child(page, QCheckBox, "log.receive.enabled").click()
    keeper.set("log.receive.address", "127.0.0.1:0")
    await keeper.apply()
    page.look()
    assert state.text().startswith("Listens at 127.0.0.1:")
    keeper.set("log.receive.address", "*:2000")
    keeper.set("log.receive.networks", ["0.0.0.0/0"])
    message = child(page, QWidget, "log.receive.networks.message")
    assert "anybody" in message.accessibleName().lower()


async def test_a_capture_is_asked_for_counted_and_stopped(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    await desk.service.add_account("ann", "long enough password")
    page.show_target("capture")
    dialog = await desk.dialog(StartCapture)
    assert dialog.value.currentText() == "ann@example.com"
    assert nameless(dialog) == []
    click(dialog, "logging.capture_dialog.action")
    await desk.until(lambda: page.captures.model.rows)
    (await desk.sign_in("ann", "long enough password")).quit()
    page.look()
    assert page.captures.model.rows[0].lines > 0
    assert page.tabs.tabText(CAPTURES) == "Captures (1)"
    page.captures.table.selectRow(0)
    click(page, "logging.stop_capture")
    await desk.until(lambda: not page.captures.model.rows)
    assert desk.service.captures() == ()


async def test_a_capture_of_nobody_keeps_its_dialog(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    page.show_target("capture")
    dialog = await desk.dialog(StartCapture)
    dialog.try_it()
    assert "Choose or write" in dialog.message.text()
    dialog.value.setEditText("nobody")
    dialog.try_it()
    await desk.until(lambda: "Nothing is captured" in dialog.message.text())
    dialog.reject()


async def test_a_stopped_server_is_said_on_every_tab(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    await desk.service.stop(grace=0)
    page.refresh()
    used = child(page, QLabel, "logging.used")
    await desk.until(lambda: used.text() == "The server is stopped.")
    assert child(page, StateLabel, "logging.files.state").text() == "The server is stopped."
    assert not child(page, QPushButton, "logging.files.test").isEnabled()
    assert not child(page, QPushButton, "logging.capture").isEnabled()
    assert "stopped" in child(page, EmptyState, "logging.no_captures").accessibleName()
    assert desk.failures == []


async def test_every_control_has_a_name_and_every_place_is_found(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    for target, tab in (
        *(("log.pop3", WHAT), ("log.categories", WHAT), ("log.rules.#1.file", FILES_TAB)),
        *(("log.shape", FILES_TAB), ("log.remote", PLACES), ("log.receive.enabled", PLACES)),
        *(("captures", CAPTURES), ("files", FILES_TAB)),
    ):
        page.show_target(target)
        assert page.tabs.currentIndex() == tab, target
        assert nameless(page) == []
    areas = [area for area in page.findChildren(QScrollArea) if area.focusPolicy()]
    assert areas and all(area.accessibleName() for area in areas)


async def test_commands_written_for_long_are_warned_of_and_reduced(
    desk: Desk, qtbot: QtBot
) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    facts = LogFacts(running=True, protocol_since=1_000.0)
    assert banner(facts, lambda: 1_000.0 + LONG_SECONDS - 1) == ("ok", "", "")
    state, text, action = banner(facts, lambda: 1_000.0 + LONG_SECONDS)
    assert (state, action) == ("attention", "Write less") and "for 1 h" in text
    keeper.set("log.pop3", 31)
    keeper.set("log.categories", [{"category": "commands", "classes": 31}])
    child(page, Banner, "logging.banner").action.click()
    assert keeper.draft.get("log.pop3") == 15
    assert keeper.draft.get("log.categories") == [{"category": "commands", "classes": 15}]


def test_equal_priorities_are_parted_when_a_rule_moves() -> None:
    rows, place = moved([rule("a", 100), rule("b", 100), rule("c", 100)], 2, -1)
    assert [(row["file"], row["priority"]) for row in rows] == [("a", 10), ("c", 20), ("b", 30)]
    assert place == 1


def test_a_rule_behind_one_that_takes_all_is_told() -> None:
    everything = rule("all.txt", 50)
    assert "late.txt" in unreached([everything, rule("late.txt", 60, module="POP3")])
    assert unreached([everything, rule("others.txt", 60, sender="remote")]) == ""
    assert unreached([{**everything, "enabled": False}, rule("late.txt", 60)]) == ""


@pytest.mark.parametrize(
    ("view", "role", "words"),
    [
        (LogPlaceView("x", "disk full", 12, 3, 9), "problem", "Disk full. Entries waiting: 12."),
        (LogPlaceView("x", lost=3, written=9), "attention", "Entries lost: 3."),
        (LogPlaceView("x"), "ok", "nothing written yet"),
        (None, "neutral", "Begins with Apply."),
    ],
)
def test_a_destination_is_told_in_words(view: LogPlaceView | None, role: str, words: str) -> None:
    _, shown, text = place_state(view, wanted=True, running=True)
    assert shown == role and words in text
