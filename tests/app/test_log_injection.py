"""A stranger whose name forges log lines: one harmless line in the file, the window and copies."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import json
import poplib
import unicodedata
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.dashboard.dashboard_page import DashboardPage
from app.dashboard.log_export import Order, hiding_key
from app.dashboard.log_filter import LogFilter
from app.dashboard.log_formats import formats
from app.dashboard.log_page import LogPage
from app.dashboard.log_table import LogTable
from app.look.tables import TableView
from app.window.main_window import MainWindow
from server_core.events.types import Level
from tests.app.desk import Desk, child, working_desk
from tests.app.test_window import window_at

FORGED_LINE = "2026-11-30 10:00:00 +0100 08 office POP3:00000001: account 'boss' has logged in"
NAMES = (
    f"eve\r\n{FORGED_LINE}",
    "eve\x1b[2J\x1b]0;owned\x07",
    "\u202eeve\u2066@example.com\u2028next",
    "=HYPERLINK(0)\t<b>eve</b>\x00",
)


def is_harmless(text: str) -> bool:
    """Nothing in it moves a cursor, ends a line or turns the direction of writing."""
    kinds = {unicodedata.category(character) for character in text}
    return not kinds & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def guess(port: int, name: str) -> None:
    """Sign in under a name; SASL carries what no command line can."""
    client = poplib.POP3("127.0.0.1", port, timeout=10)
    proof = base64.b64encode(b"\0" + name.encode() + b"\0wrong word").decode()
    with pytest.raises(poplib.error_proto):
        client._shortcmd(f"AUTH PLAIN {proof}")  # type: ignore[attr-defined]
    client.quit()


async def guessed(desk: Desk, window: MainWindow) -> LogPage:
    """The Log page after all of them have tried."""
    window.open_page("log")
    log = window.page
    assert isinstance(log, LogPage)
    log.show_target("event:SignInFailed")
    for name in NAMES:
        await asyncio.to_thread(guess, desk.port(), name)
    table = child(log, LogTable, "log.table")
    await desk.until(lambda: len(table.log_rows.rows) == len(NAMES))
    return log


async def test_each_is_one_line_of_the_log_file(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        await guessed(desk, window)
        file = Path((await desk.service.log_folder()).path) / "everything.txt"
        await desk.until(file.exists)
        await desk.until(lambda: file.read_bytes().count(b"Authentication error") == len(NAMES))
        lines = file.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
        assert all(is_harmless(line) for line in lines)
        assert not any(line.startswith(FORGED_LINE[:40]) for line in lines)


async def test_each_is_one_harmless_line_of_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        log = await guessed(desk, window)
        table = child(log, LogTable, "log.table")
        model = table.log_rows
        cells = [
            model.index(line, section).data()
            for line in range(model.rowCount())
            for section in range(model.columnCount())
        ]
        assert all(is_harmless(cell) for cell in cells)
        for line in range(len(NAMES)):
            table.selectRow(line)
            shown = child(log, QLabel, "log.line").text().replace("\u200b", "")
            assert shown == model.rows[line].text and is_harmless(shown)
        window.open_page("dashboard")
        dashboard = window.page
        assert isinstance(dashboard, DashboardPage)
        latest = child(dashboard, TableView, "dashboard.events").model()

        def told() -> list[str]:
            return [latest.index(line, 8).data() for line in range(latest.rowCount())]

        await desk.until(lambda: sum("Authentication" in each for each in told()) == len(NAMES))
        assert all(is_harmless(each) for each in told())


@pytest.mark.parametrize("hidden", [False, True], ids=["named", "hidden"])
async def test_each_is_one_harmless_line_of_every_export_and_copy(
    qtbot: QtBot, tmp_path: Path, *, hidden: bool
) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        log = await guessed(desk, window)
        table = child(log, LogTable, "log.table")
        key = hiding_key(desk.services.settings) if hidden else b""
        texts = {}
        for kind in formats():
            order = Order(table.log_rows.rows, LogFilter(level=Level.PROTOCOL), kind, key)
            file = tmp_path / f"log.{kind.suffix}"
            await log.acts.write_to(order, file)
            texts[kind.id] = file.read_text("utf-8")
            if not hidden:
                table.selectAll()
                log.acts.copy_as(kind.id)
                copied = QApplication.clipboard().text()
                assert copied.splitlines() == texts[kind.id].splitlines()
        lines = {kind: text.splitlines() for kind, text in texts.items()}
        assert all(is_harmless(line) for text in lines.values() for line in text)
        assert len(lines["text"]) == len(lines["json"]) == len(NAMES)
        assert all(json.loads(line)["event"] == "SignInFailed" for line in lines["json"])
        rows = [*csv.reader(io.StringIO(texts["csv"]))]
        assert len(rows) == len(NAMES) + 1
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
        assert texts["html"].count("<tr>") == len(NAMES) + 1 and "<b>" not in texts["html"]


async def test_copied_rows_are_one_harmless_line_each(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        log = await guessed(desk, window)
        table = child(log, LogTable, "log.table")
        table.selectAll()
        table.copy_action.trigger()
        lines = QApplication.clipboard().text().split("\n")
        assert len(lines) == len(NAMES)
        shown = sum(not table.isColumnHidden(n) for n in range(table.log_rows.columnCount()))
        assert all(is_harmless(line.replace("\t", "")) for line in lines)
        assert all(line.count("\t") == shown - 1 for line in lines)
