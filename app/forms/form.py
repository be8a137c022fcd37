"""A form over one section: a labelled editor, help and message for each of its settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.forms.editor import Editor, Factory
from app.forms.editors import editor_for
from app.forms.words import APPLIES, CHOICE_HELP, EFFECTS, choice_type, range_text, tr
from app.look.marks import Mark
from app.look.parts import button, column, label, muted
from app.look.theme import Theme, space
from server_core.config.schema import Kind, Section, Setting, settings_of

LABEL_WIDTH = 130
FIELD_WIDTH = 440
# From this width on there is room for the help beside the field instead of below it.
WIDE = 820
LINES_PER_ROW = 3


@dataclass(frozen=True)
class Note:
    """What is said under a field. ``state`` is ``problem``, ``attention`` or ``info``."""

    field: str
    state: str
    text: str
    action: str = ""
    value: Any = None  # what the action enters into the field


SHAPES = {"problem": "cross", "attention": "triangle", "info": "diamond"}


class Message(QWidget):
    """A mark, a sentence, and perhaps a button that mends it."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._mark = Mark(theme)
        self._text = label(theme)
        self._text.setWordWrap(True)
        self.action: QPushButton = button("", f"{name}.action", kind="link")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(space("s"))
        line.addWidget(self._mark)
        line.addWidget(self._text, 1)
        line.addWidget(self.action)
        line.setContentsMargins(0, space("xs"), 0, 0)
        self.hide()

    def tell(self, note: Note | None) -> None:
        """Show the note, or nothing."""
        if note is not None:
            self._mark.show_mark(SHAPES[note.state], note.state)
            self._text.setText(note.text)
            self._text.setProperty("part", note.state)
            self._text.style().unpolish(self._text)
            self._text.style().polish(self._text)
            self.setAccessibleName(note.text)
            self.action.setText(note.action)
            self.action.setAccessibleName(note.action)
            self.action.setVisible(bool(note.action))
        self.setVisible(note is not None)

    def text(self) -> str:
        """What is said now."""
        return "" if self.isHidden() else self._text.text()


@dataclass
class _Row:
    setting: Setting
    editor: Editor
    dot: Mark
    message: Message
    help: QLabel
    cell: QVBoxLayout
    notes: list[Note] = field(default_factory=list)


