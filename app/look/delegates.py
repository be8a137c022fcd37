"""How table cells are painted: a state mark before the word, room around the text."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.look.marks import EDGE, paint_mark
from app.look.theme import Theme, space

MARK_ROLE = 0x0101
"""A cell's state mark, as ``(shape, colour role)``."""


class MarkDelegate(QStyledItemDelegate):
    """Paints the mark a model offers under ``MARK_ROLE`` and moves the text aside for it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        mark = index.data(MARK_ROLE)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if mark is None:
            super().paint(painter, option, index)
            return
        shape, role = mark
        left = option.rect.left() + space("s")
        top = option.rect.center().y() - EDGE / 2 + 1
        moved = QStyleOptionViewItem(option)
        # The whole cell is painted first, or a selected row would show a hole behind the mark.
        moved.rect = option.rect.adjusted(space("s") + EDGE, 0, 0, 0)
        style = self.parent_style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter)
        super().paint(painter, moved, index)
        paint_mark(painter, QRectF(left, top, EDGE, EDGE), shape, self._theme.color(role))

    def parent_style(self) -> QStyle:
        """The style of the table this delegate paints for."""
        table = self.parent()
        assert isinstance(table, QWidget)
        return table.style()
