"""What an exchange asks about accounts and about its own connection, to find out who is there."""

from __future__ import annotations

from dataclasses import dataclass, field

from server_core.protocol.actions import Action, Secret, T, Verdict


@dataclass(slots=True)
class Claim(Action[T]):
    """A question about the account that somebody claims to own.

    A mechanism gives the name as the client wrote it; the conversation completes it and adds the
    method. The outside resolves other addresses of the account.
    """

    user: str
    method: str = field(default="", kw_only=True)


@dataclass(slots=True)
class CheckPassword(Claim[Verdict]):
    """Does this name and password open an account?"""

    password: Secret


@dataclass(frozen=True, slots=True)
class HeldSecret:
    """An account's password as it is kept; one that nobody knows when the verdict is a refusal.

    So that an exchange runs the same way to its end whoever is asked about.
    """

    verdict: Verdict
    secret: Secret


@dataclass(slots=True)
class LookUpSecret(Claim[HeldSecret]):
    """The password itself, for methods that cannot do without (CRAM-MD5, DIGEST-MD5, APOP)."""


@dataclass(frozen=True, slots=True)
class ScramKeys:
    """What SCRAM keeps of a password (RFC 5802 section 3), for one hash."""

    salt: bytes
    iterations: int
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldKeys:
    """An account's SCRAM keys; believable ones that nothing fits when the verdict is a refusal."""

    verdict: Verdict
    keys: ScramKeys


@dataclass(slots=True)
class LookUpScram(Claim[HeldKeys]):
    """The SCRAM keys for a hash, named as in the mechanism: ``SHA-1`` or ``SHA-256``."""

    hash_name: str


@dataclass(slots=True)
class FindAccount(Claim[Verdict]):
    """May the owner of this name sign in? For clients that others vouch for."""


@dataclass(slots=True)
class NewNonce(Action[str]):
    """Octets nobody can guess, 144 bits or more, as letters, digits, ``-`` and ``_``."""


@dataclass(slots=True)
class BindChannel(Action[bytes | None]):
    """The channel binding of this name (RFC 5929, RFC 9266); None where there is none."""

    name: str


@dataclass(slots=True)
class ClientNames(Action[tuple[str, ...]]):
    """The addresses in the verified certificate of the client; empty when it showed none."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where an exchange takes place.

    ``domain`` completes names and stands in challenges, ``realms`` are those of DIGEST-MD5 (never
    empty), ``offered`` the mechanisms this connection may use, ``timestamp`` the greeting's
    (RFC 1939 section 7), empty when it had none.
    """

    domain: str
    realms: tuple[str, ...]
    offered: frozenset[str]
    timestamp: str


@dataclass(slots=True)
class LookAround(Action[Surroundings]):
    """Answered by the conversation itself."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """How far a Kerberos exchange has come (RFC 4752).

    ``token`` goes to the client. Once ``complete``, ``principal`` is who it is, as ``name@REALM``,
    and ``ours`` whether that realm is the service's own. ``problem`` says why it failed.
    ``context`` is the outside's own; the exchange holds it, so it ends when the exchange does.
    """

    token: bytes = field(default=b"", repr=False)
    complete: bool = False
    principal: str = ""
    ours: bool = False
    problem: str = ""
    context: object = field(default=None, repr=False)


@dataclass(slots=True)
class AcceptTicket(Action[Ticket]):
    """Give the client's token to the network's sign-on service; ``context`` None begins anew.

    May wait.
    """

    token: bytes = field(repr=False)
    context: object = field(default=None, repr=False)


@dataclass(slots=True)
class WrapTicket(Action[bytes | None]):
    """Protect octets against changes under an accepted ticket; None when that cannot be done."""

    octets: bytes
    context: object = field(default=None, repr=False)


@dataclass(slots=True)
class UnwrapTicket(Action[bytes | None]):
    """The octets that the client protected; None when they were changed."""

    octets: bytes
    context: object = field(default=None, repr=False)
