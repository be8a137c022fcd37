"""An account as the administrator sees it: who can sign in to it, and what needs a look."""

from __future__ import annotations

from collections.abc import Iterator

from server_core.accounts.account import Account
from server_core.accounts.accounts_file import Record
from server_core.accounts.readiness import ready_methods
from server_core.config.model import Config
from server_core.config.signing_in import Method
from server_core.events.views import AccountView


def view_of(
    record: Record, config: Config, now: float, *, messages: int, octets: int
) -> AccountView:
    """The account at ``now``, in epoch seconds, under the settings of the server."""
    account = record.account
    ready = ready_methods(record, vault_works=True)
    return AccountView(
        name=account.name,
        full_name=account.full_name,
        enabled=account.enabled,
        has_password=account.has_password,
        messages=messages,
        octets=octets,
        created=account.created,
        last_sign_in=account.last_sign_in,
        last_peer=account.last_peer,
        last_method=account.last_method,
        last_listener=account.last_listener,
        terms=account.terms,
        expired=account.terms.has_expired(now),
        ready=tuple(method for method in Method if method in ready),
        sentence=_sentence(account, now),
        warnings=tuple(_warnings(account, ready, config)),
    )


def _sentence(account: Account, now: float) -> str:
    if not account.enabled:
        return "Suspended: nobody can sign in to it."
    if account.terms.has_expired(now):
        return f"Expired on {account.terms.expires}: nobody can sign in to it."
    if not account.has_password:
        return "It has no password, so nobody can sign in with one."
    return "It can be signed in to."


def _warnings(account: Account, ready: frozenset[Method], config: Config) -> Iterator[str]:
    terms = account.terms
    known = {listener.name for listener in config.pop3.listeners}
    missing = [name for name in terms.listeners if name not in known]
    if missing:
        yield f"There is no listener called {', '.join(missing)}."
    if missing and len(missing) == len(terms.listeners):
        yield "None of the listeners it may use exists, so nobody can sign in."
    if terms.aliases and not config.server.allow_alias_logins:
        yield "Its other addresses are no sign-in names while the server does not allow that."
    switched_on = {*config.pop3.secure_methods, *config.pop3.plain_methods}
    if terms.methods and not switched_on.intersection(terms.methods):
        yield "None of the methods it may use is switched on, so nobody can sign in."
    elif terms.methods and account.has_password and not _can_work(ready, terms.methods):
        yield "It is ready for none of the methods it may use; set its password again."


def _can_work(ready: frozenset[Method], methods: tuple[Method, ...]) -> bool:
    by_others = {Method.GSSAPI, Method.EXTERNAL}
    return bool(ready) or bool(by_others.intersection(methods))
