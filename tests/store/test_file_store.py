"""Which mailboxes stay in memory, what names are safe, and how messages are read."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import pytest

from server_core.store import readers, upkeep
from server_core.store.backend import MailStore, MessageDamaged, StoreError
from server_core.store.file_store import FileStore
from server_core.store.files import MailboxFolder, is_store_id
from server_core.store.index import Index, Row
from tests.store.conftest import ANN, deliver, incoming, wait_until


def cached(store: FileStore) -> list[str]:
    return list(store._mailboxes)


def test_the_file_store_is_a_mail_store(store: FileStore) -> None:
    contract: MailStore = store
    assert contract.usage(ANN) == (0, 0)


def test_the_mailboxes_used_longest_ago_leave_memory(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "mail", cached_mailboxes=2)
    for account in ("a", "b", "c"):
        store.deliver(account, incoming(b"x"))
    assert cached(store) == ["b", "c"]
    session = store.open_cached("b")
    assert session is not None
    store.open("a").close()
    assert cached(store) == ["b", "a"]
    # A mailbox with a session stays, whatever the bound.
    store.resize(0)
    assert cached(store) == ["b"]
    session.mark_seen(1)
    session.close()
    store.resize(0)
    assert cached(store) == []
    assert store.messages("b")[0].seen
    store.close()


def test_few_indexes_are_open_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "MAX_AWAKE", 3)
    store = FileStore(tmp_path / "mail", cached_mailboxes=100)
    for number in range(10):
        store.deliver(f"user{number}", incoming(b"x"))
    logs = list((tmp_path / "mail").rglob("*-wal"))
    assert 1 <= len(logs) <= 3
    assert len(cached(store)) == 10
    store.close()


def test_an_idle_index_is_closed_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(upkeep, "SEEN_DELAY", 0.01)
    store = FileStore(tmp_path / "mail", cached_mailboxes=8)
    deliver(store, b"x")
    session = store.open(ANN)
    log = tmp_path / "mail" / ANN / "index.sqlite3-wal"
    wait_until(lambda: not log.exists())
    assert session.read_whole_cached(1) in (b"x\r\n", None)
    deliver(store, b"y")
    session.close()
    store.close()


def test_a_removal_of_a_mailbox_that_was_broken_off_is_finished(tmp_path: Path) -> None:
    grave = tmp_path / "mail" / ".removed-0123" / "messages"
    grave.mkdir(parents=True)
    (grave / "1.msg").write_bytes(b"x")
    FileStore(tmp_path / "mail", cached_mailboxes=8).close()
    assert [path.name for path in (tmp_path / "mail").iterdir()] == [".reserve"]


def test_a_stopped_store_leaves_no_log_beside_its_indexes(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "mail", cached_mailboxes=100)
    deliver(store, b"x")
    store.remove(ANN, [1])
    store.close()
    left = sorted(path.name for path in (tmp_path / "mail" / ANN).iterdir())
    assert left == ["incoming", "index.sqlite3", "messages", "uidvalidity"]
    with sqlite3.connect(tmp_path / "mail" / ANN / "index.sqlite3") as db:
        assert db.execute("SELECT count(*) FROM doomed").fetchone() == (0,)
    db.close()


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "a\\b", ".hidden", "/etc", "a\0b", "con", "COM1.x", "x.", "a b", "é"],
)
def test_a_name_that_is_no_plain_folder_is_refused(store: FileStore, name: str) -> None:
    assert not is_store_id(name)
    with pytest.raises(StoreError, match="cannot be the name"):
        store.open(name)


@pytest.mark.parametrize("name", ["ann", "0f3a", "ann@example.org", "a+b=c~d_e-f.g", "console"])
def test_ordinary_names_are_fine(name: str) -> None:
    assert is_store_id(name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owner-only mode bits")
def test_mail_is_for_its_owner_only(store: FileStore, tmp_path: Path) -> None:
    deliver(store, b"x")
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0
    assert (tmp_path / "mail" / ANN).stat().st_mode & 0o077 == 0


def test_a_message_is_read_in_pieces_whole_and_from_memory(store: FileStore) -> None:
    text = b"".join(b"line %d\r\n" % number for number in range(20_000))
    deliver(store, text, b"small")
    session = store.open(ANN)
    reader = session.reader(1)
    assert (reader.stored, reader.header_length) == (len(text), len(text))
    assert reader.read(10, 50) == text[10:60]
    assert reader.read(len(text) - 5, 50) == text[-5:]
    assert reader.read_cached(100, 1_000) in (text[100:1_100], None)
    reader.close()
    reader.close()
    assert session.read_whole_cached(1) is None
    assert session.read_whole_cached(2) in (b"small\r\n", None)
    assert session.read_whole_cached(2, limit=6) is None
    session.close()


def test_where_the_system_cannot_say_what_is_in_memory_small_reads_are_done(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(store, b"x" * 100_000)
    monkeypatch.setattr(readers, "_CAN_ASK", False)
    session = store.open(ANN)
    reader = session.reader(1)
    assert reader.read_cached(99_990, 65_536) == b"x" * 10 + b"\r\n"
    assert reader.read_cached(0, 65_537) is None
    reader.close()
    session.close()


@pytest.mark.parametrize("change", [b"", b"shor", b"far too long"])
def test_a_file_of_another_length_is_damaged(
    store: FileStore, tmp_path: Path, change: bytes
) -> None:
    deliver(store, b"hello")
    path = tmp_path / "mail" / ANN / "messages" / "0" / "1.msg"
    path.write_bytes(change)
    session = store.open(ANN)
    for attempt in (session.reader, session.read_whole_cached):
        with pytest.raises(MessageDamaged, match="octets instead of 7"):
            attempt(1)
    path.unlink()
    with pytest.raises(MessageDamaged, match="missing"):
        session.reader(1)
    session.close()


def test_a_file_that_shrinks_while_it_is_read_is_damaged(store: FileStore, tmp_path: Path) -> None:
    deliver(store, b"x" * 1_000)
    session = store.open(ANN)
    reader = session.reader(1)
    os.truncate(tmp_path / "mail" / ANN / "messages" / "0" / "1.msg", 10)
    with pytest.raises(MessageDamaged, match="ended early"):
        reader.read(0, 1_000)
    reader.close()
    session.close()


def test_a_source_that_breaks_off_keeps_what_came_before(store: FileStore) -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise ConnectionResetError("the peer is gone")

    good, bad = incoming(b"whole")[0], incoming(b"")[0]
    object.__setattr__(bad, "source", Broken())
    with pytest.raises(StoreError, match="cannot be stored") as caught:
        store.deliver(ANN, [good, bad, good])
    assert caught.value.delivered == tuple(store.messages(ANN))
    assert len(caught.value.delivered) == 1
    assert list(store.check(repair=False)) == []


def test_a_large_mailbox_opens_with_one_query_and_one_folder_listing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore(tmp_path / "mail", cached_mailboxes=8)
    deliver(store, b"x")
    store.close()
    index = Index(tmp_path / "mail" / ANN / "index.sqlite3")
    rows = [Row(uid, 3, 3, 3, "", 0.0, False, None) for uid in range(2, 100_001)]
    index.insert(rows, 100_001)
    index.close()
    listed: list[Path] = []
    iterdir = Path.iterdir

    def noting(path: Path) -> object:
        listed.append(path)
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", noting)
    opened: list[str] = []
    message = MailboxFolder.message

    def naming(folder: MailboxFolder, uid: int) -> str:
        opened.append(str(uid))
        return message(folder, uid)

    monkeypatch.setattr(MailboxFolder, "message", naming)
    store = FileStore(tmp_path / "mail", cached_mailboxes=8)
    session = store.open(ANN)
    assert session.count == 100_000
    assert session.unique_id_listing().count(b"\r\n") == 100_000
    assert opened == []
    assert [path.name for path in listed] == ["mail", "incoming", "messages"]
    assert sys.getsizeof(session) + sys.getsizeof(session.octets) < 256
    session.close()
    store.close()
