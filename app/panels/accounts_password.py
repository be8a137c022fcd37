"""Entering a new password: typed twice, or made by chance and shown once."""

from __future__ import annotations

import secrets

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from app.forms.words import tr
from app.look.parts import button, column, label, monospace, muted, row
from app.look.theme import Theme

SHORTEST = 8
# Without letters and digits that are mistaken for each other.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4


def generated() -> str:
    """A password nobody guesses and everybody can type: ``k7wm-q2xp-9hdt-v4rn``."""
    letters = [secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP_LENGTH)]
    parts = range(0, len(letters), GROUP_LENGTH)
    return "-".join("".join(letters[start : start + GROUP_LENGTH]) for start in parts)


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
    """Two fields, or one password made by chance. ``password`` is what was chosen."""

    def __init__(self, theme: Theme, page: str) -> None:
        super().__init__()
        self._theme, self._page = theme, page
        self._made = ""
        self.first = self._field("password", tr("Password"))
        self.again = self._field("password_again", tr("Password again"))
        self.weak = QCheckBox(tr("Allow a weak password"))
        self.weak.setObjectName(f"{page}.allow_weak")
        self.weak.setAccessibleName(self.weak.text())
        self.show_box = QCheckBox(tr("Show"))
        self.show_box.setObjectName(f"{page}.show")
        self.show_box.setAccessibleName(tr("Show the password"))
        self.show_box.toggled.connect(self._reveal)
        self.made = QLineEdit()
        self.made.setReadOnly(True)
        self.made.setFont(monospace(theme))
        self.made.setObjectName(f"{page}.generated")
        self.made.setAccessibleName(tr("Generated password"))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._typing())
        self._stack.addWidget(self._making())
        body = QVBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.addWidget(self._stack)

    @property
    def password(self) -> str:
        """The password as it was made or typed; never trimmed."""
        return self._made or self.first.text()

    def problem(self) -> str:
        """Why it cannot be used yet; empty when it can."""
        if self._made:
            return ""
        return problem_of(self.first.text(), self.again.text(), allow_weak=self.weak.isChecked())

    def generate(self) -> None:
        """Make a password and show it."""
        self._made = generated()
        self.made.setText(self._made)
        self._stack.setCurrentIndex(1)

    def _type_instead(self) -> None:
        self._made = ""
        self.made.clear()
        self._stack.setCurrentIndex(0)
        self.first.setFocus()

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

    def _typing(self) -> QWidget:
        area = QWidget()
        body = column(area, gap="xs")
        generate = button(tr("Generate"), f"{self._page}.generate")
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
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._made))
        instead = button(tr("Type one instead"), f"{self._page}.type_instead", kind="link")
        instead.clicked.connect(self._type_instead)
        line = row()
        line.addWidget(self.made, 1)
        line.addWidget(copy)
        words = label(self._theme, tr("Password"))
        words.setBuddy(self.made)
        body.addWidget(words)
        body.addLayout(line)
        body.addWidget(muted(self._theme, tr("It is shown only now. Copy it or write it down.")))
        body.addWidget(instead)
        body.addStretch(1)
        return area
