"""The accounts on disk: one SQLite file with a version, every change durable on return."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from server_core.accounts.account import Account, AccountsUnusable
from server_core.accounts.kept import Kept
from server_core.accounts.method_use import DAYS, Use
from server_core.config.account_terms import AccountTerms

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
    "ALTER TABLE account ADD COLUMN terms TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE account ADD COLUMN kept TEXT NOT NULL DEFAULT '{}'",
    """
    CREATE TABLE method_use (
        day INTEGER NOT NULL,
        method TEXT NOT NULL,
        count INTEGER NOT NULL,
        last REAL NOT NULL,
        PRIMARY KEY (day, method)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE decoy (key BLOB NOT NULL) STRICT",
)
_DECOY_OCTETS = 32
_DAMAGED = " Put a copy of it back from a backup; the mail itself is in other files."


@dataclass(frozen=True, slots=True)
class Record:
    """An account with what proves its password."""

    account: Account
    kept: Kept = field(default=Kept(), repr=False)

    def without_password(self) -> Record:
        """The account as it is before a password was set."""
        return Record(replace(self.account, has_password=False))


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
                self._database.execute("PRAGMA secure_delete = ON")
                migrate(self._database, MIGRATIONS)
        except BaseException:
            self._database.close()
            raise

    def records(self) -> list[Record]:
        """All accounts."""
        with self._explained("read"):
            cursor = self._database.cursor()
            cursor.row_factory = sqlite3.Row
            return [_record(row) for row in cursor.execute("SELECT * FROM account")]

    def decoy_key(self) -> bytes:
        """Octets of this file's own, made once: what unknown names are shown is made from them."""
        with self._explained("written"), _transaction(self._database):
            row = self._database.execute("SELECT key FROM decoy").fetchone()
            if row is None:
                row = (secrets.token_bytes(_DECOY_OCTETS),)
                self._database.execute("INSERT INTO decoy (key) VALUES (?)", row)
        return bytes(row[0])

    def method_uses(self) -> list[Use]:
        """How often each method was used, day by day."""
        with self._explained("read"):
            rows = self._database.execute("SELECT day, method, count, last FROM method_use")
            return [Use(*row) for row in rows]

    def insert(self, record: Record) -> None:
        """Add an account that has not signed in yet."""
        account = record.account
        with self._explained("written"), _transaction(self._database):
            self._database.execute(
                "INSERT INTO account"
                " (name, store_id, full_name, enabled, verifier, created, terms, kept)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    account.name,
                    account.store_id,
                    account.full_name,
                    account.enabled,
                    record.kept.verifier,
                    account.created,
                    _terms_text(account.terms),
                    record.kept.as_text(),
                ),
            )

    def update(self, records: Iterable[Record]) -> None:
        """Write what the administrator decided of accounts, and what is kept of their passwords.

        All or none.
        """
        with self._explained("written"), _transaction(self._database):
            self._database.executemany(
                "UPDATE account SET full_name = ?, enabled = ?, verifier = ?, terms = ?, kept = ?"
                " WHERE name = ?",
                [
                    (
                        record.account.full_name,
                        record.account.enabled,
                        record.kept.verifier,
                        _terms_text(record.account.terms),
                        record.kept.as_text(),
                        record.account.name,
                    )
                    for record in records
                ],
            )

    def scrub(self) -> None:
        """Leave nothing behind of what was replaced or removed: the pages are clean by
        secure_delete, the write-ahead log is emptied here."""
        with self._explained("written"):
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def delete(self, name: str) -> None:
        """Remove an account."""
        with self._explained("written"), _transaction(self._database):
            self._database.execute("DELETE FROM account WHERE name = ?", (name,))

    def write_sign_ins(self, accounts: Iterable[Account], uses: Iterable[Use] = ()) -> None:
        """Write when and how these accounts signed in last and what was used, all or none."""
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
            for use in uses:
                self._database.execute(
                    "INSERT OR REPLACE INTO method_use (day, method, count, last)"
                    " VALUES (?, ?, ?, ?)",
                    (use.day, use.method, use.count, use.last),
                )
                self._database.execute("DELETE FROM method_use WHERE day <= ?", (use.day - DAYS,))

    def close(self) -> None:
        """Close the file."""
        with self._explained("closed"):
            self._database.close()

    @contextmanager
    def _explained(self, done: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            damaged = type(error) is sqlite3.DatabaseError  # its kinds are about the moment
            advice = _DAMAGED if damaged else ""
            raise AccountsUnusable(
                f"The accounts file {self._path} cannot be {done}: {error}.{advice}"
            ) from error


def _record(row: sqlite3.Row) -> Record:
    names = (field.name for field in fields(Account) if field.name in row.keys())  # noqa: SIM118
    values = {name: row[name] for name in names}
    values["enabled"] = bool(row["enabled"])
    values["terms"] = AccountTerms.model_validate_json(row["terms"])
    account = Account(has_password=row["verifier"] is not None, **values)
    try:
        return Record(account, Kept.from_text(row["verifier"], row["kept"]))
    except ValueError:
        # The verifier is enough to sign in, and signing in makes the rest anew.
        return Record(account, Kept(row["verifier"]))


def _terms_text(terms: AccountTerms) -> str:
    return terms.model_dump_json(exclude_defaults=True)


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
