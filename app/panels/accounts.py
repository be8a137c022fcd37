"""The Accounts page: the mailboxes people fetch from. It saves at once, without the draft."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSortFilterProxyModel, Qt, QTimer
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedWidget,
)

from app.bridge.dialogs import ask
from app.bridge.services import PageWidget, Services
from app.forms.keyed_rows import KeyedRows
from app.forms.paced import Paced
from app.forms.words import tr
from app.forms.work_dialog import WorkDialog
from app.look.parts import EmptyState, column, row
from app.look.tables import SORT_ROLE, TableView
from app.look.tools import tool
from app.panels import accounts_table
from app.panels.account_editor import AccountEditor
from app.panels.accounts_dialogs import (
    AddAccount,
    DeleteAccount,
    SetPassword,
    SuspendAccount,
)
from app.panels.accounts_rows import AccountRows
from app.panels.accounts_table import AccountRow
from app.panels.export_mail import ExportMail
from app.panels.import_mail import ImportMail
from app.panels.messages import MessagesWindow, open_mail_work
from server_core.events.ring import Batch

# Under a stream of deletions the mailboxes are not read more often than this.
READ_AGAIN_MS = 1_000
# "2 minutes ago" grows old.
REPAINT_MS = 30_000
TABLE, EMPTY, NO_MATCH, FAILED = range(4)
MENU = ["add", "edit", "password", "suspend", "messages", "import", "export", "delete", "why"]


class AccountFilter(QSortFilterProxyModel):
    """Accounts whose sign-in name, name or other addresses hold the words typed."""

    def __init__(self, model: KeyedRows[AccountRow], domain: Callable[[], str]) -> None:
        super().__init__()
        self._domain = domain
        self.setSourceModel(model)
        self.setSortRole(SORT_ROLE)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._model = model
        self._words: list[str] = []

    def filter_by(self, text: str) -> None:
        """Show the accounts that hold every word of the text."""
        self.beginFilterChange()
        self._words = text.casefold().split()
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: object) -> bool:
        view = self._model.rows[source_row].view
        others = (
            alias if "@" in alias else f"{alias}@{self._domain()}" for alias in view.terms.aliases
        )
        text = " ".join((view.name, view.full_name, *others)).casefold()
        return all(word in text for word in self._words)


class AccountsPage(PageWidget):
    """A table of accounts, and dialogs for what can be done with them."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("accounts")
        self._services = services
        self._known = AccountRows()
        self._reading = self._outdated = False
        self._awaited = ""
        self._windows: dict[tuple[type[QDialog], str], QDialog] = {}
        self.model: KeyedRows[AccountRow] = KeyedRows(
            accounts_table.columns(), lambda account: account.view.name
        )
        self.shown = AccountFilter(
            self.model, lambda: services.service.config.server.primary_domain
        )
        self.table = TableView(services.theme, "accounts.table", tr("Accounts"))
        self.filter = QLineEdit()
        self._stack = QStackedWidget()
        self._actions: dict[str, QAction] = {}
        self._later = Paced(self.refresh, READ_AGAIN_MS, self)
        self._clock = QTimer(self)
        self._clock.setInterval(REPAINT_MS)
        self._clock.timeout.connect(self.model.repaint)
        self._build()
        services.pump.batch.connect(self.take)

    def refresh(self) -> None:
        """Read accounts and sessions; a call while that goes on reads once more after it."""
        self._outdated = True
        if not self._reading:
            self._reading = True
            self._services.tasks.start(self._read(), on_error=self._failed)

    def take(self, batch: Batch) -> None:
        """Follow the server; a hidden page is read anew when it is opened."""
        outdated = self._known.take(batch)
        if not self.isVisible():
            return
        self._show()
        if outdated:
            self._later.ask()

    def show_target(self, target: str) -> None:
        """``add`` opens the dialog for a new account; a name selects the account."""
        if target == "add":
            self.add()
        else:
            self._awaited = target
            self.refresh()

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.filter.setFocus()
        self.filter.selectAll()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()
        self._later.stop()

    def selected(self) -> AccountRow | None:
        """The account the toolbar acts on."""
        rows = self.table.selected_rows()
        return rows[0] if rows else None

    def add(self) -> None:
        """Ask for a new account."""
        self._services.tasks.start(self._add())

    async def _add(self) -> None:
        dialog = AddAccount(self._services, self)
        if await ask(dialog) == QDialog.DialogCode.Accepted:
            self._awaited = dialog.name
            self.refresh()
            self._say(tr("{name} was added.").format(name=dialog.name))

    def _set_password(self, account: AccountRow) -> None:
        dialog = SetPassword(self._services, account.view.name, self)
        self._ask(dialog, tr("The password of {name} was set."), account)

    def _suspend(self, account: AccountRow) -> None:
        if account.view.enabled and account.sessions:
            dialog = SuspendAccount(self._services, account, self)
            self._ask(dialog, tr("{name} is suspended."), account)
        else:
            self._services.tasks.start(self._switch(account))

    async def _switch(self, account: AccountRow) -> None:
        enabled = not account.view.enabled
        await self._services.service.set_enabled(account.view.name, enabled)
        text = tr("{name} is enabled.") if enabled else tr("{name} is suspended.")
        self._say(text.format(name=account.view.name))
        self.refresh()

    def _delete(self, account: AccountRow) -> None:
        dialog = DeleteAccount(self._services, account, self)
        self._ask(dialog, tr("{name} was deleted."), account)

    def _edit(self, account: AccountRow) -> None:
        self._open(AccountEditor, account.view.name)

    def _open_messages(self, account: AccountRow) -> None:
        self._open(MessagesWindow, account.view.name)

    def _import(self, account: AccountRow) -> None:
        open_mail_work(ImportMail, self._services, account.view.name, self.window())

    def _export(self, account: AccountRow) -> None:
        open_mail_work(ExportMail, self._services, account.view.name, self.window())

    def _open(self, kind: type[AccountEditor | MessagesWindow], name: str) -> None:
        """Show the window of this kind for an account: one for each, raised when it is open."""
        if (kind, name) not in self._windows:
            window = kind(self._services, name, self.window())
            window.destroyed.connect(lambda: self._windows.pop((kind, name), None))
            self._windows[kind, name] = window
        self._windows[kind, name].show()
        self._windows[kind, name].raise_()
        self._windows[kind, name].activateWindow()

    def _ask(self, dialog: WorkDialog, success: str, account: AccountRow) -> None:
        async def asked() -> None:
            if await ask(dialog) == QDialog.DialogCode.Accepted:
                self._say(success.format(name=account.view.name))
                self.refresh()

        self._services.tasks.start(asked())

    def _say(self, text: str) -> None:
        self._services.window.say(text)

    async def _read(self) -> None:
        try:
            while self._outdated:
                self._outdated = False
                self._known.begin_reading()
                service = self._services.service
                self._known.read(await service.accounts(), await service.sessions())
        finally:
            self._reading = False
        self._show()
        if self._awaited:
            self._services.window.say(tr("There is no account {name}.").format(name=self._awaited))
            self._awaited = ""

    def _failed(self, error: Exception) -> None:
        self._failure.tell(
            tr("The accounts could not be read: {reason}").format(reason=error), tr("Try again")
        )
        self._stack.setCurrentIndex(FAILED)

    def _show(self) -> None:
        self.model.show_rows(self._known.rows())
        if not self.model.rows:
            self._stack.setCurrentIndex(EMPTY)
        else:
            self._stack.setCurrentIndex(TABLE if self.shown.rowCount() else NO_MATCH)
        if self._awaited and self.model.place_of(self._awaited) >= 0:
            self._select(self._awaited)
            self._awaited = ""
        if self._awaited:
            self.table.clearSelection()
        elif not self.table.selectionModel().hasSelection() and self.shown.rowCount():
            self.table.selectRow(0)
        self._enable_actions()

    def _select(self, name: str) -> None:
        place = self.model.index(self.model.place_of(name), 0)
        if not self.shown.mapFromSource(place).isValid():
            self.filter.clear()
        self.table.selectRow(self.shown.mapFromSource(place).row())

    def _filter(self, text: str) -> None:
        self.shown.filter_by(text)
        self._show()

    def _enable_actions(self) -> None:
        account = self.selected()
        for name, action in self._actions.items():
            action.setEnabled(name == "add" or account is not None)
        self._actions["export"].setEnabled(account is not None and account.view.messages > 0)
        enabled = account is None or account.view.enabled
        self._actions["suspend"].setText(tr("Suspend") if enabled else tr("Enable"))

    def _act(self, slot: Callable[[AccountRow], None]) -> None:
        account = self.selected()
        if account is not None:
            slot(account)

    def _build(self) -> None:
        body = column(self, gap="m")
        body.addLayout(self._toolbar())
        table = self.table
        table.show_model(self.shown, self.model.columns)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        table.remember(self._services.settings)
        self._add_to_menu()
        table.addActions([self._actions[name] for name in MENU])
        table.selectionModel().selectionChanged.connect(self._enable_actions)
        table.activated.connect(lambda: self._act(self._edit))
        theme = self._services.theme
        empty = EmptyState(theme, "accounts", "accounts.empty")
        empty.tell(tr("No mailboxes yet. Add the first one."), tr("Add account"))
        empty.action.clicked.connect(self.add)
        no_match = EmptyState(theme, "accounts", "accounts.no_match")
        no_match.tell(tr("No account matches the filter."), tr("Clear filter"))
        no_match.action.clicked.connect(self.filter.clear)
        self._failure = EmptyState(theme, "accounts", "accounts.failed")
        self._failure.action.clicked.connect(self.refresh)
        for page in (table, empty, no_match, self._failure):
            self._stack.addWidget(page)
        body.addWidget(self._stack, 1)

    def _add_to_menu(self) -> None:
        """What the context menu alone has: mail in and out, and why nobody can sign in, if so."""
        for name, text, slot in (
            ("import", tr("Import mail…"), self._import),
            ("export", tr("Export mail…"), self._export),
            ("why", tr("Why can't they sign in?"), self._explain),
        ):
            action = self._actions[name] = QAction(text, self)
            action.setObjectName(f"accounts.{name}")
            action.triggered.connect(partial(self._act, slot))

    def _explain(self, account: AccountRow) -> None:
        self._services.window.go("health", f"why:{account.view.name}")

    def _toolbar(self) -> QHBoxLayout:
        line = row()
        new, delete = QKeySequence(QKeySequence.StandardKey.New), QKeySequence(Qt.Key.Key_Delete)
        edit = QKeySequence(Qt.Key.Key_F2)
        line.addWidget(self._tool("add", tr("Add…"), self.add, new))
        for name, text, slot, keys in (
            ("edit", tr("Edit…"), self._edit, edit),
            ("password", tr("Set password…"), self._set_password, None),
            ("suspend", tr("Suspend"), self._suspend, None),
            ("messages", tr("Messages"), self._open_messages, None),
            ("delete", tr("Delete…"), self._delete, delete),
        ):
            line.addWidget(self._tool(name, text, partial(self._act, slot), keys))
        line.addStretch(1)
        self.filter.setObjectName("accounts.filter")
        self.filter.setAccessibleName(tr("Filter accounts"))
        self.filter.setPlaceholderText(tr("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(240)
        self.filter.textChanged.connect(self._filter)
        line.addWidget(self.filter, 1)
        return line

    def _tool(
        self, name: str, text: str, run: Callable[[], None], keys: QKeySequence | None
    ) -> QPushButton:
        primary = name == "add"
        self._actions[name], made = tool(self, f"accounts.{name}", text, run, keys, primary=primary)
        return made
