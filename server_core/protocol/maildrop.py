"""What a conversation sees of an opened mailbox: the contract the store keeps."""

from __future__ import annotations

from typing import Protocol


class Maildrop(Protocol):
    """A snapshot taken at sign-in (RFC 1939 section 3): numbers, sizes and unique-ids never change.

    Message numbers are 1 to ``count``. A message that somebody else removed since is *gone*; that
    is the only thing here that changes while a session lasts. Nothing here waits.
    """

    @property
    def count(self) -> int:
        """How many messages the snapshot holds."""

    @property
    def octets(self) -> int:
        """The sum of all sizes, gone messages included."""

    def size(self, number: int) -> int:
        """Octets of a message with CRLF line ends, before byte-stuffing."""

    def unique_id(self, number: int) -> str:
        """The unique-id, 1 to 70 characters from 0x21 to 0x7E."""

    def is_gone(self, number: int) -> bool:
        """Whether somebody else removed the message since the snapshot."""

    def gone(self) -> frozenset[int]:
        """The numbers of all messages that are gone by now; cheap while there are none."""

    def scan_listing(self) -> bytes:
        """Lines ``number size CRLF`` of the whole snapshot as it was taken; rendered once."""

    def unique_id_listing(self) -> bytes:
        """Lines ``number unique-id CRLF`` of the whole snapshot; rendered once."""
