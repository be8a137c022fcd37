"""``check`` finds what is wrong, touches nothing unless asked, and repair leaves nothing wrong."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from server_core.store.backend import Fault, Finding, Incoming, MailboxDamaged
from server_core.store.file_store import FileStore
from tests.store.conftest import ANN, contents, deliver

LONG = b"A: b\r\n\r\n.dot\r\n" + b"x" * 500


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    """Ann's folder, the store stopped: three messages, one more was removed."""
    store = FileStore(tmp_path / "mail", cached_mailboxes=8)
    deliver(store, b"one", LONG, b"three", b"four")
    store.remove(ANN, [4])
    store.close()
    return tmp_path / "mail" / ANN


def check(mailbox: Path, *, repair: bool) -> list[Finding]:
    store = FileStore(mailbox.parent, cached_mailboxes=8)
    findings = list(store.check(repair=repair))
    store.close()
    return findings


def found(mailbox: Path, *, repair: bool) -> list[Fault]:
    findings = check(mailbox, repair=repair)
    assert all(finding.account == ANN and finding.repaired == repair for finding in findings)
    assert all(finding.what and finding.remedy.endswith(".") for finding in findings)
    return [finding.fault for finding in findings]


def remaining(mailbox: Path) -> list[bytes]:
    store = FileStore(mailbox.parent, cached_mailboxes=8)
    texts = contents(store)
    store.close()
    return texts


def recovered(mailbox: Path) -> dict[str, bytes]:
    folder = mailbox.parent / ".recovered" / ANN
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def message(mailbox: Path, uid: int) -> Path:
    return mailbox / "messages" / "0" / f"{uid:x}.msg"


def sql(mailbox: Path, statement: str) -> None:
    with closing(sqlite3.connect(mailbox / "index.sqlite3")) as db, db:
        db.execute(statement)


def lose(mailbox: Path) -> None:
    message(mailbox, 2).unlink()


def truncate(mailbox: Path) -> None:
    message(mailbox, 2).write_bytes(b"A: b\r\n")


def alter(mailbox: Path) -> None:
    message(mailbox, 2).write_bytes(message(mailbox, 2).read_bytes().replace(b"x", b"y", 1))


def wrong_octets(mailbox: Path) -> None:
    sql(mailbox, "UPDATE messages SET octets = 7 WHERE uid = 2")


def wrong_header(mailbox: Path) -> None:
    sql(mailbox, "UPDATE messages SET header_length = 7 WHERE uid = 2")


def strange_file(mailbox: Path) -> None:
    (mailbox / "messages" / "notes.txt").write_bytes(b"mine")


def unlinked_late(mailbox: Path) -> None:
    message(mailbox, 4).write_bytes(b"four\r\n")


WHOLE = [b"one\r\n", b"A: b\r\n\r\n..dot\r\n" + b"x" * 500 + b"\r\n", b"three\r\n"]


@pytest.mark.parametrize(
    ("harm", "fault", "kept"),
    [
        (lose, Fault.FILE_MISSING, [0, 2]),
        (truncate, Fault.FILE_DAMAGED, [0, 2]),
        (alter, Fault.FILE_DAMAGED, [0, 2]),
        (wrong_octets, Fault.ROW_WRONG, [0, 1, 2]),
        (wrong_header, Fault.ROW_WRONG, [0, 1, 2]),
        (strange_file, Fault.FILE_UNKNOWN, [0, 1, 2]),
        (unlinked_late, Fault.FILE_UNKNOWN, [0, 1, 2]),
    ],
)
def test_each_harm_is_found_left_alone_and_then_repaired(
    mailbox: Path, harm: Callable[[Path], None], fault: Fault, kept: list[int]
) -> None:
    assert found(mailbox, repair=False) == []
    harm(mailbox)
    assert found(mailbox, repair=False) == [fault]
    assert found(mailbox, repair=False) == [fault]
    assert found(mailbox, repair=True) == [fault]
    assert found(mailbox, repair=False) == []
    assert remaining(mailbox) == [WHOLE[number] for number in kept]


def test_what_repair_takes_out_is_kept_as_mail(mailbox: Path) -> None:
    alter(mailbox)
    unlinked_late(mailbox)
    found(mailbox, repair=True)
    altered = b"A: b\r\n\r\n.dot\r\ny" + b"x" * 499 + b"\r\n"
    assert recovered(mailbox) == {"2.eml": altered, "4.eml": b"four\r\n"}
    unlinked_late(mailbox)
    found(mailbox, repair=True)
    assert recovered(mailbox)["4-2.eml"] == b"four\r\n"


def test_opening_finishes_what_a_crash_interrupted(mailbox: Path) -> None:
    (mailbox / "incoming" / "deadbeef-1").write_bytes(b"half a mess")
    message(mailbox, 5).write_bytes(b"named but never committed\r\n")
    message(mailbox, 4).write_bytes(b"four\r\n")
    sql(mailbox, "INSERT INTO doomed VALUES (4)")
    assert remaining(mailbox) == WHOLE
    assert sorted(path.name for path in mailbox.rglob("*.msg")) == ["1.msg", "2.msg", "3.msg"]
    assert list((mailbox / "incoming").iterdir()) == []
    assert found(mailbox, repair=False) == []


