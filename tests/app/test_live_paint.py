"""A live table, painted in one go, looks as Qt's own painting of it does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.look.tables import Column, LiveRows, RowsModel, TableView
from app.look.theme import Choice, Theme

Cells = tuple[str, str, int]
COLUMNS: tuple[Column[Cells], ...] = (
    Column("Name", lambda row: row[0], 110),
    Column("State", lambda row: row[1], 130, mark=lambda row: ("circle", "ok")),
    Column("Size", lambda row: str(row[2]), 80, number=True),
)
ROWS = [(f"ann{n}@a-very-long-domain.example.com", "Reading mail", n * 1_000) for n in range(30)]


def picture(qtbot: QtBot, model: RowsModel[Cells], direction: Qt.LayoutDirection) -> QImage:
    """The rows of a table as they are seen, one of them selected."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    table = TableView(Theme(application, Choice.LIGHT), "table", "Table")
    qtbot.addWidget(table)
    table.setLayoutDirection(direction)
    table.resize(360, 240)
    model.rows = ROWS
    table.show_model(model, COLUMNS)
    table.selectRow(1)
    table.scrollTo(model.index(9, 0))
    return table.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


@pytest.mark.parametrize(
    "direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft]
)
def test_a_live_table_looks_like_any_other(qtbot: QtBot, direction: Qt.LayoutDirection) -> None:
    live = picture(qtbot, LiveRows[Cells](COLUMNS), direction)
    plain = picture(qtbot, RowsModel[Cells](COLUMNS), direction)
    assert live == plain


def test_a_live_table_is_painted_without_a_question_to_qt_for_each_cell(qtbot: QtBot) -> None:
    class Asked(LiveRows[Cells]):
        questions = 0

        def data(
            self,
            index: QModelIndex | QPersistentModelIndex,
            role: int = Qt.ItemDataRole.DisplayRole,
        ) -> object:
            Asked.questions += 1
            return super().data(index, role)

    picture(qtbot, Asked(COLUMNS), Qt.LayoutDirection.LeftToRight)
    assert Asked.questions == 0
