"""Which accounts a change of the settings would leave without a way to sign in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from server_core.accounts.account import Account
from server_core.accounts.permission import method_of
from server_core.config.model import Config, Listener, Security
from server_core.config.signing_in import Method
from server_core.protocol.session_policy import SessionPolicy, Terms, policy_for

_VOUCHED = (Method.GSSAPI, Method.EXTERNAL)

Offers = Mapping[str, frozenset[Method]]
"""By listener: what it offers its clients, encrypted or not."""


def stranded(
    accounts: Iterable[tuple[Account, frozenset[Method]]],
    before: Offers,
    after: Offers,
    *,
    now: float,
) -> tuple[str, ...]:
    """The accounts that can be signed in to before and not after, by name.

    Each account comes with the methods that its password will do for.
    """
    return tuple(
        sorted(
            account.name
            for account, ready in accounts
            if account.enabled
            and not account.terms.has_expired(now)
            and _has_a_way(account, ready, before)
            and not _has_a_way(account, ready, after)
        )
    )


def offered(config: Config, unready: Collection[Method]) -> Offers:
    """What each listener that is on offers its clients; ``unready`` methods cannot work."""
    return {
        listener.name: _offered_at(
            listener, policy_for(config, listener, tls_usable=True, unready=unready)
        )
        for listener in config.pop3.listeners
        if listener.enabled
    }


def _offered_at(listener: Listener, policy: SessionPolicy) -> frozenset[Method]:
    implicit = listener.security is Security.TLS
    ways = [] if implicit else [policy.in_clear]
    if implicit or policy.in_clear.stls:
        ways += policy.under_tls.values()
    return frozenset().union(*map(methods_of, ways))


def methods_of(terms: Terms) -> frozenset[Method]:
    """The methods that a connection on these terms offers."""
    named = {method_of(name) for name in terms.mechanisms}
    if terms.user_pass:
        named.add(Method.USER_PASS)
    if terms.apop:
        named.add(Method.APOP)
    return frozenset(named)


def _has_a_way(account: Account, ready: frozenset[Method], offers: Offers) -> bool:
    """Whether a listener this account may be used at offers a method that works for it."""
    # Others vouch for anybody or nobody, and only a sign-in of the past tells which.
    works = ready | {
        method
        for method in _VOUCHED
        if account.last_method.lower() == method
        and (not account.terms.methods or method in account.terms.methods)
    }
    return any(
        not works.isdisjoint(methods)
        for name, methods in offers.items()
        if not account.terms.listeners or name in account.terms.listeners
    )
