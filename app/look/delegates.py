"""How table cells are painted: a state mark before the word, room around the text."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.look.marks import EDGE, paint_mark
from app.look.theme import Theme, space

PADDING = 11

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
        if index.data(Qt.ItemDataRole.CheckStateRole) is not None:
            super().paint(painter, option, index)
            return
        # Painting through the stylesheet takes ten times as long, and a live table paints a lot.
        color = self._theme.color
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        box = option.rect
        if selected:
            painter.fillRect(box, color("accent_soft"))
        text_box = box.adjusted(PADDING, 0, -PADDING, 0)
        if mark := index.data(MARK_ROLE):
            shape, role = mark
            top = box.center().y() - EDGE / 2 + 1
            paint_mark(
                painter, QRectF(box.left() + space("s"), top, EDGE, EDGE), shape, color(role)
            )
            text_box.setLeft(box.left() + space("s") + EDGE + PADDING)
        text = str(index.data() or "")
        painter.setPen(color("text" if enabled else "disabled"))
        painter.setFont(option.font)
        shown = option.fontMetrics.elidedText(text, option.textElideMode, text_box.width())
        painter.drawText(text_box, _alignment(index), shown)


def _alignment(index: QModelIndex | QPersistentModelIndex) -> Qt.AlignmentFlag:
    wanted = index.data(Qt.ItemDataRole.TextAlignmentRole)
    if isinstance(wanted, Qt.AlignmentFlag):
        return wanted
    return Qt.AlignmentFlag(int(wanted)) if wanted else Qt.AlignmentFlag.AlignVCenter
