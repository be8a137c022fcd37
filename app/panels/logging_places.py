"""Where entries go beside files: the system's log, other computers; and what others send here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from app.bridge.services import Services
from app.forms.form import scrolled
from app.forms.words import tr
from app.look.marks import StateLabel
from app.look.parts import button, column
from app.panels.logging_advice import receive_advice, warned
from app.panels.logging_rows import Listing, RowsCard
from app.panels.logging_rules import place_name, remote_columns
from app.panels.logging_state import (
    SYSTEM,
    LogFacts,
    PlaceState,
    place_state,
    receiving_state,
    try_place,
)
from app.panels.settings_panel import SettingsCard, align
from server_core.config.log import Log, Receive, RemoteLog


class PlacesTab(QWidget):
    """Three cards, each with its live state."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services, self._keeper = services, services.keeper
        self._facts = LogFacts()
        names = ("system", "system_classes")
        self.system = SettingsCard(services, tr("System log"), ("log", Log), names)
        self.system_state = PlaceState(services, "logging.system", tr("System log"))
        self.test = button(
            tr("Send a test entry"),
            "logging.remote.test",
            accessible=tr("Send a test entry to the computer selected"),
        )
        self.remote = RowsCard(services, _listing(), self.test)
        self.receive = SettingsCard(
            services,
            tr("Receive from other servers"),
            ("log.receive", Receive),
            ("enabled", "address", "networks"),
            receive_advice(self._keeper),
        )
        self._receiving = StateLabel(services.theme)
        self._receiving.setObjectName("logging.receive.state")
        self._trying = False
        self._build()
        self.remote.status = self._state_of
        self.remote.advise = self._doubt
        self.test.clicked.connect(lambda: services.tasks.start(self._try()))
        self.remote.chosen.connect(self._enable)
        self._keeper.changed.connect(self._follow)
        self.remote.show_rows()
        self._follow()

    def show_facts(self, facts: LogFacts) -> None:
        """Show how the destinations are doing."""
        self._facts = facts
        self.remote.show_status()
        self._follow()

    def _follow(self) -> None:
        draft, facts = self._keeper.draft, self._facts
        self.system_state.follow(SYSTEM, wanted=bool(draft.get("log.system")), facts=facts)
        wanted = bool(draft.get("log.receive.enabled"))
        self._receiving.show_state(
            *receiving_state(facts.receiving, wanted=wanted, running=facts.running)
        )
        self._enable()

    def _state_of(self, values: Mapping[str, Any]) -> tuple[str, str, str]:
        view = self._facts.places.get(place_name(values))
        return place_state(view, wanted=bool(values["enabled"]), running=self._facts.running)

    def _doubt(self, rows: Sequence[Mapping[str, Any]]) -> str:
        found = warned(self._keeper, "log.remote") if rows else []
        return found[0][1] if found else ""

    def _enable(self) -> None:
        chosen = self.remote.selected()
        known = chosen is not None and place_name(chosen.values) in self._facts.places
        self.test.setEnabled(known and not self._trying)

    async def _try(self) -> None:
        chosen = self.remote.selected()
        if chosen is None:
            return
        name = place_name(chosen.values)
        self._trying = True
        self._enable()
        try:
            await try_place(self._services, name, name)
        finally:
            self._trying = False
            self._enable()

    def _build(self) -> None:
        self.system.heading.addWidget(self.system_state)
        self.receive.heading.addWidget(self._receiving)
        align((self.system, self.receive))
        inside = QWidget()
        cards = column(inside, gap="l")
        for card in (self.system, self.remote, self.receive):
            cards.addWidget(card)
        area = scrolled(inside)
        area.setAccessibleName(tr("Other places"))
        column(self).addWidget(area)


def _listing() -> Listing:
    return Listing(
        path="log.remote",
        name="logging.remote",
        title=tr("Other computers"),
        row_title=tr("Another computer for the log"),
        model=RemoteLog,
        columns=remote_columns(),
        nothing=tr("No other computer gets the entries."),
    )
