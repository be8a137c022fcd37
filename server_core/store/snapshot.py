"""What sessions see of a mailbox: growing columns that many snapshots share, and the snapshot."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from server_core.store.backend import MessageDamaged, MessageReader, Octets, StoreError
from server_core.store.index import OpenRow
from server_core.store.unique_ids import derived_id

if TYPE_CHECKING:
    from server_core.store.mailbox import Mailbox

_NONE: frozenset[int] = frozenset()


class Listing(NamedTuple):
    """So many rendered lines of a multi-line reply.

    Never changed, so that another thread does not see the count of one state with the text of
    another; rendering twice at once costs time, not truth.
    """

    lines: int
    text: bytes

    def grown(self, count: int, render: Callable[[int, int], str]) -> Listing:
        """The same with ``count`` lines; ``render`` gives those between two positions."""
        return Listing(count, self.text + render(self.lines, count).encode("ascii"))

    def first(self, count: int) -> bytes:
        """The text of the first ``count`` lines."""
        if count == self.lines:
            return self.text
        following = self.text.rfind(b"\r\n%d " % (count + 1))
        return self.text[: following + 2] if count else b""


_NO_LINES = Listing(0, b"")


class Columns:
    """One generation of a mailbox: every message's numbers, by position (message number - 1).

    Deliveries append to the newest generation; what a snapshot counted never moves. A removal
    starts a new generation, and the older ones, as long as a snapshot holds them, learn in
    ``gone`` which of their messages no longer exist.
    """

    __slots__ = (
        "__weakref__",
        "_scan",
        "_unique",
        "_validity",
        "count",
        "gone",
        "header_lengths",
        "octets",
        "seen",
        "stored",
        "total",
        "uids",
        "unique_ids",
    )

    def __init__(self, validity: int) -> None:
        self._validity = validity
        self.uids = array("Q")
        self.octets = array("Q")
        self.stored = array("Q")
        self.header_lengths = array("Q")
        self.seen = bytearray()
        self.unique_ids: dict[int, str] = {}
        self.count = 0
        self.total = 0
        self.gone = _NONE
        self._scan = self._unique = _NO_LINES

    def extend(self, rows: Sequence[OpenRow]) -> None:
        """Append messages; under the mailbox's lock."""
        if not rows:
            return
        uids, octets, stored, header_lengths, seen, unique_ids = zip(*rows, strict=True)
        self.uids.extend(uids)
        self.octets.extend(octets)
        self.stored.extend(stored)
        self.header_lengths.extend(header_lengths)
        self.seen.extend(seen)
        if any(unique_ids):
            self.unique_ids.update(
                (position, given)
                for position, given in enumerate(unique_ids, self.count)
                if given is not None
            )
        self.total += sum(octets)
        self.count += len(rows)

    def find(self, uid: int) -> int | None:
        """The position of a message."""
        position = bisect_left(self.uids, uid)
        if position < self.count and self.uids[position] == uid:
            return position
        return None

    def lose(self, uids: Iterable[int]) -> None:
        """These messages no longer exist; readers see the old set or the new one."""
        positions = {position for uid in uids if (position := self.find(uid)) is not None}
        self.gone |= {position + 1 for position in positions}

    def without(self, uids: Iterable[int]) -> Columns:
        """The next generation: a copy that lacks these messages."""
        lost = sorted({position for uid in uids if (position := self.find(uid)) is not None})
        starts, stops = [0, *(position + 1 for position in lost)], [*lost, self.count]
        kept = [(a, b) for a, b in zip(starts, stops, strict=True) if a < b]
        following = Columns(self._validity)
        for name in ("uids", "octets", "stored", "header_lengths", "seen"):
            source, target = getattr(self, name), getattr(following, name)
            for start, stop in kept:
                target += source[start:stop]
        following.count = len(following.uids)
        following.total = self.total - sum(self.octets[position] for position in lost)
        gone = set(lost)
        for position, given in self.unique_ids.items():
            if position not in gone:
                following.unique_ids[position - bisect_left(lost, position)] = given
        return following

    def unique_id(self, position: int) -> str:
        """The unique-id that a message brought, else the derived one."""
        given = self.unique_ids.get(position)
        return derived_id(self._validity, self.uids[position]) if given is None else given

    def scan_listing(self, count: int) -> bytes:
        """Lines ``number size CRLF`` of the first ``count`` messages."""
        listing = self._scan
        if listing.lines < count:
            listing = self._scan = listing.grown(count, self._scan_lines)
        return listing.first(count)

    def unique_id_listing(self, count: int) -> bytes:
        """Lines ``number unique-id CRLF`` of the first ``count`` messages."""
        listing = self._unique
        if listing.lines < count:
            listing = self._unique = listing.grown(count, self._unique_id_lines)
        return listing.first(count)

    def _scan_lines(self, start: int, stop: int) -> str:
        numbers = range(start + 1, stop + 1)
        pairs = zip(numbers, self.octets[start:stop], strict=True)
        return "".join(map("%d %d\r\n".__mod__, pairs))

    def _unique_id_lines(self, start: int, stop: int) -> str:
        numbers = range(start + 1, stop + 1)
        if not self.unique_ids:
            line = f"%d {self._validity:x}.%x\r\n"
            return "".join(map(line.__mod__, zip(numbers, self.uids[start:stop], strict=True)))
        return "".join([f"{number} {self.unique_id(number - 1)}\r\n" for number in numbers])


