"""What a session sees: numbers never change, removals elsewhere become gone entries."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server_core.store.backend import Incoming, StoreError
from server_core.store.file_store import FileStore
from server_core.store.snapshot import Columns
from tests.store.conftest import ANN, deliver, files


def test_a_snapshot_does_not_see_later_mail(store: FileStore) -> None:
    deliver(store, b"one")
    session = store.open(ANN)
    deliver(store, b"three")
    assert (session.count, session.octets) == (1, 5)
    assert session.scan_listing() == b"1 5\r\n"
    later = store.open(ANN)
    assert later.scan_listing() == b"1 5\r\n2 7\r\n"
    # The one rendered text serves both.
    assert session.scan_listing() == b"1 5\r\n"
    session.close()
    later.close()


def test_the_first_opening_makes_an_empty_mailbox(store: FileStore) -> None:
    assert store.open_cached(ANN) is None
    session = store.open(ANN)
    assert (session.count, session.octets) == (0, 0)
    assert session.scan_listing() == session.unique_id_listing() == b""
    session.close()


def test_a_removal_elsewhere_makes_entries_gone_and_changes_no_number(store: FileStore) -> None:
    deliver(store, b"one", b"two", b"three")
    watching, removing = store.open(ANN), store.open(ANN)
    before = watching.scan_listing(), watching.unique_id_listing(), watching.octets
    assert watching.gone() == frozenset()
    assert removing.remove([2]) == 1
    assert watching.gone() == frozenset({2})
    assert [watching.is_gone(number) for number in (1, 2, 3)] == [False, True, False]
    assert (watching.scan_listing(), watching.unique_id_listing(), watching.octets) == before
    assert watching.reader(3).read(0, 99) == b"three\r\n"
    with pytest.raises(StoreError, match="removed meanwhile"):
        watching.reader(2)
    with pytest.raises(StoreError, match="removed meanwhile"):
        watching.read_whole_cached(2)
    fresh = store.open(ANN)
    assert fresh.scan_listing() == b"1 5\r\n2 7\r\n"
    assert fresh.unique_id(2) == watching.unique_id(3)
    for session in (watching, removing, fresh):
        session.close()


def test_a_message_that_came_after_the_snapshot_is_not_in_its_gone_set(store: FileStore) -> None:
    deliver(store, b"one")
    session = store.open(ANN)
    (later,) = deliver(store, b"two")
    store.remove(ANN, [later.uid])
    assert session.gone() == frozenset()
    store.remove(ANN, [1])
    assert session.gone() == frozenset({1})
    session.close()


def test_snapshots_of_different_times_all_learn_of_a_removal(store: FileStore) -> None:
    deliver(store, b"a", b"b", b"c", b"d")
    first = store.open(ANN)
    store.remove(ANN, [1])
    second = store.open(ANN)
    store.remove(ANN, [4])
    assert first.gone() == frozenset({1, 4})
    assert second.gone() == frozenset({3})
    first.close()
    second.close()


def test_a_transfer_that_began_before_the_removal_finishes(store: FileStore) -> None:
    text = b"x" * 998 + b"\r\n"
    deliver(store, text * 300)
    session, other = store.open(ANN), store.open(ANN)
    reader = session.reader(1)
    start = reader.read(0, 100_000)
    assert other.remove([1]) == 1
    assert session.is_gone(1)
    assert start + reader.read(100_000, 1_000_000) == text * 300
    reader.close()
    session.close()
    other.close()


def test_two_sessions_may_remove_the_same_message(store: FileStore) -> None:
    deliver(store, b"one", b"two")
    a, b = store.open(ANN), store.open(ANN)
    assert a.remove([1]) == 1
    assert b.remove([1, 2]) == 1
    assert store.usage(ANN) == (0, 0)
    a.close()
    b.close()


def test_removal_takes_the_file_away(store: FileStore, tmp_path: Path) -> None:
    deliver(store, b"one", b"two")
    store.remove(ANN, [1, 99])
    assert files(tmp_path / "mail") == ["ann/messages/0/2.msg"]


def test_a_destroyed_mailbox_is_gone_for_its_sessions(store: FileStore, tmp_path: Path) -> None:
    deliver(store, b"one", b"two")
    session = store.open(ANN)
    store.destroy(ANN)
    assert session.gone() == frozenset({1, 2})
    with pytest.raises(StoreError, match="mailbox was removed"):
        session.remove([1])
    session.mark_seen(1)
    assert [path.name for path in (tmp_path / "mail").iterdir()] == [".reserve"]
    session.close()
    assert store.usage(ANN) == (0, 0)


def test_whoever_comes_after_the_store_was_closed_opens_nothing(
    store: FileStore, tmp_path: Path
) -> None:
    deliver(store, b"one", b"two")
    session = store.open(ANN)
    store.close()
    before = files(tmp_path / "mail")
    for late in (lambda: session.remove([1]), lambda: store.open(ANN), lambda: store.open("ben")):
        with pytest.raises(StoreError, match="store is closed"):
            late()
    session.mark_seen(1)
    session.close()
    assert store.open_cached(ANN) is None
    assert files(tmp_path / "mail") == before and not (tmp_path / "mail" / "ben").exists()


def test_opening_what_is_in_memory_reads_nothing_and_copies_nothing(store: FileStore) -> None:
    deliver(store, *(b"%d" % number for number in range(200)))
    first, second = store.open_cached(ANN), store.open_cached(ANN)
    assert first is not None and second is not None
    assert first.scan_listing() is second.scan_listing()
    assert first.unique_id_listing() is second.unique_id_listing()
    first.close()
    second.close()


def test_a_given_unique_id_keeps_its_place_when_others_go(store: FileStore) -> None:
    deliver(store, b"a", b"b")
    store.deliver(ANN, [Incoming(io.BytesIO(b"c"), unique_id="kept")])
    deliver(store, b"d")
    store.remove(ANN, [1])
    session = store.open(ANN)
    ids = [session.unique_id(number) for number in (1, 2, 3)]
    assert ids[1] == "kept"
    expected = b"".join(b"%d %s\r\n" % (n, i.encode()) for n, i in enumerate(ids, 1))
    assert session.unique_id_listing() == expected
    session.close()


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 10_000), min_size=1, max_size=30, unique=True),
    st.sets(st.integers(0, 29)),
    st.sets(st.integers(0, 29)),
)
def test_the_next_generation_holds_what_a_plain_list_would(
    uids: list[int], named: set[int], lost: set[int]
) -> None:
    rows = [
        (uid, uid * 3, uid * 5, uid * 2, uid % 2, f"id{uid}" if n in named else None)
        for n, uid in enumerate(sorted(uids))
    ]
    columns = Columns(7)
    columns.extend(rows[:10])
    columns.extend(rows[10:])
    kept = [row for n, row in enumerate(rows) if n not in lost]
    following = columns.without(row[0] for row in rows if row not in kept)
    found = zip(
        following.uids,
        following.octets,
        following.stored,
        following.header_lengths,
        following.seen,
        map(following.unique_id, range(following.count)),
        strict=True,
    )
    assert list(found) == [(*row[:5], row[5] or f"7.{row[0]:x}") for row in kept]
    assert following.total == sum(row[1] for row in kept)


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_a_listing_asked_for_in_any_order_is_what_was_there(counts: list[int]) -> None:
    columns = Columns(7)
    columns.extend([(uid, uid * 3, 0, 0, 0, None) for uid in range(1, 31)])
    for count in counts:
        lines = [b"%d %d\r\n" % (number, number * 3) for number in range(1, count + 1)]
        assert columns.scan_listing(count) == b"".join(lines)
