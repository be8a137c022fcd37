"""How Qt's own painting of a table shows a cell: a state mark before the word, room around."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.look.cell_ink import CellInk
from app.look.theme import Theme

MARK_ROLE = 0x0101
"""A cell's state mark, as ``(shape, colour role)``."""


class MarkDelegate(QStyledItemDelegate):
    """Paints the mark a model offers under ``MARK_ROLE`` and moves the text aside for it."""

    def __init__(self, theme: Theme, ink: CellInk, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._ink = theme, ink

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        if index.data(Qt.ItemDataRole.CheckStateRole) is not None:
            super().paint(painter, option, index)
            return
        # Painting through the stylesheet takes ten times as long, and tables paint a lot.
        color = self._theme.color
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, color("accent_soft"))
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        painter.setPen(color("text" if enabled else "disabled"))
        alignment = index.data(Qt.ItemDataRole.TextAlignmentRole) or Qt.AlignmentFlag.AlignLeft
        box = option.rect
        self._ink.paint(
            painter,
            (box.left(), box.width(), box.center().y() + 1),
            str(index.data() or ""),
            index.data(MARK_ROLE),
            to_the_end=bool(Qt.AlignmentFlag(alignment) & Qt.AlignmentFlag.AlignRight),
            mirrored=option.direction is Qt.LayoutDirection.RightToLeft,
        )
