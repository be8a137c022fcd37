"""The configuration tree: every setting of the server, its default, bounds, words and effect."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, field_validator, model_validator

from server_core.config.admission import (
    Bans,
    Flow,
    FlowOverride,
    GlobalAccess,
    ListenerAccess,
    ServiceAccess,
)
from server_core.config.endpoint import Endpoint, overlap
from server_core.config.listening import Proxy, Threads, Tls
from server_core.config.log import ALL_CLASSES, Log
from server_core.config.schema import Effect, Kind, Section, Unit, misplaced, setting
from server_core.config.signing_in import (
    DEFAULT_PLAIN,
    DEFAULT_SECURE,
    TOKEN,
    Kerberos,
    Method,
    PlainMethod,
    Realm,
    Secrets,
    SignInLimits,
    greeting_problem,
)

_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.IGNORECASE)
_NAME = re.compile(r"\w([\w .-]*[\w.-])?")
_CERTIFICATE = re.compile(r"(\w([\w .-]{0,62}\w)?)?")


class Security(StrEnum):
    """How a listener's connections are protected (RFC 2595, RFC 8314)."""

    NONE = "none"
    STARTTLS = "starttls"
    STARTTLS_REQUIRED = "starttls-required"
    TLS = "tls"


class DeletedMessages(StrEnum):
    """What a session sees of messages it marked for deletion."""

    AXIGEN = "axigen"
    RFC1939 = "rfc1939"


def _checked_endpoint(text: str) -> str:
    return str(Endpoint.parse(text))


def _checked_domain(text: str) -> str:
    if text and (len(text) > 253 or not _DOMAIN.fullmatch(text)):
        raise ValueError("use a domain name such as example.com")
    return text.lower()


def _checked_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(
            "begin with a letter or a digit, and use only letters, digits, spaces, . - and _"
        )
    return text


def _checked_certificate(text: str) -> str:
    if not _CERTIFICATE.fullmatch(text):
        raise ValueError(
            "begin and end with a letter or a digit, and use only letters, digits, spaces, . - "
            "and _"
        )
    return text


Domain = Annotated[str, AfterValidator(_checked_domain)]


class Server(Section):
    """Who this server is."""

    name: str = setting(
        "",
        "Server name",
        "How the server calls itself; empty means this computer's name.",
        effect=Effect.NEW_CONNECTIONS,
        max_length=64,
    )
    primary_domain: Domain = setting(
        "localhost",
        "Primary domain",
        "Completes a sign-in name that has no @domain, and stands in the greeting.",
        effect=Effect.NEW_CONNECTIONS,
    )
    allow_alias_logins: bool = setting(
        True,
        "Sign in with other addresses",
        "On: an account's other addresses are sign-in names too.",
        effect=Effect.NOW,
    )
    exclusive_lock: bool = setting(
        False,
        "One session per mailbox",
        "On: while a session is open, others are told that the mailbox is in use.",
        effect=Effect.NEW_CONNECTIONS,
    )
    takeover_after: int = setting(
        60,
        "Take over a silent session after",
        "With one session per mailbox: a session that was silent for so long gives way to a new "
        "one; 0 means never.",
        effect=Effect.NOW,
        unit=Unit.SECONDS,
        kind=Kind.LIMIT,
        ge=0,
        le=86_400,
    )
    deleted_messages: DeletedMessages = setting(
        DeletedMessages.AXIGEN,
        "Deleted messages in a session",
        "axigen: messages a session deleted stay in its listing with size 0. "
        "rfc1939: they vanish from the listing at once.",
        effect=Effect.NEW_CONNECTIONS,
    )


