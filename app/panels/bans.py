"""The Errors and bans page: who is kept out now, and the settings that lead to it."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from app.bridge.dialogs import ask
from app.bridge.services import PageWidget, Services
from app.forms.words import tr
from app.look.parts import button, column, row, tab_bar
from app.look.words import number
from app.panels.bans_dialogs import Replay
from app.panels.bans_list import BanList
from app.panels.bans_settings import BanSettings
from server_core.events.ring import Batch

BANNED, SETTINGS = 0, 1


class BansPage(PageWidget):
    """Two tabs: the bans in force with what can be done about them, and the settings."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("bans")
        self._services = services
        self.list = BanList(services)
        self.settings = BanSettings(services)
        self._tabs = tab_bar("bans.tabs", tr("Bans or settings"), tr("Banned now"), tr("Settings"))
        self._beside = QStackedWidget()
        self._pages = QStackedWidget()
        self._filter = QLineEdit()
        self._replay_button = button(tr("What would this have done?"), "bans.replay")
        self._replaying = False
        self._tabs.currentChanged.connect(self._turn)
        self._make_beside()
        top = row(gap="m")
        top.addWidget(self._tabs)
        top.addStretch(1)
        top.addWidget(self._beside)
        self._pages.addWidget(self.list)
        self._pages.addWidget(self.settings)
        body = column(self, gap="m")
        body.addLayout(top)
        body.addWidget(self._pages, 1)
        self.list.counted.connect(self._show_count)
        self.list.settings_wanted.connect(lambda: self._tabs.setCurrentIndex(SETTINGS))
        self.settings.edited.connect(self._show_replay)
        services.pump.batch.connect(self.take)
        self.list.read()
        self._show_replay()

    def refresh(self) -> None:
        """Read the bans again."""
        self.list.read()

    def take(self, batch: Batch) -> None:
        """Follow the server; a hidden page is read anew when it is opened."""
        if self.isVisible():
            self.list.take(batch)

    def show_target(self, target: str) -> None:
        """``add`` asks for an address to ban, ``add:ADDRESS`` for that one; else a setting or ban.

        A setting is named by its path, a ban by its address.
        """
        if target == "add" or target.startswith("add:"):
            self._tabs.setCurrentIndex(BANNED)
            self.list.ask_to_ban(target.partition(":")[2])
        elif self.list.select(target):
            self._tabs.setCurrentIndex(BANNED)
        else:
            self._tabs.setCurrentIndex(SETTINGS)
            self.settings.show_target(target)

    def focus_filter(self) -> None:
        self._tabs.setCurrentIndex(BANNED)
        self._filter.setFocus()
        self._filter.selectAll()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.list.set_live(live=True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.list.set_live(live=False)

    async def _replay(self) -> None:
        settings = self.settings.draft()
        if settings is None:
            return
        self._replaying = True
        self._show_replay()
        try:
            found = await self._services.service.replay_bans(settings)
        finally:
            self._replaying = False
            self._show_replay()
        await ask(Replay(self._services, found, self))

    def _show_replay(self) -> None:
        wrong = self.settings.draft() is None
        self._replay_button.setEnabled(not wrong and not self._replaying)
        self._replay_button.setToolTip(
            tr("Some of these settings are wrong; put them right first.")
            if wrong
            else tr("Plays the failed sign-ins of the last 7 days against these settings.")
        )

    def _show_count(self, bans: int) -> None:
        count = f" ({number(bans)})" if bans else ""
        self._tabs.setTabText(BANNED, tr("Banned now") + count)

    def _turn(self, tab: int) -> None:
        self._pages.setCurrentIndex(tab)
        self._beside.setCurrentIndex(tab)

    def _make_beside(self) -> None:
        self._filter.setObjectName("bans.filter")
        self._filter.setAccessibleName(tr("Filter bans"))
        self._filter.setPlaceholderText(tr("Filter"))
        self._filter.setClearButtonEnabled(True)
        self._filter.setFixedWidth(240)
        self._filter.textChanged.connect(self.list.filter_by)
        self.list.unfiltered.connect(self._filter.clear)
        self._replay_button.clicked.connect(lambda: self._services.tasks.start(self._replay()))
        for part in (self._filter, self._replay_button):
            side = QWidget()
            line = row(side)
            line.addStretch(1)
            line.addWidget(part)
            self._beside.addWidget(side)
