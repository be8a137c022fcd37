"""The bar below every page while the draft differs from what runs: review, discard, apply."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFrame, QWidget

from app.bridge.dialogs import ask, confirm
from app.bridge.draft_keeper import DraftKeeper
from app.bridge.services import Services
from app.forms.review_text import page_of
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import button, label, row
from app.look.theme import space
from app.panels.access_doubt import agrees
from app.panels.authentication_advice import losses
from app.window.review_dialog import ReviewDialog

ASKS_ABOVE = 3


class ChangeBar(QFrame):
    """Counts the changes; hidden while there are none. Its shortcuts work in the whole window."""

    def __init__(self, services: Services, window: QWidget) -> None:
        super().__init__()
        self.setObjectName("change_bar")
        self._services, self._keeper = services, services.keeper
        self._reviewing = False
        self._mark = Mark(services.theme, 14)
        self._text = label(services.theme, bold=True)
        self._text.setObjectName("change_bar.text")
        self.review_button = button(tr("Review…"), "change_bar.review")
        self.discard_button = button(tr("Discard"), "change_bar.discard")
        self.apply_button = button(tr("Apply"), "change_bar.apply", kind="primary")
        self.apply_button.setToolTip(tr("Apply (Ctrl+S)"))
        line = row(self, gap="s")
        line.setContentsMargins(space("l"), space("s"), space("l"), space("s"))
        line.addWidget(self._mark)
        line.addWidget(self._text, 1)
        for each in (self.review_button, self.discard_button, self.apply_button):
            line.addWidget(each)
        self.review_button.clicked.connect(self.review)
        self.discard_button.clicked.connect(self.discard)
        self.apply_button.clicked.connect(self.apply)
        for keys, slot in (
            (QKeySequence(QKeySequence.StandardKey.Save), self.apply),
            (QKeySequence("Ctrl+Shift+S"), self.review),
            (QKeySequence(QKeySequence.StandardKey.Undo), self._keeper.undo),
            (QKeySequence("Ctrl+Y"), self._keeper.redo),
            (QKeySequence("Ctrl+Shift+Z"), self._keeper.redo),
        ):
            shortcut = QShortcut(keys, window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(slot)
        self._keeper.changed.connect(self.refresh)
        self._keeper.file_used.connect(
            lambda: services.window.say(tr("The configuration file was changed and is in use."))
        )
        self.refresh()

    def refresh(self) -> None:
        """Say how many changes there are, and whether they can be applied."""
        changes, problems = self._keeper.changes, self._keeper.problems
        text = changes_text(self._keeper)
        if problems:
            wrong = _counted(len(problems), tr("needs correcting"), tr("need correcting"))
            text = f"{text} · {wrong}"
        self._mark.show_mark(*(("cross", "problem") if problems else ("circle", "accent")))
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(changes))

    def apply(self) -> None:
        """Apply at once, or after the review when that has something to tell.

        A change may be felt later, need correcting, or take something away from people.
        """
        if self._keeper.changes:
            direct = self._keeper.at_once and not self._keeper.problems
            harmless = direct and not losses(self._services)
            self._services.tasks.start(self._apply() if harmless else self._review())

    def review(self) -> None:
        """Open the review."""
        if self._keeper.changes:
            self._services.tasks.start(self._review())

    def discard(self) -> None:
        """Drop the draft; more than three changes are asked about."""
        if self._keeper.changes:
            self._services.tasks.start(self._discard())

    async def _review(self) -> None:
        if self._reviewing:
            return
        self._reviewing = True
        try:
            dialog = ReviewDialog(
                self._services.theme,
                self._keeper,
                self.window(),
                losses=losses(self._services),
            )
            dialog.going.connect(self._services.window.go)
            accepted = await ask(dialog) == QDialog.DialogCode.Accepted
        finally:
            self._reviewing = False
        if accepted:
            await self._apply()

    async def _apply(self) -> None:
        if not await agrees(self._services, self.window()):
            return
        applied = len(self._keeper.changes)
        await self._keeper.apply()
        self._services.window.say(
            tr("{changes} applied.").format(changes=_counted(applied, tr("change"), tr("changes")))
        )

    async def _discard(self) -> None:
        number = len(self._keeper.changes)
        if number <= ASKS_ABOVE or await confirm(
            self.window(),
            title=tr("Discard changes?"),
            text=tr("Discard {n} changes that are not applied yet?").format(n=number),
            action=tr("Discard"),
            cancel=tr("Go on editing"),
        ):
            self._keeper.discard()


def changes_text(keeper: DraftKeeper) -> str:
    """``3 unsaved changes on 2 pages``."""
    changes = keeper.changes
    pages = len({page_of(change.path) for change in changes})
    return tr("{changes} on {pages}").format(
        changes=_counted(len(changes), tr("unsaved change"), tr("unsaved changes")),
        pages=_counted(pages, tr("page"), tr("pages")),
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
