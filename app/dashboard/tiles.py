"""A figure of the Dashboard: its value, a word on it, and which way it went."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton

from app.dashboard.trend import Trend
from app.look.marks import Mark
from app.look.parts import column, label, muted, row
from app.look.theme import Theme


class Tile(QPushButton):
    """A figure with its words; a click opens the page that has the rest."""

    def __init__(self, theme: Theme, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("part", "tile")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._title = title
        self._figure = label(theme, "–", kind="figure", bold=True)
        self._note = muted(theme, kind="small")
        self._note.setWordWrap(True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._mark = Mark(theme, 10)
        self._mark.hide()
        self._trend = Trend(theme)
        heading = muted(theme, title)
        middle, below = row(), row(gap="xs")
        middle.addWidget(self._figure, 1)
        middle.addWidget(self._trend)
        below.addWidget(self._mark)
        below.addWidget(self._note, 1)
        body = column(self, margin="l", gap="xs")
        body.addWidget(heading)
        body.addLayout(middle)
        body.addLayout(below)
        body.addStretch(1)
        for part in (heading, self._figure, self._note, self._mark):
            # The whole tile is the button; its words let the pointer through.
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(title)

    def show_figure(self, figure: str, note: str, mark: tuple[str, str] | None = None) -> None:
        """Show a number, what it means, and shape and colour role where that needs a look."""
        self._mark.setVisible(mark is not None)
        if mark is not None:
            self._mark.show_mark(*mark)
        if (figure, note) != (self._figure.text(), self._note.text()):
            self._figure.setText(figure)
            self._note.setText(note)
            self.setAccessibleName(f"{self._title}: {figure}. {note}")

    def show_trend(self, values: Sequence[float]) -> None:
        """Show how the figure went, oldest first; nothing for a figure that does not go."""
        self._trend.setVisible(bool(values))
        self._trend.show_values(values)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
