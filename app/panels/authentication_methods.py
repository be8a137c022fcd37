"""The card of the methods: presets, the matrix, and what the server says about each of them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox

from app.bridge.services import Services
from app.forms.words import tr
from app.look.parts import Banner, Card, muted
from app.panels.authentication_advice import losses, method_advice
from app.panels.authentication_matrix import MethodMatrix
from app.panels.authentication_words import (
    OWN_CHOICE,
    OWN_CHOICE_TOLD,
    PLAIN,
    PRESETS,
    SECURE,
    Preset,
    by_method,
    in_order,
    preset_of,
)
from server_core.config.draft import ConfigRejected
from server_core.events.views import MethodView

Views = Mapping[str, MethodView]


class MethodsCard(Card):
    """Edits which methods there are; ``way_wanted`` carries one that lacks something.

    ``facts`` says that ``running``, what the server says now, was brought up to date.
    """

    way_wanted = Signal(str)
    facts = Signal()

    def __init__(self, services: Services) -> None:
        super().__init__(services.theme, tr("Ways to sign in"))
        self._services, self._keeper = services, services.keeper
        self.running: Views = {}
        self.preset = QComboBox()
        self._told = muted(services.theme)
        self._losses = Banner(services.theme, "auth.losses")
        self.matrix = MethodMatrix(services.theme, services.keeper)
        self._build()
        self.matrix.way_wanted.connect(self.way_wanted)
        self.matrix.mended.connect(self._keeper.set_all)
        self.preset.activated.connect(self._choose)
        self._losses.action.clicked.connect(self._keeper.undo)
        self._keeper.changed.connect(self._show_preset)
        self._show_preset()

    def look(self) -> None:
        """Bring up to now what the server says, about the draft too."""
        service = self._services.service
        self.running = by_method(service.methods())
        wanted = self.running
        if self._keeper.changes:
            try:
                wanted = by_method(service.methods(self._keeper.draft.checked()))
            except ConfigRejected:
                wanted = self.running
        self.matrix.show_facts(wanted, self.running)
        self.matrix.show_advice(method_advice(self._keeper, self.running))
        undo = tr("Undo") if self._keeper.can_undo else ""
        self._losses.tell("attention", " ".join(losses(self._services)), undo)
        self.facts.emit()

    def _build(self) -> None:
        self.preset.setObjectName("auth.preset")
        self.preset.setAccessibleName(tr("Preset"))
        for preset in PRESETS:
            self.preset.addItem(tr(preset.title), preset)
        self.preset.addItem(tr(OWN_CHOICE))
        self.heading.addWidget(muted(self._services.theme, tr("Preset")))
        self.heading.addWidget(self.preset)
        self._told.setObjectName("auth.preset.told")
        self._told.setWordWrap(True)
        self.body.addWidget(self._told)
        self.body.addWidget(self._losses)
        self.body.addWidget(self.matrix)

    def _choose(self, place: int) -> None:
        preset = self.preset.itemData(place)
        if isinstance(preset, Preset):
            pop3 = self._keeper.config.pop3
            secure = in_order(preset.secure, pop3.secure_methods)
            plain = in_order(preset.plain, pop3.plain_methods)
            self._keeper.set_all({SECURE: secure, PLAIN: plain})
        self._show_preset()

    def _show_preset(self) -> None:
        draft = self._keeper.draft
        preset = preset_of(draft.get(SECURE), draft.get(PLAIN))
        with QSignalBlocker(self.preset):
            self.preset.setCurrentIndex(PRESETS.index(preset) if preset else len(PRESETS))
        self._told.setText(tr(preset.told if preset else OWN_CHOICE_TOLD))
        self.preset.setAccessibleDescription(self._told.text())
