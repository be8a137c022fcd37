"""The Flow control page: how many connections, and how fast; what is used of it now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QWidget

from app.bridge.services import PageWidget, Services
from app.forms.bound_form import sentence
from app.forms.form import Note, scrolled
from app.forms.outside_banner import OutsideBanner
from app.forms.paced import Paced
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import column, label, muted, row
from app.panels.flow_meters import LimitMeter, by_limit
from app.panels.flow_overrides import Overrides
from app.panels.settings_panel import SettingsCard
from server_core.config.admission import Flow
from server_core.config.draft import ConfigRejected
from server_core.config.schema import Kind, settings_of
from server_core.config.warnings import warnings_of

SECTION = "pop3.flow"
SERVICE = "POP3"
METERS_MS = 1_000
NAMES = tuple(setting.name for setting in settings_of(Flow))
LIMITS = {setting.name: setting for setting in settings_of(Flow) if setting.kind is Kind.LIMIT}

SMALL = {name: LIMITS[name].default for name in LIMITS} | {"interval": 60}
BUSIER = {
    "max_connections": 1_000,
    "max_connections_per_peer": 100,
    "max_new": 3_000,
    "max_new_per_peer": 3_000,
    "interval": 60,
}
UNLIMITED = dict.fromkeys(LIMITS, 0) | {"interval": 60}
PRESETS = (
    ("Small office (up to 25 people)", SMALL),
    ("Busier office", BUSIER),
    ("Unlimited", UNLIMITED),
)


class FlowPage(PageWidget):
    """The limits of the service with their meters, and what differs from them elsewhere."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("flow")
        self._services, self._keeper = services, services.keeper
        title = tr("All POP3 listeners together")
        self.card = SettingsCard(services, title, (SECTION, Flow), NAMES, self._advise)
        self.overrides = Overrides(services)
        self.preset = QComboBox()
        self._meters: dict[str, LimitMeter] = {}
        self._build()
        self._soon = Paced(self.show_meters, METERS_MS, self)
        self.preset.activated.connect(self._choose)
        self._keeper.changed.connect(self._show_preset)
        services.pump.ticked.connect(self._tick)
        self._show_preset()

    def show_target(self, target: str) -> None:
        """Put the cursor into the field of a limit, named by its path."""
        self.card.show_target(target)

    def refresh(self) -> None:
        """Read the meters again."""
        self.show_meters()

    def show_meters(self) -> None:
        """Bring all meters up to now."""
        meters = self._services.service.meters()
        known = by_limit(meters)
        for name, meter in self._meters.items():
            meter.show_meter(known.get((SERVICE, name)))
        self.overrides.show_meters(meters)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_meters()

    def _build(self) -> None:
        theme = self._services.theme
        self.preset.setObjectName("flow.preset")
        self.preset.setAccessibleName(tr("Preset"))
        for title, values in PRESETS:
            self.preset.addItem(tr(title), values)
        self.preset.addItem(tr("Own values"))
        self.card.heading.addWidget(muted(theme, tr("Preset")))
        self.card.heading.addWidget(self.preset)
        for name, setting in LIMITS.items():
            self._meters[name] = LimitMeter(theme, f"flow.meter.{name}", tr(setting.title))
            self.card.form.put_beside(name, self._meters[name])
        self.card.body.insertLayout(1, self._note())
        inside = QWidget()
        cards = column(inside, gap="l")
        cards.addWidget(self.card)
        cards.addWidget(self.overrides)
        body = column(self, gap="m")
        body.addWidget(OutsideBanner(theme, self._keeper, self._services.tasks))
        body.addWidget(scrolled(inside), 1)

    def _note(self) -> Any:
        theme = self._services.theme
        mark = Mark(theme)
        mark.show_mark("diamond", "info")
        text = label(
            theme,
            tr(
                "People behind one router share an address: to the server a whole office may be "
                "one. An allow rule can give such an address limits of its own."
            ),
        )
        text.setWordWrap(True)
        line = row(gap="s")
        line.addWidget(mark)
        line.addWidget(text, 1)
        return line

    def _choose(self, place: int) -> None:
        values = self.preset.itemData(place)
        if values is not None:
            kept = self._keeper.draft.get(SECTION)
            self._keeper.set(SECTION, {**kept, **values}, joins=False)
        self._show_preset()

    def _show_preset(self) -> None:
        values = self._keeper.draft.get(SECTION)
        fitting = [_says(values, preset) for _, preset in PRESETS]
        with QSignalBlocker(self.preset):
            place = fitting.index(True) if True in fitting else len(PRESETS)
            self.preset.setCurrentIndex(place)

    def _advise(self, values: Mapping[str, Any]) -> Iterable[Note]:
        try:
            wanted = self._keeper.draft.checked()
        except ConfigRejected:
            return ()
        return [
            Note(problem.path.rpartition(".")[2], "attention", sentence(problem.text))
            for problem in warnings_of(wanted)
            if problem.path.startswith(f"{SECTION}.")
        ]

    def _tick(self) -> None:
        if self.isVisible():
            self._soon.ask()


def _says(values: Mapping[str, Any], preset: Mapping[str, Any]) -> bool:
    return all(values[name] == value for name, value in preset.items())
