"""A full disk: a clear error, nothing half-stored, no leftovers, and work goes on afterwards."""

from __future__ import annotations

import errno
import io
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server_core.store import mailbox
from server_core.store.backend import Incoming, StoreError, StoreFull
from server_core.store.file_store import FileStore
from server_core.store.index import Index
from tests.store.conftest import ANN, content, contents, deliver, files, incoming
from tests.store.steps import StrikeAt, steps


def no_room(step: str) -> None:
    if step.startswith("sql"):
        problem = sqlite3.OperationalError("database or disk is full")
        problem.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise problem
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def assert_whole(store: FileStore, folder: Path) -> None:
    assert list(store.check(repair=False)) == []
    present = [f"{ANN}/messages/0/{row.uid:x}.msg" for row in store.messages(ANN)]
    assert [path for path in files(folder) if path.startswith(f"{ANN}/")] == sorted(present)


def test_a_removal_counts_although_tidying_up_after_it_finds_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(index: Index, uids: list[int]) -> None:
        raise StoreFull("no room")

    store = FileStore(tmp_path, cached_mailboxes=8)
    deliver(store, b"one", b"two")
    monkeypatch.setattr(mailbox, "_MANY_DOOMED", 1)
    with monkeypatch.context() as patch:
        patch.setattr(Index, "forget_doomed", refuse)
        assert store.remove(ANN, [1]) == 1
        store.close()
    store = FileStore(tmp_path, cached_mailboxes=8)
    assert contents(store) == [b"two\r\n"]
    assert_whole(store, tmp_path)
    store.close()


@contextmanager
def trouble_at(step: int, folder: Path) -> Iterator[tuple[FileStore, StrikeAt]]:
    """A store with two messages that meets trouble once, so many steps after it is armed."""
    strike = StrikeAt(step, no_room)
    with steps(strike):
        store = FileStore(folder, cached_mailboxes=8)
        deliver(store, b"old 1", b"old 2")
        yield store, strike
        strike.armed = False
        store.close()


OLD = [b"old 1\r\n", b"old 2\r\n"]


def test_no_room_at_any_step_of_a_delivery_stores_it_whole_or_not_at_all(tmp_path: Path) -> None:
    struck = ["first"]
    while struck[-1]:
        folder = tmp_path / str(len(struck))
        with trouble_at(len(struck), folder) as (store, strike):
            strike.armed = True
            try:
                assert len(deliver(store, b"one", b"two")) == 2
                expected = [*OLD, b"one\r\n", b"two\r\n"]
            except StoreFull as problem:
                expected = [*OLD, *(content(store, row.uid) for row in problem.delivered)]
            strike.armed = False
            struck.append(strike.struck)
            assert contents(store) == expected
            assert_whole(store, folder)
            deliver(store, b"later")
            assert contents(store) == [*expected, b"later\r\n"]
    assert {"write", "os fsync", "os replace", "sql COMMIT"} <= set(struck)


def test_no_room_for_the_very_first_delivery_leaves_a_mailbox_that_works(tmp_path: Path) -> None:
    struck = ["first"]
    while struck[-1]:
        folder = tmp_path / str(len(struck))
        with trouble_at(len(struck), folder) as (store, strike):
            strike.armed = True
            try:
                store.deliver("new", incoming(b"one"))
                expected = 1
            except StoreFull:
                expected = 0
            strike.armed = False
            struck.append(strike.struck)
            assert store.usage("new")[0] == expected
            assert_whole(store, folder)
    assert {"os mkdir", "os fsync", "os replace", "sql COMMIT"} <= set(struck)


def test_trouble_at_any_step_of_a_removal_removes_durably_or_not_at_all(tmp_path: Path) -> None:
    struck = ["first"]
    while struck[-1]:
        folder = tmp_path / str(len(struck))
        with trouble_at(len(struck), folder) as (store, strike):
            strike.armed = True
            try:
                assert store.remove(ANN, [1]) == 1
                expected = OLD[1:]
            except StoreError:
                expected = OLD
            struck.append(strike.struck)
            assert contents(store) == expected
        store = FileStore(folder, cached_mailboxes=8)
        assert contents(store) == expected
        assert_whole(store, folder)
        store.close()
    assert {"os unlink", "sql COMMIT"} <= set(struck)


def may_mount() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes, one of which is the store's reserve."""
    if not may_mount():
        pytest.skip("only root on Linux may mount a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
    yield disk
    # Lazily: a test that failed may have files open there.
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_really_full_disk_refuses_mail_and_serves_what_it_has(small_disk: Path) -> None:
    folder = small_disk / "mail"
    store = FileStore(folder, cached_mailboxes=8)
    wanted: list[bytes] = []
    text = b"Subject: filler\r\n\r\n" + b"x" * 70_000 + b"\r\n"
    with pytest.raises(StoreFull, match="no room left"):
        while len(wanted) < 100:
            deliver(store, text)
            wanted.append(text)
    assert 15 < len(wanted) < 30
    assert contents(store) == wanted
    assert_whole(store, folder)
    store.remove(ANN, [1, 2])
    deliver(store, text)
    assert contents(store) == wanted[1:]
    assert_whole(store, folder)
    store.close()


def test_a_bulk_delivery_onto_a_full_disk_tells_what_it_stored(small_disk: Path) -> None:
    store = FileStore(small_disk / "mail", cached_mailboxes=8)
    texts = [b"x" * 30_000 + b"%d" % number for number in range(100)]
    with pytest.raises(StoreFull) as caught:
        store.deliver(ANN, (Incoming(io.BytesIO(text)) for text in texts))
    stored = caught.value.delivered
    assert stored == tuple(store.messages(ANN))
    assert contents(store) == [text + b"\r\n" for text in texts[: len(stored)]]
    assert_whole(store, small_disk / "mail")
    store.close()


def test_what_others_filled_up_can_still_be_read_and_emptied(small_disk: Path) -> None:
    folder = small_disk / "mail"
    store = FileStore(folder, cached_mailboxes=8)
    deliver(store, b"one", b"two", b"three")
    store.close()
    with (small_disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError):
        while True:
            filler.write(b"x" * 4_096)
    store = FileStore(folder, cached_mailboxes=8)
    assert contents(store) == [b"one\r\n", b"two\r\n", b"three\r\n"]
    with pytest.raises(StoreFull):
        deliver(store, b"y" * 1_500_000)
    assert store.remove(ANN, [2]) == 1
    assert contents(store) == [b"one\r\n", b"three\r\n"]
    store.close()
