"""What the methods need to work, and what holds for everybody who signs in: cards of settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from app.bridge.services import Services
from app.forms.form import Note
from app.forms.words import tr
from app.look.parts import button, column
from app.panels.authentication_advice import (
    account_advice,
    encryption_advice,
    greeting_advice,
    lock_advice,
)
from app.panels.authentication_kerberos import KerberosCard
from app.panels.authentication_secrets import SecretsCard
from app.panels.listeners_table import LISTENERS
from app.panels.settings_panel import SettingsCard, align
from server_core.config.model import Pop3, Server
from server_core.config.signing_in import Method, SignInLimits
from server_core.events.views import MethodView

POP3: tuple[str, type[Pop3]] = ("pop3", Pop3)
SERVER: tuple[str, type[Server]] = ("server", Server)


class AuthenticationCards(QWidget):
    """The cards below the matrix; ``show_facts`` tells them how the methods stand."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services, self._keeper = services, services.keeper
        self.secrets = SecretsCard(services)
        self.kerberos = KerberosCard(services)
        self.cards = (
            self._encryption(),
            self.secrets,
            self._realms(),
            self.kerberos,
            self._accounts(),
            self._names(),
        )
        body = column(self, gap="l")
        for card in self.cards:
            body.addWidget(card)
        align(self.cards)

    def show_facts(self, running: Mapping[str, MethodView]) -> None:
        """Say how it stands with kept passwords and with Kerberos."""
        self.secrets.look()
        self.kerberos.show_facts(running.get(Method.GSSAPI))

    def show_target(self, target: str) -> QWidget | None:
        """Put the cursor into a setting's field; None when it is on no card."""
        for card in self.cards:
            field = card.field(target)
            if field is not None:
                card.show_target(target)
                return field
        return None

    def _encryption(self) -> SettingsCard:
        card = SettingsCard(
            self._services,
            tr("Encryption"),
            POP3,
            ("allow_starttls",),
            lambda values: encryption_advice(values, self._keeper.draft.get(LISTENERS)),
        )
        there = button(tr("Encryption of each listener"), "auth.listeners", kind="link")
        there.clicked.connect(lambda: self._services.window.go("listeners"))
        card.heading.addWidget(there)
        return card

    def _realms(self) -> SettingsCard:
        return SettingsCard(self._services, tr("DIGEST-MD5"), POP3, ("digest_realms",))

    def _accounts(self) -> SettingsCard:
        card = SettingsCard(
            self._services,
            tr("Accounts and their sessions"),
            ("pop3.accounts", SignInLimits),
            ("connections", "delay", "padding"),
            account_advice,
        )
        names = ("exclusive_lock", "takeover_after", "allow_alias_logins", "deleted_messages")
        card.add_form(SERVER, names, lock_advice)
        return card

    def _names(self) -> SettingsCard:
        names = ("name", "primary_domain")
        card = SettingsCard(self._services, tr("Names and greeting"), SERVER, names)
        card.add_form(POP3, ("greeting", "announce_version"), self._greeting_advice)
        return card

    def _greeting_advice(self, values: Mapping[str, Any]) -> Iterable[Note]:
        return greeting_advice(self._keeper, values)
