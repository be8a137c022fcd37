"""Accounts and their mail as the administrator handles them: one half of the facade."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from functools import partial
from pathlib import Path

from server_core.accounts.account_view import terms_warnings, view_of
from server_core.accounts.accounts_file import Record
from server_core.accounts.directory import Account, AccountProblem, Directory
from server_core.accounts.names import complete
from server_core.accounts.readiness import why_unready
from server_core.config.account_terms import AccountBasics, AccountTerms
from server_core.config.checking import ConfigRejected, checked
from server_core.config.model import Config
from server_core.config.schema import settings_of
from server_core.events.mail_views import MessageView
from server_core.events.ring import Hub
from server_core.events.types import (
    AccountChanged,
    MessageDelivered,
    MessagesRemoved,
    printable,
)
from server_core.events.views import (
    AccountView,
    MethodReadiness,
    MethodView,
    TermsWarning,
)
from server_core.ingress.exporting import export_mail
from server_core.ingress.importing import ImportReport, import_mail
from server_core.ingress.progress import Progress
from server_core.natural_order import natural_order
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
        self.config = Config()
        self.delivered = 0

    async def accounts(self) -> tuple[AccountView, ...]:
        """Every account with its mailbox in numbers, sorted by name."""
        return await self._workers.run(self._views)

    async def view(self, name: str) -> AccountView:
        """One account with its mailbox in numbers."""
        return await self._workers.run(self._view, self._record(name))

    def readiness(self, name: str, methods: Iterable[MethodView]) -> tuple[MethodReadiness, ...]:
        """For each of the server's methods, whether the account can sign in by it."""
        record = self._record(name)
        return tuple(
            MethodReadiness(view.method, why_unready(record, view, self.config)) for view in methods
        )

    def terms_warnings(self, name: str, terms: AccountTerms) -> tuple[TermsWarning, ...]:
        """What would follow from these terms that may not be meant."""
        return terms_warnings(self._record(name), terms, self.config, time.time())

    def new_name(self, name: str) -> str:
        """The sign-in name that a new account would have."""
        return self._directory.new_name(complete(name, self._domain))

    async def add(
        self, name: str, password: str | None, full_name: str, *, allow_weak: bool
    ) -> AccountView:
        """A new account; its mailbox is empty."""
        name, full_name = complete(name, self._domain), _basics(full_name).full_name
        account = await self._workers.run(
            lambda: self._directory.add(name, password, full_name, allow_weak=allow_weak)
        )
        self._hub.emit(AccountChanged(user=account.name, change="added"))
        return await self.view(account.name)

    async def change(
        self, name: str, *, full_name: str, enabled: bool, terms: AccountTerms
    ) -> AccountView:
        """Decide all there is to decide of an account; nothing is told when nothing differs."""
        before, full_name = self.account(name), _basics(full_name).full_name
        await self._workers.run(
            lambda: self._directory.change(
                before.name, full_name=full_name, enabled=enabled, terms=terms
            )
        )
        if told := _told(before, self.account(before.name)):
            self._hub.emit(AccountChanged(user=before.name, change=told))
        return await self.view(before.name)

    async def set_password(self, name: str, password: str, *, allow_weak: bool) -> None:
        """The old password ends at once."""
        account = self.account(name)
        await self._workers.run(
            lambda: self._directory.set_password(account.name, password, allow_weak=allow_weak)
        )
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
        return self._record(name).account

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
        with self._broken_off(account):
            stored = await self._workers.run(self._store.deliver, account.store_id, messages)
        self._delivered(account, len(stored), sum(message.octets for message in stored))
        return stored

    async def import_mail(
        self,
        name: str,
        path: Path,
        format: str,  # noqa: A002
        progress: Progress,
    ) -> ImportReport:
        """Bring in foreign mail; the report says what came and what was left out."""
        account = self.account(name)
        with self._broken_off(account):
            report = await self._workers.run(
                partial(import_mail, progress=progress), self._store, account.store_id, path, format
            )
        if report.delivered:
            self._delivered(account, report.delivered, report.octets)
        return report

    async def export_mail(
        self,
        name: str,
        destination: Path,
        format: str,  # noqa: A002
        progress: Progress,
    ) -> int:
        """Write a mailbox out; gives how many messages."""
        account = self.account(name)
        return await self._workers.run(
            partial(export_mail, progress=progress),
            self._store,
            account.store_id,
            destination,
            format,
        )

    @contextmanager
    def _broken_off(self, account: Account) -> Iterator[None]:
        """What a delivery did store before it failed is there, and told."""
        try:
            yield
        except StoreError as problem:
            if stored := problem.delivered:
                self._delivered(account, len(stored), sum(message.octets for message in stored))
            raise

    def _delivered(self, account: Account, messages: int, octets: int) -> None:
        self.delivered += messages
        self._hub.emit(MessageDelivered(user=account.name, messages=messages, octets=octets))

    @property
    def _domain(self) -> str:
        return self.config.server.primary_domain

    def _record(self, name: str) -> Record:
        record = self._directory.record(complete(name, self._domain))
        if record is None:
            raise AccountProblem(f"There is no account {complete(name, self._domain)}.")
        return record

    def _views(self) -> tuple[AccountView, ...]:
        records = self._directory.records()
        in_order = sorted(records, key=lambda record: natural_order(record.account.name))
        return tuple(map(self._view, in_order))

    def _view(self, record: Record) -> AccountView:
        try:
            messages, octets = self._store.usage(record.account.store_id)
        except StoreError:
            # A damaged mailbox must not hide all other accounts; Health and check name it.
            messages, octets = 0, 0
        return view_of(record, self.config, time.time(), messages=messages, octets=octets)

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


def _basics(full_name: str) -> AccountBasics:
    """Checked; AccountProblem says what is wrong."""
    try:
        return checked(AccountBasics, {"full_name": full_name})
    except ConfigRejected as rejected:
        raise AccountProblem(f"The full name {rejected.problems[0].text}.") from None


def _told(before: Account, after: Account) -> str:
    """What was decided of an account, in words; empty when nothing was."""
    parts = []
    if before.enabled is not after.enabled:
        parts.append("enabled" if after.enabled else "suspended")
    if before.full_name != after.full_name:
        parts.append("full name changed")
    parts += [
        f"{declared.title.lower()} changed"
        for declared in settings_of(AccountTerms)
        if getattr(before.terms, declared.name) != getattr(after.terms, declared.name)
    ]
    return ", ".join(parts)


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
