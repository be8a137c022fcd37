"""The editor of one account, in a window of its own: read, changed, saved as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QTabWidget, QWidget

from app.bridge.dialogs import ask, confirm
from app.bridge.services import Services
from app.forms.form import Message, Note
from app.forms.paced import Paced
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import button, column, label, muted, row
from app.panels.account_editor_password import PasswordTab
from app.panels.account_editor_tabs import AccessTab, FormsTab, GeneralTab, LimitsTab
from app.panels.account_values import AccountValues
from app.panels.accounts_dialogs import SetPassword
from app.panels.accounts_table import AccountRow, sessions_text, state_of
from server_core.config.checking import ConfigRejected
from server_core.events.ring import Batch
from server_core.events.types import (
    AccountChanged,
    AddressBanned,
    BanLifted,
    ConfigApplied,
    Event,
    ServerStateChanged,
    SessionClosed,
    SignedIn,
)
from server_core.events.views import AccountView, MethodReadiness

READ_AGAIN_MS = 300
SIZE = (680, 640)


class AccountEditor(QDialog):
    """Follows the account while it is open; what the person changed waits for Save."""

    def __init__(self, services: Services, account: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("account")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Account {name}").format(name=account))
        self.resize(QSize(*SIZE).boundedTo(self.screen().availableSize()))
        self._services, self.account = services, account
        self._reading = self._outdated = self._closed = False
        self._working = self._asking = self._lost = False
        self._sessions, self._suspends = 0, False
        self.values = AccountValues()
        self.tabs = QTabWidget()
        theme = services.theme
        self._general, self._limits = GeneralTab(services, account), LimitsTab(services)
        self._access, self._password = AccessTab(services), PasswordTab(theme)
        self._mark, self._state = Mark(theme), muted(theme)
        self.message = Message(theme, "account.message")
        self.disconnect_box = QCheckBox()
        self.cancel = button(tr("Cancel"), "account.cancel")
        self.save = button(tr("Save"), "account.save", kind="primary")
        self._later = Paced(self.refresh, READ_AGAIN_MS, self)
        self._build()
        self._connect()
        self.refresh()

    @property
    def has_changes(self) -> bool:
        """Whether closing loses something."""
        return bool(self.values.changed) and not self._lost

    def what_is_unsaved(self) -> str:
        """What is asked about before changes are dropped."""
        return tr("What you changed about {name} is not saved.").format(name=self.account)

    def refresh(self) -> None:
        """Read the account; a call while that goes on reads once more after it."""
        self._outdated = True
        if not self._reading and not self._closed:
            self._reading = True
            self._services.tasks.start(self._read(), on_error=self._gone)

    def take(self, batch: Batch) -> None:
        """Read again when something happened to this account, or to the settings."""
        if not self._closed and any(self._concerns(event) for event in batch.events):
            self._later.ask()

    def try_to_save(self) -> None:
        """Save unless something is wrong; then the first wrong field is shown."""
        wrong = self.values.problems()
        if wrong:
            self._go_to(next(iter(wrong)))
            self.message.tell(Note("", "problem", tr("This is not right yet.")))
            return
        self._work(working=True)
        self._services.tasks.start(self._save(), on_error=self._failed)

    def reject(self) -> None:
        """Close; what was changed and not saved is asked about."""
        if self._working:
            return
        if not self.has_changes:
            super().reject()
        elif not self._asking:
            self._asking = True
            self._services.tasks.start(self._ask_to_discard())

    def set_password(self, generate: bool) -> None:
        """Ask for a new password, which is set at once."""
        self._services.tasks.start(self._set_password(generate))

    def _concerns(self, event: Event) -> bool:
        match event:
            case AccountChanged() | SignedIn() | SessionClosed():
                return event.user == self.account
            case AddressBanned():
                return event.ban.address == self.account
            case BanLifted():
                return event.address == self.account
        return isinstance(event, ConfigApplied | ServerStateChanged)

    async def _read(self) -> None:
        service = self._services.service
        try:
            while self._outdated:
                self._outdated = False
                view = await service.account(self.account)
                sessions = await service.sessions()
        finally:
            self._reading = False
        if not self._closed:
            self._lost = False
            self._sessions = sum(session.user == self.account for session in sessions)
            self.values.take(view)
            self._show(view, service.readiness(self.account))

    def _show(self, view: AccountView, readiness: Sequence[MethodReadiness]) -> None:
        shape, state, _ = state_of(AccountRow(view))
        self._mark.show_mark(shape, state)
        self._state.setText(view.sentence)
        self._password.show_account(view, readiness)
        self._show_values()

    def _show_values(self) -> None:
        values, changed = self.values.values, self.values.changed
        notes = self._notes()
        for tab in self._forms():
            tab.show_values(values, changed)
            tab.show_notes(notes)
        if not any(note.state == "problem" for note in notes):
            self.message.tell(None)
        self._enable()
        self.cancel.setText(tr("Cancel") if changed else tr("Close"))
        self.cancel.setAccessibleName(self.cancel.text())
        self._offer_to_disconnect()

    def _notes(self) -> list[Note]:
        wrong = self.values.problems()
        notes = [Note(name, "problem", text) for name, text in wrong.items()]
        try:
            terms = self.values.terms()
        except ConfigRejected:
            return notes
        warnings = self._services.service.terms_warnings(self.account, terms)
        return [*notes, *(Note(each.setting, "attention", each.text) for each in warnings)]

    def _offer_to_disconnect(self) -> None:
        offered = self._sessions > 0 and self.values.keeps_out()
        text = tr("Also disconnect {sessions}").format(sessions=sessions_text(self._sessions))
        self.disconnect_box.setText(text)
        self.disconnect_box.setAccessibleName(text)
        if self.values.suspends() is not self._suspends:
            # Suspending means it most of the time, barring does not.
            self._suspends = self.values.suspends()
            self.disconnect_box.setChecked(self._suspends)
        self.disconnect_box.setVisible(offered)

    def _edit(self, edits: Mapping[str, object]) -> None:
        for name, value in edits.items():
            self.values.edit(name, value)
        self._show_values()

    async def _save(self) -> None:
        basics, terms = self.values.basics(), self.values.terms()
        await self._services.service.change_account(
            self.account,
            full_name=basics.full_name,
            enabled=basics.enabled,
            terms=terms,
            disconnect=not self.disconnect_box.isHidden() and self.disconnect_box.isChecked(),
        )
        self._services.window.say(tr("{name} was saved.").format(name=self.account))
        self.accept()

    async def _set_password(self, generate: bool) -> None:
        dialog = SetPassword(self._services, self.account, self, generate=generate)
        if await ask(dialog) == QDialog.DialogCode.Accepted:
            said = tr("The password of {name} was set.").format(name=self.account)
            self._services.window.say(said)
            self.refresh()

    async def _ask_to_discard(self) -> None:
        try:
            discards = await confirm(
                self,
                title=tr("Discard the changes?"),
                text=self.what_is_unsaved(),
                action=tr("Discard"),
                cancel=tr("Keep editing"),
            )
        finally:
            self._asking = False
        if discards:
            super().reject()

    def _failed(self, error: Exception) -> None:
        self._work(working=False)
        self.message.tell(Note("", "problem", str(error)))

    def _gone(self, error: Exception) -> None:
        """The account cannot be read, most likely because it was deleted."""
        if not self._closed:
            self._lost = True
            self._enable()
            self.message.tell(Note("", "problem", str(error)))

    def _work(self, *, working: bool) -> None:
        self._working = working
        self._enable()

    def _enable(self) -> None:
        usable = not self._working and not self._lost
        self.tabs.setEnabled(usable)
        self.disconnect_box.setEnabled(usable)
        self.save.setEnabled(usable and bool(self.values.changed))

    def _go_to(self, name: str) -> None:
        for tab in self._forms():
            if name in tab.names():
                self.tabs.setCurrentWidget(tab)
                tab.field(name).setFocus()

    def _forms(self) -> tuple[FormsTab, ...]:
        return (self._general, self._limits, self._access)

    def _close(self) -> None:
        """The widgets go; what is still being read has nobody to show it to."""
        self._closed = True
        self._later.stop()

    def _connect(self) -> None:
        for tab in self._forms():
            tab.edited.connect(self._edit)
        self._password.wanted.connect(self.set_password)
        self.save.clicked.connect(self.try_to_save)
        self.cancel.clicked.connect(self.reject)
        self.finished.connect(self._close)
        self._services.pump.batch.connect(self.take)

    def _build(self) -> None:
        body = column(self, margin="l", gap="m")
        heading = column(gap="xs")
        heading.addWidget(label(self._services.theme, self.account, kind="section", bold=True))
        heading.addLayout(self._state_line())
        body.addLayout(heading)
        self.tabs.setObjectName("account.tabs")
        self.tabs.setAccessibleName(self.windowTitle())
        for tab, title in (
            (self._general, tr("General")),
            (self._password, tr("Password")),
            (self._limits, tr("Limits")),
            (self._access, tr("Access")),
        ):
            self.tabs.addTab(tab, title)
        body.addWidget(self.tabs, 1)
        body.addWidget(self.message)
        body.addLayout(self._buttons())

    def _state_line(self) -> QHBoxLayout:
        line = row()
        self._state.setObjectName("account.state")
        line.addWidget(self._mark)
        line.addWidget(self._state, 1)
        return line

    def _buttons(self) -> QHBoxLayout:
        line = row()
        self.disconnect_box.setObjectName("account.also_disconnect")
        self.disconnect_box.hide()
        self.save.setDefault(True)
        self.save.setEnabled(False)
        self.cancel.setAutoDefault(False)
        line.addWidget(self.disconnect_box)
        line.addStretch(1)
        line.addWidget(self.cancel)
        line.addWidget(self.save)
        return line
