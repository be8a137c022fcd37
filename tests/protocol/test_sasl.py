"""Mechanisms, stepped by hand: they know neither POP3 nor base64."""

from __future__ import annotations

import pytest

from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Secret, Verdict
from server_core.protocol.claims import CheckPassword
from server_core.protocol.replies import ExchangeFailed
from server_core.protocol.sasl import MECHANISMS, login, plain
from server_core.protocol.sasl.mechanism import Challenge, Identity

TIM = Verdict("tim@example.com", SignInReason.OK)


def test_plain_asks_for_the_password_to_be_checked() -> None:
    exchange = plain.exchange(b"\0tim\0tanstaaftanstaaf")
    assert next(exchange) == CheckPassword("tim", Secret(b"tanstaaftanstaaf"))
    with pytest.raises(StopIteration) as done:
        exchange.send(TIM)
    assert done.value.value == Identity("tim@example.com")


def test_plain_speaks_first_only_when_the_client_did_not() -> None:
    exchange = plain.exchange(None)
    assert next(exchange) == Challenge(b"")
    assert exchange.send(b"test\0test\0test") == CheckPassword("test", Secret(b"test"))


def test_login_asks_twice() -> None:
    exchange = login.exchange(None)
    assert next(exchange) == Challenge(b"Username:")
    assert exchange.send(b"tim") == Challenge(b"Password:")
    assert exchange.send(b" pw ") == CheckPassword("tim", Secret(b" pw "))


def test_a_wrong_password_fails_the_exchange_with_its_reason() -> None:
    exchange = plain.exchange(b"\0tim\0wrong")
    next(exchange)
    with pytest.raises(ExchangeFailed) as failure:
        exchange.send(Verdict(None, SignInReason.WRONG_PASSWORD))
    assert (failure.value.reason, failure.value.user) == (SignInReason.WRONG_PASSWORD, "tim")


def test_the_table_lists_each_mechanism_by_its_name() -> None:
    strongest_first = [*MECHANISMS]
    assert strongest_first.index("SCRAM-SHA-256-PLUS") < strongest_first.index("SCRAM-SHA-256")
    assert strongest_first[-4:] == ["DIGEST-MD5", "CRAM-MD5", "PLAIN", "LOGIN"]
    assert all(name == mechanism.name for name, mechanism in MECHANISMS.items())
