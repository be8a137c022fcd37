"""The file: its versions, its flusher, its failures, and what is never in it."""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from server_core.accounts.account import Account, AccountsUnusable
from server_core.accounts.accounts_file import MIGRATIONS, Record, migrate
from server_core.accounts.directory import Directory
from server_core.accounts.flusher import Flusher
from server_core.accounts.register import Register
from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Secret
from tests.accounts.conftest import Office

ANN = "ann@example.com"
CANARY = "canary-tweets-4711"


def last_sign_in(path: Path) -> float:
    with closing(sqlite3.connect(path)) as database:
        (when,) = database.execute("SELECT last_sign_in FROM account").fetchone()
        return float(when)


def test_a_file_is_brought_to_the_newest_version_step_by_step() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        migrate(database, ["CREATE TABLE one (x)"])
        database.execute("INSERT INTO one VALUES (7)")
        migrate(database, ["CREATE TABLE one (x)", "ALTER TABLE one ADD COLUMN y DEFAULT 8"])
        assert database.execute("SELECT x, y FROM one").fetchall() == [(7, 8)]
        assert database.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_step_that_fails_leaves_the_file_as_it_was() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        with pytest.raises(sqlite3.Error):
            migrate(database, ["CREATE TABLE one (x)", "CREATE TABLE one (x)"])
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []
        assert database.execute("PRAGMA user_version").fetchone() == (0,)


def test_a_file_of_a_newer_postroom_is_refused(office: Office) -> None:
    office.open().close()
    with closing(sqlite3.connect(office.path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(AccountsUnusable, match="newer Postroom"):
        office.open()


def test_noted_sign_ins_are_seen_at_once_and_written_together(
    office: Office, directory: Directory
) -> None:
    directory.add(ANN, "correct horse")
    directory.note_sign_in(ANN, 1.0, "192.0.2.7:1", "USER", "office")
    directory.note_sign_in(ANN, 2.0, "192.0.2.7:2", "PLAIN", "office")
    directory.note_sign_in("nobody@example.com", 3.0, "192.0.2.7:3", "PLAIN", "office")
    account = directory.get(ANN)
    assert account is not None
    assert account.last_sign_in == 2.0
    directory.flush()
    assert last_sign_in(office.path) == 2.0


class Telling(Register):
    """Tells when a flush is through."""

    written = threading.Event()

    def flush(self) -> None:
        super().flush()
        self.written.set()


def test_a_noted_sign_in_is_soon_on_disk_without_anybody_asking(office: Office) -> None:
    register = Telling(office.path)
    register.insert(Record(Account(ANN, "ann-1", "", True, False, 1.0)))
    register.note_sign_in(ANN, 2.0, "192.0.2.7:2", "PLAIN", "office")
    assert register.written.wait(5)
    assert last_sign_in(office.path) == 2.0
    register.close()


def test_a_file_without_its_table_is_refused_when_opened(office: Office) -> None:
    office.open().close()
    with closing(sqlite3.connect(office.path, isolation_level=None)) as database:
        database.execute("DROP TABLE account")
    with pytest.raises(AccountsUnusable, match="cannot be read"):
        office.open()


def test_the_flusher_tells_what_fails_and_tries_again() -> None:
    outcomes: list[Exception | None] = [None, AccountsUnusable("disk full"), None]
    done, told = threading.Semaphore(0), threading.Event()

    def flush() -> None:
        outcome = outcomes.pop(0)
        done.release()
        if outcome:
            raise outcome

    def tell(problem: str) -> None:
        assert problem == "disk full"
        told.set()

    flusher = Flusher(flush, tell, gather=0.01, retry=0.01)
    flusher.wake()
    assert done.acquire(timeout=5)
    flusher.wake()
    assert told.wait(5)
    for _ in range(2):
        assert done.acquire(timeout=5)
    flusher.stop()
    assert outcomes == []


def test_sign_ins_that_could_not_be_written_stay_noted(
    office: Office, directory: Directory
) -> None:
    directory.add(ANN, "correct horse")
    with closing(sqlite3.connect(office.path, isolation_level=None)) as other:
        other.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON account"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
        directory.note_sign_in(ANN, 2.0, "192.0.2.7:2", "PLAIN", "office")
        with pytest.raises(AccountsUnusable, match="cannot be written: disk full"):
            directory.flush()
        other.execute("DROP TRIGGER full")
    directory.flush()
    assert last_sign_in(office.path) == 2.0


def test_a_change_that_cannot_be_written_has_not_happened(
    office: Office, directory: Directory
) -> None:
    directory.add(ANN, "correct horse")
    with closing(sqlite3.connect(office.path, isolation_level=None)) as other:
        other.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON account"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
        with pytest.raises(AccountsUnusable):
            directory.set_password(ANN, "battery staple")
    assert directory.verify(ANN, Secret(b"correct horse")).account == ANN


def test_a_verifier_that_nothing_can_read_counts_as_none_and_is_told(office: Office) -> None:
    directory = office.open()
    directory.add(ANN, "correct horse")
    directory.close()
    with closing(sqlite3.connect(office.path, isolation_level=None)) as database:
        database.execute("UPDATE account SET verifier = 'rubbish'")
    directory = office.open()
    assert directory.verify(ANN, Secret(b"correct horse")).reason is SignInReason.NO_PASSWORD
    assert office.problems == [
        "The stored password of 'ann@example.com' cannot be read; set a new one."
    ]
    directory.close()


def test_a_password_shows_nowhere(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    directory = office.open()
    secret = Secret(CANARY.encode())
    shown = [repr(directory.add(ANN, CANARY)), repr(directory), str(secret), f"{secret!r}"]
    shown.append(repr(directory.verify(ANN, secret)))
    shown.append(repr(directory.verify("nobody@example.com", secret)))
    shown += [repr(value) for value in vars(directory).values()]
    with pytest.raises(Exception, match="Unicode") as refused:
        directory.set_password(ANN, CANARY + "\ud800")
    shown += [repr(refused.value), repr(refused.value.__cause__)]
    directory.flush()
    octets = b"".join(file.read_bytes() for file in office.path.parent.iterdir())
    directory.close()
    assert b"$argon2id$" in octets
    assert CANARY.encode() not in octets + office.path.read_bytes()
    assert not [text for text in (*shown, caplog.text, *office.problems) if CANARY in text]
    assert not [text for text in shown if "$argon2id$" in text]
