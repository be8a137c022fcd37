"""An account as the administrator sees it: who can sign in to it, and what needs a look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from server_core.accounts.account import Account
from server_core.accounts.accounts_file import Record
from server_core.accounts.readiness import ready_methods
from server_core.config.account_terms import AccountTerms
from server_core.config.model import Config
from server_core.config.signing_in import Method
from server_core.events.views import AccountView, TermsWarning


def view_of(
    record: Record, config: Config, now: float, *, messages: int, octets: int
) -> AccountView:
    """The account at ``now``, in epoch seconds, under the settings of the server."""
    account = record.account
    ready = ready_methods(record)
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
        warnings=terms_warnings(record, account.terms, config, now),
    )


def locked(view: AccountView, until: float) -> AccountView:
    """The account while it is locked for addresses that are not trusted."""
    sentence = view.sentence
    if view.enabled and not view.expired and view.has_password:
        end = datetime.fromtimestamp(until).astimezone().strftime("%Y-%m-%d %H:%M")
        sentence = f"Locked until {end} after failed sign-ins; trusted networks can sign in."
    return replace(view, locked_until=until, sentence=sentence)


def terms_warnings(
    record: Record, terms: AccountTerms, config: Config, now: float
) -> tuple[TermsWarning, ...]:
    """What would follow from these terms for the account that may not be meant."""
    found = _warnings(record, terms, config, now)
    return tuple(TermsWarning(setting, text) for setting, text in found)


def _sentence(account: Account, now: float) -> str:
    if not account.enabled:
        return "Suspended: nobody can sign in to it."
    if account.terms.has_expired(now):
        return f"Expired on {account.terms.expires}: nobody can sign in to it."
    if not account.has_password:
        return "It has no password, so nobody can sign in with one."
    return "Enabled."


def _warnings(
    record: Record, terms: AccountTerms, config: Config, now: float
) -> Iterator[tuple[str, str]]:
    if terms.has_expired(now):
        yield "expires", "This moment has passed, so nobody can sign in."
    if terms.aliases and not config.server.allow_alias_logins:
        yield "aliases", "The server does not take other addresses as sign-in names now."
    switched_on = {*config.pop3.secure_methods, *config.pop3.plain_methods}
    if terms.methods and not switched_on.intersection(terms.methods):
        yield "methods", "None of these methods is switched on, so nobody can sign in."
    elif terms.methods and not _can_work(record, terms):
        yield "methods", "The account is ready for none of these methods; set its password again."
    known = {listener.name for listener in config.pop3.listeners}
    missing = [name for name in terms.listeners if name not in known]
    if missing and len(missing) == len(terms.listeners):
        yield "listeners", "There is none of these listeners, so nobody can sign in."
    elif missing:
        yield "listeners", f"There is no listener called {', '.join(missing)}."


def _can_work(record: Record, terms: AccountTerms) -> bool:
    """Whether some method may be used that the account is ready for, or that needs no password."""
    if record.kept.verifier is None or {Method.GSSAPI, Method.EXTERNAL}.intersection(terms.methods):
        return True  # that it has no password is told as its state
    account = replace(record.account, terms=terms)
    return bool(ready_methods(replace(record, account=account)))
