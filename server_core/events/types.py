"""The events: one frozen type per thing that happens. ``str(event)`` is its text in the log."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass, field
from enum import IntFlag
from typing import ClassVar

from server_core.config.log import Category
from server_core.events.reasons import (
    CLOSE_TEXTS,
    REFUSAL_TEXTS,
    SIGN_IN_TEXTS,
    CloseReason,
    ListenerProblem,
    RefusalReason,
    Scope,
    SignInReason,
)
from server_core.events.views import BanView, ListenerView, ServerState, SessionView


class Level(IntFlag):
    """The log classes of the reference; a mask is their sum.

    PROGRESS and CAPTURE are none of them. PROGRESS feeds live pictures and never a log; CAPTURE is
    PROTOCOL for readers who want only the lines that somebody asked for.
    """

    CRITICAL = 1
    ERROR = 2
    WARNING = 4
    INFO = 8
    PROTOCOL = 16
    PROGRESS = 32
    CAPTURE = 64

    @classmethod
    def up_to(cls, level: Level) -> Level:
        """The mask of this class and all graver ones (what a slider position means)."""
        return cls(level * 2 - 1)

    @property
    def log_class(self) -> Level:
        """The class that the log shows."""
        return Level.PROTOCOL if self is Level.CAPTURE else self


def printable(text: str) -> str:
    """Client-supplied text made harmless for one log line: anything unprintable becomes ``?``."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact. ``time`` is seconds since the epoch."""

    level: ClassVar[Level] = Level.INFO
    category: ClassVar[Category] = Category.SYSTEM

    time: float = field(default_factory=clock.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvent(Event):
    """A fact about one connection. ``session`` is its number since the server started."""

    session: int
    listener: str
    peer: str
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(SessionEvent):
    """A connection was accepted. ``tls`` tells whether it begins with a handshake."""

    category: ClassVar[Category] = Category.CONNECTIONS
    tls: bool = False

    def __str__(self) -> str:
        return f"new connection from [{self.peer}] on listener '{self.listener}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRefused(Event):
    """A connection was closed before it became a session.

    ``rule`` is the deciding rule or limit in words; ``times`` counts refusals of the same address
    for the same reason that this one line stands for.
    """

    level: ClassVar[Level] = Level.WARNING
    category: ClassVar[Category] = Category.ACCESS
    listener: str
    peer: str
    reason: RefusalReason
    scope: Scope
    rule: str = ""
    times: int = 1

    def __str__(self) -> str:
        times = f" ({self.times} times)" if self.times > 1 else ""
        rule = f" ({self.rule})" if self.rule else ""
        return (
            f"access denied for [{self.peer}] on listener '{self.listener}': "
            f"{REFUSAL_TEXTS[self.reason]}, {self.scope}{rule}{times}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressBanned(Event):
    """An address or network is kept out until ``until`` (epoch seconds, 0.0 for ever)."""

    level: ClassVar[Level] = Level.WARNING
    category: ClassVar[Category] = Category.ACCESS
    ban: BanView

    def __str__(self) -> str:
        return f"{self.ban.address} banned: {self.ban.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BanLifted(Event):
    """A ban ended, by its time or by a person."""

    category: ClassVar[Category] = Category.ACCESS
    address: str
    by_hand: bool

    def __str__(self) -> str:
        return f"ban of {self.address} lifted" + ("" if self.by_hand else ": its time is over")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSecured(SessionEvent):
    """The TLS handshake is done. ``version`` and ``cipher`` as OpenSSL names them."""

    category: ClassVar[Category] = Category.CONNECTIONS
    version: str
    cipher: str

    def __str__(self) -> str:
        return f"connection from [{self.peer}] is encrypted: {self.version}, {self.cipher}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeFailed(SessionEvent):
    """The TLS handshake did not succeed."""

    level: ClassVar[Level] = Level.ERROR
    category: ClassVar[Category] = Category.CONNECTIONS
    problem: str

    def __str__(self) -> str:
        return f"TLS handshake with [{self.peer}] failed: {self.problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaintextDiscarded(SessionEvent):
    """Octets that came in clear behind STLS were thrown away unread (RFC 2595 section 4)."""

    level: ClassVar[Level] = Level.WARNING
    category: ClassVar[Category] = Category.CONNECTIONS
    octets: int

    def __str__(self) -> str:
        return f"{self.octets} octets sent by [{self.peer}] in clear behind STLS were discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(SessionEvent):
    """A client proved who it is and its maildrop is open."""

    category: ClassVar[Category] = Category.SIGN_INS
    method: str
    messages: int
    octets: int

    def __str__(self) -> str:
        return (
            f"account '{self.user}' has logged in from [{self.peer}] with {self.method}: "
            f"{self.messages} messages, {self.octets} octets"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(SessionEvent):
    """A client could not sign in; the reason stays on this side of the wire."""

    level: ClassVar[Level] = Level.ERROR
    category: ClassVar[Category] = Category.SIGN_INS
    method: str
    reason: SignInReason

    def __str__(self) -> str:
        return f"Authentication error for user '{self.user}': {SIGN_IN_TEXTS[self.reason]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRetrieved(SessionEvent):
    """A message went out whole."""

    level: ClassVar[Level] = Level.PROTOCOL
    category: ClassVar[Category] = Category.MAIL
    number: int
    octets: int
    unique_id: str = ""

    def __str__(self) -> str:
        return f"message {self.number} retrieved by '{self.user}', {self.octets} octets"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUnreadable(SessionEvent):
    """A message could not be served because its file is missing or not what the index says."""

    level: ClassVar[Level] = Level.ERROR
    category: ClassVar[Category] = Category.MAIL
    number: int
    problem: str

    def __str__(self) -> str:
        return f"storage error on message {self.number} of '{self.user}': {self.problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFailed(SessionEvent):
    """The store refused a step of a session (opening, removing)."""

    level: ClassVar[Level] = Level.ERROR
    category: ClassVar[Category] = Category.MAIL
    problem: str

    def __str__(self) -> str:
        return f"storage error for '{self.user}': {self.problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed(SessionEvent):
    """A connection is over. ``opened`` is when it was accepted; octets count both directions."""

    category: ClassVar[Category] = Category.CONNECTIONS
    reason: CloseReason
    opened: float
    secure: str = ""
    method: str = ""
    retrieved: int = 0
    removed: int = 0
    received_octets: int = 0
    sent_octets: int = 0
    problem: str = ""

    def __str__(self) -> str:
        done = f", {self.retrieved} retrieved, {self.removed} removed" if self.user else ""
        why = f" ({self.problem})" if self.problem else ""
        return f"closing connection from [{self.peer}]: {CLOSE_TEXTS[self.reason]}{why}{done}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsProgressed(Event):
    """What changed in live sessions since the last tick; sent only while somebody watches."""

    level: ClassVar[Level] = Level.PROGRESS
    category: ClassVar[Category] = Category.CONNECTIONS
    sessions: tuple[SessionView, ...]

    def __str__(self) -> str:
        return f"{len(self.sessions)} sessions went on"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivered(Event):
    """Messages are in an account's mailbox, on disk."""

    category: ClassVar[Category] = Category.MAIL
    user: str
    messages: int
    octets: int

    def __str__(self) -> str:
        return f"{self.messages} messages, {self.octets} octets delivered to '{self.user}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesRemoved(Event):
    """Messages were removed from an account's mailbox outside a POP3 session."""

    category: ClassVar[Category] = Category.MAIL
    user: str
    messages: int

    def __str__(self) -> str:
        return f"{self.messages} messages of '{self.user}' removed by the administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Event):
    """An account was added, changed or removed; ``change`` says what, in words."""

    category: ClassVar[Category] = Category.CONFIGURATION
    user: str
    change: str

    def __str__(self) -> str:
        return f"account '{self.user}': {self.change}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerChanged(Event):
    """A listener took another state."""

    category: ClassVar[Category] = Category.CONNECTIONS
    view: ListenerView

    def __str__(self) -> str:
        return f"listener '{self.view.name}' on {self.view.address}: {self.view.state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerFailed(Event):
    """A listener cannot serve; ``sentence`` says why and what to do."""

    level: ClassVar[Level] = Level.CRITICAL
    category: ClassVar[Category] = Category.CONNECTIONS
    listener: str
    problem: ListenerProblem
    sentence: str

    def __str__(self) -> str:
        return f"listener '{self.listener}' failed: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStateChanged(Event):
    """The server as a whole took another state."""

    state: ServerState

    def __str__(self) -> str:
        return f"server is {self.state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigApplied(Event):
    """A configuration runs. ``origin`` is ``window``, ``console`` or ``file``."""

    category: ClassVar[Category] = Category.CONFIGURATION
    revision: int
    origin: str
    changes: tuple[str, ...]

    def __str__(self) -> str:
        return f"configuration revision {self.revision} applied from {self.origin}: " + (
            "; ".join(self.changes) or "no change"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChangedOutside(Event):
    """config.toml was edited by somebody else. ``problem`` is set when it cannot be used."""

    level: ClassVar[Level] = Level.WARNING
    category: ClassVar[Category] = Category.CONFIGURATION
    problem: str = ""

    def __str__(self) -> str:
        if self.problem:
            return f"config.toml was changed outside and cannot be used: {self.problem}"
        return "config.toml was changed outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed(Event):
    """Something developers logged, or a condition without a type of its own, at its own gravity."""

    level: Level = Level.WARNING  # type: ignore[misc]
    source: str = ""
    text: str = ""

    def __str__(self) -> str:
        return f"{self.source}: {self.text}" if self.source else self.text
