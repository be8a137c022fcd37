"""GSSAPI: the client shows a Kerberos ticket for this service (RFC 4752)."""

from __future__ import annotations

from server_core.config.signing_in import Method
from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Steps, Verdict
from server_core.protocol.claims import AcceptTicket, FindAccount, Ticket, UnwrapTicket, WrapTicket
from server_core.protocol.replies import ExchangeFailed
from server_core.protocol.sasl.mechanism import Challenge, Identity, Mechanism, owner, text_of

LONGEST = 98_304
"""Octets in one line of a response: tickets carry the groups that a user is in."""
_NO_LAYER = b"\x01\0\0\0"
# Kerberos needs one token, or three; whoever wants more is not going anywhere.
_MOST_TOKENS = 5


def exchange(initial: bytes | None) -> Steps[Identity]:
    """Whom the client's ticket is for, and as whom it wants to act."""
    ticket = yield from _accepted(initial)
    principal = ticket.principal
    if ticket.token and (yield from Challenge(ticket.token)):
        raise ExchangeFailed(SignInReason.MALFORMED, principal)
    authorize_as = yield from _agreed(ticket)
    verdict = yield from _account_of(ticket)
    account = owner(verdict, principal)
    return Identity(account, "" if authorize_as.lower() == principal.lower() else authorize_as)


def _accepted(initial: bytes | None) -> Steps[Ticket]:
    """The ticket once both sides have proved themselves; its last token is not sent yet."""
    token = initial if initial is not None else (yield from Challenge(b""))
    ticket = Ticket()
    for _ in range(_MOST_TOKENS):
        ticket = yield from AcceptTicket(token, ticket.context)
        if ticket.problem:
            break
        if ticket.complete:
            return ticket
        token = yield from Challenge(ticket.token)
    raise ExchangeFailed(SignInReason.TICKET_REFUSED, ticket.principal)


def _agreed(ticket: Ticket) -> Steps[str]:
    """As whom the client wants to act, after both sides have agreed to protect no mail.

    Section 3.2: neither integrity nor confidentiality is offered, so there is nothing to choose.
    """
    offer = yield from WrapTicket(_NO_LAYER, ticket.context)
    if offer is None:
        raise ExchangeFailed(SignInReason.TICKET_REFUSED, ticket.principal)
    answer = yield from Challenge(offer)
    choice = yield from UnwrapTicket(answer, ticket.context)
    if choice is None:
        raise ExchangeFailed(SignInReason.TICKET_REFUSED, ticket.principal)
    layer, authorize_as = choice[:4], choice[4:]
    if layer != _NO_LAYER or b"\0" in authorize_as:
        raise ExchangeFailed(SignInReason.MALFORMED, ticket.principal)
    return text_of(authorize_as, ticket.principal)


def _account_of(ticket: Ticket) -> Steps[Verdict]:
    """The account called like the principal, else, in the service's own realm, like its name.

    A principal with an instance (``ann/admin``, ``host/pc``) is another person than the one
    without, or none; it has no account. Nor has a name with quoted characters.
    """
    name, _, realm = ticket.principal.partition("@")
    if not name or not realm or any(sign in ticket.principal for sign in "/\\") or "@" in realm:
        return Verdict(None, SignInReason.UNKNOWN_USER)
    verdict = yield from FindAccount(ticket.principal)
    if verdict.account is None and verdict.reason is SignInReason.UNKNOWN_USER and ticket.ours:
        verdict = yield from FindAccount(name)
    return verdict


MECHANISM = Mechanism(Method.GSSAPI, exchange, longest=LONGEST)
