"""The Listeners page: the addresses and ports clients connect to, and how each is doing."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QMenu,
    QSplitter,
    QStackedWidget,
)

from app.bridge.services import PageWidget, Services
from app.forms import addresses
from app.forms.form import Note
from app.forms.outside_banner import OutsideBanner
from app.forms.paced import Paced
from app.forms.table_editor import EntriesModel, Entry
from app.forms.words import tr
from app.look.parts import EmptyState, button, column, row, with_menu
from app.look.tables import TableView
from app.look.theme import size
from app.panels import listeners_new, listeners_table
from app.panels.listeners_actions import ListenerActions
from app.panels.listeners_advice import advice, collision, sends_passwords
from app.panels.listeners_editor import ListenerEditor
from app.panels.listeners_facts import facts
from app.panels.listeners_failures import Failures
from app.panels.listeners_table import LISTENERS, is_editable
from server_core.events.certificates import CertificateChanged
from server_core.events.ring import Batch
from server_core.events.types import (
    ConfigApplied,
    ListenerChanged,
    ServerStateChanged,
    SessionClosed,
    SessionOpened,
)
from server_core.events.views import CertificateView, ListenerState
from server_core.refusals import Refused

NEWS = (ListenerChanged, ServerStateChanged, SessionOpened, SessionClosed)
OF_CERTIFICATES = (CertificateChanged, ConfigApplied, ServerStateChanged)
LOOK_AGAIN_MS = 1_000
ROWS_AT_FIRST = 5


class ListenersPage(PageWidget):
    """Table above, editor of the selected listener below; edits go to the draft."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("listeners")
        self._services = services
        self._keeper = services.keeper
        self._certificates: Sequence[CertificateView] = ()
        self.model = EntriesModel(listeners_table.columns())
        self.table = TableView(services.theme, "listeners.table", tr("Listeners"))
        self.editor = ListenerEditor(services, self._advise)
        self._actions = ListenerActions(services, self)
        self._failures = Failures(services.theme)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._stack = QStackedWidget()
        self._sized = False
        self._soon = Paced(self._look, LOOK_AGAIN_MS, self)
        self._build()
        self._connect()
        self.show_rows()

    def show_rows(self) -> None:
        """Bring table, editor and failures up to the draft and to what runs."""
        selected = self.table.currentIndex().row()
        self._look()
        self._stack.setCurrentIndex(0 if self.model.rows else 1)
        if self.model.rows and not self.table.selectionModel().hasSelection():
            self._select(min(max(selected, 0), len(self.model.rows) - 1))
        self._follow_selection()

    def take(self, batch: Batch) -> None:
        """Follow the server; a burst of events costs one update, a hidden page none."""
        if not self.isVisible():
            return
        if any(isinstance(event, OF_CERTIFICATES) for event in batch.events):
            self._read_certificates()
        if any(isinstance(event, NEWS) for event in batch.events):
            self._look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_certificates()
        if not self._sized:
            self._sized = True
            rows = min(max(len(self.model.rows), 2), ROWS_AT_FIRST)
            height = self.table.horizontalHeader().sizeHint().height() + rows * size("row") + 6
            self._splitter.setSizes([height, max(0, self._splitter.height() - height)])

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._soon.stop()

    def show_target(self, target: str) -> None:
        """Select a listener (``NAME``), or go to its field (``NAME.security``); ``add`` adds."""
        if target == "add":
            self._add.showMenu()
            return
        keys = [entry.key for entry in self.model.rows if f"{target}.".startswith(f"{entry.key}.")]
        if keys:
            key = max(keys, key=len)
            self._select(self.model.place_of(key))
            if target != key:
                self.editor.show_field(target.removeprefix(f"{key}."))

    def refresh(self) -> None:
        """Read again what is not pushed."""
        self.show_rows()
        self._read_certificates()

    def add(self, template: listeners_new.Template) -> None:
        """Put a new listener into the draft and the cursor into its name."""
        self._add_entry(listeners_new.from_template(template, self._values()))

    def duplicate(self) -> None:
        """Put a copy of the selected listener into the draft."""
        entry = self.selected()
        if entry is not None and is_editable(entry):
            self._add_entry(listeners_new.copy_of(entry.values, self._values()))

    def remove(self) -> None:
        """Take the selected listener out of the draft; it runs on until that is applied."""
        entry = self.selected()
        if entry is not None and is_editable(entry):
            self._keeper.remove(f"{LISTENERS}.{entry.key}")
            self._services.window.say(
                tr("{name} goes when the changes are applied. Ctrl+Z brings it back.").format(
                    name=entry.values["name"]
                )
            )

    def edit(self) -> None:
        """Put the cursor into the editor of the selected listener."""
        self.editor.show_field("name")

    def selected(self) -> Entry | None:
        """The listener the editor shows."""
        place = self.table.currentIndex().row()
        return self.model.rows[place] if 0 <= place < len(self.model.rows) else None

    def _build(self) -> None:
        body = column(self, gap="m")
        services = self._services
        body.addWidget(OutsideBanner(services.theme, services.keeper, services.tasks))
        body.addWidget(self._failures)
        body.addLayout(self._toolbar())
        self.table.show_model(self.model, self.model.columns)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setMinimumHeight(110)
        self.table.remember(services.settings)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(12)
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.editor)
        self._splitter.setStretchFactor(1, 1)
        empty = EmptyState(services.theme, "listeners", "listeners.empty")
        empty.tell(tr("Clients have no address to connect to."), tr("Add listener"))
        empty.action.clicked.connect(lambda: self.add(listeners_new.TEMPLATES[0]))
        self._stack.addWidget(self._splitter)
        self._stack.addWidget(empty)
        body.addWidget(self._stack, 1)

    def _toolbar(self) -> QHBoxLayout:
        self._add = button(tr("Add"), "listeners.add", kind="primary")
        menu = QMenu(self._add)
        for template in listeners_new.TEMPLATES:
            action = menu.addAction(tr(template.title))
            action.setObjectName(f"listeners.add.{template.id}")
            action.triggered.connect(partial(self.add, template))
        with_menu(self._add, menu)
        line = row()
        line.addWidget(self._add)
        self._tools = {
            name: button(tr(text), f"listeners.{name}")
            for name, text in (
                ("edit", "Edit"),
                ("duplicate", "Duplicate"),
                ("remove", "Remove"),
                ("switch", "Stop"),
                ("try", "Try it…"),
                ("end_sessions", "End sessions…"),
            )
        }
        for tool in self._tools.values():
            line.addWidget(tool)
        line.addStretch(1)
        return line

    def _connect(self) -> None:
        self._tools["edit"].clicked.connect(self.edit)
        self._tools["duplicate"].clicked.connect(self.duplicate)
        self._tools["remove"].clicked.connect(self.remove)
        self._tools["switch"].clicked.connect(self._switch)
        self._tools["try"].clicked.connect(self._try_out)
        self._tools["end_sessions"].clicked.connect(self._end_sessions)
        self.table.selectionModel().currentRowChanged.connect(self._follow_selection)
        self.table.activated.connect(self.edit)
        self.model.toggled.connect(self._toggle)
        self._failures.moved.connect(self._move)
        self._failures.tried.connect(self._actions.try_again)
        self._keeper.changed.connect(self.show_rows)
        self._services.pump.batch.connect(self.take)
        self._services.pump.ticked.connect(self._tick)
        new = QShortcut(QKeySequence(QKeySequence.StandardKey.New), self)
        new.activated.connect(self._add.showMenu)
        for key, slot in ((Qt.Key.Key_Delete, self.remove), (Qt.Key.Key_F2, self.edit)):
            made = QShortcut(QKeySequence(key), self.table)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            made.activated.connect(slot)

    def _tick(self) -> None:
        if self.isVisible():
            self._soon.ask()

    def _look(self) -> None:
        """Show what the draft says and how everything is doing."""
        try:
            known = facts(self._services.service, self._certificates)
            rows = listeners_table.rows(self._keeper, known)
        except Refused:  # closed for a moment, between a stop and the next start
            return
        self.model.show_rows(rows)
        self._show_failures()
        self._follow_state()

    def _read_certificates(self) -> None:
        self._services.tasks.start(self._ask_certificates(), on_error=lambda _: None)

    async def _ask_certificates(self) -> None:
        """Certificates are asked for; a server that is stopped has none to tell of."""
        self._certificates = await self._services.service.certificates()
        self.editor.offer(self._certificates, time.time())
        self._look()

    def _follow_selection(self) -> None:
        entry = self.selected()
        editable = entry is not None and is_editable(entry)
        for name in ("edit", "duplicate", "remove", "switch"):
            self._tools[name].setEnabled(editable)
        self.editor.setVisible(editable)
        self.editor.follow(entry if editable else None)
        self._follow_state()

    def _follow_state(self) -> None:
        """What depends on how the selected listener is doing."""
        entry = self.selected()
        view = listeners_table.view_of(entry) if entry is not None else None
        on = entry is not None and bool(entry.values["enabled"])
        self._tools["switch"].setText(tr("Stop") if on else tr("Start"))
        listening = view is not None and view.state is ListenerState.LISTENING
        self._tools["try"].setEnabled(listening)
        self._tools["end_sessions"].setEnabled(view is not None and view.sessions > 0)
        self.editor.show_facts(listeners_table.facts_of(entry) if entry is not None else None)

    def _switch(self) -> None:
        entry = self.selected()
        if entry is not None:
            self._actions.switch(entry.key, on=not entry.values["enabled"])

    def _toggle(self, key: str, _: str, on: bool) -> None:
        if is_editable(self.model.rows[self.model.place_of(key)]):
            self._actions.switch(key, on=on)

    def _try_out(self) -> None:
        entry = self.selected()
        view = listeners_table.view_of(entry) if entry is not None else None
        if view is not None:
            self._actions.try_out(view)

    def _end_sessions(self) -> None:
        entry = self.selected()
        if entry is not None:
            self._actions.end_sessions(entry.key)

    def _select(self, place: int) -> None:
        self.table.selectRow(place)
        self.table.scrollTo(self.model.index(place, 0))

    def _values(self) -> list[Mapping[str, Any]]:
        return [entry.values for entry in self.model.rows if is_editable(entry)]

    def _add_entry(self, values: dict[str, Any]) -> None:
        self._keeper.set(f"{LISTENERS}.{values['name']}", values)
        self._select(self.model.place_of(values["name"]))
        self.edit()

    def _show_failures(self) -> None:
        failed = listeners_table.failed(self.model.rows)
        shown = [(entry, self._alternative(entry)) for entry in failed]
        self._failures.show_failures(shown, time.time())

    def _alternative(self, entry: Entry) -> int:
        host, port = addresses.parted(str(entry.values["address"]))
        return addresses.port_instead(host, port, listeners_new.ports_of(self._values()))

    def _move(self, key: str, port: int) -> None:
        host, _ = addresses.parted(self._keeper.draft.get(f"{LISTENERS}.{key}")["address"])
        self._keeper.set(f"{LISTENERS}.{key}.address", addresses.joined(host, port))
        self._select(self.model.place_of(key))

    def _advise(self, values: Mapping[str, Any]) -> Iterable[Note]:
        entry = self.selected()
        others = [
            other.values
            for other in self.model.rows
            if entry and other.key != entry.key and is_editable(other)
        ]
        passwords = sends_passwords(self._keeper)
        return [*collision(values, others), *advice(values, passwords=passwords)]
