"""APOP: offered by the greeting, refused where that did not offer it (RFC 1939 section 7)."""

from __future__ import annotations

from hashlib import md5

import pytest

from server_core.config.checking import ConfigRejected, check
from server_core.config.model import Security
from server_core.config.signing_in import Method
from server_core.events.reasons import SignInReason
from server_core.protocol.actions import ReportSignIn, Wait
from server_core.protocol.claims import LookUpSecret
from tests.dialogues.world import World
from tests.protocol.conversation import Conversation

TIMESTAMP = b"<17.4@example.com>"
REFUSED = b"-ERR [AUTH] Invalid user name or password\r\n"
NOT_HERE = b"-ERR APOP is not available\r\n"
ANN = "ann@example.com"
BOTH = {"plain_methods": (Method.APOP,), "secure_methods": (Method.APOP,)}


def _digest(password: bytes = b"secret") -> bytes:
    return md5(TIMESTAMP + password, usedforsecurity=False).hexdigest().encode()


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_the_greeting_offers_it_and_the_digest_opens_the_maildrop(security: Security) -> None:
    talk = Conversation(World(pop3=BOTH, security=security))
    assert TIMESTAMP in talk.greeting
    assert talk.send(b"APOP ann " + _digest().upper()).startswith(b"+OK Mailbox")
    assert talk.of(LookUpSecret) == [LookUpSecret(ANN, method="APOP")]
    assert talk.of(ReportSignIn) == [ReportSignIn(ANN, "APOP", SignInReason.OK, ANN)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"ann " + _digest(b"wrong"), SignInReason.WRONG_PASSWORD),
        (b"ann " + _digest()[:-1], SignInReason.WRONG_PASSWORD),
        (b"ann \xff", SignInReason.WRONG_PASSWORD),
        (b"bob " + _digest(), SignInReason.UNKNOWN_USER),
        (b"\xff " + _digest(), SignInReason.MALFORMED),
    ],
)
def test_every_failure_sounds_and_waits_alike(line: bytes, reason: SignInReason) -> None:
    talk = Conversation(World(pop3={**BOTH, "auth_failure_delay": 0.75}))
    talk.stops.add(Wait)
    assert talk.send(b"APOP " + line) == b""
    assert talk.asked == Wait(0.75)
    assert talk.answer() == REFUSED
    assert [report.reason for report in talk.of(ReportSignIn)] == [reason]  # type: ignore[attr-defined]
    session = talk.engine.session
    assert (session.auth_errors, session.errors) == (1, 0)


@pytest.mark.parametrize("line", [b"APOP", b"APOP ann", b"APOP ann a b"])
def test_it_takes_a_name_and_a_digest(line: bytes) -> None:
    talk = Conversation(World(pop3=BOTH))
    assert talk.send(line) == b"-ERR Wrong number of arguments\r\n"
    assert talk.engine.session.errors == 1


@pytest.mark.parametrize("line", [b"APOP", b"APOP ann " + _digest(), b"APOP \xff"])
@pytest.mark.parametrize("tls", [False, True])
def test_where_it_is_not_offered_nothing_is_looked_at(line: bytes, tls: bool) -> None:
    talk = Conversation()
    assert b"<" not in talk.greeting
    if tls:
        talk.send(b"STLS")
    assert talk.send(line) == NOT_HERE
    assert talk.engine.session.errors == 1
    assert not talk.of(LookUpSecret)


def test_stls_may_end_the_offer_and_cannot_make_one() -> None:
    ended = Conversation(World(pop3={"plain_methods": (Method.APOP,)}))
    ended.send(b"STLS")
    assert ended.send(b"APOP ann " + _digest()) == NOT_HERE
    # The greeting is said once, in clear, and had no timestamp.
    late = Conversation(World(pop3={"secure_methods": (Method.APOP,)}))
    assert b"<" not in late.greeting
    late.send(b"STLS")
    assert late.send(b"APOP ann " + _digest()) == NOT_HERE
    kept = Conversation(World(pop3=BOTH))
    kept.send(b"STLS")
    assert kept.send(b"APOP ann " + _digest()).startswith(b"+OK ")


@pytest.mark.parametrize("greeting", ["Hello", "", "%D ready", "100%%U"])
def test_a_greeting_without_a_unique_id_does_not_go_with_it(greeting: str) -> None:
    with pytest.raises(ValueError, match="needs %U in the greeting; add it, or leave APOP out"):
        World(pop3={**BOTH, "greeting": greeting}).config  # noqa: B018
    assert World(pop3={"greeting": greeting}).config.pop3.greeting == greeting


def test_a_greeting_with_brackets_of_its_own_does_not_go_with_it() -> None:
    with pytest.raises(ValueError, match="the greeting may have no <; take it out"):
        World(pop3={"plain_methods": (Method.APOP,), "greeting": "<hello> %U"}).config  # noqa: B018


def test_the_problem_stands_at_the_greeting() -> None:
    with pytest.raises(ConfigRejected) as rejected:
        check({"pop3": {"secure_methods": ["apop"], "greeting": "Hello"}})
    assert [problem.path for problem in rejected.value.problems] == ["pop3.greeting"]
