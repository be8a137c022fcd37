"""A form tied to a place in the draft: shows it, edits it, and says what is wrong there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from PySide6.QtCore import QObject

from app.bridge.draft_keeper import DraftKeeper
from app.forms.form import Form, Note
from app.forms.review_text import problem_text

Advise = Callable[[Mapping[str, Any]], Iterable[Note]]


class BoundForm(QObject):
    """Follows the draft at ``path``; every edit of the form is an edit of the draft there.

    ``advise`` adds what the page knows beyond the declarations: warnings, and remedies.
    """

    def __init__(
        self, form: Form, keeper: DraftKeeper, path: str = "", *, advise: Advise | None = None
    ) -> None:
        super().__init__(form)
        self._form, self._keeper, self._path = form, keeper, path
        self._advise = advise
        form.edited.connect(self._edit)
        keeper.changed.connect(self.refresh)
        self.refresh()

    def follow(self, path: str) -> None:
        """Edit another place from now on; an empty path means none."""
        self._path = path
        self.refresh()

    def refresh(self) -> None:
        """Show what the draft holds."""
        if not self._path:
            return
        try:
            values = self._keeper.draft.get(self._path)
        except LookupError:  # the entry was just taken out of the draft
            return
        self._form.show_values(values)
        self._form.mark_changed(self._changed())
        notes = [*self._advice(values), *self._problems()]
        # What blocks applying comes first, and of that what offers a remedy.
        self._form.show_notes(sorted(notes, key=lambda note: note.state != "problem"))

    def _edit(self, name: str, value: object) -> None:
        if self._path:
            self._keeper.set(f"{self._path}.{name}", value)

    def _changed(self) -> list[str]:
        paths = {change.path for change in self._keeper.changes}
        added = any(f"{self._path}.".startswith(f"{path}.") for path in paths)
        return [n for n in self._form.names() if added or f"{self._path}.{n}" in paths]

    def _problems(self) -> list[Note]:
        paths = {f"{self._path}.{name}": name for name in self._form.names()}
        return [
            Note(paths[problem.path], "problem", sentence(problem_text(problem)))
            for problem in self._keeper.problems
            if problem.path in paths
        ]

    def _advice(self, values: Mapping[str, Any]) -> list[Note]:
        if self._advise is None:
            return []
        return [note for note in self._advise(values) if note.field in self._form.names()]


def sentence(text: str) -> str:
    """The text with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")
