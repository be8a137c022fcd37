"""The messages of one account in a window of their own: read, refreshed, deleted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedWidget, QWidget

from app.bridge.dialogs import confirm
from app.bridge.services import Services
from app.forms.keyed_rows import KeyedRows
from app.forms.paced import Paced
from app.forms.words import tr
from app.look import words
from app.look.parts import EmptyState, button, column, label, muted, row
from app.look.tables import SORT_ROLE, Column, TableView
from app.panels.accounts_table import messages_text
from app.panels.export_mail import ExportMail
from app.panels.import_mail import ImportMail
from server_core.events.mail_views import MessageView
from server_core.events.ring import Batch
from server_core.events.types import (
    Event,
    MessageDelivered,
    MessagesRemoved,
    SessionClosed,
)

READ_AGAIN_MS = 500
TABLE, EMPTY, FAILED = range(3)


def columns() -> tuple[Column[MessageView], ...]:
    """The columns; made when the window is, so that they speak its language."""
    return (
        Column(
            tr("No."),
            lambda message: words.number(message.number),
            64,
            number=True,
            sort=lambda message: message.number,
        ),
        Column(
            tr("State"),
            lambda message: tr("Seen") if message.seen else tr("New"),
            84,
            mark=lambda message: ("ring", "neutral") if message.seen else ("circle", "info"),
        ),
        Column(tr("From"), lambda message: message.sender, 180),
        Column(tr("Subject"), lambda message: message.subject, 240),
        Column(
            tr("Size"),
            lambda message: words.octets(message.octets),
            84,
            number=True,
            sort=lambda message: message.octets,
        ),
        Column(
            tr("Received"),
            lambda message: words.date_and_time(message.received),
            140,
            sort=lambda message: message.received,
        ),
        Column(tr("Unique id"), lambda message: message.unique_id, 120),
    )


def open_mail_work(
    kind: type[ImportMail | ExportMail], services: Services, account: str, window: QWidget
) -> None:
    """Show this dialog of ``window`` for an account: one for each, raised when it is open."""
    opened = (
        dialog
        for dialog in window.findChildren(kind)
        if dialog.account == account and dialog.isVisible()
    )
    dialog = next(opened, None) or kind(services, account, window)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()


class MessagesWindow(QDialog):
    """Follows the mailbox while it is open; closing it forgets it."""

    def __init__(self, services: Services, account: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("messages")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Messages of {name}").format(name=account))
        self.resize(960, 520)
        self._services, self._account, self._main = services, account, parent
        self._reading = self._outdated = self._closed = False
        self.model: KeyedRows[MessageView] = KeyedRows(columns(), lambda message: message.uid)
        self._shown = QSortFilterProxyModel()
        self._shown.setSourceModel(self.model)
        self._shown.setSortRole(SORT_ROLE)
        self.table = TableView(services.theme, "messages.table", self.windowTitle())
        self._summary = muted(services.theme)
        self._summary.setObjectName("messages.summary")
        self._stack = QStackedWidget()
        self._later = Paced(self.refresh, READ_AGAIN_MS, self)
        self._build()
        services.pump.batch.connect(self.take)
        self.finished.connect(self._close)
        self.refresh()

    def refresh(self) -> None:
        """Read the mailbox; a call while that goes on reads once more after it."""
        self._outdated = True
        if not self._reading and not self._closed:
            self._reading = True
            self._services.tasks.start(self._read(), on_error=self._failed)

    def take(self, batch: Batch) -> None:
        """Read again when something happened to this mailbox."""
        if not self._closed and any(self._concerns(event) for event in batch.events):
            self._later.ask()

    def delete(self) -> None:
        """Delete the selected messages after asking."""
        chosen = self.table.selected_rows()
        if chosen:
            self._services.tasks.start(self._delete(chosen), on_error=self._not_deleted)

    def import_mail(self) -> None:
        """Ask for mail to bring in."""
        open_mail_work(ImportMail, self._services, self._account, self._main)

    def export_mail(self) -> None:
        """Ask where to write the mail to."""
        open_mail_work(ExportMail, self._services, self._account, self._main)

    def _concerns(self, event: Event) -> bool:
        match event:
            case MessageDelivered() | MessagesRemoved() | SessionClosed():
                return event.user == self._account
        return False

    async def _read(self) -> None:
        try:
            while self._outdated:
                self._outdated = False
                messages = await self._services.service.messages(self._account)
        finally:
            self._reading = False
        if not self._closed:
            self._show(messages)

    def _show(self, messages: Sequence[MessageView]) -> None:
        self.model.show_rows(messages)
        unseen = sum(not message.seen for message in messages)
        self._summary.setText(
            tr("{messages}, {size}, {unseen} new").format(
                messages=messages_text(len(messages)),
                size=words.octets(sum(message.octets for message in messages)),
                unseen=words.number(unseen),
            )
        )
        self._stack.setCurrentIndex(TABLE if messages else EMPTY)
        self._export_button.setEnabled(bool(messages))
        self._enable_delete()

    async def _delete(self, chosen: list[MessageView]) -> None:
        told = messages_text(len(chosen))
        size = words.octets(sum(message.octets for message in chosen))
        if await confirm(
            self,
            title=tr("Delete messages?"),
            text=tr("Delete {messages} ({size}) of {name}?").format(
                messages=told, size=size, name=self._account
            ),
            details=tr("They are deleted for good. Clients that have them keep their copies."),
            action=tr("Delete"),
            cancel=tr("Cancel"),
        ):
            uids = [message.uid for message in chosen]
            await self._services.service.remove_messages(self._account, uids)
            self.refresh()

    def _close(self) -> None:
        """The widgets go; what is still being read has nobody to show it to."""
        self._closed = True
        self._later.stop()

    def _failed(self, error: Exception) -> None:
        told = tr("The messages could not be read: {reason}").format(reason=error)
        self._tell_failure(told, tr("Try again"))

    def _not_deleted(self, error: Exception) -> None:
        told = tr("The messages could not be deleted: {reason}").format(reason=error)
        self._tell_failure(told, tr("Show the messages"))

    def _tell_failure(self, sentence: str, action: str) -> None:
        if not self._closed:
            self._failure.tell(sentence, action)
            self._stack.setCurrentIndex(FAILED)

    def _enable_delete(self) -> None:
        self._delete_button.setEnabled(self.table.selectionModel().hasSelection())

    def _build(self) -> None:
        theme = self._services.theme
        body = column(self, margin="l", gap="m")
        heading = column(gap="xs")
        heading.addWidget(label(theme, self.windowTitle(), kind="section", bold=True))
        heading.addWidget(self._summary)
        top = QHBoxLayout()
        top.addLayout(heading, 1)
        top.addLayout(self._buttons())
        body.addLayout(top)
        self.table.show_model(self._shown, self.model.columns)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        self.table.remember(self._services.settings)
        self.table.selectionModel().selectionChanged.connect(self._enable_delete)
        empty = EmptyState(theme, "inbox", "messages.empty")
        empty.tell(tr("This mailbox is empty."), tr("Import mail…"))
        empty.action.clicked.connect(self.import_mail)
        self._failure = EmptyState(theme, "accounts", "messages.failed")
        self._failure.action.clicked.connect(self.refresh)
        for page in (self.table, empty, self._failure):
            self._stack.addWidget(page)
        body.addWidget(self._stack, 1)
        self._enable_delete()

    def _buttons(self) -> QHBoxLayout:
        bring = button(tr("Import mail…"), "messages.import")
        bring.clicked.connect(self.import_mail)
        self._export_button = button(tr("Export mail…"), "messages.export")
        self._export_button.clicked.connect(self.export_mail)
        self._export_button.setEnabled(False)
        again = button(tr("Refresh"), "messages.refresh")
        again.clicked.connect(self.refresh)
        self._delete_button = button(tr("Delete…"), "messages.delete", kind="danger")
        self._delete_button.clicked.connect(self.delete)
        for keys, slot in (
            (QKeySequence(Qt.Key.Key_Delete), self.delete),
            (QKeySequence(QKeySequence.StandardKey.Refresh), self.refresh),
        ):
            QShortcut(keys, self).activated.connect(slot)
        line = row()
        for each in (bring, self._export_button, again, self._delete_button):
            each.setAutoDefault(False)
            line.addWidget(each)
        return line
