"""Limits at their exact edges: lines, errors, failed sign-ins, buffers."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from server_core.config.model import Security
from server_core.events.reasons import CloseReason
from server_core.protocol.actions import CommitDeletions, Wait
from server_core.protocol.engine import (
    COMMAND_LIMIT,
    ENDLESS_LIMIT,
    INPUT_LIMIT,
    SEND_LIMIT,
)
from server_core.protocol.sasl import MECHANISMS, plain
from server_core.protocol.sasl.mechanism import SASL_LIMIT
from tests.dialogues.world import World, sized, with_mail
from tests.protocol.conversation import Conversation

TOO_LONG = b"-ERR Line too long\r\n"
ENDLESS = b"-ERR Line too long, closing connection\r\n"
TOO_MANY = b"-ERR Too many errors, closing connection\r\n"


def _user_line(octets: int, end: bytes = b"\r\n") -> bytes:
    return b"USER " + b"n" * (octets - 5 - len(end)) + end


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_command_line_has_255_octets_at_most(end: bytes) -> None:
    talk = Conversation()
    assert talk.send_octets(_user_line(COMMAND_LIMIT, end)) == b"+OK Send PASS\r\n"
    assert talk.send_octets(_user_line(COMMAND_LIMIT + 1, end)) == TOO_LONG
    assert talk.engine.session.errors == 1


def test_a_line_too_long_is_answered_once_and_the_next_one_is_obeyed() -> None:
    talk = Conversation()
    assert talk.send_octets(_user_line(ENDLESS_LIMIT)[:-2]) == b""
    assert talk.send_octets(b"\r\nCAPA\r\n").startswith(TOO_LONG + b"+OK Capability")


@pytest.mark.parametrize("ended", [True, False])
def test_8192_octets_without_a_line_end_close_the_connection(ended: bool) -> None:
    talk = Conversation()
    octets = b"x" * ENDLESS_LIMIT + (b"\nSTAT\r\n" if ended else b"")
    assert talk.send_octets(octets) == ENDLESS
    assert talk.closed is CloseReason.LINE_TOO_LONG


def test_8191_octets_without_a_line_end_may_still_end() -> None:
    talk = Conversation()
    assert talk.send_octets(b"x" * (ENDLESS_LIMIT - 1)) == b""
    assert talk.send_octets(b"\n") == TOO_LONG
    assert not talk.closed


def test_an_auth_line_has_12288_octets_at_most() -> None:
    talk = Conversation()
    line = b"auth plain " + b"A" * (SASL_LIMIT - 13)
    assert talk.send_octets(line) == b""
    assert talk.send_octets(b"\r\n").startswith(b"-ERR [AUTH] ")
    assert talk.send_octets(line + b"A\r") == ENDLESS
    assert talk.closed is CloseReason.LINE_TOO_LONG


def test_a_long_initial_response_is_understood() -> None:
    password = "p" * 9000
    talk = Conversation(World(accounts={"ann@example.com": password}))
    line = b"AUTH PLAIN " + b64encode(f"\0ann\0{password}".encode())
    assert talk.send(line).startswith(b"+OK ")


def test_a_response_has_12288_octets_at_most() -> None:
    talk = Conversation()
    talk.send(b"AUTH LOGIN")
    assert talk.send_octets(b"A" * (SASL_LIMIT - 4) + b"\r\n") == b"+ UGFzc3dvcmQ6\r\n"
    assert talk.send_octets(b"A" * SASL_LIMIT) == ENDLESS
    assert talk.closed is CloseReason.LINE_TOO_LONG
    assert talk.engine.crash is None


def test_a_mechanism_says_how_long_its_responses_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    longest = 98_304
    monkeypatch.setitem(MECHANISMS, "PLAIN", replace(plain.MECHANISM, longest=longest))
    talk = Conversation(World(accounts={"ann@example.com": "x"}))
    talk.send(b"AUTH PLAIN")
    response = b64encode(b"\0ann\0" + b"p" * (longest // 4 * 3 - 8))
    assert talk.send_octets(response[:-1]) == b""
    assert len(response) - 1 > INPUT_LIMIT
    assert talk.engine.wants_data
    assert talk.send_octets(response[-1:] + b"\r\n").startswith(b"-ERR [AUTH]")
    talk.send(b"AUTH PLAIN")
    assert talk.send_octets(b"A" * longest) == ENDLESS
    assert talk.closed is CloseReason.LINE_TOO_LONG


@pytest.mark.parametrize("octet", [*range(0x20), 0x7F])
def test_control_characters_are_a_counted_error(octet: int) -> None:
    talk = Conversation()
    if octet == 0x0A:
        assert talk.send(b"NO\nOP").count(b"-ERR ") == 2
        return
    assert talk.send(b"CAPA" + bytes([octet, 0x20])).startswith(b"-ERR Control characters")
    assert talk.engine.session.errors == 1


def test_the_error_after_the_last_allowed_one_ends_the_session() -> None:
    talk = Conversation(World(pop3={"max_errors": 3}))
    assert talk.send(b"huh", b"STAT", b"USER").count(b"-ERR ") == 3
    assert not talk.closed
    assert talk.send(b"huh", b"CAPA") == TOO_MANY
    assert talk.closed is CloseReason.TOO_MANY_ERRORS


def test_refusals_of_valid_commands_never_end_a_session() -> None:
    talk = Conversation(with_mail(sized(50), pop3={"max_errors": 1}))
    talk.sign_in()
    replies = talk.send(b"DELE 1", *(b"RETR 1", b"TOP 1 0", b"DELE 1", b"LIST 7", b"CAPA") * 5)
    assert replies.count(b"-ERR ") == 20
    assert talk.engine.session.errors == 0
    assert not talk.closed


def test_a_session_ended_for_its_errors_removes_nothing() -> None:
    talk = Conversation(with_mail(sized(50), pop3={"max_errors": 1}))
    talk.sign_in()
    assert talk.send(b"DELE 1", b"huh", b"huh", b"QUIT").endswith(TOO_MANY)
    assert not talk.of(CommitDeletions)


def test_the_failed_sign_in_after_the_last_allowed_one_ends_the_session() -> None:
    talk = Conversation(World(pop3={"max_auth_errors": 2}))
    assert talk.send(*(b"USER ann", b"PASS wrong") * 2).count(b"-ERR [AUTH] ") == 2
    assert not talk.closed
    assert talk.send(b"AUTH PLAIN !", b"CAPA") == TOO_MANY
    assert talk.closed is CloseReason.TOO_MANY_FAILED_LOGINS
    assert len(talk.of(Wait)) == 3


def test_errors_and_failed_sign_ins_are_counted_apart() -> None:
    talk = Conversation(World(pop3={"max_errors": 2, "max_auth_errors": 2}))
    talk.send(b"huh", b"USER ann", b"PASS wrong", b"huh", b"USER ann", b"PASS wrong")
    assert not talk.closed
    assert (talk.engine.session.errors, talk.engine.session.auth_errors) == (2, 2)


def test_zero_means_no_limit() -> None:
    talk = Conversation(World(pop3={"max_errors": 0, "max_auth_errors": 0}))
    talk.send(*(b"huh", b"AUTH PLAIN !") * 150)
    assert not talk.closed


@pytest.mark.parametrize("chunks", [(b"\x16\x03\x01\x02\0",), (b"\x16", b"\x03"), (b"\x16\x03\n",)])
def test_a_tls_hello_on_a_plain_port_is_told_so_and_closed(chunks: tuple[bytes, ...]) -> None:
    talk = Conversation()
    assert b"".join(map(talk.send_octets, chunks)).startswith(b"-ERR TLS does not begin here")
    assert talk.closed is CloseReason.TLS_FAILED


def test_under_tls_such_octets_are_only_a_wrong_line() -> None:
    talk = Conversation(World(security=Security.TLS))
    assert talk.send_octets(b"\x16\x03\x01") == b""
    assert talk.send_octets(b"\n").startswith(b"-ERR Control characters")
    assert not talk.closed


def test_no_more_input_is_wanted_while_enough_waits() -> None:
    talk = Conversation()
    talk.stops.add(Wait)
    talk.send(b"AUTH PLAIN !")
    wanted = []
    for octets in (b"\n" * (INPUT_LIMIT - 1), b"\n"):
        talk.send_octets(octets)
        wanted.append(talk.engine.wants_data)
    talk.answer()
    wanted.append(talk.engine.wants_data)
    assert wanted == [True, False, True]


def test_replies_are_handed_out_before_they_pile_up() -> None:
    messages = (sized(100),) * 200
    talk = Conversation(with_mail(*messages))
    talk.sign_in()
    one = len(talk.send(b"LIST"))
    talk.sends.clear()
    talk.send(*(b"LIST",) * 500)
    assert len(talk.sends) > 10
    assert max(map(len, talk.sends)) < SEND_LIMIT + one


def test_replies_that_are_ready_cost_one_write() -> None:
    talk = Conversation(with_mail(sized(100)))
    talk.sign_in()
    talk.sends.clear()
    talk.send(b"STAT", b"LIST", b"UIDL", b"NOOP", b"DELE 1")
    assert len(talk.sends) == 1


def test_a_big_listing_is_one_write() -> None:
    talk = Conversation(with_mail(*(sized(16),) * 20_000))
    talk.sign_in()
    talk.sends.clear()
    talk.send(b"LIST")
    assert [len(octets) > 2 * SEND_LIMIT for octets in talk.sends] == [True]
