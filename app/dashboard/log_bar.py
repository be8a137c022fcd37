"""The filter bar of the Log page."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QMenu, QWidget

from app.dashboard.log_chips import Chips
from app.dashboard.log_filter import Condition, LogFilter
from app.dashboard.log_more import LogMore
from app.dashboard.log_words import category_words, level_words
from app.forms.form import Message, Note
from app.look.filter_field import FilterField
from app.look.parts import button, column, row, with_menu
from app.look.theme import Theme
from server_core.events.types import Level


class LogBar(QWidget):
    """Words, level, categories, more fields and chips; ``changed`` carries the whole filter."""

    changed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.filter = LogFilter()
        # What was shown before a session was followed, while it is.
        self._before: LogFilter | None = None
        self.words = FilterField()
        self.expression = button(".*", "log.expression", accessible=self.tr("Regular expression"))
        self.level = QComboBox()
        self.categories = button("", "log.category")
        self._category_menu = QMenu(self.categories)
        self.more_button = button(self.tr("More"), "log.more")
        self.saved = button(self.tr("Saved filters"), "log.saved")
        self.clear = button(self.tr("Clear filters"), "log.clear", kind="link")
        self.more = LogMore()
        self.chips = Chips(theme)
        self._message = Message(theme, "log.filter_message")
        self._fill()
        self._build()
        self._connect()
        self.show_filter(self.filter)

    def show_filter(self, wanted: LogFilter) -> None:
        """Use this filter and show it in the fields."""
        with QSignalBlocker(self.words), QSignalBlocker(self.level):
            if self.words.text() != wanted.words:
                self.words.setText(wanted.words)
            self.level.setCurrentIndex(self.level.findData(int(wanted.level)))
        self.expression.setChecked(wanted.expression)
        for action in self._category_menu.actions():
            with QSignalBlocker(action):
                action.setChecked(action.data() in wanted.categories)
        self.more.show_filter(wanted)
        fields = (wanted.account, wanted.address, wanted.listener, wanted.event)
        if any(fields) or ((wanted.since or wanted.until) and not wanted.session):
            self.more_button.setChecked(True)
        self._use(wanted)

    def follow(self, session: int, since: float = 0.0, until: float = 0.0) -> None:
        """Show the lines of one session only, all of them; 0 for what was shown before."""
        before, self._before = self._before or self.filter, None
        if session:
            self.show_filter(
                LogFilter(level=Level.PROTOCOL, session=session, since=since, until=until)
            )
            self._before = before
        else:
            self.show_filter(replace(before, session=0))

    def add(self, condition: Condition) -> None:
        """*Only this* or *Not this* too; the opposite of it is taken back."""
        opposite = replace(condition, wanted=not condition.wanted)
        kept = [c for c in self.filter.conditions if c not in (condition, opposite)]
        self.show_filter(replace(self.filter, conditions=(*kept, condition)))

    def clear_filters(self) -> None:
        """Show everything of the chosen level again; that of before where one was followed."""
        chosen, self._before = self._before or self.filter, None
        self.show_filter(LogFilter(level=chosen.level, expression=chosen.expression))

    def tell(self, problem: str) -> None:
        """Say what is wrong with what was typed; nothing hides it."""
        self._message.tell(Note("", "problem", problem) if problem else None)

    def _fill(self) -> None:
        self.words.setObjectName("log.words")
        self.expression.setCheckable(True)
        self.expression.setToolTip(self.tr("Take the words for a regular expression"))
        self.more_button.setCheckable(True)
        self.level.setObjectName("log.level")
        self.level.setAccessibleName(self.tr("Level at least"))
        for level, (letter, _, word) in level_words().items():
            text = self.tr("{word} and graver").format(word=word)
            shown = word if level is Level.CRITICAL else text
            self.level.addItem(f"{letter}   {shown}", int(level))
        self.level.setToolTip(
            self.tr("Protocol lines are recorded from the moment they are chosen here.")
        )
        for category, words in category_words().items():
            action = QAction(words, self._category_menu)
            action.setCheckable(True)
            action.setData(category)
            self._category_menu.addAction(action)
        with_menu(self.categories, self._category_menu)

    def _build(self) -> None:
        line = row()
        line.addWidget(self.words, 1)
        for widget in (
            *(self.expression, self.level, self.categories),
            *(self.more_button, self.saved, self.clear),
        ):
            line.addWidget(widget)
        body = column(self, gap="s")
        body.addLayout(line)
        body.addWidget(self.more)
        body.addWidget(self._message)
        body.addWidget(self.chips)
        self.more.hide()

    def _connect(self) -> None:
        self.words.textChanged.connect(self._read)
        self.expression.toggled.connect(self._read)
        self.level.currentIndexChanged.connect(self._read)
        for action in self._category_menu.actions():
            action.toggled.connect(self._read)
        self.more.changed.connect(self._read)
        self.more_button.toggled.connect(self.more.setVisible)
        self.chips.removed.connect(self._remove)
        self.clear.clicked.connect(self.clear_filters)

    def _remove(self, condition: Condition) -> None:
        kept = tuple(each for each in self.filter.conditions if each != condition)
        self.show_filter(replace(self.filter, conditions=kept))

    def _read(self) -> None:
        actions = self._category_menu.actions()
        wanted = replace(
            self.filter,
            words=self.words.text(),
            expression=self.expression.isChecked(),
            level=Level(self.level.currentData()),
            categories=tuple(action.data() for action in actions if action.isChecked()),
        )
        self._use(self.more.filled(wanted))

    def _use(self, wanted: LogFilter) -> None:
        if not wanted.session:
            self._before = None
        self.clear.setVisible(wanted.narrow)
        self.chips.show_conditions(wanted.conditions, self.more.until)
        self._show_words(wanted)
        self.tell(wanted.problem or self.more.problem)
        if wanted != self.filter:
            self.filter = wanted
            self.changed.emit(wanted)

    def _show_words(self, wanted: LogFilter) -> None:
        names = [category_words()[category] for category in wanted.categories]
        text = self.tr("All categories") if not names else ", ".join(names[:2])
        if len(names) > 2:
            text = self.tr("{count} categories").format(count=len(names))
        self.categories.setText(text)
        self.categories.setAccessibleName(self.tr("Categories: {text}").format(text=text))
        hint = self.tr('Words, -without, "a phrase"')
        self.words.setPlaceholderText(self.tr("Expression") if wanted.expression else hint)
        self.words.setAccessibleName(
            self.tr("Regular expression") if wanted.expression else self.tr("Words")
        )
