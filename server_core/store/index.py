"""A mailbox's index: one SQLite file with a row for every message."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias

from server_core.store.backend import MailboxDamaged, StoredMessage, StoreError, StoreFull
from server_core.store.unique_ids import derived_id

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE mailbox (uidvalidity INTEGER NOT NULL, next_uid INTEGER NOT NULL);
CREATE TABLE messages (
    uid INTEGER PRIMARY KEY,
    octets INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    header_length INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    received REAL NOT NULL,
    seen INTEGER NOT NULL,
    unique_id TEXT  -- NULL: derived from uidvalidity and uid
);
-- Every unique-id ever taken over from elsewhere, also of messages that are gone.
CREATE TABLE taken_ids (unique_id TEXT PRIMARY KEY) WITHOUT ROWID;
-- Removed messages whose files are perhaps still there.
CREATE TABLE doomed (uid INTEGER PRIMARY KEY);
"""

_ROW = "uid, octets, stored, header_length, sha256, received, seen, unique_id"

# What opening a mailbox needs of a row: uid, octets, stored, header_length, seen, unique_id.
OpenRow: TypeAlias = tuple[int, int, int, int, int, str | None]

# Rows at once; those of a whole large mailbox take many times the memory that is kept of them.
_PIECE = 5_000

# Nobody else opens an index while the home is locked: SQLite need not ask for a lock at each step,
# and needs no file of shared memory. The cache is half a megabyte.
_PRAGMAS = (
    *("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "fullfsync=ON"),
    "cache_size=-512",
)

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})


class Row(NamedTuple):
    """A row to insert; ``unique_id`` only where it is not derived."""

    uid: int
    octets: int
    stored: int
    header_length: int
    sha256: str
    received: float
    seen: bool
    unique_id: str | None

    def open_row(self) -> OpenRow:
        """What a mailbox in memory keeps of it."""
        sizes = (self.octets, self.stored, self.header_length)
        return (self.uid, *sizes, int(self.seen), self.unique_id)

    def message(self, uidvalidity: int) -> StoredMessage:
        """What others get to know of it."""
        return StoredMessage(
            uid=self.uid,
            unique_id=self.unique_id or derived_id(uidvalidity, self.uid),
            octets=self.octets,
            stored=self.stored,
            header_length=self.header_length,
            sha256=self.sha256,
            received=self.received,
            seen=bool(self.seen),
        )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as problem:
        code = getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_OK)
        if code == sqlite3.SQLITE_FULL:
            raise StoreFull("The mailbox index cannot grow: no room left on the disk.") from problem
        if code & 0xFF in _DAMAGED:
            raise MailboxDamaged(f"The index {path} cannot be read: {problem}.") from problem
        raise StoreError(f"The index {path} does not answer: {problem}.") from problem


class Index:
    """An open index; its owner's lock admits one thread at a time.

    Every change is on the disk when its method returns.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _explained(path):
            self._db = sqlite3.connect(
                path, timeout=30, isolation_level=None, check_same_thread=False
            )
            try:
                for pragma in _PRAGMAS:
                    self._db.execute(f"PRAGMA {pragma}")
                self.version: int = self._db.execute("PRAGMA user_version").fetchone()[0]
            except BaseException:
                self._db.close()
                raise
        if self.version > SCHEMA_VERSION:
            self._db.close()
            raise StoreError(f"The index {path} was written by a newer version of Postroom.")

    def create(self, uidvalidity: int, next_uid: int = 1, rows: Iterable[Row] = ()) -> None:
        """Make the tables of a new mailbox, all or nothing."""
        with self._transaction():
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.execute("INSERT INTO mailbox VALUES (?, ?)", (uidvalidity, next_uid))
            self._db.executemany("INSERT INTO messages VALUES (?,?,?,?,?,?,?,?)", rows)
            self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        self.version = SCHEMA_VERSION

    def close(self) -> None:
        """Bring all changes into the main file and close it."""
        with _explained(self._path):
            self._db.close()

    def identity(self) -> tuple[int, int]:
        """The uidvalidity and the uid that the next message gets."""
        with _explained(self._path):
            row = self._db.execute("SELECT uidvalidity, next_uid FROM mailbox").fetchone()
        if row is None:
            raise MailboxDamaged(f"The index {self._path} has lost its identity.")
        return row[0], row[1]

    def count(self) -> int:
        """How many rows there are; reads them all."""
        return sum(map(len, self.open_rows()))

    def open_rows(self) -> Iterator[list[OpenRow]]:
        """All rows in order of arrival, as far as opening the mailbox needs them, in pieces."""
        query = "SELECT uid, octets, stored, header_length, seen, unique_id"
        with _explained(self._path):
            answer = self._db.execute(f"{query} FROM messages ORDER BY uid")
            while rows := answer.fetchmany(_PIECE):
                yield rows

    def messages(self, uidvalidity: int) -> list[StoredMessage]:
        """All rows in order of arrival."""
        with _explained(self._path):
            rows = self._db.execute(f"SELECT {_ROW} FROM messages ORDER BY uid").fetchall()
        return [Row._make(row).message(uidvalidity) for row in rows]

    def taken(self, unique_ids: Iterable[str]) -> set[str]:
        """Which of these unique-ids were taken over before."""
        query = "SELECT 1 FROM taken_ids WHERE unique_id = ?"
        with _explained(self._path):
            return {one for one in unique_ids if self._db.execute(query, (one,)).fetchone()}

    def insert(self, rows: Sequence[Row], next_uid: int) -> None:
        """Add messages."""
        given = [(row.unique_id,) for row in rows if row.unique_id is not None]
        with self._transaction():
            self._db.executemany("INSERT INTO messages VALUES (?,?,?,?,?,?,?,?)", rows)
            self._db.executemany("INSERT INTO taken_ids VALUES (?)", given)
            self._db.execute("UPDATE mailbox SET next_uid = ?", (next_uid,))

    def remove(self, uids: Iterable[int]) -> None:
        """Take messages out; they are doomed until ``forget_doomed``."""
        keys = [(uid,) for uid in uids]
        with self._transaction():
            self._db.executemany("INSERT OR IGNORE INTO doomed VALUES (?)", keys)
            self._db.executemany("DELETE FROM messages WHERE uid = ?", keys)

    def doomed(self) -> list[int]:
        """Removed messages whose files are perhaps still there."""
        with _explained(self._path):
            return [uid for (uid,) in self._db.execute("SELECT uid FROM doomed")]

    def forget_doomed(self, uids: Iterable[int]) -> None:
        """The files of these are gone for good."""
        with self._transaction():
            self._db.executemany("DELETE FROM doomed WHERE uid = ?", [(uid,) for uid in uids])

    def mark_seen(self, uids: Iterable[int]) -> None:
        """Set the Seen flag."""
        with self._transaction():
            self._db.executemany(
                "UPDATE messages SET seen = 1 WHERE uid = ?", [(uid,) for uid in uids]
            )

    def correct(self, uid: int, octets: int, stored: int, header_length: int) -> None:
        """Replace the sizes of a row."""
        with self._transaction():
            self._db.execute(
                "UPDATE messages SET octets = ?, stored = ?, header_length = ? WHERE uid = ?",
                (octets, stored, header_length, uid),
            )

    def is_sound(self) -> bool:
        """Whether SQLite finds no damage in the whole file."""
        try:
            verdict = self._db.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError:
            return False
        return bool(verdict == ("ok",))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _explained(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors, a full disk among them.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
