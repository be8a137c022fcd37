"""How Qt's own painting of a table shows a cell: a state mark before the word, room around."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

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

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """A text that does not fit into its cell is told in full, where nothing else is told."""
        if event.type() == QEvent.Type.ToolTip and not index.data(Qt.ItemDataRole.ToolTipRole):
            text = str(index.data() or "")
            if self._ink.shortens(view, option.rect.width(), text, index.data(MARK_ROLE)):
                # It may come from anybody, a message's subject for one: nothing in it is markup.
                QToolTip.showText(event.globalPos(), f"<p>{escape(text)}</p>", view)
                return True
        return super().helpEvent(event, view, option, index)
