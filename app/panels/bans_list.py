"""The bans in force: a table that follows what happens, and what can be done about each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.forms.keyed_rows import KeyedRows
from app.forms.paced import Paced
from app.forms.words import tr
from app.look.parts import Banner, Card, EmptyState, column, label, muted, row, with_menu
from app.look.tables import SORT_ROLE, TableView
from app.look.tools import tool
from app.look.words import number
from app.panels import bans_file, bans_table
from app.panels.bans_dialogs import BanByHand
from server_core.events.ring import Batch
from server_core.events.types import AddressBanned, BanLifted
from server_core.events.views import BanKind, BanView
from server_core.refusals import Refused

TABLE, EMPTY, NO_MATCH = range(3)
# "12 min left" grows old, and so does the number of those who were turned away.
READ_AGAIN_MS = 5_000
# Under an attack bans come by the hundred.
SHOW_AGAIN_MS = 500
LONGER = (("By 1 hour", 3_600), ("By 1 day", 86_400), ("By 1 week", 604_800))

Deed = Callable[[list[BanView]], Coroutine[Any, Any, None]]


class BanList(QWidget):
    """Saves at once, without the draft.

    ``counted`` carries the number of bans, ``unfiltered`` asks for an empty filter,
    ``settings_wanted`` for the settings.
    """

    counted = Signal(int)
    unfiltered = Signal()
    settings_wanted = Signal()

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._bans: dict[str, BanView] = {}
        self.model: KeyedRows[BanView] = KeyedRows(bans_table.columns(), lambda ban: ban.address)
        self.shown = QSortFilterProxyModel(self)
        self.table = TableView(services.theme, "bans.table", tr("Bans in force"))
        self._stack = QStackedWidget()
        self._off = Banner(services.theme, "bans.off")
        self._evidence = _Evidence(services)
        self._actions: dict[str, QAction] = {}
        self._soon = Paced(self._show, SHOW_AGAIN_MS, self)
        self._clock = QTimer(self)
        self._clock.setInterval(READ_AGAIN_MS)
        self._clock.timeout.connect(self.read)
        body = column(self, gap="m")
        body.addWidget(self._off)
        body.addLayout(self._toolbar())
        body.addWidget(self._stack, 1)
        body.addWidget(self._evidence)
        self._fill_stack()
        self._off.action.clicked.connect(self.settings_wanted)
        services.keeper.rebased.connect(self._show_switch)
        self._show_switch()

    def read(self) -> None:
        """Show the bans as they are now."""
        try:
            bans = self._services.service.bans()
        except Refused:
            bans = ()  # a server that does not run keeps nobody out
        self._bans = {ban.address: ban for ban in bans}
        self._show()
        # What the cells say of the time is worked out as they are painted.
        self.table.viewport().update()

    def take(self, batch: Batch) -> None:
        """Follow a batch of events."""
        news = False
        for event in batch.events:
            match event:
                case AddressBanned():
                    self._bans[event.ban.address] = event.ban
                    news = True
                case BanLifted():
                    self._bans.pop(event.address, None)
                    news = True
        if batch.dropped:
            self.read()
        elif news:
            self._soon.ask()

    def set_live(self, *, live: bool) -> None:
        """Keep up to date what events do not tell, or rest."""
        if live:
            self._clock.start()
        else:
            self._clock.stop()
            self._soon.stop()

    def select(self, address: str) -> bool:
        """Select a ban; False when there is none of this address."""
        place = self.model.place_of(address)
        if place >= 0:
            self.table.selectRow(self.shown.mapFromSource(self.model.index(place, 0)).row())
        return place >= 0

    def filter_by(self, text: str) -> None:
        """Show the bans that hold the text in any of their cells."""
        self.shown.setFilterFixedString(text.strip())
        self._show()

    def selected(self) -> list[BanView]:
        """The bans the buttons act on."""
        return list(self.table.selected_rows())

    def ask_to_ban(self, address: str = "") -> None:
        """Ask whom to ban, and for how long."""
        self._services.tasks.start(self._ban(address))

    async def _ban(self, address: str) -> None:
        dialog = BanByHand(self._services, self, address)
        if await ask(dialog) != QDialog.DialogCode.Accepted:
            return
        self.read()
        if dialog.ban is None:
            told = tr("{address} is trusted: it is never banned.")
            self._services.window.say(told.format(address=dialog.address))
        else:
            told = tr("{address} is banned.")
            self._services.window.say(told.format(address=dialog.ban.address))
            self.select(dialog.ban.address)

    def _export(self) -> None:
        dialog = QFileDialog(self.window(), tr("Export bans"))
        dialog.setObjectName("bans.file")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("Tables (*.csv)"))
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(
            lambda name: self._services.tasks.start(self.export_file(Path(name)))
        )
        self._services.tasks.start(ask(dialog))

    async def export_file(self, file: Path) -> None:
        """Write all bans in force to a file, newest first."""
        text = bans_file.written(self.model.rows)
        await asyncio.to_thread(file.write_text, text, "utf-8")
        self._services.window.say(tr("Written to {file}.").format(file=file.name))

    async def _unban(self, bans: list[BanView]) -> None:
        for ban in bans:
            await self._services.service.unban(ban.address)
        self._told(bans, tr("{who} is no longer kept out."), tr("{n} bans are lifted."))

    async def _extend(self, seconds: int, bans: list[BanView]) -> None:
        now = time.time()
        for ban in bans:
            if ban.until:
                left = max(0.0, ban.until - now)
                await self._services.service.ban(ban.address, left + seconds, ban.why)
        self._told(bans, tr("{who} stays banned for longer."), tr("{n} bans last longer."))

    async def _make_permanent(self, bans: list[BanView]) -> None:
        for ban in bans:
            await self._services.service.ban(ban.address, None, ban.why)
        self._told(bans, tr("{who} is banned for ever."), tr("{n} bans last for ever."))

    async def _trust(self, bans: list[BanView]) -> None:
        for ban in bans:
            await self._services.service.trust(ban.address)
        many = tr("{n} addresses are trusted: they are never banned.")
        self._told(bans, tr("{who} is trusted: it is never banned."), many)

    def _told(self, bans: list[BanView], one: str, many: str) -> None:
        """Say what was done, and show what it led to."""
        self.read()
        alone = len(bans) == 1
        self._services.window.say(
            one.format(who=bans[0].address) if alone else many.format(n=number(len(bans)))
        )

    def _act(self, deed: Deed) -> None:
        bans = self.selected()
        if bans:
            self._services.tasks.start(deed(bans))

    def _show(self) -> None:
        self.model.show_rows(sorted(self._bans.values(), key=lambda ban: -ban.since))
        if not self._bans:
            self._stack.setCurrentIndex(EMPTY)
        else:
            self._stack.setCurrentIndex(TABLE if self.shown.rowCount() else NO_MATCH)
        self.counted.emit(len(self._bans))
        self._follow_selection()

    def _show_switch(self) -> None:
        if self._services.service.config.bans.enabled:
            self._off.tell("info", "")
        else:
            told = tr("Bans are off: nobody is banned unless you do it.")
            self._off.tell("info", told, tr("Ban settings"))

    def _follow_selection(self) -> None:
        bans = self.selected()
        addresses = bool(bans) and all(ban.kind is not BanKind.ACCOUNT for ban in bans)
        ending = any(ban.until for ban in bans)
        for name, possible in (
            ("unban", bool(bans)),
            ("copy", bool(bans)),
            ("export", bool(self._bans)),
            ("extend", addresses and ending),
            ("permanent", addresses and ending),
            ("trust", addresses),
        ):
            self._actions[name].setEnabled(possible)
        self._evidence.show_ban(bans[0] if len(bans) == 1 else None)

    def _fill_stack(self) -> None:
        self.shown.setSourceModel(self.model)
        self.shown.setSortRole(SORT_ROLE)
        self.shown.setFilterKeyColumn(-1)
        self.shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        table, theme = self.table, self._services.theme
        table.show_model(self.shown, self.model.columns)
        table.setSortingEnabled(True)
        table.sortByColumn(bans_table.SINCE, Qt.SortOrder.DescendingOrder)
        table.remember(self._services.settings)
        # Copying is in the table's menu already.
        table.addActions([action for name, action in self._actions.items() if name != "copy"])
        table.selectionModel().selectionChanged.connect(self._follow_selection)
        empty = EmptyState(theme, "bans", "bans.empty")
        empty.tell(tr("No address is banned."), tr("Ban settings"))
        empty.action.clicked.connect(self.settings_wanted)
        no_match = EmptyState(theme, "bans", "bans.no_match")
        no_match.tell(tr("No ban matches the filter."), tr("Clear filter"))
        no_match.action.clicked.connect(self.unfiltered)
        for page in (table, empty, no_match):
            self._stack.addWidget(page)

    def _toolbar(self) -> QHBoxLayout:
        line = row()
        new, delete = QKeySequence(QKeySequence.StandardKey.New), QKeySequence(Qt.Key.Key_Delete)
        line.addWidget(self._tool("add", tr("Ban an address…"), partial(self.ask_to_ban, ""), new))
        line.addWidget(self._tool("unban", tr("Unban"), partial(self._act, self._unban), delete))
        line.addWidget(self._extend_tool())
        for name, text, deed in (
            ("permanent", tr("Make permanent"), self._make_permanent),
            ("trust", tr("Trust"), self._trust),
        ):
            line.addWidget(self._tool(name, text, partial(self._act, deed)))
        line.addWidget(self._tool("copy", tr("Copy"), self.table.copy_rows))
        line.addWidget(self._tool("export", tr("Export…"), self._export))
        self._actions["trust"].setToolTip(tr("Lifts the ban and never bans this address again"))
        line.addStretch(1)
        return line

    def _extend_tool(self) -> QPushButton:
        menu = QMenu(self)
        for text, seconds in LONGER:
            longer = menu.addAction(tr(text))
            longer.triggered.connect(partial(self._act, partial(self._extend, seconds)))
        made = with_menu(self._tool("extend", tr("Extend"), None), menu)
        self._actions["extend"].setMenu(menu)
        return made

    def _tool(
        self, name: str, text: str, run: Callable[[], None] | None, keys: QKeySequence | None = None
    ) -> QPushButton:
        primary = name == "add"
        self._actions[name], made = tool(self, f"bans.{name}", text, run, keys, primary=primary)
        return made


class _Evidence(Card):
    """All that is known about the ban that is selected."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.theme)
        self.setObjectName("bans.evidence")
        self._who = label(services.theme, bold=True)
        self._known = muted(services.theme)
        self._known.setWordWrap(True)
        self._known.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        group = column(gap="xs")
        group.addWidget(self._who)
        group.addWidget(self._known)
        self.body.addLayout(group)
        self.hide()

    def show_ban(self, ban: BanView | None) -> None:
        """Show what led to this ban; None hides it."""
        if ban is not None:
            who = f"{ban.address}: {ban.why}"
            known = "\n".join(bans_table.capital(each) for each in ban.evidence)
            self._who.setText(who)
            self._known.setText(known or tr("Nothing was recorded."))
            self.setAccessibleName(f"{who}. {known}")
        self.setVisible(ban is not None)
