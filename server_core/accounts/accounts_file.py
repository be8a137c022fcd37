"""The accounts on disk: one SQLite file with a version, every change durable on return."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from server_core.accounts.account import Account, AccountsUnusable

# Step n takes a file of version n to n + 1. Steps are never edited once released, only added.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE account (
        name TEXT PRIMARY KEY,
        store_id TEXT NOT NULL UNIQUE,
        full_name TEXT NOT NULL,
        enabled INTEGER NOT NULL,
        verifier TEXT,
        created REAL NOT NULL,
        last_sign_in REAL NOT NULL DEFAULT 0,
        last_peer TEXT NOT NULL DEFAULT '',
        last_method TEXT NOT NULL DEFAULT '',
        last_listener TEXT NOT NULL DEFAULT ''
    ) STRICT, WITHOUT ROWID
    """,
)


@dataclass(frozen=True, slots=True)
class Record:
    """An account with what proves its password; ``verifier`` is None without a password."""

    account: Account
    verifier: str | None = field(repr=False)


class AccountsFile:
    """The open file. One caller at a time; every method waits for the disk.

    Failures of the file or the disk are AccountsUnusable, and nothing of the change is kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained("opened"):
            path.touch(mode=0o600)  # SQLite would let the umask decide
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            with self._explained("opened"):
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.execute("PRAGMA synchronous = FULL")
                migrate(self._database, MIGRATIONS)
        except BaseException:
            self._database.close()
            raise

    def records(self) -> list[Record]:
        """All accounts."""
        with self._explained("read"):
            rows = self._database.execute(
                "SELECT name, store_id, full_name, enabled, verifier IS NOT NULL, created,"
                " last_sign_in, last_peer, last_method, last_listener, verifier FROM account"
            ).fetchall()
        return [Record(_account(row[:-1]), row[-1]) for row in rows]

    def insert(self, record: Record) -> None:
        """Add an account that has not signed in yet."""
        account = record.account
        with self._explained("written"), _transaction(self._database):
            self._database.execute(
                "INSERT INTO account (name, store_id, full_name, enabled, verifier, created)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    account.name,
                    account.store_id,
                    account.full_name,
                    account.enabled,
                    record.verifier,
                    account.created,
                ),
            )

    def update(self, record: Record) -> None:
        """Write an account's full name, verifier and whether it is enabled."""
        account = record.account
        with self._explained("written"), _transaction(self._database):
            self._database.execute(
                "UPDATE account SET full_name = ?, enabled = ?, verifier = ? WHERE name = ?",
                (account.full_name, account.enabled, record.verifier, account.name),
            )

    def delete(self, name: str) -> None:
        """Remove an account."""
        with self._explained("written"), _transaction(self._database):
            self._database.execute("DELETE FROM account WHERE name = ?", (name,))

    def write_sign_ins(self, accounts: Iterable[Account]) -> None:
        """Write when and how these accounts signed in last, all or none."""
        with self._explained("written"), _transaction(self._database):
            self._database.executemany(
                "UPDATE account SET last_sign_in = ?, last_peer = ?, last_method = ?,"
                " last_listener = ? WHERE name = ? AND store_id = ?",
                [
                    (
                        x.last_sign_in,
                        x.last_peer,
                        x.last_method,
                        x.last_listener,
                        x.name,
                        x.store_id,
                    )
                    for x in accounts
                ],
            )

    def close(self) -> None:
        """Close the file."""
        with self._explained("closed"):
            self._database.close()

    @contextmanager
    def _explained(self, done: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise AccountsUnusable(
                f"The accounts file {self._path} cannot be {done}: {error}."
            ) from error


def _account(row: tuple[str, str, str, int, int, float, float, str, str, str]) -> Account:
    name, store_id, full_name, enabled, has_password, created, when, peer, method, listener = row
    return Account(
        name=name,
        store_id=store_id,
        full_name=full_name,
        enabled=bool(enabled),
        has_password=bool(has_password),
        created=created,
        last_sign_in=when,
        last_peer=peer,
        last_method=method,
        last_listener=listener,
    )


def migrate(database: sqlite3.Connection, steps: Sequence[str]) -> None:
    """Bring a file to the version ``len(steps)``, in one transaction; AccountsUnusable if newer."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > len(steps):
        raise AccountsUnusable("a newer Postroom wrote it")
    if version == len(steps):
        return
    with _transaction(database):
        for step in steps[version:]:
            database.execute(step)
        database.execute(f"PRAGMA user_version = {len(steps)}")


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
