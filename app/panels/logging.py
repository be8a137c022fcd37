"""The Logging page: what is written, where to, how; and conversations recorded line by line."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from app.bridge.services import PageWidget, Services
from app.forms.outside_banner import OutsideBanner
from app.forms.words import tr
from app.look.parts import Banner, column, tab_bar
from app.look.words import number
from app.panels.logging_advice import banner
from app.panels.logging_captures import CapturesTab
from app.panels.logging_files import FilesTab
from app.panels.logging_places import PlacesTab
from app.panels.logging_state import FILES, LogFacts, facts_of
from app.panels.logging_what import CATEGORIES, WhatTab
from server_core.config.log import USUAL_CLASSES

WHAT, FILES_TAB, PLACES, CAPTURES = range(4)
LOOK_AGAIN_MS = 1_000


class LoggingPage(PageWidget):
    """Four tabs over the draft, and above them what is wrong with the log now."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("logging")
        self._services, self._keeper = services, services.keeper
        self._facts = LogFacts()
        self.what = WhatTab(services)
        self.files = FilesTab(services)
        self.places = PlacesTab(services)
        self.captures = CapturesTab(services)
        self.tabs = tab_bar(
            "logging.tabs",
            tr("Parts of the log"),
            tr("What is logged"),
            tr("Files"),
            tr("Other places"),
            tr("Captures"),
        )
        self._stack = QStackedWidget()
        self._banner = Banner(services.theme, "logging.banner")
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_AGAIN_MS)
        self._clock.timeout.connect(self.look)
        self._build()
        self.look()

    def refresh(self) -> None:
        """Look at everything now, the disk included."""
        self.look()
        self.what.show_growth()
        self.files.look()

    def look(self) -> None:
        """Show how the log is doing at this moment."""
        self._facts = facts = facts_of(self._services.service)
        self.files.show_facts(facts)
        self.places.show_facts(facts)
        self.captures.show_facts(facts)
        running = f" ({number(len(facts.captures))})" if facts.captures else ""
        self.tabs.setTabText(CAPTURES, tr("Captures") + running)
        self._banner.tell(*banner(facts))

    def show_target(self, target: str) -> None:
        """A setting, named by its path, or a destination by its name.

        ``captures`` shows those there are, ``capture`` asks for another one.
        """
        if target.startswith("capture"):
            self.tabs.setCurrentIndex(CAPTURES)
            if target == "capture":
                self.captures.ask_for_one()
            return
        place = target.partition(".#")[0]
        rows = {
            "log.rules": (FILES_TAB, self.files.rules),
            "log.remote": (PLACES, self.places.remote),
        }
        if place in rows:
            tab, card = rows[place]
            self.tabs.setCurrentIndex(tab)
            number_text = target.partition(".#")[2].partition(".")[0]
            card.select(int(number_text) - 1 if number_text.isdigit() else 0)
            card.table.setFocus()
            self._scroll_to(card.table)
        elif place == CATEGORIES:
            self.tabs.setCurrentIndex(WHAT)
            self.what.categories.focus()
        elif place in self._facts.places:
            self._show_place(place)
        else:
            self._show_field(target)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    def _show_field(self, path: str) -> None:
        receive = path.startswith("log.receive.")
        for tab, card in (
            (WHAT, self.what.card),
            (FILES_TAB, self.files.card),
            (PLACES, self.places.system),
            (PLACES, self.places.receive),
        ):
            if receive is (card is self.places.receive) and card.field(path) is not None:
                self.tabs.setCurrentIndex(tab)
                card.show_target(path)
                self._scroll_to(card.field(path))

    def _scroll_to(self, part: QWidget | None) -> None:
        for area in self.findChildren(QScrollArea):
            if part is not None and area.isAncestorOf(part):
                area.ensureWidgetVisible(part)

    def _mend(self) -> None:
        """What the banner's button does: write less, or show what is out of order."""
        broken = next((v.name for v in self._facts.places.values() if v.problem), "")
        if broken or self._facts.receiving.problem:
            self._show_place(broken)
            return
        draft = self._keeper.draft
        rows = [
            {**each, "classes": each["classes"] & USUAL_CLASSES} for each in draft.get(CATEGORIES)
        ]
        edits = {"log.pop3": draft.get("log.pop3") & USUAL_CLASSES, CATEGORIES: rows}
        self._keeper.set_all(edits)
        self.tabs.setCurrentIndex(WHAT)

    def _show_place(self, name: str) -> None:
        self.tabs.setCurrentIndex(FILES_TAB if name == FILES else PLACES)

    def _build(self) -> None:
        pages: tuple[QWidget, ...] = (self.what, self.files, self.places, self.captures)
        for page in pages:
            self._stack.addWidget(page)
        self.tabs.currentChanged.connect(self._stack.setCurrentIndex)
        self._banner.action.clicked.connect(self._mend)
        services = self._services
        body = column(self, gap="m")
        body.addWidget(OutsideBanner(services.theme, services.keeper, services.tasks))
        body.addWidget(self._banner)
        body.addWidget(self.tabs)
        body.addWidget(self._stack, 1)
