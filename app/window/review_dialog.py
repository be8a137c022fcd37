"""The review: every change of the draft, what is risky about it, and when it takes effect."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFrame, QWidget

from app.bridge.draft_keeper import DraftKeeper
from app.forms.bound_form import sentence
from app.forms.change_list import ChangeList
from app.forms.review_text import page_id_of, page_of, problem_text, title_of
from app.forms.table_editor import entries
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import button, column, label, row
from app.look.theme import Theme, space
from app.panels.listeners_advice import advice, sends_passwords
from app.panels.listeners_table import LISTENERS
from server_core.config.draft import Problem
from server_core.config.warnings import warnings_of

ATTENTION = "attention"


class ReviewDialog(QDialog):
    """Accepted means: apply. While the draft has problems it cannot be accepted.

    ``losses`` are sentences on what people would lose; ``going`` asks for a page and a field on it.
    """

    going = Signal(str, str)

    def __init__(
        self,
        theme: Theme,
        keeper: DraftKeeper,
        parent: QWidget | None = None,
        *,
        losses: Sequence[str] = (),
    ) -> None:
        super().__init__(parent)
        self.setObjectName("review")
        self.setWindowTitle(tr("Review changes"))
        self.resize(660, 480)
        self.setMinimumSize(480, 320)
        body = column(self, margin="xl", gap="m")
        intro = label(theme, tr("These changes are not applied yet."), kind="section", bold=True)
        body.addWidget(intro)
        for problem in keeper.problems:
            body.addWidget(self._problem(theme, problem))
        for text in (*losses, *warning_texts(keeper)):
            body.addWidget(_line(theme, ATTENTION, "triangle", text))
        body.addWidget(ChangeList(theme, keeper.changes), 1)
        cancel = button(tr("Go on editing"), "review.cancel")
        cancel.clicked.connect(self.reject)
        self.apply = button(tr("Apply"), "review.apply", kind="primary")
        self.apply.setEnabled(not keeper.problems and bool(keeper.changes))
        self.apply.setDefault(True)
        self.apply.clicked.connect(self.accept)
        line = row()
        line.addStretch(1)
        line.addWidget(cancel)
        line.addWidget(self.apply)
        body.addLayout(line)
        self.apply.setFocus()

    def _problem(self, theme: Theme, problem: Problem) -> QFrame:
        """A problem with the way to its field, where that is on a page."""
        path = problem.path
        text = f"{page_of(path)} – {title_of(path)}: {sentence(problem_text(problem))}"
        strip = _line(theme, "problem", "cross", text)
        if page := page_id_of(path):
            target = path.removeprefix(f"{LISTENERS}.") if page == "listeners" else path
            show = button(tr("Show"), "review.show", accessible=tr("Show the field"))
            show.clicked.connect(lambda: self._show(page, target))
            layout = strip.layout()
            assert layout is not None
            layout.addWidget(show)
        return strip

    def _show(self, page: str, target: str) -> None:
        self.reject()
        self.going.emit(page, target)


def warning_texts(keeper: DraftKeeper) -> list[str]:
    """What may be applied but is risky, among what the draft changes."""
    passwords = sends_passwords(keeper)
    of_listeners = [
        f"{tr('Listeners')} – {entry.values['name']}: {note.text}"
        for entry in entries(keeper, LISTENERS)
        if entry.changed and entry.values["enabled"]
        for note in advice(entry.values, passwords=passwords)
        if note.state == ATTENTION
    ]
    return [*of_listeners, *_new_warnings(keeper)]


def _new_warnings(keeper: DraftKeeper) -> list[str]:
    """What the draft says and had better not, and what runs does not say.

    Listeners that were edited have been told of already.
    """
    if keeper.problems:
        return []
    known = warnings_of(keeper.config)
    told = tuple(f"{LISTENERS}.{each.key}." for each in entries(keeper, LISTENERS) if each.changed)
    return [
        f"{page_of(found.path)} – {title_of(found.path)}: {sentence(found.text)}"
        for found in warnings_of(keeper.draft.checked())
        if found not in known
        and not (page_id_of(found.path) == "listeners" and found.path.startswith(told))
    ]


def _line(theme: Theme, state: str, shape: str, text: str) -> QFrame:
    strip = QFrame()
    strip.setProperty("part", "banner")
    strip.setProperty("state", state)
    strip.setAccessibleName(text)
    mark = Mark(theme, 14)
    mark.show_mark(shape, state)
    words = label(theme, text)
    words.setWordWrap(True)
    line = row(strip, gap="m")
    line.setContentsMargins(space("m"), space("s"), space("m"), space("s"))
    line.addWidget(mark)
    line.addWidget(words, 1)
    return strip
