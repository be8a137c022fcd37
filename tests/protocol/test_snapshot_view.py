"""The table of live messages, own and external zombies, row by row, in both modes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server_core.config.model import DeletedMessages
from server_core.protocol.replies import CommandError
from server_core.protocol.snapshot_view import SnapshotView
from tests.protocol.memory import Mailbox, MemoryMaildrop

AXIGEN, RFC1939 = DeletedMessages.AXIGEN, DeletedMessages.RFC1939
LIVE, OWN, EXTERNAL = 1, 2, 3
both_modes = pytest.mark.parametrize("mode", list(DeletedMessages))


def _view(mode: DeletedMessages) -> SnapshotView:
    """Messages of 10, 20 and 30 octets: live, marked here, removed elsewhere."""
    mailbox = Mailbox([b"x" * 10, b"x" * 20, b"x" * 30])
    view = SnapshotView(MemoryMaildrop(mailbox), mode)
    view.mark(OWN)
    mailbox.remove([EXTERNAL])
    return view


def test_stat_counts_zombies_without_octets() -> None:
    assert _view(AXIGEN).stat() == (3, 10)


def test_stat_leaves_own_zombies_out_in_strict_mode() -> None:
    assert _view(RFC1939).stat() == (2, 10)


def test_list_shows_zombies_with_size_zero() -> None:
    assert _view(AXIGEN).scan_listing() == b"1 10\r\n2 0\r\n3 0\r\n"


def test_list_leaves_own_zombies_out_in_strict_mode() -> None:
    assert _view(RFC1939).scan_listing() == b"1 10\r\n3 0\r\n"


@pytest.mark.parametrize(("number", "size"), [(LIVE, 10), (OWN, 0), (EXTERNAL, 0)])
def test_list_of_one_gives_zombies_size_zero(number: int, size: int) -> None:
    view = _view(AXIGEN)
    assert view.size(view.listed(number)) == size


def test_list_and_uidl_of_one_refuse_own_zombies_in_strict_mode() -> None:
    view = _view(RFC1939)
    with pytest.raises(CommandError, match="already deleted"):
        view.listed(OWN)
    assert view.size(view.listed(LIVE)) == 10
    assert view.size(view.listed(EXTERNAL)) == 0


def test_uidl_shows_zombies_as_ever() -> None:
    assert _view(AXIGEN).unique_id_listing() == b"1 1.1\r\n2 1.2\r\n3 1.3\r\n"
    assert _view(AXIGEN).unique_id(EXTERNAL) == "1.3"


def test_uidl_leaves_own_zombies_out_in_strict_mode() -> None:
    assert _view(RFC1939).unique_id_listing() == b"1 1.1\r\n3 1.3\r\n"


@both_modes
def test_only_live_messages_can_be_read(mode: DeletedMessages) -> None:
    view = _view(mode)
    assert view.readable(LIVE) == LIVE
    for zombie in (OWN, EXTERNAL):
        with pytest.raises(CommandError, match="is deleted") as refusal:
            view.readable(zombie)
        assert not refusal.value.counts


@both_modes
def test_dele_marks_live_messages_and_accepts_what_is_gone(mode: DeletedMessages) -> None:
    view = _view(mode)
    view.mark(LIVE)
    view.mark(EXTERNAL)
    view.mark(EXTERNAL)
    with pytest.raises(CommandError, match="already deleted"):
        view.mark(OWN)
    assert view.marks == {LIVE, OWN}


@both_modes
def test_rset_revives_own_zombies_only(mode: DeletedMessages) -> None:
    view = _view(mode)
    view.reset()
    assert view.stat() == (3, 30)
    assert view.scan_listing() == b"1 10\r\n2 20\r\n3 0\r\n"
    assert view.readable(OWN) == OWN


@both_modes
def test_rset_finds_an_own_zombie_gone_that_vanished_meanwhile(mode: DeletedMessages) -> None:
    mailbox = Mailbox([b"x" * 10, b"x" * 20])
    view = SnapshotView(MemoryMaildrop(mailbox), mode)
    view.mark(2)
    mailbox.remove([2])
    assert view.stat()[1] == 10
    with pytest.raises(CommandError, match="already deleted"):
        view.mark(2)
    view.reset()
    assert view.stat() == (2, 10)
    assert view.size(2) == 0
    assert view.left == 1


@both_modes
def test_counts_and_octets_always_agree_with_the_listings(mode: DeletedMessages) -> None:
    mailbox = Mailbox([b"x" * size for size in range(1, 9)])
    view = SnapshotView(MemoryMaildrop(mailbox), mode)
    steps: tuple[Callable[[], object], ...] = (
        lambda: None,
        lambda: view.mark(3),
        lambda: mailbox.remove([3, 5]),
        lambda: view.mark(5),
        lambda: view.mark(8),
        lambda: mailbox.deliver(b"new"),
        view.reset,
        lambda: mailbox.remove([1, 8]),
        lambda: view.mark(2),
    )
    for step in steps:
        step()
        count, octets = view.stat()
        sizes = [int(line.split()[1]) for line in view.scan_listing().splitlines()]
        assert len(sizes) == len(view.unique_id_listing().splitlines()) == count
        assert sum(sizes) == octets
        assert view.total == 8


@both_modes
def test_a_number_beyond_the_snapshot_is_no_message(mode: DeletedMessages) -> None:
    view = _view(mode)
    for refuse in (view.listed, view.readable, view.mark):
        with pytest.raises(CommandError, match="No such message") as refusal:
            refuse(4)
        assert not refusal.value.counts


@both_modes
def test_the_rendered_listing_is_passed_on_while_there_are_no_zombies(
    mode: DeletedMessages,
) -> None:
    class Rendered(MemoryMaildrop):
        listing = b"1 10\r\n"

        def scan_listing(self) -> bytes:
            return self.listing

        def unique_id_listing(self) -> bytes:
            return self.listing

    view = SnapshotView(Rendered(Mailbox([b"x" * 10])), mode)
    assert view.scan_listing() is Rendered.listing
    assert view.unique_id_listing() is Rendered.listing


@both_modes
def test_listings_are_empty_once_nothing_is_left_to_list(mode: DeletedMessages) -> None:
    view = SnapshotView(MemoryMaildrop(Mailbox([b"x"])), mode)
    view.mark(1)
    expected = b"1 0\r\n" if mode is AXIGEN else b""
    assert view.scan_listing() == expected
