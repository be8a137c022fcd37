"""Accounts are made, changed, kept on disk and refused with a sentence."""

from __future__ import annotations

import stat
import sys
import threading
from pathlib import Path

import pytest

from server_core.accounts.account import AccountProblem, AccountsUnusable
from server_core.accounts.directory import Directory
from server_core.protocol.actions import Secret
from tests.accounts.conftest import Office

PASSWORD = "correct horse"


def test_an_account_is_found_under_any_spelling_of_its_name(directory: Directory) -> None:
    made = directory.add("Ann@Example.COM", PASSWORD, "Ann Bolt")
    assert made.name == "ann@example.com"
    assert directory.get("ANN@example.com") == made
    assert (made.full_name, made.enabled, made.has_password) == ("Ann Bolt", True, True)
    assert made.last_sign_in == 0.0


def test_accounts_are_listed_by_name(directory: Directory) -> None:
    for name in ("tim@a.org", "ann@a.org", "max@a.org"):
        directory.add(name, None)
    assert [account.name for account in directory.list()] == ["ann@a.org", "max@a.org", "tim@a.org"]


def test_a_second_account_of_the_same_name_is_refused(directory: Directory) -> None:
    directory.add("ann@example.com", PASSWORD)
    with pytest.raises(AccountProblem, match="already"):
        directory.add("ANN@example.com", PASSWORD)


def test_of_many_who_add_the_same_account_one_succeeds(directory: Directory) -> None:
    outcomes: list[str] = []
    together = threading.Barrier(8)

    def add() -> None:
        together.wait(5)
        try:
            outcomes.append(directory.add("ann@example.com", PASSWORD).name)
        except AccountProblem:
            outcomes.append("refused")

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(outcomes) == ["ann@example.com", *["refused"] * 7]


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.set_password("nobody@a.org", PASSWORD),
        lambda d: d.set_full_name("nobody@a.org", "Nobody"),
        lambda d: d.set_enabled("nobody@a.org", False),
        lambda d: d.remove("nobody@a.org"),
    ],
)
def test_a_change_of_an_unknown_account_is_refused(directory: Directory, change: object) -> None:
    assert callable(change)
    with pytest.raises(AccountProblem, match=r"no account 'nobody@a\.org'"):
        change(directory)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "empty"),
        ("1234567", "shorter than 8"),
        ("two\r\nlines", "line end"),
        ("half a \ud800 pair", "not Unicode"),
        ("x" * 256, "longer than 255"),
    ],
)
def test_a_password_that_cannot_serve_is_refused(
    directory: Directory, password: str, sentence: str
) -> None:
    with pytest.raises(AccountProblem, match=sentence):
        directory.add("ann@example.com", password)
    assert directory.get("ann@example.com") is None


def test_a_weak_password_is_taken_when_asked_for_but_never_an_empty_one(
    directory: Directory,
) -> None:
    directory.add("ann@example.com", "pw", allow_weak=True)
    assert directory.verify("ann@example.com", Secret(b"pw")).account == "ann@example.com"
    with pytest.raises(AccountProblem, match="empty"):
        directory.set_password("ann@example.com", "", allow_weak=True)


def test_a_password_is_never_trimmed_but_has_one_spelling(directory: Directory) -> None:
    directory.add("ann@example.com", "  pässword ")
    for same in ("  pässword ", "  pa\u0308ssword ", "\u00a0 pässword\u2003"):
        assert directory.verify("ann@example.com", Secret(same.encode())).account
    for other in ("  pässword", "pässword ", "  password ", "  PÄSSWORD "):
        assert directory.verify("ann@example.com", Secret(other.encode())).account is None


def test_everything_survives_a_restart(office: Office) -> None:
    directory = office.open()
    directory.add("ann@example.com", PASSWORD, "Ann")
    directory.add("tim@example.com", None)
    directory.add("max@example.com", PASSWORD)
    directory.set_full_name("ann@example.com", "Ann Bolt")
    directory.set_enabled("tim@example.com", False)
    directory.set_password("tim@example.com", "another one")
    directory.remove("max@example.com")
    directory.note_sign_in("ann@example.com", 1234.5, "192.0.2.7:4711", "PLAIN", "office")
    before = directory.list()
    directory.close()

    again = office.open()
    assert again.list() == before
    ann = again.get("ann@example.com")
    assert ann is not None
    assert (ann.last_sign_in, ann.last_peer) == (1234.5, "192.0.2.7:4711")
    assert (ann.last_method, ann.last_listener) == ("PLAIN", "office")
    assert again.verify("ann@example.com", Secret(PASSWORD.encode())).account
    again.close()


def test_an_account_made_anew_gets_another_mail_folder(directory: Directory) -> None:
    first = directory.add("ann@example.com", PASSWORD)
    assert directory.remove("ann@example.com") == first
    second = directory.add("ann@example.com", PASSWORD)
    assert first.store_id.startswith("ann-example-com-")
    assert first.store_id != second.store_id


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_only_the_owner_can_read_the_accounts(office: Office, directory: Directory) -> None:
    directory.add("ann@example.com", PASSWORD)
    files = list(office.path.parent.glob("accounts.sqlite3*"))
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_file_that_is_no_accounts_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite3"
    path.write_bytes(b"a letter to grandmother, not a database " * 100)
    before = path.read_bytes()
    with pytest.raises(AccountsUnusable, match=r"cannot be opened: .*from a backup"):
        Directory(path)
    assert path.read_bytes() == before


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(AccountsUnusable, match="nowhere"):
        Directory(tmp_path / "nowhere" / "accounts.sqlite3")
