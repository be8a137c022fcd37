"""One open mailbox: its columns in memory, its index and folder behind two locks."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from server_core.store.backend import (
    MailboxDamaged,
    MessageReader,
    Octets,
    StoredMessage,
    StoreError,
)
from server_core.store.delivery import Batch
from server_core.store.files import MailboxFolder, explained, new_uidvalidity, write_durably
from server_core.store.index import Index, Row
from server_core.store.readers import FileReader, read_whole_now
from server_core.store.reserve import Reserve
from server_core.store.snapshot import Columns, Snapshot
from server_core.store.unique_ids import taken_over
from server_core.store.upkeep import Upkeep

_MANY_DOOMED = 1_000


class Mailbox:
    """One account's mail, shared by all sessions and deliveries; thread-safe.

    ``_state`` guards what is in memory and is held for moments only: a session loop may take it.
    ``_disk`` guards index and folder and is held while the disk works; whoever needs both takes
    ``_disk`` first. A mailbox that is pinned (by a session, a delivery) stays in memory.
    """

    # Thousands are in memory, and nearly all of them have nothing to be done: what is usually empty
    # is nothing or an empty tuple, for which nothing is allocated.
    __slots__ = (
        "_columns",
        "_disk",
        "_earlier",
        "_index",
        "_loaded",
        "_next_uid",
        "_over",
        "_pins",
        "_reserve",
        "_state",
        "_unlinked",
        "_unsaved_seen",
        "_upkeep",
        "_validity",
        "_waiting",
        "account",
        "folder",
    )

    def __init__(
        self, account: str, folder: MailboxFolder, upkeep: Upkeep, reserve: Reserve
    ) -> None:
        self.account = account
        self.folder = folder
        self._upkeep = upkeep
        self._reserve = reserve
        self._state = threading.Lock()
        self._disk = threading.RLock()
        self._pins = 0
        self._loaded = False
        self._over = ""
        self._columns = Columns(0)
        self._earlier: tuple[weakref.ref[Columns], ...] = ()
        self._unsaved_seen: set[int] | None = None
        self._index: Index | None = None
        self._validity = 0
        self._next_uid = 1
        self._unlinked: tuple[int, ...] = ()
        self._waiting: tuple[Batch, ...] = ()

    # In memory: never waits.

    @property
    def is_loaded(self) -> bool:
        """Whether a snapshot can be had without waiting."""
        return self._loaded

    @property
    def is_pinned(self) -> bool:
        """Whether somebody relies on this object."""
        return self._pins > 0

    def pin(self) -> None:
        """Keep the mailbox in memory until ``unpin``."""
        with self._state:
            self._pins += 1

    def unpin(self) -> None:
        """End one ``pin``."""
        with self._state:
            self._pins -= 1

    def snapshot(self) -> Snapshot:
        """The mailbox as it is now; closing the snapshot unpins."""
        with self._state:
            self._pins += 1
            return Snapshot(self, self._columns)

    def usage(self) -> tuple[int, int]:
        """Messages and octets."""
        with self._state:
            return self._columns.count, self._columns.total

    def is_seen(self, uid: int) -> bool:
        """Whether a message was read; False for one that is not there."""
        with self._state:
            position = self._columns.find(uid)
            return position is not None and bool(self._columns.seen[position])

    def mark_seen(self, uid: int) -> None:
        """Note the flag; ``flush_seen`` writes it."""
        with self._state:
            position = self._columns.find(uid)
            if position is None or self._columns.seen[position]:
                return
            self._columns.seen[position] = 1
            first = not self._unsaved_seen
            if self._unsaved_seen is None:
                self._unsaved_seen = set()
            self._unsaved_seen.add(uid)
        if first:
            self._upkeep.note_unwritten(self)

    def reader(self, uid: int, stored: int, header_length: int) -> MessageReader:
        """Open a message file."""
        return FileReader(self.folder.message(uid), stored, header_length)

    def read_whole_cached(self, uid: int, stored: int) -> Octets | None:
        """A message file's contents if they are in memory."""
        return read_whole_now(self.folder.message(uid), stored)

    def holds(self, uid: int) -> bool:
        """Whether there is such a message."""
        with self._state:
            return self._columns.find(uid) is not None

    def sizes(self, uid: int) -> tuple[int, int]:
        """Stored octets and header length of a message that exists."""
        with self._state:
            position = self._columns.find(uid)
            if position is None:
                raise StoreError(f"There is no message {uid} in the mailbox.")
            return self._columns.stored[position], self._columns.header_lengths[position]

    # On the disk: may wait.

    @contextmanager
    def at_disk(self, doing: str) -> Iterator[Index]:
        """The open index, with ``_disk`` held; what the system reports comes out explained."""
        with self._disk:
            if self._over:
                raise StoreError(self._over)
            try:
                if self._index is None:
                    self._index = self._open_index()
                self._upkeep.note_awake(self)
                yield self._index
            except StoreError:
                raise
            except OSError as problem:
                raise explained(problem, doing) from problem

    def load(self) -> None:
        """Read the index, unless that was done, after finishing what a crash interrupted."""
        if not self._loaded:
            self._reserve.behind(self._load)

    def read_rows(self, index: Index) -> None:
        """Take a new generation from the index; ``_disk`` is held."""
        self._validity, self._next_uid = index.identity()
        columns = Columns(self._validity)
        for rows in index.open_rows():
            columns.extend(rows)
        with self._state:
            for uid in self._unsaved_seen or ():
                if (position := columns.find(uid)) is not None:
                    columns.seen[position] = 1
            self._succeed(columns, lambda old: [x for x in old.uids if columns.find(x) is None])

    def messages(self) -> list[StoredMessage]:
        """All rows in order of arrival, noted Seen flags included."""
        with self.at_disk("The mailbox cannot be read") as index:
            rows = index.messages(self._validity)
            with self._state:
                noted = frozenset(self._unsaved_seen or ())
        return [replace(row, seen=True) if row.uid in noted else row for row in rows]

    def publish(self, batch: Batch) -> list[StoredMessage]:
        """Make a batch part of the mailbox, durably; whoever waits meanwhile shares the commit."""
        batch.flush()
        with self._state:
            self._waiting += (batch,)
        with self._disk:
            if not batch.is_decided:
                with self._state:
                    group, self._waiting = self._waiting, ()
                self._publish_group(group)
        return batch.result()

    def remove(self, uids: Iterable[int]) -> int:
        """Remove messages; durable on return."""
        wanted = sorted(set(uids))
        return self._reserve.behind(lambda: self._remove(wanted))

    def flush_seen(self) -> None:
        """Write noted Seen flags; on StoreError they stay noted."""
        with self._disk:
            with self._state:
                uids, self._unsaved_seen = self._unsaved_seen, None
            if not uids or self._over:
                return
            try:
                with self.at_disk("Seen flags cannot be written") as index:
                    index.mark_seen(uids)
            except StoreError:
                with self._state:
                    self._unsaved_seen = uids | (self._unsaved_seen or set())
                raise

    def sleep(self, *, wait: bool) -> bool:
        """Close the index, which brings its log into the main file."""
        if not self._disk.acquire(blocking=wait):
            return False
        try:
            if self._index is not None:
                index, self._index = self._index, None
                self._upkeep.note_asleep(self)
                try:
                    self._forget_unlinked(index)
                finally:
                    index.close()
        except OSError as problem:
            raise explained(problem, "The mailbox cannot be closed") from problem
        finally:
            self._disk.release()
        return True

    def close(self) -> None:
        """Close the index for good: who comes too late must not open it again."""
        with self._disk:
            self.sleep(wait=True)
            self._over = self._over or "The mail store is closed."

    @contextmanager
    def index_replaced(self) -> Iterator[None]:
        """For whoever puts another index in place: afterwards it is the one that counts."""
        with self._disk:
            self._unlinked = ()
            self.sleep(wait=True)
            yield
            with self.at_disk("The mailbox cannot be opened") as index:
                self.read_rows(index)
                self._loaded = True

    @contextmanager
    def retired(self) -> Iterator[None]:
        """For whoever removes the folder: nobody is at work on it, nothing is in it any more."""
        with self._disk:
            self.sleep(wait=True)
            yield
            self._over = "The mailbox was removed."
            with self._state:
                self._succeed(Columns(self._validity), lambda old: old.uids)
                self._unsaved_seen = None

    def _load(self) -> None:
        with self.at_disk("The mailbox cannot be opened") as index:
            if not self._loaded:
                self._validity, self._next_uid = index.identity()
                if not self.folder.uidvalidity.exists():
                    write_durably(self.folder.uidvalidity, f"{self._validity:x}\n")
                self._finish_interrupted(index)
                self.read_rows(index)
                self._loaded = True

    def _remove(self, wanted: list[int]) -> int:
        with self.at_disk("The messages cannot be removed") as index:
            present = [uid for uid in wanted if self._columns.find(uid) is not None]
            if present:
                index.remove(present)
                with self._state:
                    self._succeed(self._columns.without(present), lambda _: present)
                    if self._unsaved_seen is not None:
                        self._unsaved_seen.difference_update(present)
                self._unlinked += tuple(uid for uid in present if self.folder.remove(uid))
                if len(self._unlinked) >= _MANY_DOOMED:
                    self._forget_unlinked(index)
        return len(present)

    # Helpers; ``_disk`` is held.

    def _succeed(self, columns: Columns, lost: Callable[[Columns], Iterable[int]]) -> None:
        """Have a new generation; those that somebody holds lose these. ``_state`` is held."""
        earlier = (*self._earlier, weakref.ref(self._columns))
        self._columns = columns
        held = [old for held in earlier if (old := held()) is not None]
        for old in held:
            old.lose(lost(old))
        self._earlier = tuple(map(weakref.ref, held))

    def _open_index(self) -> Index:
        self.folder.prepare()
        index = Index(self.folder.index)
        try:
            if index.version == 0:
                # An empty index beside messages is a lost one; to go on would orphan them.
                if next(self.folder.uids(), None) is not None:
                    raise MailboxDamaged(f"The index {self.folder.index} is missing or empty.")
                index.create(new_uidvalidity())
        except BaseException:
            index.close()
            raise
        return index

    def _finish_interrupted(self, index: Index) -> None:
        self.folder.sweep_incoming()
        # Named but never committed, so never acknowledged.
        for uid in list(self.folder.uids(first=self._next_uid)):
            self.folder.remove(uid)
        self._unlinked = tuple(uid for uid in index.doomed() if self.folder.remove(uid))
        self._forget_unlinked(index)

    def _forget_unlinked(self, index: Index) -> None:
        # When this fails the rows stay, and the next time does it: no reason to fail a removal
        # that is durable, or to keep anybody from reading.
        with contextlib.suppress(OSError):
            if self._unlinked:
                # A removal that the disk does not know yet would bring the file back.
                self.folder.flush_messages(self._unlinked)
                index.forget_doomed(self._unlinked)
                self._unlinked = ()

    def _publish_group(self, group: Sequence[Batch]) -> None:
        try:
            with self.at_disk("The message cannot be stored") as index:
                rows = self._commit(index, [batch for batch in group if batch.drafts])
        except StoreError as problem:
            for batch in group:
                batch.fail(problem)
        else:
            stored = iter(rows)
            for batch in group:
                batch.succeed([next(stored) for _ in batch.drafts])
        finally:
            for batch in group:
                if not batch.is_decided:
                    batch.fail(StoreError("The delivery was broken off."))

    def _commit(self, index: Index, group: list[Batch]) -> list[StoredMessage]:
        drafts = [draft for batch in group for draft in batch.drafts]
        given = taken_over(index, self._validity, [draft.unique_id for draft in drafts])
        rows: list[Row] = []
        try:
            for uid, (draft, unique_id) in enumerate(
                zip(drafts, given, strict=True), self._next_uid
            ):
                rows.append(draft.row(uid, unique_id))
                self.folder.place(draft.path, uid)
            self.folder.flush_messages(row.uid for row in rows)
            index.insert(rows, self._next_uid + len(rows))
        except BaseException:
            for row in rows:
                self.folder.remove(row.uid)
            raise
        with self._state:
            self._next_uid += len(rows)
            self._columns.extend([row.open_row() for row in rows])
        return [row.message(self._validity) for row in rows]
