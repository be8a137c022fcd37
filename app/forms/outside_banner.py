"""What every settings page asks after somebody else edited the configuration file."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QSizePolicy

from app.bridge.dialogs import ask, confirm
from app.bridge.draft_keeper import DraftKeeper
from app.bridge.tasks import Tasks
from app.forms.change_list import ChangeList
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import button, column, label, row
from app.look.theme import Theme, space


class OutsideBanner(QFrame):
    """The condition and the three ways out of it; hidden while the file is as it was written."""

    def __init__(self, theme: Theme, keeper: DraftKeeper, tasks: Tasks) -> None:
        super().__init__()
        self.setObjectName("outside")
        self.setProperty("part", "banner")
        self.setProperty("state", "attention")
        self._theme, self._keeper, self._tasks = theme, keeper, tasks
        mark = Mark(theme, 14)
        mark.show_mark("triangle", "attention")
        self._text = label(theme)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._compare = button(tr("Compare"), "outside.compare")
        self._use = button(tr("Use the file"), "outside.use")
        self._keep = button(tr("Keep mine"), "outside.keep")
        self._compare.clicked.connect(lambda: self._start(self._show_differences))
        self._use.clicked.connect(lambda: self._start(self._use_file))
        self._keep.clicked.connect(lambda: self._start(keeper.keep_mine))
        line = row(self, gap="s")
        line.setContentsMargins(space("m"), space("s"), space("m"), space("s"))
        for widget in (mark, self._text, self._compare, self._use, self._keep):
            line.addWidget(widget, 1 if widget is self._text else 0)
        keeper.outside_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show or hide according to what the keeper knows."""
        outside = self._keeper.outside
        problem = outside.problem if outside is not None else ""
        text = tr("The configuration file was changed outside.")
        if problem:
            text = tr("{text} It cannot be used: {problem}").format(text=text, problem=problem)
        self._text.setText(text)
        self.setAccessibleName(text)
        self._compare.setEnabled(not problem)
        self._use.setEnabled(not problem)
        self.setVisible(outside is not None)

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._tasks.start(work())

    async def _use_file(self) -> None:
        lost = len(self._keeper.changes)
        if not lost or await confirm(
            self,
            title=tr("Use the file?"),
            text=tr("Your {n} unsaved changes will be dropped.").format(n=lost),
            action=tr("Use the file"),
            cancel=tr("Cancel"),
        ):
            await self._keeper.use_file()

    async def _show_differences(self) -> None:
        dialog = QDialog(self)
        dialog.setObjectName("compare")
        dialog.setWindowTitle(tr("What the file would change"))
        dialog.resize(620, 420)
        body = column(dialog, margin="xl", gap="l")
        body.addWidget(ChangeList(self._theme, await self._keeper.file_changes()), 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(dialog.reject)
        body.addWidget(buttons)
        await ask(dialog)
