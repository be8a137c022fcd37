"""Every setting of the server has its place in the window, and only one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.bridge.services import PageWidget
from app.dashboard.live import Live
from app.forms.review_text import page_id_of
from app.window.pages import pages
from server_core.config.checking import all_settings
from server_core.config.schema import Kind
from tests.app.desk import working_desk

IN_TABLES = ("access.deny", "pop3.access.rules", "pop3.access.otherwise", "pop3.listeners.")
"""Edited row by row, in tables; the pages' own tests look at those."""
FIELDS = {
    path: declared
    for path, declared in all_settings()
    if not path.startswith(IN_TABLES) and declared.kind is not Kind.ROWS
}


async def test_every_setting_is_on_one_page_and_there_once(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk:
        found: dict[str, list[str]] = {path: [] for path in FIELDS}
        for page in pages(Live(desk.services)):
            widget = page.make(desk.services)
            qtbot.addWidget(widget)
            for part in widget.findChildren(QWidget):
                if part.objectName() in found:
                    found[part.objectName()].append(page.id)
        assert found == {path: [page_id_of(path)] for path in FIELDS}


async def test_every_setting_can_be_gone_to(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk:
        made: dict[str, PageWidget] = {}
        for page in pages(Live(desk.services)):
            made[page.id] = page.make(desk.services)
            qtbot.addWidget(made[page.id])
            made[page.id].show()
        for path in FIELDS:
            opened = made[page_id_of(path)]
            opened.show_target(path)
            focused = opened.focusWidget()
            assert focused is not None and focused.objectName().startswith(path), path


def test_every_setting_in_a_table_has_a_page_too() -> None:
    paths = [path.replace("NAME", "office") for path, _ in all_settings() if path not in FIELDS]
    assert [path for path in paths if not page_id_of(path)] == []
