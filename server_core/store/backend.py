"""The contract of a mail store; sessions, ingress and the facade know nothing else of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Protocol, TypeAlias

from server_core.protocol.maildrop import Maildrop

Octets: TypeAlias = bytes | bytearray
"""What was read; whoever gets it owns it, and nobody copies it only to make it immutable."""


class StoreError(OSError):
    """The store could not do what was asked; the text is fit for a person to read.

    ``delivered`` names the messages that a broken-off delivery did store.
    """

    delivered: tuple[StoredMessage, ...] = ()


class StoreFull(StoreError):
    """No room left on the disk; nothing is half-stored."""


class MessageDamaged(StoreError):
    """A message file is missing, or shorter or longer than the index says."""


class MailboxDamaged(StoreError):
    """The index of a mailbox cannot be read; ``postroomctl check --repair`` may mend it."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A row of the index.

    ``octets`` is the RFC 1939 size, ``stored`` the octets of the byte-stuffed file,
    ``header_length`` the stored octets up to and including the empty line, ``received`` epoch
    seconds.
    """

    uid: int
    unique_id: str
    octets: int
    stored: int
    header_length: int
    sha256: str
    received: float
    seen: bool


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message to deliver: any line ends, read once.

    A ``unique_id`` that the mailbox ever used for another message is not taken over.
    """

    source: BinaryIO
    received: float | None = None
    seen: bool = False
    unique_id: str | None = None


class Fault(StrEnum):
    """What ``check`` can find wrong."""

    INDEX_UNREADABLE = "index unreadable"
    FILE_MISSING = "message file missing"
    FILE_DAMAGED = "message file damaged"
    FILE_UNKNOWN = "message file not in the index"
    LEFTOVER = "leftover of an interrupted delivery"
    ROW_WRONG = "index row disagrees with the message"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in one mailbox, and what repair did or would do about it."""

    account: str
    fault: Fault
    what: str
    remedy: str
    repaired: bool


class MessageReader(Protocol):
    """An open message file that stays readable although the message is removed meanwhile."""

    @property
    def stored(self) -> int:
        """Octets of the file: wire format, byte-stuffed, ending in CRLF, no termination octets."""

    @property
    def header_length(self) -> int:
        """Stored octets up to and including the empty line; equal to ``stored`` without one."""

    def read_cached(self, offset: int, length: int) -> Octets | None:
        """Octets if they are in memory now; None when reading would wait for the disk."""

    def read(self, offset: int, length: int) -> bytes:
        """Octets; may wait for the disk. MessageDamaged when the file ends early."""

    def close(self) -> None:
        """Give the file back."""


class OpenMailbox(Maildrop, Protocol):
    """A maildrop with what a session may do to it. Thread-safe; ``close`` ends it."""

    def reader(self, number: int) -> MessageReader:
        """Open a message; MessageDamaged when it is missing or not as long as the index says.

        Opening does not wait for the disk in the ordinary case (metadata in memory).
        """

    def read_whole_cached(self, number: int, limit: int = 65_536) -> Octets | None:
        """All stored octets of a message, opened, read and closed in one go; never waits.

        None when it is larger than ``limit`` or not in memory: use ``reader``. MessageDamaged as
        there.
        """

    def is_seen(self, number: int) -> bool:
        """Whether the message was read by now, in whatever session; never waits."""

    def mark_seen(self, number: int) -> None:
        """Note that the message was read; on disk within a second, never waits."""

    def remove(self, numbers: Iterable[int]) -> int:
        """Remove messages for good; durable on return. Waits. Gives how many were still there."""

    def close(self) -> None:
        """The session is over; never waits."""


class MailStore(Protocol):
    """All mailboxes of a home. Thread-safe. ``account`` is an account's store id, a folder name.

    Methods that end in ``_cached`` never wait; all others may and belong on a worker.
    """

    def open_cached(self, account: str) -> OpenMailbox | None:
        """A snapshot of a mailbox that is in memory, whatever its size in O(1); else None."""

    def open(self, account: str) -> OpenMailbox:
        """A snapshot, reading the index when it must; makes the mailbox on first use."""

    def deliver(self, account: str, messages: Iterable[Incoming]) -> list[StoredMessage]:
        """Store messages, all durable on return; StoreFull or StoreError when one cannot be.

        Those delivered before the failing one stay and are named by the error's ``delivered``.
        """

    def messages(self, account: str) -> list[StoredMessage]:
        """The mailbox as it is now, in order of arrival."""

    def message(self, account: str, uid: int) -> MessageReader:
        """One message of it."""

    def remove(self, account: str, uids: Iterable[int]) -> int:
        """Remove messages; durable on return."""

    def usage(self, account: str) -> tuple[int, int]:
        """Messages and octets."""

    def destroy(self, account: str) -> None:
        """Remove the mailbox with all its mail."""

    def flush(self) -> None:
        """Write all noted Seen flags."""

    def check(self, *, repair: bool) -> Iterator[Finding]:
        """Compare every index with its files; mend what can be mended when asked."""

    def close(self) -> None:
        """Flush and close everything; no session may be open."""
