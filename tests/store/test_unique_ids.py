"""Unique-ids: taken over where that is safe, never given out twice."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from server_core.store.backend import Incoming
from server_core.store.file_store import FileStore
from tests.store.conftest import ANN, deliver


def given(*unique_ids: str) -> list[Incoming]:
    return [Incoming(io.BytesIO(b"x"), unique_id=one) for one in unique_ids]


def reopened(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "mail", cached_mailboxes=8)


def test_a_unique_id_outlives_the_restart(tmp_path: Path) -> None:
    store = reopened(tmp_path)
    before = [row.unique_id for row in deliver(store, b"a", b"b")]
    store.close()
    store = reopened(tmp_path)
    assert [row.unique_id for row in store.messages(ANN)] == before
    store.close()


def test_the_id_of_the_newest_message_is_not_reused_after_its_removal(tmp_path: Path) -> None:
    used: set[str] = set()
    for _ in range(3):
        store = reopened(tmp_path)
        (row,) = deliver(store, b"same")
        assert row.unique_id not in used
        used.add(row.unique_id)
        store.remove(ANN, [row.uid])
        store.close()


def test_an_unused_id_is_taken_over_and_kept(tmp_path: Path) -> None:
    store = reopened(tmp_path)
    longest = "~" * 70
    assert [row.unique_id for row in store.deliver(ANN, given("!", longest))] == ["!", longest]
    store.close()
    store = reopened(tmp_path)
    session = store.open(ANN)
    assert session.unique_id_listing() == b"1 !\r\n2 " + longest.encode() + b"\r\n"
    session.close()
    store.close()


@pytest.mark.parametrize("bad", ["", "x" * 71, "two words", "tab\t", "é", "\x7f", "line\r\n"])
def test_an_id_that_pop3_cannot_carry_is_not_taken_over(store: FileStore, bad: str) -> None:
    (row,) = store.deliver(ANN, given(bad))
    assert row.unique_id != bad
    assert row.unique_id.endswith(".1")


def test_an_id_is_taken_over_once_even_after_removal_and_restart(tmp_path: Path) -> None:
    store = reopened(tmp_path)
    first, second = store.deliver(ANN, given("abc", "abc"))
    assert first.unique_id == "abc" != second.unique_id
    store.remove(ANN, [first.uid])
    store.close()
    store = reopened(tmp_path)
    (third,) = store.deliver(ANN, given("abc"))
    assert third.unique_id != "abc"
    store.close()


def test_an_id_of_our_own_making_is_not_taken_over(store: FileStore) -> None:
    (first,) = deliver(store, b"a")
    future = first.unique_id.split(".")[0] + ".3"
    rows = store.deliver(ANN, given(first.unique_id, future))
    assert len({first.unique_id, *(row.unique_id for row in rows)}) == 3


def test_a_mailbox_made_anew_gives_no_old_id(store: FileStore) -> None:
    (old,) = deliver(store, b"a")
    store.destroy(ANN)
    (new,) = deliver(store, b"a")
    assert new.unique_id != old.unique_id
