"""A snapshot as its client sees it, with own and external zombies."""

from __future__ import annotations

from server_core.config.model import DeletedMessages
from server_core.protocol.maildrop import Maildrop
from server_core.protocol.replies import CommandError


class SnapshotView:
    """A maildrop minus what was deleted since.

    An own zombie is marked here and revived by RSET; an external zombie was removed by somebody
    else. A message that is both counts as an own one until RSET.
    """

    __slots__ = ("_gone_seen", "_hides_marked", "_maildrop", "_octets", "_zombies", "marked")

    def __init__(self, maildrop: Maildrop, deleted_messages: DeletedMessages) -> None:
        self._maildrop = maildrop
        self._hides_marked = deleted_messages is DeletedMessages.RFC1939
        self.marked = 0
        """How many own zombies there are."""
        # By number, and whether it is an own one. Mostly empty, and an empty set is larger.
        self._zombies: dict[int, bool] = {}
        self._gone_seen = 0
        self._octets = maildrop.octets

    @property
    def marks(self) -> frozenset[int]:
        """The numbers of own zombies."""
        return frozenset(number for number, own in self._zombies.items() if own)

    def is_marked(self, number: int) -> bool:
        """Whether it is an own zombie."""
        return self._zombies.get(number, False)

    @property
    def total(self) -> int:
        """How many messages the snapshot was taken of."""
        return self._maildrop.count

    @property
    def left(self) -> int:
        """How many messages are neither marked nor gone."""
        self._follow()
        return self._maildrop.count - len(self._zombies)

    def stat(self) -> tuple[int, int]:
        """Messages and octets of the drop listing; a zombie has no octets."""
        self._follow()
        count = self._maildrop.count
        return (count - self.marked if self._hides_marked else count), self._octets

    def scan_listing(self) -> bytes:
        """LIST's lines."""
        listing = self._maildrop.scan_listing()
        self._follow()
        if not self._zombies:
            return listing
        lines = listing.split(b"\r\n")
        for number in self._zombies:
            lines[number - 1] = b"%d 0" % number
        return self._without_hidden(lines)

    def unique_id_listing(self) -> bytes:
        """UIDL's lines."""
        listing = self._maildrop.unique_id_listing()
        if not (self._hides_marked and self.marked):
            return listing
        return self._without_hidden(listing.split(b"\r\n"))

    def listed(self, number: int) -> int:
        """The number again if it has a line in the listings; refuses otherwise."""
        self._check_range(number)
        if self._hides_marked and self.is_marked(number):
            raise CommandError("Message %d already deleted", values=(number,))
        return number

    def size(self, number: int) -> int:
        """The size as listed: 0 for a zombie."""
        return 0 if self._is_zombie(number) else self._maildrop.size(number)

    def size_when_taken(self, number: int) -> int:
        """The size the message had, and has while it can be sent."""
        return self._maildrop.size(number)

    def unique_id(self, number: int) -> str:
        """The unique-id, which even a zombie keeps."""
        return self._maildrop.unique_id(number)

    def readable(self, number: int) -> int:
        """The number again if its message can be sent; refuses zombies."""
        self._check_range(number)
        if self._is_zombie(number):
            raise CommandError("Message %d is deleted", values=(number,))
        return number

    def mark(self, number: int) -> None:
        """Mark for deletion; a message that is gone already needs no mark."""
        self._check_range(number)
        if self.is_marked(number):
            raise CommandError("Message %d already deleted", values=(number,))
        if not self._maildrop.is_gone(number):
            self.marked += 1
            self._bury(number, own=True)

    def reset(self) -> None:
        """Take all marks back; what is gone stays gone."""
        self.marked = 0
        self._zombies.clear()
        self._gone_seen = 0
        self._octets = self._maildrop.octets

    def _is_zombie(self, number: int) -> bool:
        return number in self._zombies or self._maildrop.is_gone(number)

    def _check_range(self, number: int) -> None:
        if number > self._maildrop.count:
            raise CommandError("No such message")

    def _follow(self) -> None:
        """Take notice of messages that went since the last look."""
        gone = self._maildrop.gone()
        if len(gone) != self._gone_seen:
            self._gone_seen = len(gone)
            for number in gone - self._zombies.keys():
                self._bury(number, own=False)

    def _bury(self, number: int, *, own: bool) -> None:
        self._zombies[number] = own
        self._octets -= self._maildrop.size(number)

    def _without_hidden(self, lines: list[bytes]) -> bytes:
        if self._hides_marked:
            for number in self.marks:
                lines[number - 1] = b""
            lines = [line for line in lines if line]
            lines.append(b"")
        return b"\r\n".join(lines)
