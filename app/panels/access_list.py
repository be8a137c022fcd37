"""One access list: its rules in deciding order, what can be done with them, and its last row."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.forms import addresses
from app.forms.form import Message, Note
from app.forms.movable_table import MovableEntries, MovableTable
from app.forms.table_editor import Entry
from app.forms.words import tr
from app.look.parts import EmptyState, button, column, row
from app.panels import access_rows, access_table, access_text
from app.panels.access_dialogs import AddRules, EditRule
from app.panels.access_rest import EverythingElse
from app.panels.access_rows import RuleList
from app.panels.access_table import place_of, status_of
from server_core.config.admission import Verdict
from server_core.events.reasons import Scope

Warnings = Mapping[int, str]
TEXT_FILES = "Text (*.txt);;* (*)"


class RuleListView(QWidget):
    """Shows and edits the list it follows; every edit sets the whole list in the draft."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services, self._keeper = services, services.keeper
        self.shown = access_rows.service()
        self._uses: access_table.Uses = {}
        self._warnings: Warnings = {}
        self.model = MovableEntries(access_table.columns())
        self.table = MovableTable(services.theme, "access.table", tr("Rules"))
        self._doubt = Message(services.theme, "access.warnings")
        self._tools: dict[str, QPushButton] = {}
        self._stack = QStackedWidget()
        self._empty = EmptyState(services.theme, "access", "access.empty")
        self._rest = EverythingElse(services)
        self._build()
        self._connect()

    def follow(self, shown: RuleList) -> None:
        """Show and edit this list from now on."""
        other = shown.path != self.shown.path
        self.shown = shown
        if other:
            self._uses, self._warnings = {}, {}
        self._rest.follow(shown)
        self._tools["network"].setVisible(bool(shown.section))
        self.table.make_movable(bool(shown.section))
        self.show_rows()
        if other:
            self.table.clearSelection()
            self._follow_selection()

    def show_facts(self, uses: access_table.Uses, warnings: Warnings) -> None:
        """Show how often the rules decided, and what is doubtful about them."""
        if (uses, warnings) != (self._uses, self._warnings):
            self._uses, self._warnings = uses, warnings
            self.show_rows()

    def show_rows(self) -> None:
        """Bring the table up to the draft."""
        listed = access_table.rows(self._keeper, self.shown, self._uses, self._warnings)
        self.model.show_rows(listed)
        self._stack.setCurrentIndex(0 if listed else 1)
        self._empty.tell(_nothing(self.shown), tr("Add rule"))
        self._warn(listed)
        self._follow_selection()

    def selected(self) -> list[Entry]:
        """The rules selected."""
        chosen = self.table.selectionModel().selectedRows()
        return [self.model.rows[index.row()] for index in sorted(chosen, key=lambda at: at.row())]

    def select(self, place: int) -> None:
        """Select the rule at a place in the list."""
        at = self.model.place_of(str(place))
        if at >= 0:
            self.table.selectRow(at)
            self.table.scrollTo(self.model.index(at, 0))

    def add(self) -> None:
        """Ask for lines, each a rule, and put those that are right into the draft."""
        self.add_lines("")

    def add_lines(self, lines: str) -> None:
        """The same, with these lines to begin with."""
        adding = AddRules(self._services, self.shown, self._add_rows, self.window())
        adding.lines.setPlainText(lines)
        self._open(adding)

    def add_network(self) -> None:
        """Let in the networks this computer is in."""
        known = {row["address"] for row in self._rows()}
        found = [
            f"allow {network}  # {adapter}"
            for network, adapter in addresses.local_networks()
            if network not in known
        ]
        self._add_rows(access_text.read("\n".join(found), self.shown.model, Verdict.ALLOW).rows)
        self._services.window.say(
            tr("Networks added: {n}.").format(n=len(found))
            if found
            else tr("Every network of this computer is in the list already.")
        )

    def edit(self) -> None:
        """Ask for the settings of the selected rule."""
        chosen = self.selected()
        if len(chosen) == 1:
            place = place_of(chosen[0])
            keep = partial(self._replace, place)
            self._open(EditRule(self._services, self.shown, chosen[0].values, keep, self.window()))

    def remove(self) -> None:
        """Take the selected rules out of the draft."""
        gone = {place_of(entry) for entry in self.selected()}
        if gone:
            self._set([row for place, row in enumerate(self._rows()) if place not in gone])
            self._services.window.say(
                tr("Removed from the draft. Ctrl+Z brings back what was there.")
            )

    def shift(self, distance: int) -> None:
        """Have the selected rule decide earlier or later."""
        chosen = self.selected()
        if len(chosen) == 1 and self.shown.section:
            rows, place = access_rows.moved(self._rows(), place_of(chosen[0]), distance)
            self._set(rows)
            self.select(place)

    def _rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._keeper.draft.get(self.shown.path)
        return rows

    def _set(self, rows: list[dict[str, Any]]) -> None:
        self._keeper.set(self.shown.path, rows, joins=False)

    def _add_rows(self, new: list[dict[str, Any]]) -> None:
        if new:
            rows = access_rows.added(self._rows(), new)
            self._set(rows)
            self.select(len(rows) - 1)

    def _replace(self, place: int, values: dict[str, Any]) -> None:
        rows = self._rows()
        rows[place] = values
        self._set(rows)
        self.select(place)

    def _switch(self, key: str, name: str, on: bool) -> None:
        rows = self._rows()
        rows[int(key)][name] = on
        self._set(rows)

    def _open(self, dialog: AddRules | EditRule) -> None:
        self._services.tasks.start(ask(dialog))

    def _import(self) -> None:
        dialog = self._file_dialog(tr("Import rules"), QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(
            lambda name: self._services.tasks.start(self.import_file(Path(name)))
        )
        self._services.tasks.start(ask(dialog))

    async def import_file(self, file: Path) -> None:
        """Show the lines of a file, to be added when they are right."""
        text = await asyncio.to_thread(file.read_text, "utf-8", "replace")
        adding = AddRules(self._services, self.shown, self._add_rows, self.window())
        adding.lines.setPlainText(text)
        await ask(adding)

    def _export(self) -> None:
        dialog = self._file_dialog(tr("Export rules"), QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("txt")
        dialog.fileSelected.connect(
            lambda name: self._services.tasks.start(self.export_file(Path(name)))
        )
        self._services.tasks.start(ask(dialog))

    async def export_file(self, file: Path) -> None:
        """Write the rules to a file, one a line, in deciding order."""
        text = access_text.written(access_rows.in_order(self._rows()))
        await asyncio.to_thread(file.write_text, text, "utf-8")
        self._services.window.say(tr("Written to {file}.").format(file=file.name))

    def _file_dialog(self, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
        dialog = QFileDialog(self.window(), title)
        dialog.setObjectName("access.file")
        dialog.setAcceptMode(mode)
        dialog.setNameFilter(TEXT_FILES)
        return dialog

    def _build(self) -> None:
        body = column(self, gap="s")
        body.addLayout(self._toolbar())
        body.addWidget(self._doubt)
        self.table.show_model(self.model, self.model.columns)
        self.table.setMinimumHeight(96)
        self.table.remember(self._services.settings)
        self._empty.action.clicked.connect(self.add)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        frame = column(gap="s")
        frame.addWidget(self._stack, 1)
        frame.addWidget(self._rest)
        body.addLayout(frame, 1)

    def _toolbar(self) -> QHBoxLayout:
        line = row()
        for name, title, kind, act in (
            ("add", tr("Add rules…"), "primary", self.add),
            ("network", tr("Add my network"), "", self.add_network),
            ("edit", tr("Edit…"), "", self.edit),
            ("remove", tr("Remove"), "", self.remove),
            ("up", tr("Move up"), "", lambda: self.shift(-1)),
            ("down", tr("Move down"), "", lambda: self.shift(1)),
            ("import", tr("Import…"), "", self._import),
            ("export", tr("Export…"), "", self._export),
        ):
            tool = button(title, f"access.{name}", kind=kind)
            tool.clicked.connect(act)
            self._tools[name] = tool
            if name == "import":
                line.addStretch(1)
            line.addWidget(tool)
        self._tools["up"].setToolTip(tr("Decides earlier (Alt+Up)"))
        self._tools["down"].setToolTip(tr("Decides later (Alt+Down)"))
        return line

    def _connect(self) -> None:
        self.table.selectionModel().selectionChanged.connect(self._follow_selection)
        self.table.activated.connect(self.edit)
        self.table.dragged.connect(self.shift)
        self.model.toggled.connect(self._switch)
        self._doubt.action.clicked.connect(self._show_warned)
        for keys, act in (
            (QKeySequence("Alt+Up"), lambda: self.shift(-1)),
            (QKeySequence("Alt+Down"), lambda: self.shift(1)),
            (QKeySequence(Qt.Key.Key_Delete), self.remove),
            (QKeySequence(Qt.Key.Key_F2), self.edit),
        ):
            made = QShortcut(keys, self.table)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            made.activated.connect(act)
        new = QShortcut(QKeySequence(QKeySequence.StandardKey.New), self)
        new.activated.connect(self.add)
        for name in ("edit", "remove", "up", "down"):
            tool = self._tools[name]
            action = QAction(tool.text(), self)
            action.triggered.connect(tool.click)
            self.table.addAction(action)

    def _follow_selection(self) -> None:
        chosen = self.selected()
        first = self.model.rows.index(chosen[0]) if len(chosen) == 1 else -1
        movable = first >= 0 and bool(self.shown.section)
        self._tools["edit"].setEnabled(len(chosen) == 1)
        self._tools["remove"].setEnabled(bool(chosen))
        self._tools["up"].setEnabled(movable and first > 0)
        self._tools["down"].setEnabled(movable and first < len(self.model.rows) - 1)
        self._tools["up"].setVisible(bool(self.shown.section))
        self._tools["down"].setVisible(bool(self.shown.section))
        self._tools["export"].setEnabled(bool(self.model.rows))

    def _warn(self, listed: list[Entry]) -> None:
        doubtful = [entry for entry in listed if status_of(entry).warning]
        if not doubtful:
            self._doubt.tell(None)
            return
        first = status_of(doubtful[0])
        text = tr("Rule {n}: {warning}.").format(n=first.number, warning=first.warning)
        if len(doubtful) > 1:
            text += " " + tr("Rules with a warning: {n}.").format(n=len(doubtful))
        self._doubt.tell(Note("", "attention", text, tr("Show")))

    def _show_warned(self) -> None:
        """Select the next doubtful rule after the one selected."""
        places = [place_of(e) for e in self.model.rows if status_of(e).warning]
        chosen = self.selected()
        here = places.index(place_of(chosen[0])) if _among(chosen, places) else -1
        if places:
            self.select(places[(here + 1) % len(places)])


def _among(chosen: list[Entry], places: list[int]) -> bool:
    return len(chosen) == 1 and place_of(chosen[0]) in places


def _nothing(shown: RuleList) -> str:
    if shown.scope is Scope.GLOBAL:
        return tr("No address is denied for all services.")
    return tr("No rules here. Everyone the other lists allow may connect.")
