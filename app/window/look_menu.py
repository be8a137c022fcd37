"""The menu that says how the window looks: its colours, and whether anything in it moves."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.look import motion
from app.look.theme import Choice, Theme

THEME, REDUCE_MOTION = "window/theme", "window/reduce_motion"


class LookMenu(QMenu):
    """What is chosen acts at once and is kept for the next time."""

    def __init__(self, theme: Theme, settings: QSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("bar.look")
        self._theme, self._settings = theme, settings
        self.themes = QActionGroup(self)
        for choice, words in (
            (Choice.SYSTEM, self.tr("Colours of the system")),
            (Choice.LIGHT, self.tr("Light")),
            (Choice.DARK, self.tr("Dark")),
        ):
            action = self.themes.addAction(words)
            action.setCheckable(True)
            action.setData(choice.value)
            action.triggered.connect(partial(self._choose, choice))
        self.addActions(self.themes.actions())
        self.addSeparator()
        self.still = QAction(self.tr("Reduce motion"), self)
        self.still.setCheckable(True)
        self.addAction(self.still)
        motion.reduce(wanted=bool(settings.value(REDUCE_MOTION, defaultValue=False, type=bool)))
        self.still.toggled.connect(self._reduce)
        self.aboutToShow.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Tick what is in use."""
        for action in self.themes.actions():
            action.setChecked(action.data() == self._theme.choice.value)
        self.still.setChecked(motion.reduced())

    def _choose(self, choice: Choice, _checked: bool = False) -> None:
        self._settings.setValue(THEME, choice.value)
        self._theme.choose(choice)

    def _reduce(self, wanted: bool) -> None:
        motion.reduce(wanted=wanted)
        self._settings.setValue(REDUCE_MOTION, wanted)
