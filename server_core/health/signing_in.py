"""Whether people can sign in: methods that work, accounts that can, the key of kept passwords."""

from __future__ import annotations

from collections.abc import Iterator

from server_core.accounts.account_view import terms_warnings
from server_core.accounts.stranded import offered
from server_core.config.model import Config
from server_core.config.signing_in import SECRET_METHODS, UNASKED_METHODS, Method
from server_core.events.health import Mend
from server_core.events.views import BanKind, MethodView, SecretsState
from server_core.health.check import Place, Seen, Subject, attention, fine, named, problem
from server_core.wording import counted

HOUR = 3_600


def methods(subject: Subject) -> Iterator[Seen]:
    """Methods that are switched on and that no account can use."""
    views = [view for view in subject.methods if view.in_clear or view.under_tls]
    if not views or not subject.records:
        return
    dead = [view for view in views if view.problem]
    for view in dead:
        if _was_wanted(view, subject.config):
            text = f"It is switched on, but nobody can use it: {view.problem}."
            yield attention(text, Place(view.method, "auth", view.method))
    works = [view.method for view in views if not view.problem and view.ready]
    if not works:
        text = "No method works for any account: nobody can sign in."
        yield problem(text, Place(page="accounts"))
        return
    quiet = tuple(f"{view.method.upper()} is on but not offered: {view.problem}." for view in dead)
    yield fine(
        f"Works for somebody: {named(works, 12).upper()}.", Place(page="auth"), details=quiet
    )


def offers(subject: Subject) -> Iterator[Seen]:
    """Listeners that offer no method at all."""
    unready = [Method(view.method) for view in subject.methods if view.problem]
    if not subject.records or not subject.methods:
        return
    for name, ways in offered(subject.config, unready).items():
        if not ways:
            text = "No method is offered here, so nobody can sign in."
            yield problem(text, Place(name, "auth"))
        else:
            listed = named(sorted(ways), 12).upper()
            yield fine(f"Offers {listed}.", Place(name, "auth"))


def accounts(subject: Subject) -> Iterator[Seen]:
    """Accounts nobody can sign in to, though they are there to be used."""
    known = [record.account for record in subject.records]
    if not known:
        text = "Nobody can sign in yet: there is no account."
        yield attention(text, Place(page="accounts", target="add"))
        return
    enabled = [one for one in known if one.enabled]
    bare = [one.name for one in enabled if not one.has_password]
    over = [one.name for one in enabled if one.terms.has_expired(subject.now)]
    locked = [
        ban.address
        for ban in subject.bans
        if ban.kind is BanKind.ACCOUNT and subject.now - ban.since > HOUR
    ]
    for names, kind, said, page in (
        (bare, "without password", "no password yet", "accounts"),
        (over, "expired", "expired, so nobody can sign in", "accounts"),
        (locked, "locked", "locked for more than an hour after failed sign-ins", "bans"),
    ):
        if names:
            text = f"{named(names)}: {said}."
            yield attention(text, Place(kind, page, names[0]), details=tuple(names[:100]))
    shut_out = tuple(_shut_out(subject))
    if shut_out:
        text = f"{len(shut_out)} accounts have terms of their own that need a look."
        name, told = shut_out[0]
        text = f"{name}: {told}" if len(shut_out) == 1 else text
        details = tuple(f"{name}: {told}" for name, told in shut_out[:100])
        yield attention(text, Place("terms", "accounts", name), details=details)
    if not (bare or over or locked or shut_out):
        text = f"{len(enabled)} of {counted(len(known), 'account')} can be signed in to."
        yield fine(text, Place(page="accounts"))


def _shut_out(subject: Subject) -> Iterator[tuple[str, str]]:
    """The accounts whose own terms keep out more than is meant, each with what is wrong."""
    for record in subject.records:
        account = record.account
        if not account.enabled or account.terms.has_expired(subject.now):
            continue
        for warning in terms_warnings(record, account.terms, subject.config, subject.now)[:1]:
            yield account.name, warning.text


def kept_passwords(subject: Subject) -> Iterator[Seen]:
    """Whether the key of kept passwords is at hand, and where it lies."""
    view = subject.secrets
    place = Place(page="auth", target="pop3.secrets.keep_for")
    if view.state is SecretsState.UNUSED:
        yield fine("No password is kept, so no key is needed.", place)
    elif view.attention:
        yield attention(view.sentence, place, mend=Mend.RETRY_VAULT)
    else:
        yield fine(view.sentence, place)


def _was_wanted(view: MethodView, config: Config) -> bool:
    """Whether somebody chose the method, rather than leaving it as it was made."""
    method, pop3 = Method(view.method), config.pop3
    if method is Method.GSSAPI:
        return bool(pop3.kerberos.principal or pop3.kerberos.key_file)
    if method in SECRET_METHODS:
        return method in pop3.secrets.keep_for
    return method in UNASKED_METHODS
