"""What the configuration means for one listener's conversations, worked out once per revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from server_core.config.model import Config, DeletedMessages, Listener, Method, Security
from server_core.protocol.sasl import MECHANISMS
from server_core.protocol.sasl.mechanism import Mechanism


@dataclass(frozen=True, slots=True)
class Terms:
    """What a connection offers, either in clear or under TLS. ``mechanisms`` are in table order."""

    user_pass: bool
    mechanisms: Mapping[str, Mechanism]
    stls: bool


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """Everything the configuration says about a conversation; shared by all on a listener."""

    domain: str
    greeting_around_id: tuple[str, ...]
    max_errors: int
    max_auth_errors: int
    auth_failure_delay: float
    deleted_messages: DeletedMessages
    in_clear: Terms
    under_tls: Terms
    capability_lists: dict[tuple[bool, bool], bytes] = field(default_factory=dict)
    """CAPA's lines by (TLS active, signed in), filled on first use."""

    def greeting(self, unique: str) -> str:
        """The greeting's text for one connection."""
        return f"{unique}@{self.domain}".join(self.greeting_around_id)

    def full_name(self, name: str) -> str:
        """A user name as accounts are called: trimmed, lower-case, with a domain."""
        name = name.strip().lower()
        return name if "@" in name else f"{name}@{self.domain}"


def policy_for(config: Config, listener: Listener, *, tls_usable: bool) -> SessionPolicy:
    """The policy of a listener; ``tls_usable`` tells whether a handshake could succeed."""
    pop3 = config.pop3
    domain = listener.domain or config.server.primary_domain
    may_switch = listener.security in {Security.STARTTLS, Security.STARTTLS_REQUIRED}
    before_tls = () if listener.security is Security.STARTTLS_REQUIRED else pop3.plain_methods
    stls = may_switch and pop3.allow_starttls and tls_usable
    return SessionPolicy(
        domain=domain,
        greeting_around_id=_around_id(pop3.greeting or "POP3 ready", domain),
        max_errors=pop3.max_errors,
        max_auth_errors=pop3.max_auth_errors,
        auth_failure_delay=pop3.auth_failure_delay,
        deleted_messages=config.server.deleted_messages,
        in_clear=_terms(before_tls, stls=stls),
        under_tls=_terms(pop3.secure_methods, stls=False),
    )


def _terms(methods: Iterable[Method], *, stls: bool) -> Terms:
    names = {method.value.upper() for method in methods}
    offered = {
        name: mechanism
        for name, mechanism in MECHANISMS.items()
        if name in names and (not mechanism.only_with or mechanism.only_with in names)
    }
    return Terms(Method.USER_PASS.value.upper() in names, offered, stls)


def _around_id(greeting: str, domain: str) -> tuple[str, ...]:
    """The greeting with ``%D`` and ``%%`` filled in, split where ``%U`` stands."""
    filled = "%".join(
        part.replace("%D", domain).replace("%U", "\0") for part in greeting.split("%%")
    )
    return tuple(filled.split("\0"))
