"""The questions the Accounts page asks; each does its work itself and stays open when refused."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from app.bridge.services import Services
from app.forms.words import tr
from app.forms.work_dialog import WorkDialog
from app.look import words
from app.look.parts import label, muted
from app.panels.accounts_password import PasswordFields
from app.panels.accounts_table import AccountRow, messages_text, sessions_text
from server_core.service import Refused


class AddAccount(WorkDialog):
    """A new mailbox; ``name`` is its sign-in name once it was added."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(services, "accounts.add_dialog", tr("Add account"), tr("Add"), parent)
        self.name = ""
        self._name = QLineEdit()
        self._name.setObjectName("accounts.name")
        self._completed = muted(services.theme)
        self._completed.setObjectName("accounts.completed")
        self._full_name = QLineEdit()
        self._full_name.setObjectName("accounts.full_name")
        self.fields = PasswordFields(services.theme, "accounts", services.service.password_notes)
        self.add_field(tr("Sign-in name"), self._name, self._completed)
        self.add_field(tr("Full name (may stay empty)"), self._full_name)
        self.body.addWidget(self.fields)
        self._name.textChanged.connect(self._complete)
        self._complete()
        self._name.setFocus()

    def problem(self) -> str:
        return tr("Type a sign-in name.") if not self._typed() else self.fields.problem()

    async def work(self) -> None:
        added = await self.services.service.add_account(
            self._typed(),
            self.fields.password,
            full_name=self._full_name.text().strip(),
            allow_weak=self.fields.allow_weak,
        )
        self.name = added.name

    def _typed(self) -> str:
        return self._name.text().strip()

    def _complete(self) -> None:
        self.fields.account = self._typed()
        try:
            name = self.services.service.new_name(self._typed() or tr("name"))
            told = tr("Signs in as {name}").format(name=name)
        except Refused as refused:
            told = str(refused)
        self._completed.setText(told)


class SetPassword(WorkDialog):
    """A new password for an account; ``generate`` begins with one made by chance."""

    def __init__(
        self, services: Services, account: str, parent: QWidget, *, generate: bool = False
    ) -> None:
        title = tr("Set the password of {name}").format(name=account)
        super().__init__(services, "accounts.password_dialog", title, tr("Set password"), parent)
        self._account = account
        self.fields = PasswordFields(
            services.theme, "accounts", services.service.password_notes, account
        )
        self.body.addWidget(self.fields)
        self.body.addWidget(muted(services.theme, tr("The old password stops working at once.")))
        self.fields.first.setFocus()
        if generate:
            self.fields.generate()
            self.fields.made.setFocus()

    def problem(self) -> str:
        return self.fields.problem()

    async def work(self) -> None:
        await self.services.service.set_password(
            self._account, self.fields.password, allow_weak=self.fields.allow_weak
        )


class SuspendAccount(WorkDialog):
    """Suspending an account that is in use."""

    def __init__(self, services: Services, account: AccountRow, parent: QWidget) -> None:
        title = tr("Suspend {name}?").format(name=account.view.name)
        super().__init__(services, "accounts.suspend_dialog", title, tr("Suspend"), parent)
        self._account = account.view.name
        self.body.addWidget(
            label(services.theme, tr("Nobody can sign in with it until it is enabled again."))
        )
        self.disconnect_box = QCheckBox(
            tr("Also disconnect {sessions}").format(sessions=sessions_text(account.sessions))
        )
        self.disconnect_box.setObjectName("accounts.also_disconnect")
        self.disconnect_box.setAccessibleName(self.disconnect_box.text())
        self.disconnect_box.setChecked(True)
        self.body.addWidget(self.disconnect_box)
        self.disconnect_box.setFocus()

    async def work(self) -> None:
        await self.services.service.set_enabled(
            self._account, False, disconnect=self.disconnect_box.isChecked()
        )


class DeleteAccount(WorkDialog):
    """Deleting an account with all its mail; its name has to be typed."""

    def __init__(self, services: Services, account: AccountRow, parent: QWidget) -> None:
        view = account.view
        title = tr("Delete {name}?").format(name=view.name)
        super().__init__(services, "accounts.delete_dialog", title, tr("Delete"), parent)
        self._account = view.name
        lost = tr("{messages} ({size}) will be deleted for good.").format(
            messages=messages_text(view.messages), size=words.octets(view.octets)
        )
        if account.sessions:
            ends = tr("{sessions} will be disconnected.")
            lost = f"{lost} {ends.format(sessions=sessions_text(account.sessions))}"
        told = label(services.theme, lost)
        told.setObjectName("accounts.lost")
        told.setWordWrap(True)
        self.body.addWidget(told)
        self._typed = QLineEdit()
        self._typed.setObjectName("accounts.typed_name")
        self.add_field(tr("Type {name} to confirm").format(name=view.name), self._typed)
        self.action.setProperty("kind", "danger")
        self.action.setEnabled(False)
        self.action.setDefault(False)
        self.action.setAutoDefault(False)
        self.cancel.setDefault(True)
        self._typed.textChanged.connect(
            lambda text: self.action.setEnabled(text.strip().lower() == self._account)
        )
        self._typed.setFocus()

    async def work(self) -> None:
        await self.services.service.remove_account(self._account)
