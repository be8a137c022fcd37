"""Accounts and their mail as the administrator handles them: one half of the facade."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from email.errors import MessageError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from pathlib import Path

from server_core.accounts.directory import Account, AccountProblem, Directory
from server_core.accounts.names import complete
from server_core.events.ring import Hub
from server_core.events.types import (
    AccountChanged,
    MessageDelivered,
    MessagesRemoved,
    printable,
)
from server_core.events.views import AccountView, MessageView
from server_core.ingress.exporting import export_mail
from server_core.ingress.importing import ImportReport, import_mail
from server_core.store.backend import Incoming, MessageReader, StoredMessage, StoreError
from server_core.store.file_store import FileStore
from server_core.workers.pool import WorkerPool

# Reading a header costs a file; more rows than this nobody reads in one list.
_WITH_HEADERS = 1000
_HEADER_OCTETS = 65_536
# Decoding takes time that grows with the square of what a stranger wrote.
_SHOWN = 1000


class Mailroom:
    """Accounts and mail of an opened home; lives on the control loop, blocking work on workers."""

    def __init__(
        self, directory: Directory, store: FileStore, workers: WorkerPool, hub: Hub
    ) -> None:
        self._directory = directory
        self._store = store
        self._workers = workers
        self._hub = hub
        self.domain = ""
        self.delivered = 0

    async def accounts(self) -> tuple[AccountView, ...]:
        """Every account with its mailbox in numbers, sorted by name."""
        return await self._workers.run(self._views)

    async def add(self, name: str, password: str | None, full_name: str) -> AccountView:
        """A new account; its mailbox is empty."""
        name = complete(name, self.domain)
        account = await self._workers.run(
            lambda: self._directory.add(name, password, full_name=full_name)
        )
        self._hub.emit(AccountChanged(user=account.name, change="added"))
        return await self._workers.run(self._view, account)

    async def set_password(self, name: str, password: str) -> None:
        """The old password ends at once."""
        account = self.account(name)
        await self._workers.run(self._directory.set_password, account.name, password)
        self._hub.emit(AccountChanged(user=account.name, change="password set"))

    async def set_enabled(self, name: str, enabled: bool) -> None:
        """Suspend an account, or let it sign in again."""
        account = self.account(name)
        await self._workers.run(self._directory.set_enabled, account.name, enabled)
        change = "enabled" if enabled else "suspended"
        self._hub.emit(AccountChanged(user=account.name, change=change))

    async def remove(self, name: str) -> None:
        """Remove an account with all its mail. No session of it may be open."""
        account = self.account(name)
        # Mail first: a death in between leaves an empty account to see, not mail that nobody owns.
        await self._workers.run(self._store.destroy, account.store_id)
        await self._workers.run(self._directory.remove, account.name)
        self._hub.emit(AccountChanged(user=account.name, change="removed with all its mail"))

    def account(self, name: str) -> Account:
        """The account of this name, completed; the directory's problem when there is none."""
        account = self._directory.get(complete(name, self.domain))
        if account is None:
            raise AccountProblem(f"There is no account {complete(name, self.domain)}.")
        return account

    async def messages(self, name: str) -> tuple[MessageView, ...]:
        """The mailbox in order of arrival; sender and subject for the newest thousand."""
        return await self._workers.run(self._messages, self.account(name).store_id)

    async def remove_messages(self, name: str, uids: Iterable[int]) -> int:
        """Remove messages for good; gives how many there were."""
        account = self.account(name)
        removed = await self._workers.run(self._store.remove, account.store_id, list(uids))
        self._hub.emit(MessagesRemoved(user=account.name, messages=removed))
        return removed

    async def deliver(self, name: str, messages: Iterable[Incoming]) -> list[StoredMessage]:
        """Store messages; all on disk on return."""
        account = self.account(name)
        stored = await self._workers.run(self._store.deliver, account.store_id, messages)
        self._delivered(account, len(stored), sum(message.octets for message in stored))
        return stored

    async def import_mail(self, name: str, path: Path, format: str) -> ImportReport:  # noqa: A002
        """Bring in foreign mail; the report says what came and what was left out."""
        account = self.account(name)
        report = await self._workers.run(import_mail, self._store, account.store_id, path, format)
        self._delivered(account, report.delivered, report.octets)
        return report

    async def export_mail(self, name: str, destination: Path, format: str) -> int:  # noqa: A002
        """Write a mailbox out; gives how many messages."""
        account = self.account(name)
        return await self._workers.run(
            export_mail, self._store, account.store_id, destination, format
        )

    def _delivered(self, account: Account, messages: int, octets: int) -> None:
        self.delivered += messages
        self._hub.emit(MessageDelivered(user=account.name, messages=messages, octets=octets))

    def _views(self) -> tuple[AccountView, ...]:
        return tuple(self._view(account) for account in self._directory.list())

    def _view(self, account: Account) -> AccountView:
        try:
            messages, octets = self._store.usage(account.store_id)
        except StoreError:
            # A damaged mailbox must not hide all other accounts; Health and check name it.
            messages, octets = 0, 0
        return AccountView(
            name=account.name,
            full_name=account.full_name,
            enabled=account.enabled,
            has_password=account.has_password,
            messages=messages,
            octets=octets,
            created=account.created,
            last_sign_in=account.last_sign_in,
            last_peer=account.last_peer,
            last_method=account.last_method,
            last_listener=account.last_listener,
        )

    def _messages(self, store_id: str) -> tuple[MessageView, ...]:
        stored = self._store.messages(store_id)
        bare = len(stored) - _WITH_HEADERS
        views = []
        for number, message in enumerate(stored, 1):
            sender, subject = ("", "") if number <= bare else self._headers(store_id, message)
            views.append(
                MessageView(
                    number=number,
                    uid=message.uid,
                    unique_id=message.unique_id,
                    octets=message.octets,
                    seen=message.seen,
                    received=message.received,
                    sender=sender,
                    subject=subject,
                )
            )
        return tuple(views)

    def _headers(self, store_id: str, message: StoredMessage) -> tuple[str, str]:
        try:
            reader = self._store.message(store_id, message.uid)
        except StoreError as problem:
            return "", f"({problem})"
        try:
            return _sender_and_subject(reader)
        except StoreError as problem:
            return "", f"({problem})"
        finally:
            reader.close()


def _sender_and_subject(reader: MessageReader) -> tuple[str, str]:
    octets = reader.read(0, min(reader.header_length, _HEADER_OCTETS))
    header = BytesHeaderParser().parsebytes(octets)
    first = {name.lower(): value for name, value in reversed([*header.raw_items()])}
    return _decoded(first.get("from", "")), _decoded(first.get("subject", ""))


def _decoded(value: str) -> str:
    """A header's text for people; one that breaks the rules is shown as it stands."""
    octets = value[:_SHOWN].encode("utf-8", "surrogateescape")
    text = octets.decode("utf-8", "replace")
    with suppress(LookupError, UnicodeError, ValueError, MessageError):
        text = str(make_header(decode_header(text)))
    return printable(" ".join(text.split()))
