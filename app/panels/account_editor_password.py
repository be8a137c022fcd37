"""The Password tab of the account editor: setting one, and what the account is ready for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.forms.form import scrolled
from app.forms.words import choice_text, tr
from app.look.marks import Mark
from app.look.parts import button, column, label, muted, row
from app.look.theme import Theme, space
from server_core.config.signing_in import Method
from server_core.events.views import AccountView, MethodReadiness


class PasswordTab(QWidget):
    """``wanted`` asks for the password dialog; True when it is to begin with a generated one."""

    wanted = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._mark, self._state = Mark(theme), label(theme)
        self._state.setObjectName("account.password_state")
        self.set = button(tr("Set…"), "account.set_password")
        self.generate = button(tr("Generate…"), "account.generate_password")
        self._ready, self._unready = QGridLayout(), QGridLayout()
        self._other = label(theme, tr("Not ready"), kind="section", bold=True)
        self._shown: tuple[MethodReadiness, ...] = ()
        self._build()

    def show_account(self, view: AccountView, readiness: Sequence[MethodReadiness]) -> None:
        """Show whether there is a password, and what can be done with it."""
        if view.has_password:
            self._mark.show_mark("circle", "ok")
            self._state.setText(tr("A password is set. It is never shown."))
        else:
            self._mark.show_mark("triangle", "attention")
            self._state.setText(tr("No password is set."))
        if tuple(readiness) != self._shown:
            self._shown = tuple(readiness)
            self._fill()

    def _build(self) -> None:
        inside = QWidget()
        body = column(inside, gap="m")
        body.setContentsMargins(0, space("m"), space("m"), 0)
        state = row()
        state.addWidget(self._mark)
        state.addWidget(self._state, 1)
        for tool, made in ((self.set, False), (self.generate, True)):
            tool.setAutoDefault(False)
            tool.clicked.connect(lambda _=False, made=made: self.wanted.emit(made))
            state.addWidget(tool)
        body.addLayout(state)
        body.addSpacing(space("s"))
        body.addWidget(label(self._theme, tr("Ready for"), kind="section", bold=True))
        body.addLayout(self._ready)
        body.addSpacing(space("s"))
        body.addWidget(self._other)
        body.addLayout(self._unready)
        body.addStretch(1)
        for grid in (self._ready, self._unready):
            grid.setHorizontalSpacing(space("s"))
            grid.setVerticalSpacing(space("s"))
            grid.setColumnStretch(1, 1)
        column(self).addWidget(scrolled(inside))

    def _fill(self) -> None:
        ready = [_words(one.method) for one in self._shown if one.ready]
        _empty(self._ready)
        if ready:
            self._add(self._ready, "circle", "ok", ", ".join(ready), "")
        else:
            nothing = tr("Nobody can sign in to this account by any method.")
            self._add(self._ready, "triangle", "attention", nothing, "")
        _empty(self._unready)
        reasons: dict[str, list[str]] = {}
        for one in self._shown:
            if not one.ready:
                reasons.setdefault(one.reason, []).append(_words(one.method))
        for reason, methods in reasons.items():
            self._add(self._unready, "dash", "neutral", ", ".join(methods), reason)
        self._other.setVisible(bool(reasons))

    def _add(self, grid: QGridLayout, shape: str, state: str, text: str, below: str) -> None:
        """A mark, the methods, and below them why."""
        mark = Mark(self._theme)
        mark.show_mark(shape, state)
        words = column(gap="xs")
        for line in self._lines(text, below):
            line.setWordWrap(True)
            words.addWidget(line)
        place = grid.rowCount()
        holder = row()
        holder.setContentsMargins(0, space("xs"), 0, 0)
        holder.addWidget(mark)
        grid.addLayout(holder, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(words, place, 1)

    def _lines(self, text: str, below: str) -> Iterable[QLabel]:
        first = label(self._theme, text)
        first.setAccessibleName(f"{text}: {below}" if below else text)
        return (first, muted(self._theme, below, kind="small")) if below else (first,)


def _words(method: str) -> str:
    # A name is not broken at its hyphens.
    return choice_text(Method(method)).partition(" (")[0].replace("-", "\N{NON-BREAKING HYPHEN}")


def _empty(grid: QGridLayout) -> None:
    while (item := grid.takeAt(0)) is not None:
        inner = item.layout()
        while inner is not None and (part := inner.takeAt(0)) is not None:
            if (old := part.widget()) is not None:
                old.deleteLater()
