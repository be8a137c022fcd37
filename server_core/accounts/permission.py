"""Whether an account may be used in the way somebody tries to use it."""

from __future__ import annotations

from server_core.accounts.account import Account
from server_core.config.networks import Network
from server_core.config.signing_in import Method
from server_core.events.reasons import SignInReason


def barred(
    account: Account | None, *, method: str, address: tuple[int, int], listener: str
) -> SignInReason | None:
    """Why the account's terms forbid this sign-in; None when they do not.

    ``method`` is as in the log: a mechanism's name, ``USER`` or ``APOP``; ``address`` as from
    ``parse_address``.
    """
    if account is None:
        return None
    terms = account.terms
    if terms.methods and method_of(method) not in terms.methods:
        return SignInReason.METHOD_BARRED
    if terms.networks and not any(Network.parse(x).covers(address) for x in terms.networks):
        return SignInReason.NETWORK_BARRED
    if terms.listeners and listener not in terms.listeners:
        return SignInReason.LISTENER_BARRED
    return None


def method_of(name: str) -> Method:
    """The method that the log calls so."""
    return Method.USER_PASS if name == "USER" else Method(name.lower())
