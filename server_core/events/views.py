"""What is: immutable pictures of sessions, listeners, accounts and messages, for every reader."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server_core.events.reasons import CloseReason, ListenerProblem


class ServerState(StrEnum):
    """The server as a whole, in the words of the window's pill."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    PROBLEMS = "running with problems"
    PAUSED = "not accepting"
    STOPPING = "stopping"


class ListenerState(StrEnum):
    """One listener."""

    OFF = "off"
    STARTING = "starting"
    LISTENING = "listening"
    PAUSED = "not accepting"
    DRAINING = "draining"
    FAILED = "failed"


class SessionState(StrEnum):
    """What a session is doing, as people say it."""

    SECURING = "securing"
    SIGNING_IN = "signing in"
    READING = "reading mail"
    FINISHING = "finishing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ListenerView:
    """A listener's life. ``address`` is where it really listens (port 0 resolved)."""

    name: str
    address: str
    security: str
    state: ListenerState
    sessions: int = 0
    problem: ListenerProblem | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session at one moment. Times are seconds since the epoch, sizes octets."""

    session: int
    listener: str
    peer: str
    state: SessionState
    opened: float
    active: float
    user: str = ""
    secure: str = ""
    method: str = ""
    command: str = ""
    messages: int = 0
    retrieved: int = 0
    marked: int = 0
    received_octets: int = 0
    sent_octets: int = 0
    errors: int = 0
    idle_timeout: int = 0


@dataclass(frozen=True, slots=True)
class ClosedSession:
    """A session of the past, as history keeps it."""

    session: int
    listener: str
    peer: str
    user: str
    secure: str
    method: str
    opened: float
    closed: float
    reason: CloseReason
    retrieved: int
    removed: int
    received_octets: int
    sent_octets: int


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with its mailbox in numbers. ``last_sign_in`` is 0.0 for never."""

    name: str
    full_name: str
    enabled: bool
    has_password: bool
    messages: int
    octets: int
    created: float
    last_sign_in: float = 0.0
    last_peer: str = ""
    last_method: str = ""
    last_listener: str = ""


@dataclass(frozen=True, slots=True)
class MessageView:
    """A stored message as a list shows it: RFC 1939 size, ``received`` in epoch seconds."""

    number: int
    uid: int
    unique_id: str
    octets: int
    seen: bool
    received: float
    sender: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Counters:
    """Totals since the server started; the window draws its chart from their differences."""

    connections: int = 0
    sign_ins: int = 0
    failed_sign_ins: int = 0
    retrieved: int = 0
    removed: int = 0
    delivered: int = 0
    received_octets: int = 0
    sent_octets: int = 0


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The whole server at one moment. ``started`` is 0.0 while it does not run."""

    state: ServerState
    home: str
    name: str
    version: str
    revision: int
    started: float
    sessions: int
    accounts: int
    listeners: tuple[ListenerView, ...]
    counters: Counters
    session_loop: str
    free_octets: int
    problems: tuple[str, ...] = ()
