"""The exchange of GSSAPI, stepped by hand: tickets are told, not made (RFC 4752)."""

from __future__ import annotations

from typing import Any

import pytest

from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Action, Steps, Verdict
from server_core.protocol.claims import AcceptTicket, FindAccount, Ticket, UnwrapTicket, WrapTicket
from server_core.protocol.replies import ExchangeFailed
from server_core.protocol.sasl.gssapi import exchange
from server_core.protocol.sasl.mechanism import Challenge, Identity

ANN = "ann@EXAMPLE.COM"
GOOD = Ticket(b"last token", complete=True, principal=ANN, ours=True, context="held")
NO_LAYER = b"\1\0\0\0"
FOUND = Verdict("ann@example.com", SignInReason.OK)
UNKNOWN = Verdict(None, SignInReason.UNKNOWN_USER)


def up_to_the_account(
    ticket: Ticket = GOOD, choice: bytes | None = NO_LAYER
) -> tuple[Steps[Identity], Action[Any]]:
    """An exchange that has heard the client's choice, and the action that comes of it."""
    steps = exchange(b"token")
    assert next(steps) == AcceptTicket(b"token")
    action = steps.send(ticket)
    if ticket.token:
        assert action == Challenge(ticket.token)
        action = steps.send(b"")
    assert action == WrapTicket(NO_LAYER, ticket.context)
    assert steps.send(b"sealed offer") == Challenge(b"sealed offer")
    assert steps.send(b"sealed choice") == UnwrapTicket(b"sealed choice", ticket.context)
    return steps, steps.send(choice)


def end(steps: Steps[Identity], answer: object) -> Identity:
    """What the exchange gives once it has the last answer."""
    with pytest.raises(StopIteration) as done:
        steps.send(answer)
    identity: Identity = done.value.value
    return identity


def reason_of(steps: Steps[Identity], answer: object) -> SignInReason:
    """Why the exchange fails with this answer."""
    with pytest.raises(ExchangeFailed) as failure:
        steps.send(answer)
    return failure.value.reason


def test_a_whole_exchange_proves_whose_ticket_it_is() -> None:
    steps, asked = up_to_the_account()
    assert asked == FindAccount(ANN)
    assert end(steps, FOUND) == Identity("ann@example.com")


def test_the_server_listens_first_when_the_command_brought_nothing() -> None:
    steps = exchange(None)
    assert next(steps) == Challenge(b"")
    assert steps.send(b"token") == AcceptTicket(b"token")


def test_without_a_last_token_the_offer_comes_at_once() -> None:
    _, asked = up_to_the_account(Ticket(complete=True, principal=ANN))
    assert asked == FindAccount(ANN)


def test_a_last_token_is_answered_with_nothing() -> None:
    steps = exchange(b"token")
    next(steps)
    steps.send(GOOD)
    assert reason_of(steps, b"something") is SignInReason.MALFORMED


def test_tokens_go_back_and_forth_under_one_context() -> None:
    steps = exchange(b"first")
    assert next(steps) == AcceptTicket(b"first", None)
    assert steps.send(Ticket(b"reply", context="held")) == Challenge(b"reply")
    assert steps.send(b"second") == AcceptTicket(b"second", "held")
    assert steps.send(GOOD) == Challenge(GOOD.token)


def test_an_exchange_that_never_ends_is_ended() -> None:
    steps = exchange(b"token")
    action: object = next(steps)
    with pytest.raises(ExchangeFailed) as failure:
        for _ in range(20):
            more = Ticket(b"more") if isinstance(action, AcceptTicket) else b"token"
            action = steps.send(more)
    assert failure.value.reason is SignInReason.TICKET_REFUSED


def test_a_refused_ticket_fails_the_exchange() -> None:
    steps = exchange(b"token")
    next(steps)
    assert reason_of(steps, Ticket(problem="expired")) is SignInReason.TICKET_REFUSED


@pytest.mark.parametrize("name", ["", "ann", "ann@example.com", "Ünı@example.com"])
def test_the_authorization_identity_is_passed_on_as_it_was_written(name: str) -> None:
    steps, _ = up_to_the_account(choice=NO_LAYER + name.encode())
    assert end(steps, FOUND) == Identity(
        "ann@example.com", "" if name.lower() == ANN.lower() else name
    )


def test_the_principal_itself_is_no_other_identity() -> None:
    steps, _ = up_to_the_account(choice=NO_LAYER + ANN.encode())
    assert end(steps, FOUND) == Identity("ann@example.com", "")


@pytest.mark.parametrize(
    "choice",
    [
        *(b"", b"\1\0\0", b"\2\0\0\0", b"\4\0\0\0", b"\5\0\0\0", b"\1\0\0\1"),
        *(NO_LAYER + b"ann\0", NO_LAYER + b"\xff"),
    ],
)
def test_a_choice_that_was_not_offered_is_refused(choice: bytes) -> None:
    steps = exchange(b"token")
    for answer in (None, Ticket(complete=True, principal=ANN), b"offer", b"sealed"):
        steps.send(answer)
    assert reason_of(steps, choice) is SignInReason.MALFORMED


@pytest.mark.parametrize("answers", [(None,), (b"offer", b"sealed", None)])
def test_what_cannot_be_wrapped_or_unwrapped_is_fatal(answers: tuple[bytes | None, ...]) -> None:
    steps = exchange(b"token")
    for answer in (None, Ticket(complete=True, principal=ANN), *answers[:-1]):
        steps.send(answer)
    assert reason_of(steps, answers[-1]) is SignInReason.TICKET_REFUSED


def test_in_the_services_own_realm_the_name_alone_will_do() -> None:
    steps, asked = up_to_the_account()
    assert asked == FindAccount(ANN)
    assert steps.send(UNKNOWN) == FindAccount("ann")
    assert (
        end(steps, Verdict("ann@office.example", SignInReason.OK)).account == "ann@office.example"
    )


def test_another_realms_name_alone_means_nobody() -> None:
    steps, asked = up_to_the_account(Ticket(complete=True, principal=ANN, ours=False))
    assert asked == FindAccount(ANN)
    assert reason_of(steps, UNKNOWN) is SignInReason.UNKNOWN_USER


def test_an_account_that_may_not_sign_in_is_not_passed_over_for_another() -> None:
    steps, _ = up_to_the_account()
    suspended = Verdict(None, SignInReason.ACCOUNT_DISABLED)
    assert reason_of(steps, suspended) is SignInReason.ACCOUNT_DISABLED


@pytest.mark.parametrize(
    "principal",
    ["ann/admin@R", "host/pc@R", "ann", "@R", "ann@", "", "a@b@R", r"a\@b@R", r"a\/b@R", r"a\\b@R"],
)
def test_a_principal_that_is_no_plain_name_is_nobody(principal: str) -> None:
    steps = exchange(b"token")
    ticket = Ticket(complete=True, principal=principal, ours=True)
    for answer in (None, ticket, b"offer", b"sealed"):
        steps.send(answer)
    assert reason_of(steps, NO_LAYER) is SignInReason.UNKNOWN_USER


def test_nothing_that_opens_a_mailbox_shows_when_printed() -> None:
    shown = f"{GOOD!r} {AcceptTicket(b'secret token', 'secret context')!r}"
    assert "secret" not in shown and "token" not in shown.replace("AcceptTicket", "")
