"""The Flow control page: limits with live meters, presets, and who has limits of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QCheckBox, QComboBox, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from app.panels.flow import FlowPage
from server_core.config.admission import Flow
from server_core.config.schema import settings_of
from tests.app.desk import PATIENCE, Desk, child, click, nameless, working_desk


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


def opened(desk: Desk, qtbot: QtBot) -> FlowPage:
    page = FlowPage(desk.services)
    model = page.overrides.model
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
    qtbot.addWidget(page)
    page.resize(1000, 640)
    page.show()
    return page


async def test_every_limit_is_on_the_page_once(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    assert list(page.card.form.names()) == [declared.name for declared in settings_of(Flow)]
    assert nameless(page) == []


async def test_a_limit_is_edited_in_the_draft_and_counts_after_apply(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    child(page, QSpinBox, "pop3.flow.max_connections").setValue(3)
    child(page, QCheckBox, "pop3.flow.max_new.limited").setChecked(False)
    assert desk.services.keeper.draft.edits == {
        "pop3.flow.max_connections": 3,
        "pop3.flow.max_new": 0,
    }
    await desk.services.keeper.apply()
    assert desk.service.config.pop3.flow.max_connections == 3


async def test_meters_follow_what_is_used_and_what_was_refused(desk: Desk, qtbot: QtBot) -> None:
    desk.services.keeper.set("pop3.flow.max_connections", 1)
    await desk.services.keeper.apply()
    await desk.service.add_account("ann", "secret word")
    page = opened(desk, qtbot)
    meter = page.findChildren(QWidget, "flow.meter.max_connections")[0]
    assert "Now 0 · peak 0 · refused 0" in meter.accessibleName()
    client = await desk.sign_in("ann@example.com", "secret word")
    await desk.until(lambda: "Now 1 · peak 1 · refused 0" in meter.accessibleName())
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port())
    assert b"try again later" in await asyncio.wait_for(reader.read(512), PATIENCE)
    writer.close()
    await desk.until(lambda: "Now 1 · peak 1 · refused 1" in meter.accessibleName())
    client.close()


async def test_a_preset_sets_all_limits_in_one_step(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    preset = child(page, QComboBox, "flow.preset")
    assert preset.currentText() == "Small office (up to 25 people)"
    preset.setCurrentText("Unlimited")
    preset.activated.emit(preset.currentIndex())
    flow = keeper.draft.get("pop3.flow")
    assert {value for name, value in flow.items() if name.startswith("max_")} == {0}
    child(page, QSpinBox, "pop3.flow.interval").setValue(2)
    assert preset.currentText() == "Own values"
    keeper.undo()
    keeper.undo()
    assert keeper.draft.edits == {} and preset.currentIndex() == 0


async def test_more_for_one_address_than_for_all_is_warned_about(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    child(page, QSpinBox, "pop3.flow.max_connections_per_peer").setValue(900)
    name = "pop3.flow.max_connections_per_peer.message"
    await desk.until(lambda: "all together only 200" in child(page, QWidget, name).accessibleName())
    assert not desk.services.keeper.problems


async def test_limits_of_their_own_are_listed_with_the_way_to_them(
    desk: Desk, qtbot: QtBot
) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    assert child(page, QWidget, "flow.no_overrides").isVisible()
    keeper.set("pop3.listeners.local.flow.max_connections", 50)
    rule = {"address": "192.168.1.0/24", "note": "Office", "flow": {"max_new_per_peer": 0}}
    keeper.set("pop3.access.rules", [rule])
    await keeper.apply()
    page.refresh()
    model = page.overrides.model
    rows = [[str(model.index(n, c).data()) for c in range(6)] for n in range(model.rowCount())]
    assert rows == [
        ["Listener local", "0 of 50", "inherited", "inherited", "inherited", "inherited"],
        [
            "Rule 1 of POP3: Allow 192.168.1.0/24",
            *("inherited", "inherited", "inherited", "no limit", "inherited"),
        ],
    ]
    went: list[tuple[str, str]] = []
    desk.services.window.going.connect(lambda page, target: went.append((page, target)))
    page.overrides.table.selectRow(1)
    click(page, "flow.open")
    page.overrides.table.activated.emit(model.index(1, 0))
    assert went == [("access", "pop3.access.rules.#1")] * 2
