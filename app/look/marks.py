"""State marks: a shape in a colour, always beside a word, never colour alone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.look.theme import Theme, space

EDGE = 12


def _circle(painter: QPainter, box: QRectF) -> None:
    painter.drawEllipse(box)


def _ring(painter: QPainter, box: QRectF) -> None:
    painter.setPen(QPen(painter.brush().color(), box.width() * 0.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inset = box.width() * 0.1
    painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset))


def _square(painter: QPainter, box: QRectF) -> None:
    inset = box.width() * 0.08
    painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), 1.5, 1.5)


def _triangle(painter: QPainter, box: QRectF) -> None:
    painter.drawPolygon(
        QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()])
    )


def _diamond(painter: QPainter, box: QRectF) -> None:
    middle = box.center()
    painter.drawPolygon(
        QPolygonF(
            [
                QPointF(middle.x(), box.top()),
                QPointF(box.right(), middle.y()),
                QPointF(middle.x(), box.bottom()),
                QPointF(box.left(), middle.y()),
            ]
        )
    )


def _bars(painter: QPainter, box: QRectF) -> None:
    width = box.width() * 0.3
    for left in (box.left() + box.width() * 0.1, box.right() - box.width() * 0.1 - width):
        painter.drawRoundedRect(QRectF(left, box.top(), width, box.height()), 1, 1)


def _cross(painter: QPainter, box: QRectF) -> None:
    _stroke(painter, box)
    inner = box.adjusted(1.5, 1.5, -1.5, -1.5)
    painter.drawLine(inner.topLeft(), inner.bottomRight())
    painter.drawLine(inner.topRight(), inner.bottomLeft())


def _dash(painter: QPainter, box: QRectF) -> None:
    _stroke(painter, box)
    painter.drawLine(
        QPointF(box.left() + 1.5, box.center().y()), QPointF(box.right() - 1.5, box.center().y())
    )


def _letter(painter: QPainter, box: QRectF, letter: str) -> None:
    color = painter.brush().color()
    soft = QColor(color)
    soft.setAlpha(40)
    painter.setBrush(soft)
    painter.drawRoundedRect(box, 4, 4)
    font = painter.font()
    font.setPixelSize(round(box.height() * 0.68))
    font.setWeight(QFont.Weight.Bold)
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, letter)


def _stroke(painter: QPainter, box: QRectF) -> None:
    pen = QPen(painter.brush().color(), box.width() * 0.22)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)


SHAPES: dict[str, Callable[[QPainter, QRectF], None]] = {
    "circle": _circle,
    "ring": _ring,
    "square": _square,
    "triangle": _triangle,
    "diamond": _diamond,
    "bars": _bars,
    "cross": _cross,
    "dash": _dash,
}


def paint_mark(painter: QPainter, box: QRectF, shape: str, color: QColor) -> None:
    """Paint a mark into ``box``; a shape that is a letter becomes that letter on a tile."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    draw = SHAPES.get(shape)
    if draw is not None:
        draw(painter, box)
    else:
        _letter(painter, box.adjusted(-2, -2, 2, 2), shape)
    painter.restore()


def mark_pixmap(shape: str, color: QColor, edge: int = EDGE, ratio: float = 1.0) -> QPixmap:
    """A mark as a picture of ``edge`` logical pixels, for buttons and models."""
    pixmap = QPixmap(QSize(round(edge * ratio), round(edge * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_mark(painter, QRectF(1, 1, edge - 2, edge - 2), shape, color)
    painter.end()
    return pixmap


class Mark(QWidget):
    """A mark by itself; whoever uses it writes the word beside it."""

    def __init__(self, theme: Theme, edge: int = EDGE, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._shape, self._role = theme, "dash", "neutral"
        self.setFixedSize(edge, edge)
        theme.changed.connect(self.update)

    def show_mark(self, shape: str, role: str) -> None:
        """Show another shape in the colour of ``role``."""
        if (shape, role) != (self._shape, self._role):
            self._shape, self._role = shape, role
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        paint_mark(painter, box, self._shape, self._theme.color(self._role))
        painter.end()


class StateLabel(QWidget):
    """A mark and its word in one line."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = Mark(theme)
        self._word = QLabel()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(space("s"))
        line.addWidget(self._mark)
        line.addWidget(self._word)

    def show_state(self, shape: str, role: str, word: str) -> None:
        """Show a state; the word is also its accessible name."""
        self._mark.show_mark(shape, role)
        self._word.setText(word)
        self.setAccessibleName(word)

    def text(self) -> str:
        """The word shown."""
        return self._word.text()
