"""The contract of a settings page: a declaration of a section and how its settings are grouped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from app.bridge.services import PageWidget, Services
from app.forms.bound_form import BoundForm
from app.forms.form import Form, Note, scrolled
from app.forms.outside_banner import OutsideBanner
from app.forms.words import tr
from app.look.parts import Card, column
from server_core.config.schema import Section


class SettingsPanel(PageWidget):
    """A page made from what it declares: ``section`` is the path, ``groups`` title to settings.

    A page writes to the draft, never to the service; it overrides a method only for a need it can
    name. Each control's objectName is its path.
    """

    section: ClassVar[str]
    model: ClassVar[type[Section]]
    groups: ClassVar[Mapping[str, tuple[str, ...]]]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName(self.section)
        self.forms: list[Form] = []
        inside = QWidget()
        cards = column(inside, gap="l")
        for title, names in self.groups.items():
            form = Form(services.theme, self.model, self.section, names)
            BoundForm(form, services.keeper, self.section, advise=self.advise)
            card = Card(services.theme, tr(title))
            card.body.addWidget(form)
            cards.addWidget(card)
            self.forms.append(form)
        body = column(self, gap="m")
        body.addWidget(OutsideBanner(services.theme, services.keeper, services.tasks))
        body.addWidget(scrolled(inside), 1)

    def advise(self, values: Mapping[str, Any]) -> Iterable[Note]:
        """Warnings about values that may be applied but hardly meant; none unless overridden."""
        return ()

    def show_target(self, target: str) -> None:
        """Put the cursor into the field of a setting, named by its path."""
        for form in self.forms:
            name = target.rpartition(".")[2]
            if name in form.names():
                form.field(name).setFocus()
