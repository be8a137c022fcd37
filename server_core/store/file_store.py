"""The mail store on files: one folder per account, the mailboxes used last kept in memory."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from server_core.store.backend import (
    Finding,
    Incoming,
    MessageReader,
    StoredMessage,
    StoreError,
)
from server_core.store.check import check_mailbox
from server_core.store.delivery import Delivery
from server_core.store.files import MailboxFolder, explained, flush_folder, is_store_id
from server_core.store.mailbox import Mailbox
from server_core.store.reserve import Reserve
from server_core.store.snapshot import Snapshot
from server_core.store.upkeep import Upkeep

# Names beside the accounts' folders; a store id never starts with a dot.
_RECOVERED = ".recovered"
_REMOVED = ".removed-"
_RESERVE = ".reserve"

_log = logging.getLogger(__name__)


class FileStore:
    """The MailStore of a home: thread-safe, one process at a time.

    ``on_problem`` hears, on a thread of the store's own, what went wrong behind the scenes.
    """

    def __init__(
        self,
        folder: Path,
        *,
        cached_mailboxes: int,
        on_problem: Callable[[str], None] = _log.error,
    ) -> None:
        self._folder = folder
        self._cached = cached_mailboxes
        self._lock = threading.Lock()
        self._closed = False
        self._mailboxes: OrderedDict[str, Mailbox] = OrderedDict()
        self._on_problem = on_problem
        self._upkeep = Upkeep(on_problem)
        self._reserve = Reserve(folder / _RESERVE)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep_removed()
        except OSError as problem:
            raise explained(problem, f"The mail folder {folder} cannot be used") from problem
        self._reserve.replenish()
        self._upkeep.start()

    def open_cached(self, account: str) -> Snapshot | None:
        """A snapshot of a mailbox that is in memory, in O(1); else None."""
        with self._lock:
            mailbox = self._mailboxes.get(account)
            if mailbox is None or not mailbox.is_loaded:
                return None
            self._mailboxes.move_to_end(account)
            return mailbox.snapshot()

    def open(self, account: str) -> Snapshot:
        """A snapshot, reading the index when it must; makes the mailbox on first use."""
        with self._loaded(account) as mailbox:
            return mailbox.snapshot()

    def deliver(self, account: str, messages: Iterable[Incoming]) -> list[StoredMessage]:
        """Store messages, all durable on return; each source is read once, as it is reached."""
        with self._loaded(account) as mailbox:
            delivery = Delivery(mailbox)
            delivery.run(messages)
            return delivery.stored

    def messages(self, account: str) -> list[StoredMessage]:
        """The mailbox as it is now, in order of arrival."""
        with self._loaded(account) as mailbox:
            return mailbox.messages()

    def message(self, account: str, uid: int) -> MessageReader:
        """One message of it; StoreError when there is none such."""
        with self._loaded(account) as mailbox:
            return mailbox.reader(uid, *mailbox.sizes(uid))

    def remove(self, account: str, uids: Iterable[int]) -> int:
        """Remove messages; durable on return."""
        with self._loaded(account) as mailbox:
            return mailbox.remove(uids)

    def usage(self, account: str) -> tuple[int, int]:
        """Messages and octets."""
        with self._loaded(account) as mailbox:
            return mailbox.usage()

    def destroy(self, account: str) -> None:
        """Remove the mailbox with all its mail; messages of open sessions are gone."""
        with self._pinned(account) as mailbox:
            grave = self._folder / f"{_REMOVED}{secrets.token_hex(8)}"
            try:
                with mailbox.retired():
                    if mailbox.folder.root.exists():
                        mailbox.folder.root.rename(grave)
                        flush_folder(self._folder)
            except OSError as problem:
                raise explained(problem, "The mailbox cannot be removed") from problem
            with self._lock:
                del self._mailboxes[account]
            shutil.rmtree(grave, ignore_errors=True)

    def flush(self) -> None:
        """Write all noted Seen flags."""
        self._upkeep.flush()

    def resize(self, cached_mailboxes: int) -> None:
        """Keep so many mailboxes in memory from now on; may wait."""
        self._cached = cached_mailboxes
        self._trim()

    def check(self, *, repair: bool) -> Iterator[Finding]:
        """Compare every index with its files; mend what can be mended when asked.

        Opens each mailbox first, as a session would, which finishes what a crash interrupted.
        """
        for root in sorted(self._folder.iterdir()):
            # Other folders may lie here, lost+found for one; they must not become mailboxes.
            if is_store_id(root.name) and (root / "messages").is_dir():
                recovered = self._folder / _RECOVERED / root.name
                with self._pinned(root.name) as mailbox:
                    yield from check_mailbox(mailbox, recovered, repair=repair)

    def close(self) -> None:
        """Flush and close everything; whoever comes later is refused."""
        self._upkeep.stop()
        try:
            self._upkeep.flush()
        finally:
            with self._lock:
                self._closed = True
                mailboxes = list(self._mailboxes.values())
                self._mailboxes.clear()
            for mailbox in mailboxes:
                mailbox.close()

    @contextmanager
    def _pinned(self, account: str) -> Iterator[Mailbox]:
        if not is_store_id(account):
            raise StoreError(f"{account!r} cannot be the name of a mailbox folder.")
        with self._lock:
            if self._closed:
                raise StoreError("The mail store is closed.")
            mailbox = self._mailboxes.get(account)
            if mailbox is None:
                folder = MailboxFolder(self._folder, account)
                mailbox = Mailbox(account, folder, self._upkeep, self._reserve)
                self._mailboxes[account] = mailbox
            self._mailboxes.move_to_end(account)
            mailbox.pin()
        try:
            yield mailbox
        finally:
            mailbox.unpin()
            self._trim()

    @contextmanager
    def _loaded(self, account: str) -> Iterator[Mailbox]:
        with self._pinned(account) as mailbox:
            mailbox.load()
            yield mailbox

    def _trim(self) -> None:
        """Let go of the mailboxes used longest ago; those in use stay."""
        with self._lock:
            surplus = len(self._mailboxes) - self._cached
            if surplus <= 0:
                return
            idle = [mailbox for mailbox in self._mailboxes.values() if not mailbox.is_pinned]
        for mailbox in idle[:surplus]:
            try:
                self._let_go(mailbox)
            except StoreError as problem:
                self._on_problem(f"The mailbox {mailbox.account} stays in memory. {problem}")

    def _let_go(self, mailbox: Mailbox) -> None:
        # Written first: who opens the mailbox anew reads the Seen flags from the index.
        mailbox.flush_seen()
        with self._lock:
            if mailbox.is_pinned:
                return
            self._mailboxes.pop(mailbox.account, None)
        mailbox.sleep(wait=True)

    def _sweep_removed(self) -> None:
        for entry in self._folder.iterdir():
            if entry.name.startswith(_REMOVED):
                shutil.rmtree(entry, ignore_errors=True)