class Listener(Section):
    """An address and port that clients connect to, with limits and protection of its own."""

    name: Annotated[str, AfterValidator(_checked_name)] = setting(
        "",
        "Name",
        "How this listener is called in the window and the log.",
        effect=Effect.NOW,
        min_length=1,
        max_length=40,
    )
    enabled: bool = setting(
        True,
        "Enabled",
        "A listener that is off keeps its settings but takes no connections.",
        effect=Effect.REBINDS,
    )
    address: Annotated[str, AfterValidator(_checked_endpoint)] = setting(
        "127.0.0.1:1110",
        "Address",
        "Where clients connect: an IP address and a port. * stands for every address of this "
        "computer, 127.0.0.1 for this computer only.",
        effect=Effect.REBINDS,
        kind=Kind.ENDPOINT,
    )
    security: Security = setting(
        Security.STARTTLS,
        "Security",
        "none: never encrypted. starttls: clients may switch to TLS. starttls-required: nobody "
        "signs in before that. tls: encrypted from the first byte.",
        effect=Effect.NEW_CONNECTIONS,
    )
    idle_timeout: int = setting(
        600,
        "Idle timeout",
        "A client that is silent for so long is disconnected and deletes nothing. The standard "
        "asks for ten minutes or more; 0 means never.",
        effect=Effect.NOW,
        unit=Unit.SECONDS,
        kind=Kind.LIMIT,
        ge=0,
        le=86_400,
    )
    domain: Domain = setting(
        "",
        "Domain",
        "Completes sign-in names on this listener; empty means the primary domain.",
        effect=Effect.NEW_CONNECTIONS,
    )
    certificate: Annotated[str, AfterValidator(_checked_certificate)] = setting(
        "",
        "Certificate",
        "The name of a certificate of this server; empty means the server's own.",
        effect=Effect.NEW_HANDSHAKES,
        kind=Kind.CERTIFICATE,
        max_length=64,
    )
    log_classes: int | None = setting(
        None,
        "Log classes",
        "Which classes of its entries are written, instead of those of the POP3 service.",
        effect=Effect.NOW,
        kind=Kind.CLASSES,
        ge=0,
        le=ALL_CLASSES,
    )
    tls: Tls = Tls()
    access: ListenerAccess = ListenerAccess()
    flow: FlowOverride = FlowOverride()
    proxy: Proxy = Proxy()

    @property
    def endpoint(self) -> Endpoint:
        """The address in parts."""
        return Endpoint.parse(self.address)


