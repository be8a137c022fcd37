"""The card of Kerberos: its settings, how it stands now, and whether the draft would work."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.forms.form import Message, Note
from app.forms.words import tr
from app.look.marks import StateLabel
from app.look.parts import button
from app.panels.authentication_words import state_of
from app.panels.settings_panel import SettingsCard
from server_core.config.signing_in import Kerberos
from server_core.events.views import MethodView
from server_core.refusals import Refused

KERBEROS = "pop3.kerberos"
NAMES = ("principal", "key_file")


class KerberosCard(SettingsCard):
    """Where the service's key is; *Test* tries what the draft says, applied or not."""

    def __init__(self, services: Services) -> None:
        super().__init__(services, tr("Kerberos"), (KERBEROS, Kerberos), NAMES)
        self._services, self._keeper = services, services.keeper
        self._state = StateLabel(services.theme)
        self._state.setObjectName("auth.kerberos_state")
        self.body.insertWidget(1, self._state)
        choose = button(tr("Choose…"), "auth.choose_key_file", accessible=tr("Choose the key file"))
        choose.clicked.connect(lambda: services.tasks.start(self._choose()))
        self.form.put_beside("key_file", choose, grows=False)
        self._test = button(tr("Test"), "auth.test_kerberos", accessible=tr("Test Kerberos"))
        self._test.clicked.connect(lambda: services.tasks.start(self._try()))
        self.heading.addWidget(self._test)
        self._outcome = Message(services.theme, "auth.kerberos_outcome")
        self.body.addWidget(self._outcome)
        self._tried: Kerberos | None = None
        self._keeper.changed.connect(self._forget_other)

    def show_facts(self, view: MethodView | None) -> None:
        """Say how it stands with what runs."""
        state = state_of(view, view)
        words = f"{state.word}. {state.reason}" if state.reason else state.word
        self._state.show_state(state.shape, state.role, words)

    async def _try(self) -> None:
        self._test.setEnabled(False)
        self._tried = wanted = self.draft()
        try:
            view = await self._services.service.test_kerberos(wanted)
        except Refused as refused:
            self._tell("problem", str(refused))
        else:
            found = ", ".join(view.principals)
            more = f" {tr('In the key file: {names}.').format(names=found)}" if found else ""
            self._tell("info" if view.ok else "problem", f"{tr(view.sentence)}{more}")
        finally:
            self._test.setEnabled(True)

    def draft(self) -> Kerberos:
        """The settings as the draft has them."""
        # A principal that is no principal is told beside its field, and tried as none.
        values = self._keeper.draft.get(KERBEROS)
        wrong = any(problem.path.startswith(KERBEROS) for problem in self._keeper.problems)
        return Kerberos(key_file=values["key_file"]) if wrong else Kerberos.model_validate(values)

    def _forget_other(self) -> None:
        """An outcome belongs to the values that were tried."""
        if self._tried is not None and self._tried != self.draft():
            self._tried = None
            self._outcome.tell(None)

    def _tell(self, severity: str, text: str) -> None:
        self._outcome.tell(Note("key_file", severity, text))

    async def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Key file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if await ask(dialog) == QFileDialog.DialogCode.Accepted:
            self._keeper.set(f"{KERBEROS}.key_file", dialog.selectedFiles()[0], joins=False)