class Snapshot:
    """A mailbox as it was at sign-in, for one session: the OpenMailbox of the file store.

    It costs the same for one message as for a hundred thousand.
    """

    __slots__ = ("_closed", "_columns", "_mailbox", "count", "octets")

    def __init__(self, mailbox: Mailbox, columns: Columns) -> None:
        self._mailbox = mailbox
        self._columns = columns
        self._closed = False
        self.count = columns.count
        self.octets = columns.total

    def size(self, number: int) -> int:
        """Octets of a message with CRLF line ends, before byte-stuffing."""
        return self._columns.octets[number - 1]

    def unique_id(self, number: int) -> str:
        """The unique-id; the same in every session."""
        return self._columns.unique_id(number - 1)

    def is_gone(self, number: int) -> bool:
        """Whether the message was removed since the snapshot."""
        return number in self._columns.gone

    def gone(self) -> frozenset[int]:
        """The numbers of all messages removed since."""
        gone = self._columns.gone
        if gone and self._columns.count > self.count:
            return frozenset(number for number in gone if number <= self.count)
        return gone

    def scan_listing(self) -> bytes:
        """Lines ``number size CRLF`` of the whole snapshot."""
        return self._columns.scan_listing(self.count)

    def unique_id_listing(self) -> bytes:
        """Lines ``number unique-id CRLF`` of the whole snapshot."""
        return self._columns.unique_id_listing(self.count)

    def reader(self, number: int) -> MessageReader:
        """Open a message; MessageDamaged when its file is not as the index says."""
        position = self._existing(number)
        columns = self._columns
        uid, stored = columns.uids[position], columns.stored[position]
        try:
            return self._mailbox.reader(uid, stored, columns.header_lengths[position])
        except MessageDamaged:
            # Nothing is wrong with a file that went between the first look and the second.
            self._existing(number)
            raise

    def read_whole_cached(self, number: int, limit: int = 65_536) -> Octets | None:
        """All stored octets when they are few enough and in memory, else None."""
        position = self._existing(number)
        stored = self._columns.stored[position]
        if stored > limit:
            return None
        try:
            return self._mailbox.read_whole_cached(self._columns.uids[position], stored)
        except MessageDamaged:
            self._existing(number)
            raise

    def is_seen(self, number: int) -> bool:
        """Whether the message was read by now; notes go to the newest generation only."""
        position = number - 1
        columns = self._columns
        return bool(columns.seen[position]) or self._mailbox.is_seen(columns.uids[position])

    def mark_seen(self, number: int) -> None:
        """Note that the message was read."""
        self._mailbox.mark_seen(self._columns.uids[number - 1])

    def remove(self, numbers: Iterable[int]) -> int:
        """Remove messages for good; durable on return."""
        return self._mailbox.remove(self._columns.uids[number - 1] for number in numbers)

    def close(self) -> None:
        """The session is over; a second call changes nothing."""
        if not self._closed:
            self._closed = True
            self._mailbox.unpin()

    def _existing(self, number: int) -> int:
        if number in self._columns.gone:
            raise StoreError("The message was removed meanwhile.")
        return number - 1
