"""The contract of a SASL mechanism: an exchange that knows neither POP3 nor base64 (RFC 4422)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Action, CheckPassword, Secret, Steps
from server_core.protocol.replies import ExchangeFailed


@dataclass(slots=True)
class Challenge(Action[bytes]):
    """Send these octets to the client; gives the octets of its response."""

    octets: bytes


Exchange = Callable[[bytes | None], Steps[str]]
"""Takes the initial response or None; gives the account the client proved to be.

Raises ExchangeFailed otherwise. Names are passed on as the client wrote them.
"""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One way to sign in. ``takes_initial`` is whether an initial response may come with AUTH.

    ``only_with`` names another mechanism without which this one is not offered.
    """

    name: str
    exchange: Exchange
    takes_initial: bool = True
    only_with: str = ""


def check_password(user: bytes, password: bytes) -> Steps[str]:
    """The account that this name and password open; what both plaintext mechanisms end in."""
    try:
        name = user.decode("utf-8").strip()
        password.decode("utf-8")
    except UnicodeDecodeError:
        raise ExchangeFailed(SignInReason.MALFORMED, user.decode("utf-8", "replace")) from None
    if not name or not password:
        raise ExchangeFailed(SignInReason.MALFORMED, name)
    verdict = yield from CheckPassword(name, Secret(password))
    if verdict.account is None:
        raise ExchangeFailed(verdict.reason, name)
    return verdict.account
