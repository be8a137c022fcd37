"""The filter bar of the Log page."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from app.dashboard.log_filter import LogFilter
from app.dashboard.log_model import level_words
from app.look.parts import button, row
from app.look.theme import Theme
from server_core.config.log import Category
from server_core.events.types import Level


class LogBar(QWidget):
    """Words, level, category, account and address; ``changed`` carries the whole filter."""

    changed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.filter = LogFilter()
        self.words = self._field(
            "log.words", self.tr("Words"), self.tr('Words, -without, "a phrase"')
        )
        self.level = QComboBox()
        self.category = QComboBox()
        self.account = self._field("log.account", self.tr("Account"), self.tr("Account"))
        self.address = self._field("log.address", self.tr("Address"), self.tr("Address"))
        self.following = button("", "log.following")
        self.following.setIcon(theme.icon("close"))
        self.clear = button(self.tr("Clear filters"), "log.clear", kind="link")
        self._fill()
        self._build()
        self._connect()
        self.show_filter(self.filter)

    def show_filter(self, wanted: LogFilter) -> None:
        """Use this filter and show it in the fields."""
        for field, text in (
            (self.words, wanted.words),
            (self.account, wanted.account),
            (self.address, wanted.address),
        ):
            if field.text() != text:
                field.setText(text)
        self.level.setCurrentIndex(self.level.findData(int(wanted.level)))
        category = wanted.category.value if wanted.category else ""
        self.category.setCurrentIndex(self.category.findData(category))
        self._use(wanted)

    def follow(self, session: int) -> None:
        """Show the lines of one session only, all of them; 0 for every session's."""
        level = Level.PROTOCOL if session else self.filter.level
        self.show_filter(LogFilter(level=level, session=session))

    def clear_filters(self) -> None:
        """Show everything of the chosen level again."""
        self.show_filter(LogFilter(level=self.filter.level))

    def _field(self, name: str, title: str, placeholder: str) -> QLineEdit:
        field = QLineEdit()
        field.setObjectName(name)
        field.setAccessibleName(title)
        field.setPlaceholderText(placeholder)
        field.setClearButtonEnabled(True)
        return field

    def _fill(self) -> None:
        self.level.setObjectName("log.level")
        self.level.setAccessibleName(self.tr("Level at least"))
        for level, (letter, _, word) in level_words().items():
            text = self.tr("{word} and graver").format(word=word)
            shown = word if level is Level.CRITICAL else text
            self.level.addItem(f"{letter}   {shown}", int(level))
        self.level.setToolTip(
            self.tr("Protocol lines are recorded from the moment they are chosen here.")
        )
        self.category.setObjectName("log.category")
        self.category.setAccessibleName(self.tr("Category"))
        self.category.addItem(self.tr("All categories"), "")
        for category in Category:
            self.category.addItem(category.value, category.value)

    def _build(self) -> None:
        line = row(self)
        line.addWidget(self.words, 3)
        line.addWidget(self.level, 1)
        line.addWidget(self.category, 1)
        line.addWidget(self.account, 1)
        line.addWidget(self.address, 1)
        line.addWidget(self.following)
        line.addWidget(self.clear)

    def _connect(self) -> None:
        for field in (self.words, self.account, self.address):
            field.textChanged.connect(self._read)
        self.level.currentIndexChanged.connect(self._read)
        self.category.currentIndexChanged.connect(self._read)
        self.clear.clicked.connect(self.clear_filters)
        self.following.clicked.connect(lambda: self.follow(0))

    def _read(self) -> None:
        chosen = self.category.currentData()
        self._use(
            replace(
                self.filter,
                words=self.words.text(),
                level=Level(self.level.currentData()),
                category=Category(chosen) if chosen else None,
                account=self.account.text(),
                address=self.address.text(),
            )
        )

    def _use(self, wanted: LogFilter) -> None:
        self.clear.setVisible(wanted.narrow)
        self.following.setVisible(bool(wanted.session))
        text = self.tr("Session {number}").format(number=wanted.session)
        self.following.setText(text)
        self.following.setAccessibleName(self.tr("Stop following {what}").format(what=text))
        if wanted != self.filter:
            self.filter = wanted
            self.changed.emit(wanted)
