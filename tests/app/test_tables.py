"""Tables of every page: rows are copied in many ways, and columns are as they were left."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QSettings
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app.look.row_formats import formats
from app.look.tables import Column, RowsModel, TableView
from app.look.theme import Theme

NAMES = ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "two\r\nlines\tand\u202emore", '",\n@1']

COLUMNS: tuple[Column[str], ...] = (
    Column("Name", lambda row: row),
    Column("Length", lambda row: str(len(row)), number=True),
    Column("Hidden", lambda row: "secret", optional=True),
)


@pytest.fixture
def table(qtbot: QtBot, qapp: QApplication) -> TableView:
    """A table of hostile names, all of them selected, and a column that is not shown."""
    view = table_of(COLUMNS, qapp)
    qtbot.addWidget(view)
    view.selectAll()
    return view


def table_of(columns: Sequence[Column[str]], application: QApplication) -> TableView:
    view = TableView(Theme(application), "names", "Names")
    model = RowsModel(columns, view)
    model.rows = [*NAMES]
    view.show_model(model, columns)
    return view


def copied(table: TableView, kind: str) -> str:
    """What the entry of the copy menu puts on the clipboard."""
    titles = {each.id: each.title for each in formats()}
    (entry,) = [each for each in table.copy_menu.actions() if each.text() == titles[kind]]
    entry.trigger()
    return QGuiApplication.clipboard().text()


def test_copied_rows_are_tab_separated_and_no_cell_is_a_formula(table: TableView) -> None:
    table.copy_action.trigger()
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert [len(line) for line in lines] == [2] * len(NAMES)
    assert lines[0] == [f"'{NAMES[0]}", str(len(NAMES[0]))]
    assert all(cell.isprintable() for line in lines for cell in line)


def test_rows_copied_as_csv_have_names_and_no_formula(table: TableView) -> None:
    lines = [*csv.reader(io.StringIO(copied(table, "csv"), newline=""))]
    assert lines[0] == ["Name", "Length"] and len(lines) == 1 + len(NAMES)
    starts = {cell.lstrip()[:1] for line in lines for cell in line}
    assert not starts & {"=", "+", "-", "@"}


def test_rows_copied_as_json_are_objects(table: TableView) -> None:
    read = [json.loads(line) for line in copied(table, "json").splitlines()]
    assert read[1] == {"Name": NAMES[1], "Length": str(len(NAMES[1]))}


def test_rows_copied_as_html_hold_no_markup_of_strangers(table: TableView) -> None:
    written = copied(table, "html")
    assert "<title>Names</title>" in written and "&lt;script&gt;alert(1)&lt;/script&gt;" in written
    assert "<script" not in written


def test_copying_nothing_leaves_the_clipboard_alone(table: TableView) -> None:
    QGuiApplication.clipboard().setText("kept")
    table.clearSelection()
    table.copy_action.trigger()
    assert copied(table, "csv") == "kept"


def test_the_choice_of_columns_is_remembered_until_there_are_others(
    table: TableView, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)

    def shown(columns: Sequence[Column[str]]) -> list[bool]:
        again = table_of(columns, qapp)
        qtbot.addWidget(again)
        again.remember(settings)
        return [not again.isColumnHidden(section) for section in range(len(columns))]

    table.remember(settings)
    table.show_column(2, shown=True)
    table.show_column(1, shown=False)
    assert shown(COLUMNS) == [True, False, True]
    assert shown(COLUMNS[:2]) == [True, True]


def told_about(table: TableView, section: int) -> str:
    """What is told while the pointer rests on a cell of the second row."""
    table.show()
    inside = table.visualRect(table.model().index(1, section)).center()
    outside = table.viewport().mapToGlobal(inside)
    QApplication.sendEvent(table.viewport(), QHelpEvent(QEvent.Type.ToolTip, inside, outside))
    return QToolTip.text() if QToolTip.isVisible() else ""


def test_a_text_that_does_not_fit_is_told_in_full_without_markup_of_strangers(
    table: TableView,
) -> None:
    table.setColumnWidth(0, 300)
    assert told_about(table, 0) == told_about(table, 1) == ""
    table.setColumnWidth(0, 60)
    assert told_about(table, 0) == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_what_a_column_tells_comes_before_its_whole_text(qtbot: QtBot, qapp: QApplication) -> None:
    said: Column[str] = Column("Name", lambda row: row, 60, tip=lambda row: "Said by the column")
    view = table_of((said,), qapp)
    qtbot.addWidget(view)
    assert told_about(view, 0) == "Said by the column"
