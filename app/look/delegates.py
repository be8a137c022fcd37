"""How table cells are painted: a state mark before the word, room around the text."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.look.marks import EDGE, paint_mark
from app.look.theme import Theme, space

PADDING = 11
_ROOM = 3
_MOST_FITS = 5000

MARK_ROLE = 0x0101
"""A cell's state mark, as ``(shape, colour role)``."""


Picture = tuple[str, Qt.AlignmentFlag, tuple[str, str] | None]
"""A cell's text, its alignment and its mark."""


class MarkDelegate(QStyledItemDelegate):
    """Paints the mark a model offers under ``MARK_ROLE`` and moves the text aside for it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._marks: dict[tuple[str, str, float], QPixmap] = {}
        self._fits: dict[tuple[str, int], str] = {}
        theme.changed.connect(self._forget)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        model = index.model()
        picture: Callable[[int, int], Picture] | None = getattr(model, "picture", None)
        if picture is not None:
            text, alignment, mark = picture(index.row(), index.column())
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
            pixmap = self._mark(*mark, painter.device().devicePixelRatioF())
            # The picture has room around the mark, for letters stand on a tile a little larger.
            left, top = box.left() + space("s") - _ROOM, box.center().y() - EDGE // 2 + 1 - _ROOM
            painter.drawPixmap(left, top, pixmap)
            text_box.setLeft(box.left() + space("s") + EDGE + PADDING)
        if not text:
            return
        painter.setPen(color("text" if enabled else "disabled"))
        painter.drawText(text_box, alignment, self._fitting(text, text_box.width(), option))

    def _forget(self) -> None:
        self._marks.clear()
        self._fits.clear()

    def _fitting(self, text: str, width: int, option: QStyleOptionViewItem) -> str:
        """The text, shortened to fit; remembered, for most words of a table come again."""
        known = self._fits.get((text, width))
        if known is None:
            if len(self._fits) > _MOST_FITS:
                self._fits.clear()
            known = option.fontMetrics.elidedText(text, option.textElideMode, width)
            self._fits[text, width] = known
        return known

    def _mark(self, shape: str, role: str, ratio: float) -> QPixmap:
        """A mark as a picture, painted once: a table under load shows it a thousand times."""
        known = self._marks.get((shape, role, ratio))
        if known is None:
            edge = EDGE + 2 * _ROOM
            known = QPixmap(round(edge * ratio), round(edge * ratio))
            known.setDevicePixelRatio(ratio)
            known.fill(Qt.GlobalColor.transparent)
            painter = QPainter(known)
            place = QRectF(_ROOM, _ROOM, EDGE, EDGE)
            paint_mark(painter, place, shape, self._theme.color(role))
            painter.end()
            self._marks[shape, role, ratio] = known
        return known


def _picture(index: QModelIndex | QPersistentModelIndex) -> Picture:
    wanted = index.data(Qt.ItemDataRole.TextAlignmentRole) or Qt.AlignmentFlag.AlignVCenter
    return str(index.data() or ""), Qt.AlignmentFlag(wanted), index.data(MARK_ROLE)
