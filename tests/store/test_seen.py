"""Seen flags: noted at once, written together, never lost by an orderly end."""

from __future__ import annotations

import io
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from server_core.store import upkeep
from server_core.store.backend import Incoming, StoreError
from server_core.store.file_store import FileStore
from server_core.store.index import Index
from tests.store.conftest import ANN, deliver


def on_disk(folder: Path) -> list[bool]:
    """The flags that would be found after a death at this moment."""
    with TemporaryDirectory() as name:
        for file in (folder / "mail" / ANN).glob("index.sqlite3*"):
            shutil.copy(file, name)
        with closing(sqlite3.connect(Path(name, "index.sqlite3"))) as db:
            return [bool(seen) for (seen,) in db.execute("SELECT seen FROM messages ORDER BY uid")]


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """The groups of messages that were marked together; ``written`` tells when."""
    groups: list[set[int]] = []
    write = Index.mark_seen

    def noting(index: Index, uids: set[int]) -> None:
        write(index, uids)
        groups.append(set(uids))

    monkeypatch.setattr(Index, "mark_seen", noting)
    return groups


def test_flush_writes_at_once_and_in_one_commit(
    store: FileStore, tmp_path: Path, commits: list[set[int]]
) -> None:
    deliver(store, b"a", b"b", b"c")
    session = store.open(ANN)
    session.mark_seen(1)
    session.mark_seen(3)
    store.flush()
    assert on_disk(tmp_path) == [True, False, True]
    session.mark_seen(1)
    store.flush()
    assert commits == [{1, 3}]
    session.close()


def test_flags_reach_the_disk_by_themselves(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = threading.Event()
    write = Index.mark_seen

    def telling(index: Index, uids: set[int]) -> None:
        write(index, uids)
        written.set()

    monkeypatch.setattr(Index, "mark_seen", telling)
    deliver(store, b"a")
    session = store.open(ANN)
    session.mark_seen(1)
    session.close()
    assert written.wait(10)
    assert on_disk(tmp_path) == [True]


def test_closing_the_store_writes_what_is_noted(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "mail", cached_mailboxes=8)
    deliver(store, b"a", b"b")
    session = store.open(ANN)
    session.mark_seen(2)
    session.close()
    store.close()
    assert on_disk(tmp_path) == [False, True]


def test_a_noted_flag_is_part_of_what_the_store_tells(store: FileStore) -> None:
    store.deliver(ANN, [Incoming(io.BytesIO(b"x"), seen=True), *[Incoming(io.BytesIO(b"y"))] * 2])
    session = store.open(ANN)
    session.mark_seen(3)
    assert [row.seen for row in store.messages(ANN)] == [True, False, True]
    session.close()


def test_a_flag_set_in_an_old_snapshot_holds_in_the_newest(store: FileStore) -> None:
    deliver(store, b"a", b"b", b"c")
    old = store.open(ANN)
    store.remove(ANN, [1])
    old.mark_seen(3)
    old.mark_seen(1)
    assert [(row.uid, row.seen) for row in store.messages(ANN)] == [(2, False), (3, True)]
    old.close()


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    tried = threading.Event()

    def refuse(index: Index, uids: set[int]) -> None:
        tried.set()
        raise StoreError("the disk said no")

    with monkeypatch.context() as patch:
        patch.setattr(Index, "mark_seen", refuse)
        yield tried


def test_trouble_is_told_and_the_flags_are_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, heard = [], threading.Event()

    def on_problem(text: str) -> None:
        told.append(text)
        heard.set()

    monkeypatch.setattr(upkeep, "SEEN_DELAY", 0.01)
    store = FileStore(tmp_path / "mail", cached_mailboxes=8, on_problem=on_problem)
    deliver(store, b"a")
    session = store.open(ANN)
    with failing(monkeypatch):
        session.mark_seen(1)
        assert heard.wait(10)
        with pytest.raises(StoreError, match="the disk said no"):
            store.flush()
    assert "the disk said no" in told[0]
    store.flush()
    assert on_disk(tmp_path) == [True]
    session.close()
    store.close()
