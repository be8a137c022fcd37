"""What table cells are painted with: every mark drawn once, every text fitted once."""

from __future__ import annotations

from collections import OrderedDict
from math import ceil
from typing import Protocol

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPixmap, QStaticText

from app.look.marks import EDGE, paint_mark
from app.look.theme import Theme, space

PADDING = 11
_ROOM = 3
_MOST_KEPT = 2_000

Mark = tuple[str, str]
"""Shape and colour role of a mark."""


Box = tuple[int, int, int]
"""A cell's left edge, width and middle line. Tuples, for thousands are made in a second."""


class Lettering(Protocol):
    """What says in which letters: a painter, or the widget it will paint on."""

    def font(self) -> QFont:
        """The font of the letters."""

    def fontMetrics(self) -> QFontMetrics:
        """Its sizes."""


class CellInk:
    """Paints a cell's mark and text. Tables under load show the same ones a thousand times."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._marks: dict[tuple[str, str, float], QPixmap] = {}
        self._texts: OrderedDict[tuple[str, int], tuple[QStaticText, int, int]] = OrderedDict()
        theme.changed.connect(self._forget)

    def paint(
        self,
        painter: QPainter,
        box: Box,
        text: str,
        mark: Mark | None,
        *,
        to_the_end: bool,
        mirrored: bool,
    ) -> None:
        """Paint into ``box`` in the painter's pen and font; ``mirrored`` reads right to left."""
        left, width, middle = box
        if mark:
            pixmap = self._mark(*mark, painter.device().devicePixelRatioF())
            # The picture has room around the mark, for letters stand on a tile a little larger.
            at, edge = space("s") - _ROOM, EDGE + 2 * _ROOM
            x = left + width - at - edge if mirrored else left + at
            painter.drawPixmap(x, middle - edge // 2, pixmap)
        if text:
            start, room = _room(width, mark)
            fitted, length, height = self._fitted(text, room, painter)
            x = left + (PADDING if mirrored else start)
            if to_the_end is not mirrored:
                x += room - length
            painter.drawStaticText(x, middle - (height + 1) // 2, fitted)

    def shortens(self, letters: Lettering, width: int, text: str, mark: Mark | None) -> bool:
        """Whether a cell as wide as this shows only the beginning of its text."""
        return letters.fontMetrics().horizontalAdvance(text) > _room(width, mark)[1]

    def lay_out(self, letters: Lettering, width: int, text: str, mark: Mark | None) -> None:
        """Get a cell's text ready, which is most of the work of painting it for the first time."""
        if text:
            self._fitted(text, _room(width, mark)[1], letters)

    def _forget(self) -> None:
        self._marks.clear()
        self._texts.clear()

    def _fitted(self, text: str, room: int, letters: Lettering) -> tuple[QStaticText, int, int]:
        """The text, shortened to fit and laid out, with its width and height."""
        known = self._texts.get((text, room))
        if known is None:
            if len(self._texts) >= _MOST_KEPT:
                self._texts.popitem(last=False)
            font = letters.font()
            fitted = QStaticText(text)
            fitted.setTextFormat(Qt.TextFormat.PlainText)
            fitted.prepare(font=font)
            size = fitted.size()
            if size.width() > room:
                metrics = letters.fontMetrics()
                fitted.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))
                fitted.prepare(font=font)
                size = fitted.size()
            known = self._texts[text, room] = (fitted, ceil(size.width()), ceil(size.height()))
        return known

    def _mark(self, shape: str, role: str, ratio: float) -> QPixmap:
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


def _room(width: int, mark: Mark | None) -> tuple[int, int]:
    """Where the text of a cell begins, and how wide it may be."""
    start = PADDING + (space("s") + EDGE if mark else 0)
    return start, width - start - PADDING
