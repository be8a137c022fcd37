"""The Listeners page: the addresses and ports clients connect to, and how each is doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QMenu,
    QSplitter,
    QStackedWidget,
    QWidget,
)

from app.bridge.services import PageWidget, Services
from app.forms import addresses
from app.forms.bound_form import BoundForm
from app.forms.form import Form, Note, scrolled
from app.forms.outside_banner import OutsideBanner
from app.forms.table_editor import EntriesModel, Entry
from app.forms.words import tr
from app.look.parts import Card, EmptyState, button, column, row
from app.look.tables import TableView
from app.look.theme import size
from app.panels import listeners_new, listeners_table
from app.panels.listeners_advice import advice, collision, sends_passwords
from app.panels.listeners_failures import Failures
from app.panels.listeners_table import LISTENERS
from server_core.config.model import Listener
from server_core.events.ring import Batch
from server_core.events.types import (
    ListenerChanged,
    ServerStateChanged,
    SessionClosed,
    SessionOpened,
)

NEWS = (ListenerChanged, ServerStateChanged, SessionOpened, SessionClosed)


ROWS_AT_FIRST = 5


class ListenersPage(PageWidget):
    """Table above, editor of the selected listener below; edits go to the draft."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("listeners")
        self._services = services
        self._keeper = services.keeper
        self.model = EntriesModel(listeners_table.columns())
        self.table = TableView(services.theme, "listeners.table", tr("Listeners"))
        self.form = Form(services.theme, Listener, "listeners")
        self._bound = BoundForm(self.form, services.keeper, advise=self._advise)
        self._failures = Failures(services.theme)
        self._pane = Card(services.theme)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._stack = QStackedWidget()
        self._sized = False
        self._build()
        self._connect()
        self.show_rows()

    def show_rows(self) -> None:
        """Bring table and failures up to the draft and to what runs."""
        selected = self.table.currentIndex().row()
        self.model.show_rows(listeners_table.rows(self._keeper, self._services.service.listeners()))
        self._show_failures()
        self._stack.setCurrentIndex(0 if self.model.rows else 1)
        if self.model.rows and not self.table.selectionModel().hasSelection():
            self._select(min(max(selected, 0), len(self.model.rows) - 1))
        self._follow_selection()

    def take(self, batch: Batch) -> None:
        """Follow the server; a burst of events costs one update, a hidden page none."""
        if self.isVisible() and any(isinstance(event, NEWS) for event in batch.events):
            views = self._services.service.listeners()
            self.model.show_rows(listeners_table.with_views(self.model.rows, views))
            self._show_failures()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._sized:
            self._sized = True
            rows = min(max(len(self.model.rows), 2), ROWS_AT_FIRST)
            height = self.table.horizontalHeader().sizeHint().height() + rows * size("row") + 6
            self._splitter.setSizes([height, max(0, self._splitter.height() - height)])

    def show_target(self, target: str) -> None:
        """Select a listener (``NAME``), or go to its field (``NAME.security``); ``add`` adds."""
        name, _, field = target.rpartition(".")
        if target == "add":
            self._add.showMenu()
        elif (place := self.model.place_of(target)) >= 0:
            self._select(place)
        elif (place := self.model.place_of(name)) >= 0 and field in self.form.names():
            self._select(place)
            self.form.field(field).setFocus()

    def refresh(self) -> None:
        """Read again what is not pushed."""
        self.show_rows()

    def add(self, template: listeners_new.Template) -> None:
        """Put a new listener into the draft and the cursor into its name."""
        self._add_entry(listeners_new.from_template(template, self._values()))

    def duplicate(self) -> None:
        """Put a copy of the selected listener into the draft."""
        entry = self.selected()
        if entry is not None:
            self._add_entry(listeners_new.copy_of(entry.values, self._values()))

    def remove(self) -> None:
        """Take the selected listener out of the draft; it runs on until that is applied."""
        entry = self.selected()
        if entry is not None:
            self._keeper.remove(f"{LISTENERS}.{entry.key}")
            self._services.window.say(
                tr("{name} goes when the changes are applied. Ctrl+Z brings it back.").format(
                    name=entry.values["name"]
                )
            )

    def edit(self) -> None:
        """Put the cursor into the editor of the selected listener."""
        self.form.field("name").setFocus()

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
        self._pane.body.addWidget(scrolled(self.form))
        self._pane.setAccessibleName(tr("Settings of the selected listener"))
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(12)
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self._pane)
        self._splitter.setStretchFactor(1, 1)
        empty = EmptyState(services.theme, "listeners", "listeners.empty")
        empty.tell(tr("Clients have no address to connect to."), tr("Add listener"))
        empty.action.clicked.connect(lambda: self.add(listeners_new.TEMPLATES[0]))
        self._stack.addWidget(self._splitter)
        self._stack.addWidget(empty)
        body.addWidget(self._stack, 1)

    def _toolbar(self) -> Any:
        self._add = button(tr("Add"), "listeners.add", kind="primary")
        menu = QMenu(self._add)
        for template in listeners_new.TEMPLATES:
            action = menu.addAction(tr(template.title))
            action.setObjectName(f"listeners.add.{template.id}")
            action.triggered.connect(partial(self.add, template))
        self._add.setMenu(menu)
        self._tools = {
            "edit": button(tr("Edit"), "listeners.edit"),
            "duplicate": button(tr("Duplicate"), "listeners.duplicate"),
            "remove": button(tr("Remove"), "listeners.remove"),
        }
        line = row()
        line.addWidget(self._add)
        for tool in self._tools.values():
            line.addWidget(tool)
        line.addStretch(1)
        return line

    def _connect(self) -> None:
        self._tools["edit"].clicked.connect(self.edit)
        self._tools["duplicate"].clicked.connect(self.duplicate)
        self._tools["remove"].clicked.connect(self.remove)
        self.table.selectionModel().currentRowChanged.connect(self._follow_selection)
        self.table.activated.connect(self.edit)
        self.model.toggled.connect(
            lambda key, name, on: self._keeper.set(f"{LISTENERS}.{key}.{name}", on)
        )
        self._failures.moved.connect(self._move)
        self._failures.tried.connect(self._try_again)
        self._keeper.changed.connect(self.show_rows)
        self._services.pump.batch.connect(self.take)
        self._shortcut(QKeySequence.StandardKey.New, self._add.showMenu, self)
        self._shortcut(QKeySequence(Qt.Key.Key_Delete), self.remove, self.table)
        self._shortcut(QKeySequence(Qt.Key.Key_F2), self.edit, self.table)

    def _shortcut(self, keys: Any, slot: Any, owner: QWidget) -> None:
        made = QShortcut(keys, owner)
        made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        made.activated.connect(slot)

    def _follow_selection(self) -> None:
        entry = self.selected()
        for tool in self._tools.values():
            tool.setEnabled(entry is not None)
        self._pane.setVisible(entry is not None)
        self._bound.follow(f"{LISTENERS}.{entry.key}" if entry is not None else "")

    def _select(self, place: int) -> None:
        self.table.selectRow(place)
        self.table.scrollTo(self.model.index(place, 0))

    def _values(self) -> list[Mapping[str, Any]]:
        return [entry.values for entry in self.model.rows]

    def _add_entry(self, values: dict[str, Any]) -> None:
        self._keeper.set(f"{LISTENERS}.{values['name']}", values)
        self._select(self.model.place_of(values["name"]))
        self.edit()

    def _show_failures(self) -> None:
        failed = listeners_table.failed(self.model.rows)
        self._failures.show_failures([(entry, self._alternative(entry)) for entry in failed])

    def _alternative(self, entry: Entry) -> int:
        host, port = addresses.parted(str(entry.values["address"]))
        return addresses.alternative_port(host, port, listeners_new.ports_of(self._values()))

    def _move(self, key: str, port: int) -> None:
        host, _ = addresses.parted(self._keeper.draft.get(f"{LISTENERS}.{key}")["address"])
        self._keeper.set(f"{LISTENERS}.{key}.address", addresses.joined(host, port))
        self._select(self.model.place_of(key))

    def _try_again(self, key: str) -> None:
        self._services.tasks.start(self._services.service.restart_listener(key))

    def _advise(self, values: Mapping[str, Any]) -> Iterable[Note]:
        entry = self.selected()
        others = [other.values for other in self.model.rows if entry and other.key != entry.key]
        passwords = sends_passwords(self._keeper)
        return [*collision(values, others), *advice(values, passwords=passwords)]
