"""The contract of a settings page: a declaration of a section and how its settings are grouped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from app.bridge.services import PageWidget, Services
from app.forms.bound_form import Advise, BoundForm
from app.forms.form import Form, Note, scrolled
from app.forms.outside_banner import OutsideBanner
from app.forms.words import tr
from app.look.parts import Card, column
from server_core.config.schema import Section

Place = tuple[str, type[Section]]
"""A section's path and what it is declared as."""


class SettingsCard(Card):
    """A card with the form for some settings of a section, tied to the draft.

    ``add_form`` puts settings of another section below.
    """

    def __init__(
        self,
        services: Services,
        title: str,
        place: Place,
        names: tuple[str, ...],
        advise: Advise | None = None,
    ) -> None:
        super().__init__(services.theme, title)
        self._services = services
        self.forms: list[Form] = []
        self._below = column()
        self._below.setSpacing(0)
        self.body.addLayout(self._below)
        self.form = self.add_form(place, names, advise)

    def add_form(self, place: Place, names: tuple[str, ...], advise: Advise | None = None) -> Form:
        """The form for settings of a section, below what is there."""
        section, model = place
        form = Form(self._services.theme, model, section, names)
        BoundForm(form, self._services.keeper, section, advise=advise)
        self._below.addWidget(form)
        self.forms.append(form)
        return form

    def field(self, target: str) -> QWidget | None:
        """The field of a setting, named by its path; None when it is not here."""
        name = target.rpartition(".")[2]
        found = (form.field(name) for form in self.forms if name in form.names())
        return next(found, None)

    def show_target(self, target: str) -> None:
        """Put the cursor into the field of a setting, named by its path."""
        field = self.field(target)
        if field is not None:
            field.setFocus()


def cards_below(cards: Sequence[SettingsCard]) -> QWidget:
    """The cards one below the other, their fields in line."""
    inside = QWidget()
    layout = column(inside, gap="l")
    for card in cards:
        layout.addWidget(card)
    align(cards)
    return inside


def align(cards: Sequence[SettingsCard]) -> None:
    """Bring the fields of these cards in line."""
    forms = [form for card in cards for form in card.forms]
    widest = max(form.label_width for form in forms)
    for form in forms:
        form.align(widest)


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
        place = (self.section, self.model)
        self.cards = [
            SettingsCard(services, tr(title), place, names, self.advise)
            for title, names in self.groups.items()
        ]
        self.forms = [card.form for card in self.cards]
        body = column(self, gap="m")
        body.addWidget(OutsideBanner(services.theme, services.keeper, services.tasks))
        body.addWidget(scrolled(cards_below(self.cards)), 1)

    def advise(self, values: Mapping[str, Any]) -> Iterable[Note]:
        """Warnings about values that may be applied but hardly meant; none unless overridden."""
        return ()

    def show_target(self, target: str) -> None:
        """Put the cursor into the field of a setting, named by its path."""
        for card in self.cards:
            card.show_target(target)
