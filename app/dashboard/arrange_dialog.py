"""The dialog that hides and moves the cards of the Dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from app.dashboard.card_order import Place
from app.look.parts import button, column, label, muted, row
from app.look.theme import Theme, size, space

CARD = int(Qt.ItemDataRole.UserRole)
WIDTH, HEIGHT = 380, 400


class ArrangeDialog(QDialog):
    """A list of cards to tick and to move, by mouse or by keys."""

    def __init__(
        self, theme: Theme, titles: Mapping[str, str], places: Sequence[Place], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("arrange")
        self.setWindowTitle(self.tr("Arrange cards"))
        self.list = QListWidget()
        self.list.setObjectName("arrange.cards")
        self.list.setAccessibleName(self.tr("Cards, in their order"))
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        for place in places:
            item = QListWidgetItem(titles[place.card], self.list)
            item.setData(CARD, place.card)
            item.setSizeHint(QSize(0, size("row")))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            shown = Qt.CheckState.Checked if place.shown else Qt.CheckState.Unchecked
            item.setCheckState(shown)
        self.list.setCurrentRow(0)
        self._up = button(self.tr("Move up"), "arrange.up")
        self._down = button(self.tr("Move down"), "arrange.down")
        self._up.clicked.connect(lambda: self._move(-1))
        self._down.clicked.connect(lambda: self._move(1))
        self.list.currentRowChanged.connect(self._enable)
        self._build(theme)
        self._enable()
        self.resize(WIDTH, HEIGHT)

    def places(self) -> list[Place]:
        """What was arranged."""
        items = [self.list.item(place) for place in range(self.list.count())]
        return [
            Place(item.data(CARD), item.checkState() is Qt.CheckState.Checked) for item in items
        ]

    def _build(self, theme: Theme) -> None:
        body = column(self, margin="xl")
        body.addWidget(label(theme, self.tr("Arrange cards"), kind="section", bold=True))
        body.addWidget(muted(theme, self.tr("Tick what the Dashboard shows; drag or move it.")))
        body.addWidget(self.list, 1)
        moves = row()
        moves.addWidget(self._up)
        moves.addWidget(self._down)
        moves.addStretch(1)
        body.addLayout(moves)
        body.addSpacing(space("s"))
        use = button(self.tr("Arrange"), "arrange.use", kind="primary")
        cancel = button(self.tr("Cancel"), "arrange.cancel")
        use.setDefault(True)
        use.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        answers = row()
        answers.addStretch(1)
        answers.addWidget(cancel)
        answers.addWidget(use)
        body.addLayout(answers)

    def _move(self, distance: int) -> None:
        place = self.list.currentRow()
        item = self.list.takeItem(place)
        self.list.insertItem(place + distance, item)
        self.list.setCurrentRow(place + distance)
        self._enable()

    def _enable(self) -> None:
        place = self.list.currentRow()
        self._up.setEnabled(place > 0)
        self._down.setEnabled(0 <= place < self.list.count() - 1)