class Pop3(Section):
    """The POP3 service: what all its listeners share."""

    greeting: str = setting(
        "Postroom POP3 server on %D ready %U",
        "Greeting",
        "The first line a client sees. %D is the domain, %U a unique id, %% a percent sign.",
        effect=Effect.NEW_CONNECTIONS,
        max_length=400,
    )
    max_errors: int = setting(
        20,
        "Wrong commands per session",
        "One more wrong command than this and the client is disconnected; 0 means no limit.",
        effect=Effect.NEW_CONNECTIONS,
        kind=Kind.LIMIT,
        ge=0,
        le=100,
    )
    max_auth_errors: int = setting(
        5,
        "Failed sign-ins per session",
        "One more failure than this and the client is disconnected; 0 means no limit.",
        effect=Effect.NEW_CONNECTIONS,
        kind=Kind.LIMIT,
        ge=0,
        le=100,
    )
    auth_failure_delay: float = setting(
        0.5,
        "Delay after a failed sign-in",
        "Every refusal waits this long, to slow down guessing.",
        effect=Effect.NEW_CONNECTIONS,
        unit=Unit.SECONDS,
        ge=0,
        le=10,
    )
    allow_starttls: bool = setting(
        True,
        "Allow STARTTLS",
        "Listeners that offer STARTTLS do so only while this is on.",
        effect=Effect.NEW_CONNECTIONS,
    )
    secure_methods: tuple[Method, ...] = setting(
        DEFAULT_SECURE,
        "Methods on encrypted connections",
        "The ways to sign in once a connection is encrypted.",
        effect=Effect.NEW_CONNECTIONS,
    )
    plain_methods: tuple[PlainMethod, ...] = setting(
        DEFAULT_PLAIN,
        "Methods on unencrypted connections",
        "The ways to sign in without encryption; passwords then cross the network readable.",
        effect=Effect.NEW_CONNECTIONS,
    )
    digest_realms: tuple[Realm, ...] = setting(
        (),
        "Realms for DIGEST-MD5",
        "The first one is what a client takes unless told otherwise; empty means the domain.",
        effect=Effect.NEW_CONNECTIONS,
        max_length=16,
    )
    announce_version: bool = setting(
        False,
        "Announce the version",
        "On: clients that are signed in are told which version runs here.",
        effect=Effect.NEW_CONNECTIONS,
    )
    secrets: Secrets = Secrets()
    kerberos: Kerberos = Kerberos()
    accounts: SignInLimits = SignInLimits()
    threads: Threads = Threads()
    access: ServiceAccess = ServiceAccess()
    flow: Flow = Flow()
    listeners: tuple[Listener, ...] = (
        Listener(name="pop3", address="127.0.0.1:1110", security=Security.STARTTLS),
    )

    @field_validator("greeting")
    @classmethod
    def _greeting_is_one_line(cls, text: str) -> str:
        if not text.isprintable() or not text.isascii():
            raise ValueError("use printable ASCII characters only")
        wrong = next((token for token in TOKEN.findall(text) if token not in {"D", "U", "%"}), None)
        if wrong is not None:
            raise ValueError(f"%{wrong} means nothing here; use %D, %U or %%")
        return text

    @model_validator(mode="after")
    def _greeting_serves_the_methods(self) -> Self:
        problem = greeting_problem(self.greeting, {*self.secure_methods, *self.plain_methods})
        if problem:
            raise misplaced(problem, "greeting")
        return self

    @field_validator("digest_realms")
    @classmethod
    def _realms_fit(cls, realms: tuple[str, ...]) -> tuple[str, ...]:
        # RFC 2831 section 2.1.1: a challenge has less than 2048 octets, and a realm's frame is 9.
        if sum(len(realm.encode()) + 9 for realm in realms) > 1_900:
            raise ValueError("too long together for one challenge; leave some out")
        return realms

    @model_validator(mode="after")
    def _listeners_do_not_collide(self) -> Self:
        names: set[str] = set()
        places: dict[tuple[str, int], str] = {}
        for index, listener in enumerate(self.listeners):
            if listener.name.lower() in names:
                raise misplaced(
                    f"two listeners are called '{listener.name}'; give each its own name",
                    *("listeners", index, "name"),
                )
            names.add(listener.name.lower())
            host, port = listener.endpoint
            if not listener.enabled or port == 0:
                continue
            for (other_host, other_port), other in places.items():
                if port == other_port and overlap(host, other_host):
                    raise misplaced(
                        f"port {port} of listener '{listener.name}' is already used by listener "
                        f"'{other}'",
                        *("listeners", index, "address"),
                    )
            places[host, port] = listener.name
        return self


class Storage(Section):
    """Where mail is kept and how much of it stays at hand."""

    cached_mailboxes: int = setting(
        256,
        "Mailboxes kept open",
        "The indexes of this many recently used mailboxes stay in memory.",
        effect=Effect.NOW,
        unit=Unit.MAILBOXES,
        ge=1,
        le=100_000,
    )
    remember_sign_ins: int = setting(
        600,
        "Remember sign-ins",
        "A password that was right is checked quickly again for so long, instead of in full.",
        effect=Effect.NOW,
        unit=Unit.SECONDS,
        ge=0,
        le=86_400,
    )


class Config(Section):
    """The whole configuration."""

    server: Server = Server()
    access: GlobalAccess = GlobalAccess()
    pop3: Pop3 = Pop3()
    bans: Bans = Bans()
    log: Log = Log()
    storage: Storage = Storage()

    @model_validator(mode="after")
    def _greeting_fits(self) -> Self:
        domain = max(
            (self.server.primary_domain, *(x.domain for x in self.pop3.listeners)), key=len
        )
        # RFC 2449 section 4: 512 octets with "+OK " and CRLF; a unique id is at most 40 octets.
        unique = 40 + len(domain)
        line = self.pop3.greeting.replace("%U", "U" * unique).replace("%D", domain)
        if len(line) + 6 > 512:
            raise misplaced(
                "too long once %D and %U are filled in (512 octets)", "pop3", "greeting"
            )
        return self
