"""How table cells are painted: a state mark before the word, room around the text."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.look.marks import EDGE, paint_mark
from app.look.theme import Theme, space

PADDING = 11

MARK_ROLE = 0x0101
"""A cell's state mark, as ``(shape, colour role)``."""


Picture = tuple[str, Qt.AlignmentFlag, tuple[str, str] | None]
"""A cell's text, its alignment and its mark."""


@runtime_checkable
class Pictured(Protocol):
    """A model that knows at once what is painted of a cell."""

    def picture(self, place: int, section: int) -> Picture:
        """Text, alignment and mark of a cell."""


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
        model = index.model()
        if isinstance(model, Pictured):
            text, alignment, mark = model.picture(index.row(), index.column())
        elif index.data(Qt.ItemDataRole.CheckStateRole) is not None:
            super().paint(painter, option, index)
            return
        else:
            text, alignment, mark = _picture(index)
        # Painting through the stylesheet takes ten times as long, and a live table paints a lot.
        color = self._theme.color
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        box = option.rect
        if selected:
            painter.fillRect(box, color("accent_soft"))
        text_box = box.adjusted(PADDING, 0, -PADDING, 0)
        if mark:
            shape, role = mark
            top = box.center().y() - EDGE / 2 + 1
            paint_mark(
                painter, QRectF(box.left() + space("s"), top, EDGE, EDGE), shape, color(role)
            )
            text_box.setLeft(box.left() + space("s") + EDGE + PADDING)
        if not text:
            return
        painter.setPen(color("text" if enabled else "disabled"))
        shown = option.fontMetrics.elidedText(text, option.textElideMode, text_box.width())
        painter.drawText(text_box, alignment, shown)


def _picture(index: QModelIndex | QPersistentModelIndex) -> Picture:
    wanted = index.data(Qt.ItemDataRole.TextAlignmentRole) or Qt.AlignmentFlag.AlignVCenter
    return str(index.data() or ""), Qt.AlignmentFlag(wanted), index.data(MARK_ROLE)
