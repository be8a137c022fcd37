"""What is: immutable pictures of sessions, listeners, accounts and messages, for every reader."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server_core.config.account_terms import USUAL, AccountTerms
from server_core.events.reasons import CloseReason, ListenerProblem, RefusalReason, Scope


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
    GREETING = "greeting"
    SIGNING_IN = "signing in"
    READING = "reading mail"
    FINISHING = "finishing"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ListenerView:
    """A listener's life. ``address`` is where it really listens (port 0 resolved).

    ``next_try`` is when a failed one is tried again, in epoch seconds. One that was taken away is
    shown as draining until its last session is over.
    """

    name: str
    address: str
    security: str
    state: ListenerState
    sessions: int = 0
    problem: ListenerProblem | None = None
    sentence: str = ""
    next_try: float = 0.0


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session at one moment. Times are seconds since the epoch, sizes octets.

    ``command`` is the client's last one; while ``busy`` it is still being answered.
    """

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
    most_errors: int = 0
    cipher: str = ""
    rule: str = ""
    busy: bool = False


@dataclass(frozen=True, slots=True)
class ClosedSession:
    """A session of the past, as history keeps it; ``problem`` says what went wrong, if anything."""

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
    problem: str = ""


class BanKind(StrEnum):
    """Where a ban comes from."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class BanView:
    """A ban in force. ``address`` is an address, a network, or an account's name for a lock.

    ``until`` is 0.0 for ever; ``evidence`` are sentences: what was tried, how often, where.
    """

    address: str
    kind: BanKind
    why: str
    since: float
    until: float
    evidence: tuple[str, ...] = ()
    count: int = 1
    blocked: int = 0


@dataclass(frozen=True, slots=True)
class MeterView:
    """A flow limit and its use now. ``scope`` names service, listener or rule; 0 means no limit."""

    scope: str
    limit: str
    allowed: int
    used: int
    peak: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class RuleUse:
    """How often a rule decided since the start, and when last (epoch seconds, 0.0 for never)."""

    scope: str
    action: str
    address: str
    matches: int
    last: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused connection of the past."""

    time: float
    peer: str
    listener: str
    reason: RefusalReason
    scope: Scope
    rule: str
    times: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many connections a listener refused for one reason within the last hour."""

    listener: str
    reason: RefusalReason
    times: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What would happen to a connection from an address now, in one sentence, and why."""

    address: str
    listener: str
    admitted: bool
    scope: Scope
    rule: str
    sentence: str
    limits: tuple[MeterView, ...] = ()
    reason: RefusalReason | None = None


@dataclass(frozen=True, slots=True)
class WorkersView:
    """The worker pool now: jobs, threads, and the longest wait for a thread in seconds."""

    minimum: int
    maximum: int
    threads: int
    busy: int
    queued: int
    longest_wait: float
    most_busy: int


class CertificateKind(StrEnum):
    """Where a certificate comes from."""

    AUTHORITY = "own authority"
    ISSUED = "signed by own authority"
    SELF_SIGNED = "self-signed"
    IMPORTED = "imported"
    WATCHED = "from files"


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate in the store; times in epoch seconds, ``fingerprint`` is SHA-256.

    ``used_by`` are listeners, for an authority the certificates it signed. ``chain`` names the
    holders from the certificate itself up to where its file ends. ``problem`` says why it cannot
    serve, ``warning`` what clients may not like. ``renews``: it is made anew before it ends.
    ``reverts``: what it replaced is kept. ``files`` are watched.
    """

    name: str
    kind: CertificateKind
    names: tuple[str, ...]
    not_before: float
    not_after: float
    fingerprint: str
    issuer: str
    used_by: tuple[str, ...] = ()
    problem: str = ""
    warning: str = ""
    chain: tuple[str, ...] = ()
    key: str = ""
    renews: bool = False
    reverts: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TermsWarning:
    """What follows from one of an account's terms that may not be meant; ``text`` is a sentence."""

    setting: str
    text: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with its mailbox in numbers. ``last_sign_in`` is 0.0 for never.

    ``ready`` are the methods its password, and what is kept of it, will do for; ``sentence`` says
    whether anybody can sign in to it, ``warnings`` what about its terms needs a look. After too
    many failed sign-ins it is locked for addresses that are not trusted ``locked_until`` a moment;
    0.0 when it is not.
    """

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
    terms: AccountTerms = USUAL
    expired: bool = False
    locked_until: float = 0.0
    ready: tuple[str, ...] = ()
    sentence: str = ""
    warnings: tuple[TermsWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class MethodReadiness:
    """Whether an account can sign in by a method; ``reason`` says why not and what would help."""

    method: str
    reason: str = ""

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class MethodView:
    """A way to sign in: where it is switched on, and whether it works.

    ``ready`` of all ``accounts`` could use it; ``problem`` says why clients are not offered it,
    half a sentence. ``uses`` counts sign-ins in thirty days, ``last_used`` is 0.0 for never.
    """

    method: str
    in_clear: bool
    under_tls: bool
    ready: int
    accounts: int
    problem: str = ""
    uses: int = 0
    last_used: float = 0.0


class SecretsState(StrEnum):
    """How the key is that encrypts kept passwords."""

    UNUSED = "not used"
    OPENING = "being opened"
    USABLE = "usable"
    LOCKED = "locked"
    REFUSED = "refused"
    MISSING = "key missing"


@dataclass(frozen=True, slots=True)
class SecretsView:
    """The kept passwords: of ``kept`` accounts, of which ``readable`` can be opened now.

    ``place`` is where the key lies, ``keyring`` or ``file``. ``attention``: a person should look
    at what the sentence says.
    """

    place: str
    state: SecretsState
    sentence: str
    kept: int
    readable: int
    attention: bool = False


@dataclass(frozen=True, slots=True)
class KerberosView:
    """Whether tickets can be accepted, in a sentence; ``principals`` are all in the key file."""

    ok: bool
    sentence: str
    principals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counters:
    """Totals since the server started; the window draws its chart from their differences."""

    connections: int = 0
    sign_ins: int = 0
    failed_sign_ins: int = 0
    retrieved: int = 0
    removed: int = 0
    delivered: int = 0
    refused: int = 0
    refused_by_rule: int = 0
    refused_by_limit: int = 0
    refused_by_ban: int = 0
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
