"""The plain window shown when the server cannot start: what is wrong, and what can be done."""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication, QIcon
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.forms.form import scrolled
from app.look.marks import Mark
from app.look.parts import button, column, label, muted, row
from app.look.theme import Theme, space
from app.resources import resource
from server_core.config.draft import ConfigRejected
from server_core.home import HomeInUse, HomeUnusable

WIDTH = 560
# Of the details: a file may have hundreds of mistakes, and the buttons stay on the screen.
MOST_HEIGHT = 320


class Way(Enum):
    """How to go on from here."""

    AGAIN = auto()
    LAST_GOOD = auto()
    QUIT = auto()


def problem_texts(problem: Exception, config_file: Path) -> tuple[str, str, bool]:
    """A sentence, the details, and whether an earlier configuration could help."""
    tr = QCoreApplication.translate
    if isinstance(problem, ConfigRejected):
        sentence = tr("StartProblem", "The settings file cannot be used.")
        lines = "\n".join(str(each) for each in problem.problems)
        way = tr("StartProblem", "Correct {file}, then try again.").format(file=config_file)
        return sentence, f"{way}\n\n{lines}", True
    if isinstance(problem, HomeInUse):
        sentence = tr("StartProblem", "Postroom is already running with this data folder.")
        way = tr(
            "StartProblem",
            "Its window may be open already. When it runs without one, as a service does, "
            "postroomctl looks after it.",
        )
        return sentence, f"{problem}.\n\n{way}", False
    if isinstance(problem, HomeUnusable):
        return tr("StartProblem", "The data folder cannot be used."), str(problem), False
    return tr("StartProblem", "Postroom could not start."), str(problem), False


class StartProblem(QWidget):
    """One sentence, the details, and the ways on."""

    def __init__(
        self, theme: Theme, *, sentence: str, details: str, offers_last_good: bool
    ) -> None:
        super().__init__()
        self.setObjectName("start_problem")
        self.setWindowTitle("Postroom")
        self.setWindowIcon(QIcon(str(resource("icons", "postroom.svg"))))
        self.setMinimumWidth(WIDTH)
        self._details = details
        self._way: asyncio.Future[Way] = asyncio.get_running_loop().create_future()
        mark = Mark(theme, 24)
        mark.show_mark("cross", "problem")
        title = label(theme, sentence, kind="section", bold=True)
        title.setWordWrap(True)
        title.setObjectName("start_problem.sentence")
        words = muted(theme, details)
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.setObjectName("start_problem.details")
        top = row(gap="l")
        top.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(title, 1)
        body = column(self, margin="xl", gap="l")
        body.addLayout(top)
        area = scrolled(words)
        wanted = words.heightForWidth(WIDTH - 2 * space("xl"))
        area.setMinimumHeight(min(wanted, MOST_HEIGHT))
        if wanted <= MOST_HEIGHT:
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body.addWidget(area, 1)
        body.addLayout(self._buttons(offers_last_good))

    async def way(self) -> Way:
        """What the person wants, once they have decided."""
        way = await self._way
        self.hide()
        return way

    def _buttons(self, offers_last_good: bool) -> QHBoxLayout:
        line = row()
        copy = button(self.tr("Copy details"), "start_problem.copy", kind="link")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._details))
        line.addWidget(copy)
        line.addStretch(1)
        leave = button(self.tr("Quit"), "start_problem.quit")
        leave.clicked.connect(lambda: self._choose(Way.QUIT))
        line.addWidget(leave)
        again = button(self.tr("Try again"), "start_problem.again")
        again.clicked.connect(lambda: self._choose(Way.AGAIN))
        line.addWidget(again)
        if offers_last_good:
            run = button(
                self.tr("Run the last good settings"), "start_problem.last_good", kind="primary"
            )
            run.clicked.connect(lambda: self._choose(Way.LAST_GOOD))
            line.addWidget(run)
        return line

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self._choose(Way.QUIT)

    def _choose(self, way: Way) -> None:
        if not self._way.done():
            self._way.set_result(way)
