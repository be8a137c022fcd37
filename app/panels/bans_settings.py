"""The settings of errors and bans: what a session may do wrong, and what that leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from app.bridge.services import Services
from app.forms.form import Note, scrolled
from app.forms.outside_banner import OutsideBanner
from app.forms.words import tr
from app.look.parts import button, column
from app.panels.bans_networks import missing_networks
from app.panels.settings_panel import SettingsCard, cards_below
from server_core.config.admission import Bans
from server_core.config.model import Pop3

ERRORS = ("max_errors", "max_auth_errors", "auth_failure_delay")
ADDRESSES = (
    "enabled",
    "failures",
    "window",
    "duration",
    "longest",
    "count_wrong_commands",
    "count_same_password",
)
ACCOUNTS = ("account_failures", "account_window", "account_duration")
TRUSTED = "bans.trusted"
FEW = 5


class BanSettings(QWidget):
    """Four cards over the draft. ``edited`` says that the draft has changed."""

    edited = Signal()

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._keeper = services.keeper
        place = ("bans", Bans)
        self.cards = (
            SettingsCard(services, tr("In one session"), ("pop3", Pop3), ERRORS),
            SettingsCard(services, tr("Addresses"), place, ADDRESSES, _advice),
            SettingsCard(services, tr("Accounts"), place, ACCOUNTS),
            SettingsCard(services, tr("Trusted networks"), place, ("trusted",)),
        )
        self._mine = button(tr("Add my network"), "bans.add_my_network")
        self._mine.clicked.connect(self._add_only)
        self._menu = QMenu(self._mine)
        self._menu.aboutToShow.connect(self._fill)
        self.cards[-1].heading.addWidget(self._mine)
        body = column(self, gap="m")
        body.addWidget(OutsideBanner(services.theme, services.keeper, services.tasks))
        body.addWidget(scrolled(cards_below(self.cards)), 1)
        self._keeper.changed.connect(self._follow)
        self._follow()

    def show_target(self, target: str) -> bool:
        """Put the cursor into the field of a setting; False when there is none of that name."""
        name = target.rpartition(".")[2]
        for card in self.cards:
            if name in card.form.names():
                card.form.field(name).setFocus()
                return True
        return False

    def draft(self) -> Bans | None:
        """The bans section as the draft has it; None while something in it is wrong."""
        if any(problem.path.startswith("bans.") for problem in self._keeper.problems):
            return None
        return Bans.model_validate(self._keeper.draft.get("bans"))

    def _follow(self) -> None:
        missing = missing_networks(self._keeper.draft.get(TRUSTED))
        self._mine.setEnabled(bool(missing))
        self._mine.setToolTip("" if missing else tr("The networks of this computer are here."))
        self._mine.setMenu(self._menu if len(missing) > 1 else None)  # type: ignore[arg-type]
        self.edited.emit()

    def _fill(self) -> None:
        self._menu.clear()
        for network, adapter in missing_networks(self._keeper.draft.get(TRUSTED)):
            action = self._menu.addAction(f"{network}  ({adapter})")
            action.triggered.connect(partial(self._add, network))

    def _add_only(self) -> None:
        """Add the network when there is just one; several are offered in the menu."""
        missing = missing_networks(self._keeper.draft.get(TRUSTED))
        if len(missing) == 1:
            self._add(missing[0][0])

    def _add(self, network: str) -> None:
        self._keeper.set(TRUSTED, [*self._keeper.draft.get(TRUSTED), network])


def _advice(values: Mapping[str, Any]) -> Iterator[Note]:
    """What may be applied but is hardly meant."""
    if values["enabled"] and values["failures"] < FEW and values["count_same_password"]:
        text = tr("A phone with an old password is banned after {n} tries.")
        yield Note("failures", "attention", text.format(n=values["failures"]))
