"""Entering a new password: typed twice, or made by chance and shown once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.forms.editor import well_set
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import ALERTS, button, column, label, monospace, muted, row
from app.look.theme import Theme
from app.panels.accounts_generate import KINDS, Kind, generated, generated_bits
from app.panels.accounts_strength import Strength, in_words, strength

SHORTEST = 8
TYPING, MAKING = range(2)
Notes = Callable[[str], Sequence[str]]


def problem_of(password: str, repeated: str, *, allow_weak: bool) -> str:
    """Why a typed password cannot be used, as a sentence; empty when it can."""
    if not password:
        return tr("Type a password, or let one be made.")
    if password != repeated:
        return tr("The two passwords differ.")
    if len(password) < SHORTEST and not allow_weak:
        return tr("Use at least {n} characters, or tick Allow a weak password.").format(n=SHORTEST)
    return ""


class PasswordFields(QWidget):
    """Two fields, or one password made by chance. ``password`` is what was chosen.

    ``notes`` knows what is to be said about a password; ``account`` is whose it becomes.
    """

    def __init__(self, theme: Theme, page: str, notes: Notes, account: str = "") -> None:
        super().__init__()
        self._theme, self._page, self._notes = theme, page, notes
        self.account = account
        self._made = ""
        self.first = self._field("password", tr("Password"))
        self.again = self._field("password_again", tr("Password again"))
        self.weak = self._box("allow_weak", tr("Allow a weak password"))
        self.show_box = self._box("show", tr("Show"), tr("Show the password"))
        self.show_box.toggled.connect(self._reveal)
        self.made = QLineEdit()
        self.made.setReadOnly(True)
        self.made.setFont(monospace(theme))
        self.made.setObjectName(f"{page}.generated")
        self.made.setAccessibleName(tr("Generated password"))
        self._kind, self._length = QComboBox(), QSpinBox()
        self._mark, self._strength = Mark(theme), label(theme)
        self._strength.setObjectName(f"{page}.strength")
        self._told = muted(theme, kind="small")
        self._told.setObjectName(f"{page}.notes")
        self._told.setWordWrap(True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._typing())
        self._stack.addWidget(self._making())
        body = QVBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.addWidget(self._stack)
        body.addLayout(self._advice())
        self.first.textChanged.connect(self._advise)
        self._advise()

    @property
    def password(self) -> str:
        """The password as it was made or typed; never trimmed."""
        return self._made or self.first.text()

    @property
    def allow_weak(self) -> bool:
        """Whether the person wants a weak one to be taken."""
        return self.weak.isChecked()

    def problem(self) -> str:
        """Why it cannot be used yet; empty when it can."""
        if self._made:
            return ""
        return problem_of(self.first.text(), self.again.text(), allow_weak=self.allow_weak)

    def generate(self) -> None:
        """Make a password and show it."""
        kind: Kind = KINDS[self._kind.currentIndex()]
        self._made = generated(kind, self._length.value())
        self.made.setText(self._made)
        self.made.setCursorPosition(0)
        self._stack.setCurrentIndex(MAKING)
        self._advise()

    def _choose_kind(self) -> None:
        kind: Kind = KINDS[self._kind.currentIndex()]
        self._length.blockSignals(True)
        self._length.setRange(kind.shortest, kind.longest)
        self._length.setValue(kind.length)
        self._length.setSuffix(f" {tr(kind.unit)}")
        self._length.blockSignals(False)

    def _type_instead(self) -> None:
        self._made = ""
        self.made.clear()
        self._stack.setCurrentIndex(TYPING)
        self._advise()
        self.first.setFocus()

    def _advise(self) -> None:
        """Say how hard the password is to guess, and what its characters mean for older methods."""
        found = self._found()
        self._mark.setVisible(bool(found.text))
        self._mark.show_mark(ALERTS[found.state], found.state)
        self._strength.setText(found.text)
        self._strength.setAccessibleName(tr("Strength: {words}").format(words=found.text))
        notes = " ".join(self._notes(self.password)) if self.password else ""
        self._told.setText(notes)
        self._told.setVisible(bool(notes))

    def _found(self) -> Strength:
        if self._made:
            kind = KINDS[self._kind.currentIndex()]
            return in_words(generated_bits(kind, self._length.value()))
        return strength(self.first.text(), self.account)

    def _reveal(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.first.setEchoMode(mode)
        self.again.setEchoMode(mode)

    def _field(self, name: str, title: str) -> QLineEdit:
        field = QLineEdit()
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.setObjectName(f"{self._page}.{name}")
        field.setAccessibleName(title)
        return field

    def _box(self, name: str, text: str, accessible: str = "") -> QCheckBox:
        box = QCheckBox(text)
        box.setObjectName(f"{self._page}.{name}")
        box.setAccessibleName(accessible or text)
        return box

    def _advice(self) -> QVBoxLayout:
        line = row()
        line.addWidget(self._mark)
        line.addWidget(self._strength, 1)
        both = column(gap="xs")
        both.addLayout(line)
        both.addWidget(self._told)
        self._strength.setMinimumHeight(20)
        return both

    def _typing(self) -> QWidget:
        area = QWidget()
        body = column(area, gap="xs")
        generate = button(tr("Generate"), f"{self._page}.generate")
        generate.setAutoDefault(False)
        generate.clicked.connect(self.generate)
        first = row()
        first.addWidget(self.first, 1)
        first.addWidget(generate)
        options = row(gap="l")
        options.addWidget(self.show_box)
        options.addWidget(self.weak)
        options.addStretch(1)
        for field, title in ((self.first, tr("Password")), (self.again, tr("Password again"))):
            words = label(self._theme, title)
            words.setBuddy(field)
            body.addWidget(words)
            if field is self.first:
                body.addLayout(first)
            else:
                body.addWidget(field)
            body.addSpacing(8)
        body.addLayout(options)
        return area

    def _making(self) -> QWidget:
        area = QWidget()
        body = column(area, gap="xs")
        copy = button(tr("Copy"), f"{self._page}.copy")
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._made))
        instead = button(tr("Type one instead"), f"{self._page}.type_instead", kind="link")
        instead.setAutoDefault(False)
        instead.clicked.connect(self._type_instead)
        line = row()
        line.addWidget(self.made, 1)
        line.addWidget(copy)
        words = label(self._theme, tr("Password"))
        words.setBuddy(self.made)
        body.addWidget(words)
        body.addLayout(line)
        body.addWidget(muted(self._theme, tr("It is shown only now. Copy it or write it down.")))
        body.addSpacing(8)
        body.addWidget(self._how())
        body.addWidget(instead)
        body.addStretch(1)
        return area

    def _how(self) -> QWidget:
        """Which kind of password, how long, and another one."""
        self._kind.setObjectName(f"{self._page}.kind")
        self._kind.setAccessibleName(tr("Kind of password"))
        for kind in KINDS:
            self._kind.addItem(tr(kind.title))
        self._length.setObjectName(f"{self._page}.length")
        self._length.setAccessibleName(tr("Length"))
        self._length.setFixedWidth(140)
        well_set(self._length)
        self._choose_kind()
        self._kind.activated.connect(self._choose_kind)
        self._kind.activated.connect(self.generate)
        self._length.valueChanged.connect(self.generate)
        another = button(tr("Another"), f"{self._page}.another")
        another.setAutoDefault(False)
        another.clicked.connect(self.generate)
        area = QWidget()
        line = row(area)
        line.addWidget(self._kind)
        line.addWidget(self._length)
        line.addWidget(another)
        line.addStretch(1)
        return area
