"""The selected line below the log: its whole text, and what it means."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from app.dashboard.explained import grade_words
from app.dashboard.explanations import explanation_of
from app.dashboard.log_rows import LogRow
from app.dashboard.log_words import category_words, event_words, level_words
from app.forms.words import tr
from app.look.lines import Line, Lines
from app.look.marks import Mark
from app.look.parts import button, column, label, monospace, muted, row
from app.look.theme import Theme, space
from app.look.words import clock, number, written


class LogDetails(QFrame):
    """One line in full; ``explain`` shows what it means until it is pressed again."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("log.details")
        self.setProperty("part", "card")
        self._row: LogRow | None = None
        self._mark = Mark(theme)
        self._text = label(theme)
        self._text.setObjectName("log.line")
        self._text.setFont(monospace(theme))
        self._text.setWordWrap(True)
        wide = self._text.sizePolicy()
        wide.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
        self._text.setSizePolicy(wide)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts = muted(theme, kind="small")
        self.explain = button(self.tr("Explain this event"), "log.explain")
        self.explain.setCheckable(True)
        self.explain.toggled.connect(self._show)
        self._meaning = Lines(theme)
        self._meaning_box = QWidget()
        self._meaning_box.setLayout(self._meaning.grid)
        words = column(gap="xs")
        words.addWidget(self._text)
        words.addWidget(self._facts)
        line = row(gap="m")
        line.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        line.addWidget(self.explain, 0, Qt.AlignmentFlag.AlignTop)
        body = column(self, gap="m")
        body.setContentsMargins(space("m"), space("s"), space("m"), space("s"))
        body.addLayout(line)
        body.addWidget(self._meaning_box)
        self.hide()

    def show_row(self, shown: LogRow | None) -> None:
        """Show this line; None for nothing."""
        if shown != self._row:
            self._row = shown
            self._show()

    def _show(self) -> None:
        shown = self._row
        self.setVisible(shown is not None)
        if shown is None:
            return
        letter, role, word = level_words()[shown.level]
        self._mark.show_mark(letter, role)
        # Long names without a space would make the window wider.
        self._text.setText(_breakable(shown.text))
        self._text.setAccessibleName(f"{word}: {shown.text}")
        self._facts.setText("   ".join(_facts(shown)))
        self._meaning_box.setVisible(self.explain.isChecked())
        told = explanation_of(shown)
        mark, color, grade = grade_words(told.grade)
        lines: list[Line] = [
            (self.tr("What happened"), tr(told.happened), None),
            (self.tr("Is it bad"), grade, (mark, color)),
            (self.tr("What to do"), tr(told.do), None),
        ]
        self._meaning.show(lines)


def _facts(shown: LogRow) -> list[str]:
    day = written(shown.time, "d MMM yyyy")
    today = day == written(time.time(), "d MMM yyyy")
    when = clock(shown.time, milliseconds=not shown.read)
    event = event_words().get(shown.event, shown.event)
    facts = [when if today else f"{day} {when}", event, category_words()[shown.category]]
    if shown.session:
        facts.append(tr("Session {n}").format(n=shown.session))
    facts += [shown.listener, shown.peer, shown.user[:80]]
    if shown.times > 1:
        facts.append(tr("{n} times").format(n=number(shown.times)))
    if shown.read:
        facts.append(tr("from the log files"))
    return [fact for fact in facts if fact]


def _breakable(text: str) -> str:
    return " ".join(
        "\u200b".join(word[at : at + 40] for at in range(0, len(word), 40))
        for word in text.split(" ")
    )
