"""CAPA: every line only while it is in force for this connection (RFC 2449)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from server_core import __version__
from server_core.config.account_terms import AccountTerms
from server_core.config.model import Security
from server_core.protocol.actions import FindDelay
from tests.dialogues.world import World
from tests.protocol.conversation import Conversation

ANN, BOB = "ann@example.com", "bob@example.com"
BOTH = {ANN: "secret", BOB: "secret"}


def capabilities(talk: Conversation) -> list[str]:
    first, *lines, dot = talk.send(b"CAPA").decode().splitlines()
    assert (first, dot) == ("+OK Capability list follows", ".")
    return lines


def delayed(delay: int, own: Mapping[str, int | None], accounts: Mapping[str, str]) -> World:
    terms = {name: AccountTerms(delay=seconds) for name, seconds in own.items()}
    return World(accounts=accounts, terms=terms, pop3={"accounts": {"delay": delay}})


@pytest.mark.parametrize(
    ("delay", "own", "before", "after"),
    [
        (0, {}, None, None),
        (60, {}, "60", "60"),
        (60, {ANN: 60}, "60", "60"),
        (60, {ANN: 10}, "60 USER", "10"),
        (60, {ANN: 0}, "60 USER", "0"),
        (60, {BOB: 900}, "900 USER", "60"),
        (60, {ANN: 5, BOB: 5}, "5", "5"),
        (60, {ANN: 0, BOB: 0}, None, None),
        (0, {BOB: 30}, "30 USER", "0"),
    ],
)
def test_login_delay_is_the_longest_before_sign_in_and_ones_own_after(
    delay: int, own: dict[str, int | None], before: str | None, after: str | None
) -> None:
    talk = Conversation(delayed(delay, own, BOTH))
    for expected in (before, after):
        lines = [line for line in capabilities(talk) if line.startswith("LOGIN-DELAY")]
        assert lines == ([] if expected is None else [f"LOGIN-DELAY {expected}"])
        talk.sign_in()


def test_where_nobody_has_an_account_the_delay_is_the_servers() -> None:
    assert "LOGIN-DELAY 60" in capabilities(Conversation(delayed(60, {}, {})))


def test_only_where_delays_vary_somebody_is_asked_for_ones_own() -> None:
    for own, asked in (({}, 0), ({ANN: 10}, 2)):
        talk = Conversation(delayed(60, own, BOTH))
        capabilities(talk)
        talk.sign_in()
        assert capabilities(talk) == capabilities(talk)
        assert talk.of(FindDelay) == [FindDelay(ANN)] * asked


@pytest.mark.parametrize(
    ("announce", "line"),
    [
        (False, "IMPLEMENTATION Postroom"),
        (True, f"IMPLEMENTATION Postroom-{__version__}"),
    ],
)
def test_the_version_is_told_only_where_wanted_and_to_nobody_before_sign_in(
    announce: bool, line: str
) -> None:
    talk = Conversation(World(pop3={"announce_version": announce}))
    assert not any("IMPLEMENTATION" in found for found in capabilities(talk))
    talk.sign_in()
    assert line in capabilities(talk)


@pytest.mark.parametrize("security", Security)
def test_what_is_announced_to_strangers_is_announced_after_sign_in_too(security: Security) -> None:
    talk = Conversation(World(security=security, pop3={"accounts": {"delay": 5}}))
    if security is Security.STARTTLS_REQUIRED:
        talk.send(b"STLS")
    before = capabilities(talk)
    talk.sign_in()
    assert set(before) - set(capabilities(talk)) <= {"STLS"}


def test_mail_never_expires_and_the_registered_tags_are_there() -> None:
    tags = {"TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "UTF8 USER", "LANG"}
    assert {*tags, "EXPIRE NEVER"} <= set(capabilities(Conversation()))
