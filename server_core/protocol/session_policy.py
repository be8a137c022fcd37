"""What the configuration means for one listener's conversations, worked out once per revision."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import NamedTuple

from server_core.config.model import Config, DeletedMessages, Listener, Security
from server_core.config.signing_in import Method
from server_core.protocol.actions import Protection
from server_core.protocol.sasl import MECHANISMS
from server_core.protocol.sasl.mechanism import Mechanism


@dataclass(frozen=True, slots=True)
class Terms:
    """What a connection offers: in clear, or under TLS with what its handshake brought.

    ``mechanisms`` are in table order. ``capability_lists`` are CAPA's lines, filled on first use.
    """

    user_pass: bool
    apop: bool
    mechanisms: Mapping[str, Mechanism]
    stls: bool
    capability_lists: dict[bool, bytes] = field(default_factory=dict)

    def without_stls(self) -> Terms:
        """The same, once STLS is over."""
        return replace(self, stls=False, capability_lists={}) if self.stls else self


class LoginDelay(NamedTuple):
    """The longest time between sign-ins that any account has to keep, in seconds; 0 for none.

    ``varies`` tells whether another has to keep another (RFC 2449 section 6.5).
    """

    longest: int = 0
    varies: bool = False


NO_DELAY = LoginDelay()


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """Everything the configuration says about a conversation; shared by all on a listener.

    ``wants_unique`` is whether greetings have to differ in a way that nobody can foresee.
    """

    domain: str
    greeting_around_id: tuple[str, ...]
    max_errors: int
    max_auth_errors: int
    auth_failure_delay: float
    deleted_messages: DeletedMessages
    in_clear: Terms
    under_tls: Mapping[Protection, Terms]
    realms: tuple[str, ...] = ()
    announce_version: bool = False
    wants_unique: bool = True
    login_delay: LoginDelay = NO_DELAY

    def terms(self, protection: Protection | None) -> Terms:
        """What a connection offers that is protected so; None when it is in clear."""
        return self.in_clear if protection is None else self.under_tls[protection]

    def greeting(self, unique: str) -> str:
        """The greeting's text with what is unique to one connection."""
        return unique.join(self.greeting_around_id)

    def full_name(self, name: str) -> str:
        """A user name as accounts are called: trimmed, lower-case, with a domain."""
        name = name.strip().lower()
        return name if "@" in name else f"{name}@{self.domain}"


def policy_for(
    config: Config,
    listener: Listener,
    *,
    tls_usable: bool,
    unready: Collection[Method] = (),
    login_delay: LoginDelay = NO_DELAY,
) -> SessionPolicy:
    """The policy of a listener; ``tls_usable`` tells whether a handshake could succeed.

    ``unready`` methods lack something at the server, so they are not offered. ``login_delay`` is
    what the accounts have to keep.
    """
    pop3 = config.pop3
    domain = listener.domain or config.server.primary_domain
    may_switch = listener.security in {Security.STARTTLS, Security.STARTTLS_REQUIRED}
    before_tls = () if listener.security is Security.STARTTLS_REQUIRED else pop3.plain_methods
    stls = may_switch and pop3.allow_starttls and tls_usable
    in_clear = [method for method in before_tls if method not in unready]
    under_tls = [method for method in pop3.secure_methods if method not in unready]
    return SessionPolicy(
        domain=domain,
        greeting_around_id=_around_id(pop3.greeting or "POP3 ready", domain),
        max_errors=pop3.max_errors,
        max_auth_errors=pop3.max_auth_errors,
        auth_failure_delay=pop3.auth_failure_delay,
        deleted_messages=config.server.deleted_messages,
        in_clear=_terms(in_clear, Protection(), stls=stls),
        under_tls={
            protection: _terms(under_tls, protection, stls=False)
            for protection in map(Protection._make, product((False, True), repeat=2))
        },
        realms=pop3.digest_realms or (domain,),
        announce_version=pop3.announce_version,
        wants_unique="%U" in pop3.greeting or bool({Method.APOP} & {*in_clear, *under_tls}),
        login_delay=login_delay,
    )


def _terms(methods: Collection[Method], protection: Protection, *, stls: bool) -> Terms:
    names = {method.value.upper() for method in methods}
    offered = {
        name: mechanism
        for name, mechanism in MECHANISMS.items()
        if name in names
        and (not mechanism.only_with or mechanism.only_with in names)
        and (protection.certified or not mechanism.certified)
        and (protection.bindable or not mechanism.binds)
    }
    return Terms(Method.USER_PASS in methods, Method.APOP in methods, offered, stls)


def _around_id(greeting: str, domain: str) -> tuple[str, ...]:
    """The greeting with ``%D`` and ``%%`` filled in, split where ``%U`` stands."""
    filled = "%".join(
        part.replace("%D", domain).replace("%U", "\0") for part in greeting.split("%%")
    )
    return tuple(filled.split("\0"))
