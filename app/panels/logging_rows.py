"""A list of the log's settings as a table: rows of the draft to add, edit, remove and move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QBoxLayout, QFrame, QPushButton, QWidget

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.forms.bound_form import sentence
from app.forms.form import Form, Message, Note, scrolled
from app.forms.movable_table import MovableEntries, MovableTable
from app.forms.table_editor import Entry
from app.forms.words import tr
from app.forms.work_dialog import WorkDialog
from app.look.parts import Card, button, muted, row
from app.look.tables import Column
from app.panels.logging_rules import moved, order_of
from server_core.config.checking import checked
from server_core.config.draft import ConfigRejected
from server_core.config.schema import Section

Index = QModelIndex | QPersistentModelIndex
FIXED = "built-in"
MOST_ROWS = 9


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What such a table is about. ``fixed`` is a last row that nobody can change."""

    path: str
    name: str
    title: str
    row_title: str
    model: type[Section]
    columns: tuple[Column[Entry], ...]
    nothing: str
    ordered: bool = False
    fixed: Mapping[str, Any] | None = None


class EditLogRow(WorkDialog):
    """The settings of one row. ``keep`` takes them when they are right."""

    def __init__(
        self,
        services: Services,
        listing: Listing,
        values: Mapping[str, Any],
        keep: Callable[[dict[str, Any]], object],
        parent: QWidget,
    ) -> None:
        super().__init__(services, f"{listing.name}.dialog", listing.row_title, tr("OK"), parent)
        self.setMinimumSize(600, 420)
        self._listing, self._keep = listing, keep
        self.values = dict(values)
        self.form = Form(services.theme, listing.model, f"{listing.name}.row")
        self.form.edited.connect(self._edit)
        area = scrolled(self.form)
        area.setAccessibleName(listing.row_title)
        self.body.addWidget(area, 1)
        outer = self.layout()
        assert isinstance(outer, QBoxLayout)
        outer.setStretchFactor(self.body, 100)
        self.resize(640, 620)
        self._show()
        self.form.field(self.form.names()[0]).setFocus()

    def problem(self) -> str:
        return tr("This is not right yet.") if self._show() else ""

    async def work(self) -> None:
        self._keep(self.values)

    def _edit(self, name: str, value: object) -> None:
        self.values[name] = value
        if not self._show():
            self.tell("")

    def _show(self) -> list[Note]:
        self.form.show_values(self.values)
        try:
            checked(self._listing.model, self.values)
            notes = []
        except ConfigRejected as wrong:
            notes = [Note(p.path, "problem", sentence(p.text)) for p in wrong.problems]
        self.form.show_notes(notes)
        return notes


class LogRows(MovableEntries):
    """The rows; the built-in one can only be looked at."""

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and self.rows[index.row()].key == FIXED:
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return super().flags(index)


