"""Painting a whole live table in one go.

Qt calls a delegate for every cell and the model several times more, and each call from Qt into
Python asks for the interpreter and makes half a dozen objects: for two hundred cells that takes
three times as long as painting them, and session loops run Python meanwhile.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QTableView

from app.look.cell_ink import CellInk, Mark
from app.look.theme import Theme

Picture = tuple[str, bool, Mark | None]
"""A cell's text, whether it stands at the end of its cell, as numbers do, and its mark."""


class Painted(Protocol):
    """What is in the rows."""

    def heading(self, place: int) -> str:
        """The text of a row that is one heading all across; empty for any other."""

    def strength(self, place: int) -> float:
        """How strongly a row is painted, from 0.0 to 1.0."""

    def picture(self, place: int, section: int) -> Picture:
        """All that is painted of a cell."""


def paint_live(
    view: QTableView,
    theme: Theme,
    ink: CellInk,
    model: Painted,
    dirty: QRect,
) -> None:
    """Paint the rows that ``dirty`` touches."""
    mirrored = view.layoutDirection() is Qt.LayoutDirection.RightToLeft
    columns = _columns(view, dirty)
    painter = QPainter(view.viewport())
    painter.setPen(theme.color("text" if view.isEnabled() else "disabled"))
    soft = theme.color("accent_soft")
    chosen = _selected(view)
    for row in _rows(view, dirty):
        top, height = view.rowViewportPosition(row), view.rowHeight(row)
        painter.setOpacity(model.strength(row))
        if any(row in rows for rows in chosen):
            painter.fillRect(0, top, view.viewport().width(), height, soft)
        middle = top + height // 2
        if heading := model.heading(row):
            across = view.viewport().width()
            painter.fillRect(0, top, across, height, theme.color("raised"))
            box = (0, across, middle)
            ink.paint(painter, box, heading, None, to_the_end=False, mirrored=mirrored)
            continue
        for section, left, width in columns:
            text, to_the_end, mark = model.picture(row, section)
            box = (left, width, middle)
            ink.paint(painter, box, text, mark, to_the_end=to_the_end, mirrored=mirrored)
    painter.end()


def lay_out_live(view: QTableView, ink: CellInk, model: Painted, rows: range) -> None:
    """Do most of the work of painting these rows before they are in sight."""
    across = view.viewport().width()
    columns = _columns(view, view.viewport().rect())
    for row in rows:
        if heading := model.heading(row):
            ink.lay_out(view, across, heading, None)
            continue
        for section, _left, width in columns:
            text, _to_the_end, mark = model.picture(row, section)
            ink.lay_out(view, width, text, mark)


def _selected(view: QTableView) -> list[range]:
    selection = view.selectionModel().selection()
    parts = (selection.at(place) for place in range(selection.count()))
    return [range(part.top(), part.bottom() + 1) for part in parts]


def _rows(view: QTableView, dirty: QRect) -> range:
    header = view.verticalHeader()
    first, last = header.visualIndexAt(dirty.top()), header.visualIndexAt(dirty.bottom())
    if first < 0:
        return range(0)
    return range(first, (last if last >= 0 else header.count() - 1) + 1)


def _columns(view: QTableView, dirty: QRect) -> list[tuple[int, int, int]]:
    """Number, left edge and width of the columns in sight."""
    header = view.horizontalHeader()
    places = [
        (section, view.columnViewportPosition(section), view.columnWidth(section))
        for section in range(header.count())
        if not header.isSectionHidden(section)
    ]
    return [
        (section, left, width)
        for section, left, width in places
        if left <= dirty.right() and left + width > dirty.left()
    ]
