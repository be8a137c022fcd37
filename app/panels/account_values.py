"""One account as the editor has it: what the server holds, and what the person has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.forms.bound_form import sentence
from app.forms.words import in_units
from server_core.config.account_terms import AccountBasics, AccountTerms
from server_core.config.checking import ConfigRejected, checked, plain
from server_core.config.schema import Section, settings_of
from server_core.events.views import AccountView

SECTIONS: tuple[type[Section], ...] = (AccountBasics, AccountTerms)
# What keeps people out that could sign in before.
BARRING = frozenset({"expires", "methods", "networks", "listeners"})


class AccountValues:
    """Edits by the name of the setting, over the account as it was last read."""

    def __init__(self) -> None:
        self._applied: dict[str, Any] = {}
        self._edits: dict[str, Any] = {}

    @property
    def values(self) -> Mapping[str, Any]:
        """What the fields show, as plain values."""
        return {**self._applied, **self._edits}

    @property
    def changed(self) -> frozenset[str]:
        """The settings that differ from what the server holds."""
        return frozenset(self._edits)

    def take(self, view: AccountView) -> None:
        """Go on over the account as it is now; what the person changed stays changed."""
        basics = {"full_name": view.full_name, "enabled": view.enabled}
        self._applied = {**basics, **view.terms.model_dump(mode="json")}
        for name, value in list(self._edits.items()):
            self.edit(name, value)

    def edit(self, name: str, value: object) -> None:
        """Change one setting; back to what the server holds is no change."""
        value = plain(value)
        if value == self._applied.get(name):
            self._edits.pop(name, None)
        else:
            self._edits[name] = value

    def problems(self) -> Mapping[str, str]:
        """What is wrong, a sentence for each field."""
        found: dict[str, str] = {}
        for section in SECTIONS:
            declared = {setting.name: setting for setting in settings_of(section)}
            try:
                checked(section, self._of(section))
            except ConfigRejected as rejected:
                for problem in rejected.problems:
                    name = str(problem.place[0])
                    text = in_units(declared.get(name), problem.text)
                    found.setdefault(name, sentence(text))
        return found

    def basics(self) -> AccountBasics:
        """Whose the account is and whether it is in use; ConfigRejected while that is wrong."""
        return checked(AccountBasics, self._of(AccountBasics))

    def terms(self) -> AccountTerms:
        """What the account may do; ConfigRejected while that is wrong."""
        return checked(AccountTerms, self._of(AccountTerms))

    def keeps_out(self) -> bool:
        """Whether the changes keep people out who are in now."""
        barred = any(self.values[name] for name in BARRING & self.changed)
        return barred or self.suspends()

    def suspends(self) -> bool:
        """Whether the changes suspend the account."""
        return "enabled" in self.changed and not self.values["enabled"]

    def _of(self, section: type[Section]) -> dict[str, Any]:
        names: Iterable[str] = section.model_fields
        return {name: self.values[name] for name in names}