def test_a_leftover_that_appears_under_a_running_store_is_found(
    store: FileStore, tmp_path: Path
) -> None:
    deliver(store, b"one")
    leftover = tmp_path / "mail" / ANN / "incoming" / "deadbeef-1"
    leftover.write_bytes(b"half a mess")
    assert [finding.fault for finding in store.check(repair=False)] == [Fault.LEFTOVER]
    assert [finding.fault for finding in store.check(repair=True)] == [Fault.LEFTOVER]
    assert not leftover.exists()


def corrupt(mailbox: Path) -> None:
    (mailbox / "index.sqlite3").write_bytes(b"not a database, rather a long text" * 500)


def zero_pages(mailbox: Path) -> None:
    size = (mailbox / "index.sqlite3").stat().st_size
    with (mailbox / "index.sqlite3").open("r+b") as file:
        file.seek(4096)
        file.write(b"\0" * (size - 4096))


def empty(mailbox: Path) -> None:
    (mailbox / "index.sqlite3").write_bytes(b"")


def remove_index(mailbox: Path) -> None:
    (mailbox / "index.sqlite3").unlink()


@pytest.mark.parametrize("harm", [corrupt, zero_pages, empty, remove_index])
def test_a_lost_index_is_rebuilt_with_the_same_mail_and_unique_ids(
    mailbox: Path, harm: Callable[[Path], None]
) -> None:
    store = FileStore(mailbox.parent, cached_mailboxes=8)
    before = [(row.uid, row.unique_id, row.octets, row.sha256) for row in store.messages(ANN)]
    store.close()
    harm(mailbox)
    damaged = (mailbox / "index.sqlite3").read_bytes() if harm is corrupt else b""
    store = FileStore(mailbox.parent, cached_mailboxes=8)
    with pytest.raises(MailboxDamaged):
        store.open(ANN)
    assert store.open_cached(ANN) is None
    store.deliver("other", [Incoming(io.BytesIO(b"untouched"))])
    assert [finding.fault for finding in store.check(repair=False)] == [Fault.INDEX_UNREADABLE]
    assert [finding.fault for finding in store.check(repair=True)] == [Fault.INDEX_UNREADABLE]
    assert list(store.check(repair=False)) == []
    rows = store.messages(ANN)
    assert [(row.uid, row.unique_id, row.octets, row.sha256) for row in rows] == before
    # The removed fourth message's unique-id is not given out again.
    assert deliver(store, b"new")[0].uid > 4
    store.close()
    assert remaining(mailbox) == [*WHOLE, b"new\r\n"]
    if damaged:
        kept = next(mailbox.glob("index.damaged-*.sqlite3"))
        assert kept.read_bytes() == damaged


def test_rebuilding_sets_aside_files_that_are_not_whole(mailbox: Path) -> None:
    corrupt(mailbox)
    message(mailbox, 2).write_bytes(b"A: b\r\nbroken o")
    assert found(mailbox, repair=True) == [Fault.INDEX_UNREADABLE]
    assert remaining(mailbox) == [WHOLE[0], WHOLE[2]]
    assert recovered(mailbox) == {"2.eml": b"A: b\r\nbroken o"}
    assert found(mailbox, repair=False) == []


def test_rebuilding_under_sessions_leaves_them_their_snapshot(
    store: FileStore, tmp_path: Path
) -> None:
    deliver(store, b"one", b"two")
    session = store.open(ANN)
    folder = tmp_path / "mail" / ANN
    mailbox = store._mailboxes[ANN]
    mailbox.sleep(wait=True)
    corrupt(folder)
    with pytest.raises(MailboxDamaged):
        session.remove([1])
    assert [finding.repaired for finding in store.check(repair=True)] == [True]
    assert session.gone() == frozenset()
    assert session.reader(2).read(0, 99) == b"two\r\n"
    assert session.remove([1]) == 1
    session.close()
    assert contents(store) == [b"two\r\n"]


def test_a_restored_folder_is_the_mailbox(mailbox: Path, tmp_path: Path) -> None:
    mailbox.rename(tmp_path / "backup")
    assert remaining(mailbox) == []
    for path in sorted(mailbox.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    mailbox.rmdir()
    (tmp_path / "backup").rename(mailbox)
    assert remaining(mailbox) == WHOLE


def test_a_mailbox_that_cannot_be_checked_does_not_hide_the_others(mailbox: Path) -> None:
    sql(mailbox, "PRAGMA user_version = 99")
    store = FileStore(mailbox.parent, cached_mailboxes=8)
    store.deliver("zoe", [Incoming(io.BytesIO(b"x"))])
    (mailbox.parent / "zoe" / "messages" / "0" / "1.msg").unlink()
    findings = list(store.check(repair=True))
    assert [(finding.account, finding.repaired) for finding in findings] == [
        (ANN, False),
        ("zoe", True),
    ]
    assert "newer version" in findings[0].what
    store.close()


def test_a_folder_that_is_no_mailbox_does_not_become_one(mailbox: Path) -> None:
    stranger = mailbox.parent / "lost+found"
    stranger.mkdir()
    assert found(mailbox, repair=True) == []
    assert list(stranger.iterdir()) == []
