"""EXTERNAL: the client's certificate, verified in the handshake, says who it is.

RFC 4422 appendix A.
"""

from __future__ import annotations

from server_core.config.signing_in import Method
from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Steps
from server_core.protocol.claims import ClientNames, FindAccount
from server_core.protocol.replies import ExchangeFailed
from server_core.protocol.sasl.mechanism import Challenge, Identity, Mechanism, text_of


def exchange(initial: bytes | None) -> Steps[Identity]:
    """The account of an address in the certificate: the one asked for, else the first found."""
    response = initial if initial is not None else (yield from Challenge(b""))
    wanted = text_of(response)
    if "\0" in wanted:
        raise ExchangeFailed(SignInReason.MALFORMED)
    names = yield from ClientNames()
    accounts, refusal = yield from _accounts_of(names)
    if not accounts:
        raise ExchangeFailed(refusal, names[0] if names else "")
    if not wanted:
        return Identity(accounts[0])
    asked_for = (yield from FindAccount(wanted)).account
    if asked_for is None or asked_for not in accounts:
        raise ExchangeFailed(SignInReason.NOT_AUTHORIZED, accounts[0])
    return Identity(asked_for)


def _accounts_of(names: tuple[str, ...]) -> Steps[tuple[list[str], SignInReason]]:
    """The accounts that may sign in under these names, and why when there is none."""
    accounts = []
    refusal = SignInReason.CERTIFICATE_UNKNOWN
    for name in names:
        verdict = yield from FindAccount(name)
        if verdict.account is not None:
            accounts.append(verdict.account)
        elif verdict.reason is not SignInReason.UNKNOWN_USER:
            refusal = verdict.reason
    return accounts, refusal


MECHANISM = Mechanism(Method.EXTERNAL, exchange, certified=True)
