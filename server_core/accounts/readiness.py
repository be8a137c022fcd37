"""Which methods could sign somebody in now, for whom, and why the others could not."""

from __future__ import annotations

from collections.abc import Iterable

from server_core.accounts.accounts_file import Record
from server_core.accounts.kept import SCRAM_METHODS
from server_core.config.account_terms import AccountTerms
from server_core.config.listening import ClientCertificates
from server_core.config.model import Config
from server_core.config.signing_in import SECRET_METHODS, TEXT_METHODS, Method
from server_core.events.views import MethodView

_NOBODY_YET = "no account is ready for it; setting a password, or signing in with one, makes it so"
_NOT_YET = "Nothing is kept for it yet. Set the password again, or sign in with it once."
_NOT_KEPT = (
    "Passwords are not kept for it. Choose it under “Keep passwords for”, then set the password "
    "again."
)


def ready_methods(record: Record) -> frozenset[Method]:
    """The methods this account could sign in with, as far as what is kept of its password goes."""
    kept = record.kept
    if kept.verifier is None:
        return frozenset()
    ready = {*TEXT_METHODS}
    ready |= {method for method, name in SCRAM_METHODS.items() if name in kept.scram}
    if kept.sealed:
        ready |= {*SECRET_METHODS}
    return frozenset(_allowed(ready, record.account.terms))


def why_unready(record: Record, view: MethodView, config: Config) -> str:
    """Why the account cannot sign in by a method, and what would help; empty when it can."""
    method, terms = Method(view.method), record.account.terms
    if terms.methods and method not in terms.methods:
        return "It is not among the methods of this account."
    if not view.in_clear and not view.under_tls:
        return "It is switched off in the settings of the server."
    needs_password = method in (*TEXT_METHODS, *SECRET_METHODS, *SCRAM_METHODS)
    if needs_password and record.kept.verifier is None:
        return "The account has no password. Set one."
    if method in SECRET_METHODS and method not in config.pop3.secrets.keep_for:
        return _NOT_KEPT
    if view.problem and view.problem != _NOBODY_YET:
        return f"{view.problem[0].upper()}{view.problem[1:]}."
    ready = not needs_password or method in ready_methods(record)
    return "" if ready else _NOT_YET


def unready(
    config: Config, ready: Iterable[frozenset[Method]], *, vault: str, kerberos: str
) -> dict[Method, str]:
    """The methods that cannot work, with the reason as half a sentence.

    ``ready`` are the methods of each account; ``vault`` and ``kerberos`` say what is wrong with
    these, and are empty when nothing is.
    """
    reasons = {
        method: "passwords are not kept for it"
        for method in SECRET_METHODS
        if method not in config.pop3.secrets.keep_for
    }
    works = frozenset[Method]().union(*ready)
    for method in (*SECRET_METHODS, *SCRAM_METHODS):
        if method not in works:
            why = vault if method in SECRET_METHODS else ""
            reasons.setdefault(method, why or _NOBODY_YET)
    if kerberos:
        reasons[Method.GSSAPI] = kerberos
    if not any(
        listener.enabled and listener.tls.client_certificates is not ClientCertificates.NO
        for listener in config.pop3.listeners
    ):
        reasons[Method.EXTERNAL] = "no listener asks for client certificates"
    return reasons


def _allowed(methods: Iterable[Method], terms: AccountTerms) -> Iterable[Method]:
    return (method for method in methods if not terms.methods or method in terms.methods)
