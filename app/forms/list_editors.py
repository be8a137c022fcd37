"""Editors of lists: texts as lines, rows as a count with their own page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QLabel, QPlainTextEdit

from app.forms.editor import Editor, Report, named, well_behaved
from app.forms.words import spoken, tr
from server_core.config.schema import Kind, Setting

LINES_SHOWN = 4


def lines_editor(setting: Setting, name: str, report: Report) -> Editor:
    """One text a line: an address, range or network, or a name."""
    field = QPlainTextEdit()
    named(field, name, setting.title)
    well_behaved(field)
    field.setTabChangesFocus(True)
    if setting.kind is Kind.ADDRESSES:
        field.setPlaceholderText(tr("One address, range a-b or network a/bits a line"))
    else:
        field.setPlaceholderText(tr("One a line"))
    metrics = field.fontMetrics()
    field.setFixedHeight(LINES_SHOWN * metrics.lineSpacing() + 24)

    def lines() -> list[str]:
        return [line.strip() for line in field.toPlainText().splitlines() if line.strip()]

    shown: list[str] = []

    def edited() -> None:
        if lines() != shown:
            shown[:] = lines()
            report(list(shown))

    def show(values: Sequence[str]) -> None:
        if lines() != list(values):
            shown[:] = values
            field.setPlainText("\n".join(values))

    field.textChanged.connect(edited)
    return Editor(field, show)


def rows_editor(setting: Setting, name: str, report: Report) -> Editor:
    """How many rows there are; they are edited in a table of their own, which reports them."""
    count = QLabel()
    named(count, name, setting.title)

    def show(rows: Sequence[Any]) -> None:
        count.setText(spoken(setting, rows))

    return Editor(count, show)
