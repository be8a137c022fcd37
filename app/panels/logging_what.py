"""What is logged: a level for each service, and for each subject where it differs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.bridge.services import Services
from app.forms.classes_editor import own_classes_editor
from app.forms.editor import Editor
from app.forms.form import scrolled
from app.forms.words import choice_text, tr
from app.look.marks import Mark
from app.look.parts import Card, column, label, muted, row
from app.look.theme import space
from app.panels.logging_advice import growth, wants_protocol
from app.panels.settings_panel import SettingsCard
from server_core.config.log import Category, CategoryClasses, Log
from server_core.config.schema import settings_of
from server_core.events.log_views import Span

CATEGORIES = "log.categories"
ROOMY = 860
EXAMPLES = {
    Category.CONNECTIONS: "Opened, closed, why",
    Category.SIGN_INS: "Who signed in, who failed",
    Category.COMMANDS: "What clients asked for",
    Category.ACCESS: "Refused by rules, limits and bans",
    Category.MAIL: "Delivered, retrieved, removed",
    Category.CERTIFICATES: "Renewed, replaced, running out",
    Category.CONFIGURATION: "What was changed",
    Category.SYSTEM: "Start, stop, trouble",
}


class WhatTab(QWidget):
    """Two cards over the draft."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services, self._keeper = services, services.keeper
        self.card = SettingsCard(services, tr("Levels"), ("log", Log), ("pop3", "classes"))
        self.categories = CategoriesCard(services)
        self._mark = Mark(services.theme)
        self._growth = label(services.theme)
        self._growth.setObjectName("logging.growth")
        self._growth.setWordWrap(True)
        self._line = QWidget()
        line = row(self._line)
        line.addWidget(self._mark)
        line.addWidget(self._growth, 1)
        self.card.body.addWidget(self._line)
        inside = QWidget()
        cards = column(inside, gap="l")
        cards.addWidget(self.card)
        cards.addWidget(self.categories)
        area = scrolled(inside)
        area.setAccessibleName(tr("What is logged"))
        column(self).addWidget(area)
        self._keeper.changed.connect(self.show_growth)
        self.show_growth()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.categories.show_examples(event.size().width() >= ROOMY)

    def show_growth(self) -> None:
        """Say how fast the log grows, while the draft asks for every command."""
        draft = self._keeper.draft
        loud = wants_protocol(draft.get("log.pop3"))
        loud = loud or any(wants_protocol(each["classes"]) for each in draft.get(CATEGORIES))
        self._line.setVisible(loud)
        if loud:
            self._mark.show_mark("triangle", "attention")
            samples = self._services.service.series(Span.HOURS)
            text = tr("Protocol writes each command and its answer, passwords hidden. {growth}")
            self._growth.setText(text.format(growth=growth(samples)))


class CategoriesCard(Card):
    """One line a subject: it follows its service, or has a level of its own."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.theme, tr("Subjects with a level of their own"))
        self._services, self._keeper = services, services.keeper
        self._editors: dict[Category, Editor] = {}
        self._dots: dict[Category, Mark] = {}
        self._examples: list[QLabel] = []
        hint = muted(
            services.theme,
            tr(
                "A subject that inherits follows its listener, else its service above. "
                "Applies at once."
            ),
            kind="small",
        )
        hint.setWordWrap(True)
        self.body.addWidget(hint)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(space("m"))
        self._grid.setVerticalSpacing(space("s"))
        self._grid.setColumnStretch(3, 1)
        self.body.addLayout(self._grid)
        for line, category in enumerate(Category):
            self._add(line, category)
        self._keeper.changed.connect(self._show)
        self._show()

    def show_examples(self, shown: bool) -> None:
        """Say what each subject is about, where there is room for it."""
        for example in self._examples:
            example.setVisible(shown)

    def focus(self) -> None:
        """Put the cursor into the first subject."""
        self._editors[Category.CONNECTIONS].widget.setFocus()

    def _add(self, line: int, category: Category) -> None:
        theme, words = self._services.theme, choice_text(category)
        declared = next(s for s in settings_of(CategoryClasses) if s.name == "classes")
        setting = replace(declared, title=words)
        name = f"{CATEGORIES}.{category.value}"
        editor = own_classes_editor(setting, name, partial(self._enter, category))
        dot = Mark(theme, 10)
        dot.show_mark("circle", "accent")
        dot.setToolTip(tr("Changed, not applied yet"))
        policy = dot.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        dot.setSizePolicy(policy)
        title = label(theme, words)
        title.setBuddy(editor.widget)
        example = muted(theme, tr(EXAMPLES[category]), kind="small")
        title.setToolTip(example.text())
        self._examples.append(example)
        middle = Qt.AlignmentFlag.AlignVCenter
        for place, widget in enumerate((dot, title, example, editor.widget)):
            self._grid.addWidget(widget, line, place, middle)
        self._editors[category], self._dots[category] = editor, dot

    def _enter(self, category: Category, classes: int | None) -> None:
        own = _by_category(self._keeper.draft.get(CATEGORIES))
        own[category.value] = classes
        rows = [
            {"category": each.value, "classes": own[each.value]}
            for each in Category
            if own.get(each.value) is not None
        ]
        self._keeper.set(CATEGORIES, rows)

    def _show(self) -> None:
        own = _by_category(self._keeper.draft.get(CATEGORIES))
        before = next((c.before for c in self._keeper.changes if c.path == CATEGORIES), None)
        applied = _by_category(before) if isinstance(before, list) else own
        for category, editor in self._editors.items():
            editor.show(own.get(category.value))
            changed = own.get(category.value) != applied.get(category.value)
            self._dots[category].setVisible(changed)


def _by_category(rows: list[dict[str, Any]]) -> dict[str, int | None]:
    return {row["category"]: row["classes"] for row in rows}
