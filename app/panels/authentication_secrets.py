"""The card of what is kept of passwords, and how it stands with the key they are encrypted with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from PySide6.QtWidgets import QHBoxLayout

from app.bridge.services import Services
from app.forms.form import Message, Note
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import label, row
from app.panels.authentication_advice import secrets_advice
from app.panels.settings_panel import SettingsCard
from server_core.config.signing_in import Secrets
from server_core.events.views import SecretsState, SecretsView
from server_core.refusals import Refused

NAMES = ("keep_for", "key_in", "scram_iterations", "upgrade")
TOLD = (
    "APOP, CRAM-MD5 and DIGEST-MD5 work only when the server knows the password itself. For the "
    "methods chosen here it is kept, encrypted with a key of this computer; whoever has the "
    "accounts file and that key can read it. For all other methods only a fingerprint is kept, "
    "from which nobody gets the password back."
)
WORTH_ANOTHER_TRY = (SecretsState.LOCKED, SecretsState.REFUSED, SecretsState.MISSING)


class SecretsCard(SettingsCard):
    """Settings of kept passwords; above them what the server says of their key."""

    def __init__(self, services: Services) -> None:
        place = ("pop3.secrets", Secrets)
        advise = partial(secrets_advice, services.keeper)
        super().__init__(services, tr("What is kept of passwords"), place, NAMES, advise)
        self._asking = False
        self._state = Message(services.theme, "auth.secrets_state")
        self._state.action.clicked.connect(lambda: self._ask(services.service.retry_vault))
        self.body.insertLayout(1, self._told())
        self.body.insertWidget(2, self._state)

    def look(self) -> None:
        """Ask the server how it stands with the key."""
        self._ask(self._services.service.secrets_status)

    def _ask(self, question: Callable[[], Awaitable[SecretsView]]) -> None:
        if not self._asking:
            self._asking = True
            self._services.tasks.start(self._show(question))

    async def _show(self, question: Callable[[], Awaitable[SecretsView]]) -> None:
        try:
            view = await question()
        except Refused as refused:
            self._state.tell(Note("keep_for", "info", str(refused)))
        else:
            again = tr("Try again") if view.state in WORTH_ANOTHER_TRY else ""
            state = "attention" if view.attention else "info"
            self._state.tell(Note("keep_for", state, tr(view.sentence), again))
        finally:
            self._asking = False

    def _told(self) -> QHBoxLayout:
        theme = self._services.theme
        mark = Mark(theme)
        mark.show_mark("diamond", "info")
        words = label(theme, tr(TOLD))
        words.setWordWrap(True)
        line = row(gap="s")
        line.addWidget(mark)
        line.addWidget(words, 1)
        return line
