"""The Access lists page: rules go to the draft as whole lists, and an address can be tried."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.forms import addresses
from app.forms.movable_table import Indicator, places_down
from app.forms.review_text import change_text
from app.panels import access_rows, access_text
from app.panels.access import AccessPage
from app.panels.access_dialogs import AddRules, EditRule
from app.panels.access_doubt import TypeYes, agrees
from app.panels.access_effective import steps
from app.window.review_dialog import warning_texts
from server_core.config.admission import AccessRule, DenyEntry, Verdict
from server_core.config.file import load
from tests.app.desk import Desk, child, click, nameless, working_desk

NUMBER, ENABLED, ACTION, ADDRESS, NOTE, EXPIRES, LIMITS, MATCHES, LAST = range(9)
RULES = "pop3.access.rules"


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


def opened(desk: Desk, qtbot: QtBot, *lines: str) -> AccessPage:
    """The page with the list of POP3, which has these rules in the draft."""
    page = AccessPage(desk.services)
    fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
    QAbstractItemModelTester(page.list.model, fatal, page)
    QAbstractItemModelTester(page.effective.model, fatal, page)
    qtbot.addWidget(page)
    page.resize(1000, 560)
    page.show()
    if lines:
        desk.services.keeper.set(RULES, rules(*lines))
    return page


def rules(*lines: str) -> list[dict[str, Any]]:
    reading = access_text.read("\n".join(lines), AccessRule, Verdict.ALLOW)
    assert not reading.wrong
    return access_rows.added([], reading.rows)


def shown(page: AccessPage, column: int) -> list[str]:
    model = page.list.model
    return [str(model.index(row, column).data() or "") for row in range(model.rowCount())]


def written(desk: Desk, path: str = RULES) -> list[str]:
    return access_text.written(desk.services.keeper.draft.get(path)).splitlines()


async def test_every_control_has_a_name_and_every_list_a_tab(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot, "192.0.2.1")
    tabs = [page.tabs.tabText(place) for place in range(page.tabs.count())]
    assert tabs == ["All services", "POP3", "Listener local", "Effective rules"]
    for place in range(page.tabs.count()):
        page.tabs.setCurrentIndex(place)
        assert nameless(page) == []
        assert child(page, QWidget, "access.order").property("text")


async def test_lines_become_rules_and_wrong_ones_stay_with_the_reason(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    assert child(page, QWidget, "access.empty").isVisible()
    page.list.add()
    dialog = await desk.dialog(AddRules)
    child(dialog, QPlainTextEdit, "access.add_lines").setPlainText(
        "192.168.1.0/24  # Office\n10.0.0.300\n\ndeny 192.0.2.9 - 192.0.2.12\n192.0.2.9-192.0.2.1"
    )
    assert child(dialog, QPushButton, "access.add_dialog.action").text() == "Add 2 rules"
    click(dialog, "access.add_dialog.action")
    await desk.until(lambda: "2 added" in dialog.message.text())
    assert "10.0.0.300 is not an IP address" in dialog.message.text()
    assert "the range begins after its end" in dialog.message.text()
    assert dialog.lines.toPlainText().splitlines() == ["10.0.0.300", "192.0.2.9-192.0.2.1"]
    dialog.reject()
    assert shown(page, ADDRESS) == ["192.168.1.0/24", "192.0.2.9-192.0.2.12"]
    assert shown(page, ACTION) == ["Allow", "Deny"] and shown(page, NOTE) == ["Office", ""]
    assert desk.service.config.pop3.access.rules == ()
    await desk.services.keeper.apply()
    kept = load(desk.service.home.config_file).pop3.access.rules
    assert [(rule.action, rule.address) for rule in kept] == [
        ("allow", "192.168.1.0/24"),
        ("deny", "192.0.2.9-192.0.2.12"),
    ]


async def test_alt_up_makes_a_rule_decide_earlier_and_undo_takes_one_step(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot, "192.0.2.1", "deny 192.0.2.0/24", "192.0.2.3")
    page.activateWindow()
    assert QTest.qWaitForWindowActive(page)
    page.list.table.setFocus()
    page.list.select(2)
    QTest.keyClick(page.list.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert shown(page, ADDRESS) == ["192.0.2.1", "192.0.2.3", "192.0.2.0/24"]
    assert [entry.values["address"] for entry in page.list.selected()] == ["192.0.2.3"]
    QTest.keyClick(page.list.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert shown(page, ADDRESS)[0] == "192.0.2.3"
    assert not child(page, QPushButton, "access.up").isEnabled()
    priorities = [row["priority"] for row in desk.services.keeper.draft.get(RULES)]
    assert priorities == sorted(set(priorities))
    desk.services.keeper.undo()
    assert shown(page, ADDRESS) == ["192.0.2.1", "192.0.2.3", "192.0.2.0/24"]


@pytest.mark.parametrize("number", [3, 120, 1_000, 1_500])
def test_moving_gives_priorities_that_keep_every_rule_in_its_place(number: int) -> None:
    many: list[dict[str, Any]] = [
        {"action": "deny" if n % 7 else "allow", "address": f"10.0.{n // 250}.{n % 250}",
         "priority": 500, "enabled": True, "note": "", "expires": "", "flow": {}}
        for n in range(number)
    ]  # fmt: skip
    first = access_rows.in_order(many)[-1]
    rows, place = access_rows.moved(many, many.index(first), -number)
    assert place == 0 and rows[0]["address"] == first["address"]
    assert access_rows.deciding_order(rows) == list(range(number))
    assert all(1 <= row["priority"] <= 1_000 for row in rows)
    if number <= 1_000:
        assert len({row["priority"] for row in rows}) == number


async def test_rules_are_switched_edited_and_removed(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot, "192.0.2.1", "deny 192.0.2.0/24")
    checked = Qt.ItemDataRole.CheckStateRole
    page.list.model.setData(page.list.model.index(0, ENABLED), Qt.CheckState.Unchecked, checked)
    assert written(desk)[0] == "allow 192.0.2.1 off"
    page.list.select(0)
    page.list.edit()
    dialog = await desk.dialog(EditRule)
    field = child(dialog, QLineEdit, "access.rule.address")
    field.setText("192.0.2.300")
    field.textEdited.emit("192.0.2.300")
    click(dialog, "access.edit_dialog.action")
    assert dialog.isVisible() and dialog.problem()
    field.setText("192.0.2.30")
    field.textEdited.emit("192.0.2.30")
    own = child(dialog, QComboBox, "access.rule.flow.max_connections_per_peer.own")
    own.setCurrentIndex(own.findData("own"))
    own.activated.emit(own.currentIndex())
    click(dialog, "access.edit_dialog.action")
    await desk.until(lambda: written(desk)[0].startswith("allow 192.0.2.30"))
    assert written(desk)[0] == "allow 192.0.2.30 off max_connections_per_peer=60"
    assert shown(page, LIMITS) == ["Own", "–"]
    assert not desk.services.keeper.problems
    page.list.select(0)
    page.list.remove()
    assert written(desk) == ["deny 192.0.2.0/24"]


async def test_a_rule_that_denies_keeps_no_limits(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot, "192.0.2.1 max_new=5")
    page.list.select(0)
    page.list.edit()
    dialog = await desk.dialog(EditRule)
    action = child(dialog, QComboBox, "access.rule.action")
    action.activated.emit(action.findData("deny"))
    assert not dialog.limits.isVisible()
    click(dialog, "access.edit_dialog.action")
    await desk.until(lambda: written(desk) == ["deny 192.0.2.1"])
    assert not desk.services.keeper.problems


async def test_all_services_can_only_be_denied(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    page.tabs.setCurrentIndex(0)
    assert not child(page, QPushButton, "access.network").isVisible()
    page.list.add()
    dialog = await desk.dialog(AddRules)
    dialog.lines.setPlainText("203.0.113.0/24 # Scans\nallow 192.0.2.1")
    click(dialog, "access.add_dialog.action")
    await desk.until(lambda: "can only be denied" in dialog.message.text())
    dialog.reject()
    assert written(desk, "access.deny") == ["deny 203.0.113.0/24 # Scans"]


def test_lines_carry_everything_a_rule_says() -> None:
    lines = [
        "allow 192.0.2.0/24 off expires=2026-12-31T18:00 max_new=30 interval=60 # a # b",
        "deny 2001:db8::/48",
    ]
    assert access_text.written(rules(*lines)).splitlines() == lines
    reading = access_text.read("192.0.2.7, often", DenyEntry, Verdict.DENY)
    assert reading.wrong == [
        ("192.0.2.7, often", "‘often’ means nothing here; a note begins with #")
    ]


async def test_lists_are_written_to_files_and_read_again(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    page, file = opened(desk, qtbot, "192.0.2.1 # One", "deny 192.0.2.2"), tmp_path / "rules.txt"
    await page.list.export_file(file)
    assert file.read_text("utf-8") == "allow 192.0.2.1 # One\ndeny 192.0.2.2\n"
    page.tabs.setCurrentIndex(2)
    desk.services.tasks.start(page.list.import_file(file))
    dialog = await desk.dialog(AddRules)
    click(dialog, "access.add_dialog.action")
    await desk.until(lambda: not dialog.isVisible())
    assert written(desk, "pop3.listeners.local.access.rules") == [
        "allow 192.0.2.1 # One",
        "deny 192.0.2.2",
    ]


async def test_the_networks_of_this_computer_are_added_once(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "local_networks", lambda: [("192.168.7.0/24", "eth0")])
    page = opened(desk, qtbot)
    click(page, "access.network")
    click(page, "access.network")
    assert written(desk) == ["allow 192.168.7.0/24 # eth0"]


def test_the_networks_of_this_computer_are_networks() -> None:
    reading = access_text.read(
        "\n".join(network for network, _ in addresses.local_networks()), AccessRule, Verdict.ALLOW
    )
    assert not reading.wrong


async def test_what_never_decides_is_said(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot, "192.0.2.0/24", "deny 192.0.2.7", "192.0.2.0/24")
    page.refresh()
    message = child(page, QWidget, "access.warnings")
    assert "Rule 2: never reached because rule 1 already matches." in message.accessibleName()
    page.list.select(0)
    click(page, "access.warnings.action")
    assert [entry.values["address"] for entry in page.list.selected()] == ["192.0.2.7"]


async def test_an_address_is_tried_now_and_after_apply_while_typing(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    QTest.keyClicks(page.trial.address, "192.168.1.50")
    await desk.until(lambda: page.trial.now.text().startswith("Allowed"))
    assert page.trial.later.text() == ""
    desk.services.keeper.set(RULES, rules("deny 192.168.1.50 # Guests"))
    said = "Refused by rule 1 of POP3: deny 192.168.1.50 (Guests)."
    await desk.until(lambda: page.trial.later.text() == said)
    assert page.trial.now.text().startswith("Allowed")
    await desk.services.keeper.apply()
    await desk.until(lambda: page.trial.now.text() == said)
    assert page.trial.later.text() == ""
    page.trial.ask("192.168.1.500")
    assert page.trial.now.text() == "192.168.1.500 is not an IP address."


async def test_what_is_used_of_the_limits_is_part_of_the_answer(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot, "127.0.0.0/8 max_connections_per_peer=7")
    await desk.services.keeper.apply()
    await desk.service.add_account("ann", "secret word")
    client = await desk.sign_in("ann@example.com", "secret word")
    page.trial.ask("127.0.0.1", "local")
    assert "1 of 7 connections from this address" in page.trial.now.text()
    page.refresh()
    assert shown(page, MATCHES) == ["1"] and shown(page, LAST) != ["–"]
    client.close()


async def test_the_last_row_is_edited_where_it_belongs(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    rest = child(page, QComboBox, "access.service.otherwise")
    rest.activated.emit(rest.findData("deny"))
    page.tabs.setCurrentIndex(2)
    rest = child(page, QComboBox, "access.listener.otherwise")
    rest.activated.emit(rest.findData("allow"))
    assert desk.services.keeper.draft.edits == {
        "pop3.access.otherwise": "deny",
        "pop3.listeners.local.access.otherwise": "allow",
    }


async def test_effective_rules_stand_in_deciding_order(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot, "192.0.2.1", "deny 192.0.2.2 off", "deny 192.0.2.3")
    keeper = desk.services.keeper
    keeper.set("pop3.listeners.local.access.rules", rules("deny 198.51.100.1"))
    keeper.set("access.deny", [{"address": "203.0.113.1"}])
    found = [
        (step.scope, step.number, step.action, step.address) for step in steps(keeper, "local")
    ]
    assert found == [
        ("Listener local", 1, "Deny", "198.51.100.1"),
        ("POP3", 1, "Allow", "192.0.2.1"),
        ("POP3", 3, "Deny", "192.0.2.3"),
        ("All services", 1, "Deny", "203.0.113.1"),
        ("POP3", 0, "Allow", "Everything else"),
    ]
    page.tabs.setCurrentIndex(3)
    assert page.effective.model.rowCount() == len(found)
    keeper.set("pop3.listeners.local.access.otherwise", "deny")
    assert page.effective.model.rowCount() == 2


def test_a_rule_is_over_when_its_moment_has_passed() -> None:
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert access_rows.is_over({"expires": "2026-05-01"}, now)
    assert not access_rows.is_over({"expires": "2026-07-01 08:00"}, now)
    assert not access_rows.is_over({"expires": ""}, now)
    assert not access_rows.is_over({"expires": "soon"}, now)


async def test_a_place_in_the_draft_can_be_pointed_at(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot, "192.0.2.1", "192.0.2.2")
    page.show_target("pop3.listeners.local.access.rules")
    assert page.tabs.tabText(page.tabs.currentIndex()) == "Listener local"
    page.show_target("pop3.access.rules.#2.address")
    assert [entry.values["address"] for entry in page.list.selected()] == ["192.0.2.2"]


async def test_rules_that_shut_this_computer_out_need_a_yes_in_letters(
    desk: Desk, qtbot: QtBot
) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    keeper.set(RULES, rules("192.168.1.0/24"))
    assert await agrees(desk.services, page)
    keeper.set("pop3.access.otherwise", "deny")
    answers: list[bool] = []

    async def ask_person() -> None:
        answers.append(await agrees(desk.services, page))

    desk.services.tasks.start(ask_person())
    dialog = await desk.dialog(TypeYes)
    assert not dialog.apply.isEnabled()
    dialog.typed.setText("yes")
    assert not dialog.apply.isEnabled()
    dialog.typed.setText("YES")
    dialog.apply.click()
    await desk.until(lambda: answers == [True])
    await keeper.apply()
    keeper.set(RULES, rules("192.168.2.0/24"))
    assert await agrees(desk.services, page)  # it was out before


async def test_the_review_repeats_what_is_risky_about_rules(desk: Desk, qtbot: QtBot) -> None:
    keeper = desk.services.keeper
    assert warning_texts(keeper) == []
    keeper.set(RULES, rules("deny 127.0.0.0/8"))
    assert [text for text in warning_texts(keeper) if "this computer itself" in text]
    change = change_text(keeper.changes[0])
    assert change.page == "Access lists" and change.before == "none"
    assert change.after == "1 entry: added Deny 127.0.0.0/8"


@pytest.mark.parametrize(
    ("row", "at", "indicator", "distance"),
    [
        (0, 2, Indicator.AboveItem, 1),
        (0, 2, Indicator.BelowItem, 2),
        (2, 0, Indicator.AboveItem, -2),
        (2, 0, Indicator.BelowItem, -1),
        (1, 1, Indicator.AboveItem, 0),
        (1, 1, Indicator.BelowItem, 0),
        (1, 0, Indicator.BelowItem, 0),
        (0, -1, Indicator.OnViewport, 3),
    ],
)
def test_a_dragged_rule_goes_where_it_is_put_down(
    row: int, at: int, indicator: Indicator, distance: int
) -> None:
    assert places_down(row, at, 4, indicator) == distance


async def test_a_dragged_rule_decides_from_its_new_place(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot, "192.0.2.1", "deny 192.0.2.0/24", "192.0.2.3")
    page.list.select(0)
    page.list.table.dragged.emit(2)
    assert shown(page, ADDRESS) == ["192.0.2.0/24", "192.0.2.3", "192.0.2.1"]
    assert page.list.table.dragEnabled()
    page.show_target("access")
    page.tabs.setCurrentIndex(0)
    assert not page.list.table.dragEnabled()