class Form(QWidget):
    """Edits the values of one section; ``edited`` carries a setting's name and its new value.

    It knows no draft: whoever owns it shows values, marks changed fields and hands over notes.
    ``editors`` are for settings of which this page knows more than the editor table.
    """

    edited = Signal(str, object)

    def __init__(
        self,
        theme: Theme,
        model: type[Section],
        prefix: str,
        fields: Iterable[str] | None = None,
        *,
        editors: Mapping[str, Factory] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self._editors = editors
        self._theme = theme
        self._prefix = prefix
        self._rows: dict[str, _Row] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(space("m"))
        self._grid.setVerticalSpacing(space("xs"))
        self._grid.setColumnMinimumWidth(1, LABEL_WIDTH)
        self._grid.setColumnStretch(2, 10)
        self._grid.setColumnStretch(3, 1)
        self._wide = False
        self._label_width = LABEL_WIDTH
        declared = {setting.name: setting for setting in settings_of(model)}
        for name in declared if fields is None else fields:
            self._add(declared[name])
        # A message about a field waits until the person has left it.
        QApplication.instance().focusChanged.connect(self._tell_all)  # type: ignore[union-attr]

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Display these values."""
        for name, row in self._rows.items():
            row.editor.show(values[name])

    def mark_changed(self, names: Iterable[str]) -> None:
        """Put a dot beside the fields that differ from what runs."""
        changed = set(names)
        for name, row in self._rows.items():
            row.dot.setVisible(name in changed)

    def show_notes(self, notes: Iterable[Note]) -> None:
        """Say what is to be said under the fields, the gravest first."""
        for row in self._rows.values():
            row.notes = []
        for note in notes:
            self._rows[note.field].notes.append(note)
        self._tell_all()

    def field(self, name: str) -> QWidget:
        """The widget that edits a setting."""
        return self._rows[name].editor.widget

    def put_beside(self, name: str, widget: QWidget) -> None:
        """Show something that belongs to a setting at the right of its field."""
        line = QHBoxLayout()
        line.setSpacing(space("m"))
        cell = self._rows[name].cell
        cell.removeWidget(self.field(name))
        line.addWidget(self.field(name))
        line.addWidget(widget, 1)
        cell.insertLayout(0, line)

    def names(self) -> tuple[str, ...]:
        """The settings on this form."""
        return tuple(self._rows)

    @property
    def label_width(self) -> int:
        """How wide the column of labels has to be."""
        return self._label_width

    def align(self, label_width: int) -> None:
        """Make the column of labels at least so wide, as in the forms above and below."""
        self._grid.setColumnMinimumWidth(1, label_width)

    def _add(self, setting: Setting) -> None:
        name = f"{self._prefix}.{setting.name}"
        make = self._editors.get(setting.name, editor_for)
        editor = make(setting, name, lambda value: self.edited.emit(setting.name, value))
        title = label(self._theme, tr(setting.title))
        title.setBuddy(editor.widget)
        self._label_width = max(self._label_width, title.sizeHint().width())
        title.setFixedHeight(32)
        dot = Mark(self._theme, 10)
        dot.show_mark("circle", "accent")
        dot.setToolTip(tr("Changed, not applied yet"))
        dot.setAccessibleName(tr("{title}: changed").format(title=tr(setting.title)))
        dot.setObjectName(f"{name}.changed")
        policy = dot.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        dot.setSizePolicy(policy)
        dot.hide()
        message = Message(self._theme, f"{name}.message")
        cell = QWidget()
        cell.setMaximumWidth(FIELD_WIDTH)
        inside = column(cell, gap="xs")
        row = _Row(setting, editor, dot, message, self._help(setting), inside)
        message.action.clicked.connect(lambda: self._mend(row))
        inside.addWidget(editor.widget)
        inside.addWidget(message)
        line = len(self._rows) * LINES_PER_ROW
        top = Qt.AlignmentFlag.AlignTop
        holder = QHBoxLayout()
        holder.addWidget(dot)
        holder.setContentsMargins(0, 11, 0, 0)
        self._grid.addLayout(holder, line, 0, top)
        self._grid.addWidget(title, line, 1, top)
        self._grid.addWidget(cell, line, 2, top)
        self._grid.setRowMinimumHeight(line + 2, space("s"))
        self._rows[setting.name] = row
        self._place_help(len(self._rows) - 1, row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() >= WIDE
        if wide is not self._wide:
            self._wide = wide
            self._grid.setColumnStretch(3, 6 if wide else 1)
            for number, row in enumerate(self._rows.values()):
                self._place_help(number, row)

    def _place_help(self, number: int, row: _Row) -> None:
        line = number * LINES_PER_ROW
        self._grid.removeWidget(row.help)
        if self._wide:
            self._grid.addWidget(row.help, line, 3, Qt.AlignmentFlag.AlignVCenter)
        else:
            self._grid.addWidget(row.help, line + 1, 2, 1, 2)

    def _help(self, setting: Setting) -> QLabel:
        choices = choice_type(setting.annotation)
        text = tr(CHOICE_HELP.get(choices, setting.help) if choices else setting.help)
        if setting.kind is Kind.LIMIT:
            # A limit that is off is an unchecked box here; 0 is how the file says it.
            text = re.sub(r"[;,] 0 means [^.;]*", "", text)
        bounds = range_text(setting)
        words, meaning = EFFECTS[setting.effect]
        if bounds:
            text = f"{text.removesuffix('.')} ({bounds})."
        made = muted(self._theme, f"{text} {tr(APPLIES[setting.effect])}", kind="small")
        made.setWordWrap(True)
        made.setToolTip(f"{tr(words)}: {tr(meaning)}")
        return made

    def _mend(self, row: _Row) -> None:
        if row.notes:
            self.edited.emit(row.setting.name, row.notes[0].value)

    def _tell_all(self) -> None:
        focused = QApplication.focusWidget()
        for row in self._rows.values():
            editing = focused is not None and (
                row.editor.widget is focused or row.editor.widget.isAncestorOf(focused)
            )
            shown = row.notes[0] if row.notes else None
            if editing and shown is not None and row.message.isHidden():
                continue
            row.message.tell(shown)


def scrolled(content: QWidget) -> QScrollArea:
    """An area without a frame that scrolls the content when it does not fit."""
    inside = QWidget()
    body = column(inside)
    body.addWidget(content)
    body.addStretch(1)
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    # What is behind shows through: a card's surface, not the window's.
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    return area
