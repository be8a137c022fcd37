"""How much of something is used up, as a thin bar; whoever uses it writes the numbers beside it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.look.theme import Theme

BAR = 6


class Share(QWidget):
    """A thin bar, filled as far as something is used up."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._share = theme, 0.0
        self.setFixedHeight(BAR)
        theme.changed.connect(self.update)

    def show_share(self, share: float) -> None:
        """Fill the bar up to here, 0.0 to 1.0."""
        self._share = min(max(share, 0.0), 1.0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(self._theme.color("raised"))
        painter.drawRoundedRect(whole, BAR / 2, BAR / 2)
        if self._share:
            whole.setWidth(max(BAR, whole.width() * self._share))
            painter.setBrush(self._theme.color("accent" if self._share < 1 else "attention"))
            painter.drawRoundedRect(whole, BAR / 2, BAR / 2)
        painter.end()