class RowsCard(Card):
    """Shows and edits a list of the draft; each edit sets the whole list.

    ``chosen`` follows the selection.
    """

    chosen = Signal()

    def __init__(self, services: Services, listing: Listing, *beside: QPushButton) -> None:
        super().__init__(services.theme, listing.title)
        self._services, self._keeper = services, services.keeper
        self.listing = listing
        self.status: Callable[[Mapping[str, Any]], object] = lambda _: None
        self.model = LogRows(listing.columns)
        self.table = MovableTable(services.theme, f"{listing.name}.table", listing.title)
        self._message = Message(services.theme, f"{listing.name}.message")
        self._nothing = muted(services.theme, listing.nothing)
        self._nothing.setWordWrap(True)
        self._tools: dict[str, QPushButton] = {}
        self.advise: Callable[[Sequence[Mapping[str, Any]]], str] = lambda _: ""
        self._build(beside)
        self._keeper.changed.connect(self.show_rows)
        self.show_rows()

    def show_rows(self) -> None:
        """Bring the table up to the draft, and say what is wrong with it."""
        self.show_status()
        rows = self._rows()
        self._nothing.setVisible(not rows)
        self._tell(rows)

    def show_status(self) -> None:
        """Bring the table up to what the server says of its rows."""
        rows = self._rows()
        path = self.listing.path
        before = next((c.before for c in self._keeper.changes if c.path == path), rows)
        kept = before if isinstance(before, list | tuple) else ()
        order = order_of(rows) if self.listing.ordered else range(len(rows))
        entries = [Entry(str(n), rows[n], rows[n] not in kept, self.status(rows[n])) for n in order]
        if self.listing.fixed is not None:
            entries.append(Entry(FIXED, self.listing.fixed))
        self.model.show_rows(entries)
        self.table.setVisible(bool(entries))
        self.table.fit_rows(min(max(len(entries), 2), MOST_ROWS))
        bar = self.table.horizontalScrollBar().sizeHint().height()
        self.table.setFixedHeight(self.table.maximumHeight() + bar)
        self._follow_selection()

    def selected(self) -> Entry | None:
        """The row selected, unless it is the built-in one."""
        chosen: list[Entry] = self.table.selected_rows()
        return chosen[0] if len(chosen) == 1 and chosen[0].key != FIXED else None

    def select(self, number: int) -> None:
        """Select the row with this place in the list."""
        at = self.model.place_of(str(number))
        if at >= 0:
            self.table.selectRow(at)

    def add(self) -> None:
        """Ask for a new row."""
        values = self.listing.model().model_dump(mode="json")
        if self.listing.ordered:
            first = min((each["priority"] for each in self._rows()), default=110)
            values["priority"] = max(first - 10, 1)
        self._ask(values, self._append)

    def edit(self) -> None:
        """Ask for the settings of the row selected."""
        entry = self.selected()
        if entry is not None:
            self._ask(entry.values, partial(self._replace, int(entry.key)))

    def remove(self) -> None:
        """Take the row selected out of the draft."""
        entry = self.selected()
        if entry is not None:
            rows = self._rows()
            del rows[int(entry.key)]
            self._set(rows)
            self._services.window.say(tr("Removed from the draft. Ctrl+Z brings it back."))

    def shift(self, distance: int) -> None:
        """Have the row selected be looked at earlier or later."""
        entry = self.selected()
        if entry is not None and self.listing.ordered:
            rows, place = moved(self._rows(), int(entry.key), distance)
            self._set(rows)
            self.select(place)

    def _rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._keeper.draft.get(self.listing.path)
        return rows

    def _set(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._keeper.set(self.listing.path, list(rows), joins=False)

    def _append(self, values: dict[str, Any]) -> None:
        rows = [*self._rows(), values]
        self._set(rows)
        self.select(len(rows) - 1)

    def _replace(self, place: int, values: dict[str, Any]) -> None:
        rows = self._rows()
        rows[place] = values
        self._set(rows)
        self.select(place)

    def _switch(self, key: str, name: str, on: bool) -> None:
        if key != FIXED:
            rows = self._rows()
            rows[int(key)][name] = on
            self._set(rows)

    def _ask(self, values: Mapping[str, Any], keep: Callable[[dict[str, Any]], object]) -> None:
        dialog = EditLogRow(self._services, self.listing, values, keep, self.window())
        self._services.tasks.start(ask(dialog))

    def _tell(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """What is wrong with the rows, else what is doubtful."""
        inside = f"{self.listing.path}.#"
        wrong = next((p for p in self._keeper.problems if p.path.startswith(inside)), None)
        if wrong is not None:
            self._message.tell(Note("", "problem", sentence(wrong.text)))
            return
        doubt = self.advise(rows)
        self._message.tell(Note("", "attention", doubt) if doubt else None)

    def _build(self, beside: Sequence[QPushButton]) -> None:
        name = self.listing.name
        for tool, title, act in (
            ("add", tr("Add…"), self.add),
            ("edit", tr("Edit…"), self.edit),
            ("remove", tr("Remove"), self.remove),
            ("up", tr("Move up"), lambda: self.shift(-1)),
            ("down", tr("Move down"), lambda: self.shift(1)),
        ):
            made = button(title, f"{name}.{tool}", accessible=f"{title} ({self.listing.title})")
            made.clicked.connect(act)
            made.setVisible(self.listing.ordered or tool not in ("up", "down"))
            self._tools[tool] = made
        line = row()
        for part in (*self._tools.values(), *beside):
            line.addWidget(part)
        line.addStretch(1)
        self.body.addLayout(line)
        self.body.addWidget(self._message)
        self.body.addWidget(self._nothing)
        self.body.addWidget(self.table)
        self.table.show_model(self.model, self.listing.columns)
        self.table.setSelectionMode(MovableTable.SelectionMode.SingleSelection)
        self.table.setProperty("part", "inline")
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.make_movable(self.listing.ordered)
        self.table.remember(self._services.settings)
        self.table.selectionModel().selectionChanged.connect(self._follow_selection)
        self.table.activated.connect(self.edit)
        self.table.dragged.connect(self.shift)
        self.model.toggled.connect(self._switch)
        self._keys()

    def _keys(self) -> None:
        for keys, tool in (
            ("Alt+Up", "up"),
            ("Alt+Down", "down"),
            ("Del", "remove"),
            ("F2", "edit"),
        ):
            made = QShortcut(QKeySequence(keys), self.table)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            made.activated.connect(self._tools[tool].click)
        for tool in ("edit", "remove", "up", "down"):
            if tool in ("edit", "remove") or self.listing.ordered:
                action = QAction(self._tools[tool].text(), self)
                action.triggered.connect(self._tools[tool].click)
                self.table.addAction(action)

    def _follow_selection(self) -> None:
        entry = self.selected()
        at = self.model.place_of(entry.key) if entry is not None else -1
        last = len(self._rows()) - 1
        self._tools["edit"].setEnabled(entry is not None)
        self._tools["remove"].setEnabled(entry is not None)
        self._tools["up"].setEnabled(at > 0)
        self._tools["down"].setEnabled(0 <= at < last)
        self.chosen.emit()
