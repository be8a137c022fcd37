"""The Authentication page: which ways to sign in there are, and what they need to work."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app.bridge.services import PageWidget, Services
from app.forms.form import scrolled
from app.forms.outside_banner import OutsideBanner
from app.forms.paced import Paced
from app.forms.words import tr
from app.look.parts import Banner, column
from app.look.theme import space
from app.panels.authentication_cards import AuthenticationCards
from app.panels.authentication_methods import MethodsCard
from app.panels.authentication_words import SCRAM
from server_core.config.signing_in import SECRET_METHODS, Method
from server_core.events.ring import Batch
from server_core.events.types import (
    AccountChanged,
    ConfigApplied,
    ServerStateChanged,
    SignedIn,
)

LOOK_AGAIN_MS = 1_000
SOON_MS = 200
NEWS = (AccountChanged, ConfigApplied, ServerStateChanged, SignedIn)
LIMIT_OF_ROOM = 80


class AuthenticationPage(PageWidget):
    """The methods on top, below them what they and the accounts that use them are given.

    Edits go to the draft; what the server says follows it, at a pace, while the page is seen.
    """

    scrolls = True

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("auth")
        self._services = services
        self.methods = MethodsCard(services)
        self.cards = AuthenticationCards(services)
        self._state = Banner(services.theme, "auth.nobody")
        self._state.action.clicked.connect(self._help)
        inside = QWidget()
        body = column(inside, gap="l")
        body.setContentsMargins(0, 0, 0, space("l"))
        body.addWidget(self._state)
        body.addWidget(self.methods)
        body.addWidget(self.cards)
        self._area = scrolled(inside)
        page = column(self, gap="m")
        page.addWidget(OutsideBanner(services.theme, services.keeper, services.tasks))
        page.addWidget(self._area, 1)
        self._lately = Paced(self._look_if_seen, LOOK_AGAIN_MS, self)
        self._soon = Paced(self._look_if_seen, SOON_MS, self)
        self.methods.way_wanted.connect(self._show_way)
        services.keeper.changed.connect(self._draft_changed)
        services.pump.batch.connect(self.take)

    def refresh(self) -> None:
        """Ask the server again."""
        self.look()

    def look(self) -> None:
        """Bring everything up to what the server says now."""
        self.methods.look()
        running = self.methods.running
        self.cards.show_facts(running)
        if not running:
            text = tr("The server is stopped: how many accounts can use a method is not known now.")
            self._state.tell("info", text)
        elif not any(view.accounts for view in running.values()):
            text = tr("Nobody can sign in yet. Add the first mailbox.")
            self._state.tell("info", text, tr("Add account"))
        else:
            self._state.tell("info", "")

    def take(self, batch: Batch) -> None:
        """Follow the server; a hidden page looks again when it is shown."""
        if self.isVisible() and any(isinstance(event, NEWS) for event in batch.events):
            self._lately.ask()

    def show_target(self, target: str) -> None:
        """Go to a setting, named by its path, or to a method, named as in the file."""
        field = self.methods.matrix.show_target(target) or self.cards.show_target(target)
        if field is not None:
            # The page may have been made a moment ago and not be laid out yet.
            QTimer.singleShot(0, field, lambda: self._reveal(field))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look()

    def _look_if_seen(self) -> None:
        if self.isVisible():
            self.look()

    def _draft_changed(self) -> None:
        if self.isVisible():
            self._soon.ask()

    def _help(self) -> None:
        self._services.window.go("accounts", "add")

    def _show_way(self, name: str) -> None:
        """Go to where what a method lacks can be had."""
        method = Method(name)
        keep_for = self._services.keeper.draft.get("pop3.secrets.keep_for")
        if method in SECRET_METHODS and method not in keep_for:
            self.show_target("pop3.secrets.keep_for")
        elif method in (*SECRET_METHODS, *SCRAM):
            self._services.window.go("accounts")
        elif method is Method.LOGIN:
            self.show_target(Method.PLAIN)
        elif method is Method.GSSAPI:
            self.show_target("pop3.kerberos.principal")
        else:
            self._services.window.go("listeners")

    def _reveal(self, field: QWidget) -> None:
        self._area.ensureWidgetVisible(field, space("l"), LIMIT_OF_ROOM)
