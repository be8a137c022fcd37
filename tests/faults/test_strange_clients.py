"""Clients that break the rules, vanish or never say a word: others do not notice."""

from __future__ import annotations

import base64
import socket
import struct
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.faults.conftest import deliver, until
from tests.faults.conversation import PASSWORD, Conversation
from tests.faults.letters import digest_of
from tests.faults.server import Server

pytestmark = pytest.mark.faults


def reset(session: Conversation) -> None:
    """Vanish as a computer does whose cable is pulled and put back: the next octet meets a RST."""
    linger = struct.pack("ii", 1, 0)
    session.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    session.close()


def test_a_login_name_that_is_not_utf8_is_refused_like_any_wrong_one(server: Server) -> None:
    with server.connect() as session:
        session.line()
        session.say(b"USER \xff\xfeann")
        reply = session.say(f"PASS {PASSWORD}")
        assert reply.startswith("-ERR")
        session.say("USER nobody")
        assert session.say(f"PASS {PASSWORD}") == reply
        message = base64.b64encode(b"\0\xff\xfe\0" + PASSWORD.encode()).decode()
        assert session.say(f"AUTH PLAIN {message}").startswith("-ERR")
        session.say("USER ann")
        assert session.say(f"PASS {PASSWORD}").startswith("+OK")


def test_a_line_may_have_255_octets_and_an_endless_one_ends_the_session(server: Server) -> None:
    with server.connect() as session:
        session.line()
        session.send("USER " + "x" * 248)
        assert not session.line().startswith("-ERR Line too long")
        for octets in (256, 8_192):
            session.send("USER " + "x" * (octets - 7))
            assert session.line() == "-ERR Line too long"
        session.ask("CAPA")
        session.send("x" * 8_191)
        assert session.line().startswith("-ERR Line too long, closing")
        assert session.is_closed()


def test_a_line_that_never_ends_is_cut_off_at_its_limit(server: Server) -> None:
    with server.connect() as session:
        session.line()
        session.send_octets(b"x" * 8_191)
        session.send_octets(b"x")
        assert session.line().startswith("-ERR Line too long, closing")
        assert session.is_closed()


def test_three_hundred_silent_connections_keep_nobody_from_mail_and_are_ended_in_time(
    server: Server,
) -> None:
    (letter,) = deliver(server, 1_000)
    limits = ("max_connections", "max_connections_per_peer")
    server.ask("change_config", edits={f"pop3.flow.{limit}": 0 for limit in limits})
    with ExitStack() as silent:
        for _ in range(300):
            silent.enter_context(server.connect())
        with server.signed_in("ann") as session:
            assert digest_of(session.ask("RETR 1")) == letter.digest
            session.say("QUIT")
        until(lambda: server.ask("status").sessions == 300)
        server.ask("change_config", edits={"pop3.listeners.pop3.idle_timeout": 1})
        until(lambda: server.ask("status").sessions == 0)
    with server.signed_in("ann") as session:
        assert session.say("QUIT").startswith("+OK")


@pytest.mark.parametrize("vanish", [Conversation.close, reset])
def test_a_client_that_vanishes_in_the_middle_of_a_message_has_not_read_it(
    server: Server, vanish: Callable[[Conversation], None]
) -> None:
    (letter,) = deliver(server, 20_000_000)
    session = server.signed_in("ann")
    assert session.say("DELE 1").startswith("+OK")
    session.say("RSET")
    assert session.say("RETR 1").startswith("+OK")
    vanish(session)
    until(lambda: server.ask("status").sessions == 0)
    (view,) = server.ask("messages", account="ann")
    assert not view.seen
    with server.signed_in("ann") as again:
        assert digest_of(again.ask("RETR 1")) == letter.digest


@pytest.mark.parametrize(
    ("command", "last_words"),
    [
        ("STLS", b""),
        ("STLS", b"\x16\x03\x01\x02\x00\x01"),
        ("AUTH PLAIN", b""),
        ("AUTH LOGIN", b"YW5u\r\n"),
        ("AUTH PLAIN", b"AGFubg"),
    ],
)
def test_a_client_that_vanishes_while_it_proves_itself_leaves_nothing_behind(
    server: Server, command: str, last_words: bytes
) -> None:
    for vanish in (Conversation.close, reset):
        session = server.connect()
        session.line()
        assert session.say(command).startswith("+")
        session.send_octets(last_words)
        vanish(session)
        until(lambda: server.ask("status").sessions == 0)
    with server.signed_in("ann") as other:
        assert other.say("QUIT").startswith("+OK")


def test_messages_marked_by_a_client_that_vanishes_stay(server: Server) -> None:
    (letter,) = deliver(server, 1_000)
    session = server.signed_in("ann")
    assert session.say("DELE 1").startswith("+OK")
    reset(session)
    until(lambda: server.ask("status").sessions == 0)
    with server.signed_in("ann") as again:
        assert digest_of(again.ask("RETR 1")) == letter.digest
