"""The vocabulary between a conversation and its I/O: requests to the outside that return values."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from server_core.events.reasons import CloseReason, SignInReason
from server_core.protocol.maildrop import Maildrop

T = TypeVar("T")


class Secret:
    """Octets that never show: ``repr`` and ``str`` hide them, ``reveal`` gives them."""

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def reveal(self) -> bytes:
        """The octets themselves, for a verifier only."""
        return self._octets

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._octets == other._octets

    def __hash__(self) -> int:
        return hash(self._octets)

    def __repr__(self) -> str:
        return "Secret(…)"


class Action(Generic[T]):
    """One request to the outside; performing it gives a T."""

    __slots__ = ()

    def __iter__(self) -> Generator[Action[Any], Any, T]:
        result: T = yield self
        return result


Steps: TypeAlias = Generator[Action[Any], Any, T]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the account directory says of a sign-in: the account's main name, or why not."""

    account: str | None
    reason: SignInReason


@dataclass(slots=True)
class Send(Action[None]):
    """Write these octets. Needs no answer: asking for the next action takes it as done."""

    data: bytes


@dataclass(slots=True)
class SendMessage(Action[None]):
    """Write ``head``, the stored message and the termination octets; answered once all is written.

    With ``body_lines`` only the header, the empty line and so many lines of the body (TOP). Fails
    with CommandError, before anything was written, when the message cannot be read.
    """

    number: int
    head: bytes
    body_lines: int | None = None


@dataclass(slots=True)
class OpenMaildrop(Action[Maildrop]):
    """Open the account's mailbox; fails with CommandError."""

    account: str


@dataclass(slots=True)
class FindDelay(Action[int]):
    """How many seconds have to lie between two sign-ins of the account; 0 for none."""

    account: str


@dataclass(slots=True)
class MarkSeen(Action[None]):
    """The message went out whole. Needs no answer."""

    number: int


@dataclass(slots=True)
class CommitDeletions(Action[None]):
    """Remove these messages for good; answered when that is durable. Fails with CommandError."""

    numbers: frozenset[int]


@dataclass(slots=True)
class ReportSignIn(Action[None]):
    """A sign-in was decided; for the log only. Needs no answer.

    ``account`` is set when it succeeded and the maildrop is open; ``method`` is a SASL mechanism
    name or ``USER``.
    """

    user: str
    method: str
    reason: SignInReason
    account: str | None = None


@dataclass(slots=True)
class Wait(Action[None]):
    """Let this many seconds pass."""

    seconds: float


class Protection(NamedTuple):
    """What a handshake brought beside encryption.

    ``certified``: the client showed a certificate that was verified. ``bindable``: the channel
    binding that mail programs insist on can be given (RFC 5929, RFC 9266).
    """

    certified: bool = False
    bindable: bool = False


@dataclass(slots=True)
class StartTls(Action[Protection]):
    """Stop reading, drop what came early, write ``go_ahead``, shake hands; then answer."""

    go_ahead: bytes


@dataclass(slots=True)
class Close(Action[None]):
    """The conversation is over: flush what was sent, then close. No action follows."""

    reason: CloseReason


@dataclass(slots=True)
class ReadLine(Action[bytes]):
    """Inside a conversation only: the client's next line, of so many octets at most."""

    longest: int
