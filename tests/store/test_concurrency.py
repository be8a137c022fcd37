"""Many threads on few mailboxes: nothing lost, nothing doubled, and commits are shared."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from server_core.store.backend import Incoming
from server_core.store.file_store import FileStore
from server_core.store.index import Index
from tests.store.conftest import ANN, contents, deliver, incoming, wait_until


def together(count: int, work: Callable[[int], None]) -> None:
    """Run ``work`` in so many threads that start at the same moment."""
    barrier = threading.Barrier(count)

    def start(number: int) -> None:
        barrier.wait(10)
        work(number)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(start, range(count)))


def test_deliveries_from_many_threads_are_all_there_once(store: FileStore) -> None:
    def work(thread: int) -> None:
        for number in range(10):
            (row,) = deliver(store, b"%d of %d" % (number, thread))
            assert row.uid > 0

    together(8, work)
    wanted = sorted(b"%d of %d\r\n" % (n, t) for n in range(10) for t in range(8))
    assert sorted(contents(store)) == wanted
    assert list(store.check(repair=False)) == []


def test_what_waits_for_a_commit_shares_the_next_one(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(store, b"first")
    commits: list[int] = []
    insert = Index.insert

    def counting(index: Index, rows: list[object], next_uid: int) -> None:
        commits.append(len(rows))
        insert(index, rows, next_uid)  # type: ignore[arg-type]

    monkeypatch.setattr(Index, "insert", counting)
    mailbox = store._mailboxes[ANN]
    with ThreadPoolExecutor(5) as pool:
        with mailbox.at_disk("test"):
            waiting = [pool.submit(deliver, store, b"%d" % number) for number in range(5)]
            wait_until(lambda: len(mailbox._waiting) == 5)
        uids = [future.result(10)[0].uid for future in waiting]
    assert commits == [5]
    assert sorted(uids) == [2, 3, 4, 5, 6]


def test_a_bulk_delivery_commits_in_batches_and_reads_as_it_goes(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    insert = Index.insert

    def counting(index: Index, rows: list[object], next_uid: int) -> None:
        commits.append(len(rows))
        insert(index, rows, next_uid)  # type: ignore[arg-type]

    monkeypatch.setattr(Index, "insert", counting)
    unread = 0

    def sources() -> object:
        nonlocal unread
        for number in range(150):
            unread = number + 1 - sum(commits)
            assert unread <= 64
            yield Incoming(io.BytesIO(b"%d" % number))

    rows = store.deliver(ANN, sources())  # type: ignore[arg-type]
    assert [row.uid for row in rows] == list(range(1, 151))
    assert commits == [64, 64, 22]


def test_sessions_deliveries_and_removals_leave_a_clean_mailbox(store: FileStore) -> None:
    deliver(store, *(b"old %d" % number for number in range(40)))
    removed: list[int] = []

    def work(thread: int) -> None:
        for number in range(8):
            if thread % 2:
                store.deliver(ANN, incoming(b"new %d %d" % (thread, number)))
            session = store.open_cached(ANN) or store.open(ANN)
            listing = session.unique_id_listing()
            own = [n for n in range(1, session.count + 1) if not session.is_gone(n)]
            if own:
                session.mark_seen(own[0])
            if own and thread % 2 == 0:
                removed.append(session.remove(own[:2]))
            assert session.unique_id_listing() == listing
            assert listing.count(b"\r\n") == session.count
            session.close()

    together(6, work)
    count, octets = store.usage(ANN)
    assert count == 40 + 3 * 8 - sum(removed)
    assert octets == sum(map(len, contents(store)))
    assert list(store.check(repair=False)) == []
