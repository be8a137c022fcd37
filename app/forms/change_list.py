"""Changes to read: one block for each effect, one line for each setting."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from app.forms.review_text import by_effect, change_text
from app.forms.words import EFFECTS, tr
from app.look.parts import Card, column, label, muted
from app.look.theme import Theme, space
from server_core.config.draft import Change


class ChangeList(QScrollArea):
    """Shows changes grouped by effect; it is read, not edited."""

    def __init__(self, theme: Theme, changes: Iterable[Change]) -> None:
        super().__init__()
        self.setObjectName("review.changes")
        self.setAccessibleName(tr("Changes"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._theme = theme
        inside = QWidget()
        body = column(inside, gap="m")
        for effect, group in by_effect(changes):
            word, meaning = EFFECTS[effect]
            card = Card(theme, tr(word))
            card.setObjectName(f"review.{effect.name.lower()}")
            card.body.addWidget(muted(theme, tr(meaning)))
            card.body.addLayout(self._lines(group))
            body.addWidget(card)
        body.addStretch(1)
        self.setWidget(inside)

    def _lines(self, group: list[Change]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(space("l"))
        grid.setVerticalSpacing(space("s"))
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        top = Qt.AlignmentFlag.AlignTop
        for line, change in enumerate(group):
            words = change_text(change)
            name = label(self._theme, f"{words.page} – {words.setting}")
            values = label(self._theme, f"{words.before}  →  {words.after}", bold=True)
            for place, text in enumerate((name, values)):
                text.setWordWrap(True)
                text.setAccessibleName(str(words))
                text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                grid.addWidget(text, line, place, top)
        return grid
