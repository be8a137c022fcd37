"""The contract of a SASL mechanism: an exchange that knows neither POP3 nor base64 (RFC 4422)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from server_core.config.signing_in import Method
from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Action, Secret, Steps, Verdict
from server_core.protocol.claims import CheckPassword
from server_core.protocol.replies import ExchangeFailed

SASL_LIMIT = 12_288
"""Octets of a line with a response, unless a mechanism says otherwise."""


@dataclass(slots=True)
class Challenge(Action[bytes]):
    """Send these octets to the client; gives the octets of its response."""

    octets: bytes


class Identity(NamedTuple):
    """The account a client proved to own, and the one it wants to act as (RFC 4422 section 2).

    ``authorize_as`` is as the client wrote it; empty means the same account.
    """

    account: str
    authorize_as: str = ""


Exchange = Callable[[bytes | None], Steps[Identity]]
"""Takes the initial response or None; gives who the client proved to be.

Raises ExchangeFailed otherwise. Names are passed on as the client wrote them.
"""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One way to sign in. ``takes_initial`` is whether an initial response may come with AUTH.

    ``only_with`` names another mechanism without which this one is not offered, ``certified``
    says that the client has to have shown a certificate, ``binds`` that it needs a channel binding,
    ``longest`` how many octets one line of its responses may have.
    """

    method: Method
    exchange: Exchange
    takes_initial: bool = True
    only_with: str = ""
    certified: bool = False
    binds: bool = False
    longest: int = SASL_LIMIT

    @property
    def name(self) -> str:
        """The registered name, as AUTH and CAPA have it."""
        return self.method.value.upper()


def check_password(user: bytes, password: bytes, authorize_as: bytes = b"") -> Steps[Identity]:
    """Who this name and password prove to be; what all plaintext methods end in."""
    name = text_of(user).strip()
    authorized = "" if authorize_as == user else text_of(authorize_as, name)
    text_of(password, name)
    if not name or not password:
        raise ExchangeFailed(SignInReason.MALFORMED, name)
    verdict = yield from CheckPassword(name, Secret(password))
    return Identity(owner(verdict, name), authorized)


def digest_fits(sent: bytes, wanted: str) -> bool:
    """Whether this is the digest that was wanted, as lower-case hexadecimal digits."""
    return hmac.compare_digest(sent.lower(), wanted.encode("ascii"))


def proven(verdict: Verdict, user: str, *, fits: bool) -> str:
    """The account of a verdict when the client's proof fits what is kept; else ExchangeFailed."""
    account = owner(verdict, user)
    if not fits:
        raise ExchangeFailed(SignInReason.WRONG_PASSWORD, user)
    return account


def owner(verdict: Verdict, user: str) -> str:
    """The account of a verdict; ExchangeFailed with its reason when it is a refusal."""
    if verdict.account is None:
        raise ExchangeFailed(verdict.reason, user)
    return verdict.account


def text_of(octets: bytes, user: str = "") -> str:
    """The octets as UTF-8; ExchangeFailed when they are not. ``user`` is for the log."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        shown = user or octets.decode("utf-8", "replace")
        raise ExchangeFailed(SignInReason.MALFORMED, shown) from None
