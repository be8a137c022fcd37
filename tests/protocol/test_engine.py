"""The engine's dealings with its shell: order, ends, failures, what it shows and hides."""

from __future__ import annotations

import pytest

from server_core.events.reasons import CloseReason, SignInReason
from server_core.protocol.actions import (
    Close,
    MarkSeen,
    OpenMaildrop,
    ReportSignIn,
    Send,
    SendMessage,
    Verdict,
    Wait,
)
from server_core.protocol.claims import CheckPassword
from server_core.protocol.engine import INPUT_LIMIT, Engine
from server_core.protocol.replies import Code
from server_core.protocol.session_policy import policy_for
from tests.dialogues.world import World, sized, with_mail
from tests.protocol.conversation import Conversation
from tests.protocol.memory import Mailbox, MemoryMaildrop

CANARY = "c4n4ry"


def _engine() -> Engine:
    world = World()
    policy = policy_for(world.config, world.listener, tls_usable=True)
    return Engine(policy, tls_active=False, greeting_id="1")


def test_the_greeting_comes_first_and_alone() -> None:
    engine = _engine()
    greeting = engine.next_action()
    assert isinstance(greeting, Send)
    assert greeting.data.startswith(b"+OK Postroom ")
    assert engine.next_action() is None


def test_nothing_happens_until_an_action_is_answered() -> None:
    engine = _engine()
    engine.next_action()
    engine.receive_data(b"USER ann\r\nPASS secret\r\nSTAT\r\nQUIT\r\n")
    assert engine.next_action() == Send(b"+OK Send PASS\r\n")
    assert isinstance(engine.next_action(), CheckPassword)
    assert engine.next_action() is None
    engine.complete(Verdict("ann@example.com", SignInReason.OK))
    assert engine.next_action() == OpenMaildrop("ann@example.com")
    engine.complete(MemoryMaildrop(Mailbox([b"x" * 9])))
    assert isinstance(engine.next_action(), ReportSignIn)
    assert engine.next_action() == Send(
        b"+OK Mailbox has 1 messages (9 octets)\r\n+OK 1 9\r\n+OK Bye (1 messages left)\r\n"
    )
    assert engine.next_action() == Close(CloseReason.QUIT)
    assert engine.next_action() is None


def test_an_answer_nobody_asked_for_is_a_mistake_of_the_shell() -> None:
    engine = _engine()
    with pytest.raises(RuntimeError, match="no action waits"):
        engine.complete()


def test_answers_and_octets_after_the_end_are_ignored() -> None:
    talk = Conversation()
    talk.send(b"QUIT")
    talk.engine.complete()
    assert talk.send(b"CAPA", b"x" * INPUT_LIMIT) == b""
    assert talk.engine.wants_data


def test_a_message_is_marked_seen_after_it_is_out_and_before_the_next_command() -> None:
    talk = Conversation(with_mail(sized(50), sized(60)))
    talk.sign_in()
    talk.stops.add(SendMessage)
    talk.send(b"RETR 1", b"RETR 2")
    assert not talk.of(MarkSeen)
    talk.answer()
    assert talk.of(MarkSeen) == [MarkSeen(1)]
    assert talk.asked == SendMessage(2, b"+OK 60 octets\r\n")


def test_commands_sent_before_the_end_of_input_are_obeyed() -> None:
    talk = Conversation()
    talk.engine.receive_eof()
    assert talk.send(b"USER ann", b"PASS secret", b"QUIT").endswith(b"messages left)\r\n")
    assert talk.closed is CloseReason.QUIT


@pytest.mark.parametrize("last", [b"", b"QUIT", b"AUTH PLAIN\r\n", b"AUTH LOGIN\r\nYW5u\r\nc2"])
def test_the_end_of_input_ends_the_conversation(last: bytes) -> None:
    talk = Conversation()
    talk.send_octets(last)
    talk.engine.receive_eof()
    talk.advance()
    assert talk.closed is CloseReason.CLIENT_CLOSED


def test_a_stopping_server_says_so_between_commands() -> None:
    talk = Conversation()
    talk.engine.abandon("Server shutting down", Code.SYS_TEMP)
    assert talk.send(b"CAPA") == b"-ERR [SYS/TEMP] Server shutting down\r\n"
    assert talk.closed is CloseReason.SHUTDOWN


def test_a_stopping_server_finishes_the_command_in_flight() -> None:
    talk = Conversation()
    talk.stops.add(OpenMaildrop)
    talk.send(b"USER ann", b"PASS secret", b"STAT")
    talk.engine.abandon("Server shutting down", Code.SYS_TEMP)
    assert talk.advance() == b""
    assert talk.answer(MemoryMaildrop(Mailbox(()))) == (
        b"+OK Mailbox has 0 messages (0 octets)\r\n-ERR [SYS/TEMP] Server shutting down\r\n"
    )
    assert talk.closed is CloseReason.SHUTDOWN


def test_a_stopping_server_breaks_off_an_exchange() -> None:
    talk = Conversation()
    talk.send(b"AUTH PLAIN")
    talk.engine.abandon("Server shutting down", Code.SYS_TEMP)
    assert talk.advance() == b"-ERR [SYS/TEMP] Server shutting down\r\n"
    assert talk.closed is CloseReason.SHUTDOWN


class _Broken(MemoryMaildrop):
    """A snapshot that cannot tell any more what is gone."""

    broken = False

    def gone(self) -> frozenset[int]:
        return frozenset({1 // (not self.broken)})

    def is_gone(self, number: int) -> bool:
        return number in self.gone()


@pytest.mark.parametrize("line", [b"STAT", b"RETR 2", b"QUIT"])
def test_the_unexpected_ends_the_session_and_is_kept_for_the_log(line: bytes) -> None:
    talk = Conversation()
    talk.stops.add(OpenMaildrop)
    talk.send(b"USER ann", b"PASS secret")
    talk.answer(maildrop := _Broken(Mailbox([sized(50), sized(50)])))
    maildrop.broken = True
    assert talk.send(line, b"NOOP") == b"-ERR [SYS/TEMP] Internal error\r\n"
    assert isinstance(talk.engine.crash, ZeroDivisionError)
    assert talk.closed is CloseReason.INTERNAL_ERROR


def test_refusals_stay_on_one_line_of_ascii() -> None:
    talk = Conversation()
    talk.engine.abandon("Zwei\r\nZeilen ü" + "x" * 600, Code.NONE)
    reply = talk.advance()
    assert reply.startswith(b"-ERR Zwei Zeilen ?xxx")
    assert reply.count(b"\r\n") == 1
    assert len(reply) <= 512


# --- what is shown --------------------------------------------------------------------------------


def _transcript(*lines: bytes, world: World | None = None) -> list[tuple[bool, str]]:
    talk = Conversation(world)
    transcript: list[tuple[bool, str]] = []
    talk.engine.transcript = transcript
    for line in lines:
        talk.send(line)
    return transcript


def test_the_transcript_shows_the_conversation_without_secrets() -> None:
    lines = (b"user ann", b"PASS secret", b"LIST", b"RETR 1", b"TOP 1 0", b"QUIT")
    assert _transcript(*lines, world=with_mail(sized(50))) == [
        (True, "USER ann"),
        (False, "+OK Send PASS"),
        (True, "PASS ***"),
        (False, "+OK Mailbox has 1 messages (50 octets)"),
        (True, "LIST"),
        (False, "+OK 1 messages (50 octets)"),
        (False, "1 50"),
        (True, "RETR 1"),
        (False, "+OK 50 octets"),
        (False, "(3 lines, 50 octets)"),
        (True, "TOP 1 0"),
        (False, "+OK Top of message follows"),
        (False, "(2 lines, 14 octets)"),
        (True, "QUIT"),
        (False, "+OK Bye (1 messages left)"),
    ]


@pytest.mark.parametrize(("messages", "shown"), [(25, 25), (26, 1)])
def test_a_long_list_is_not_shown_line_by_line(messages: int, shown: int) -> None:
    world = with_mail(*[b"x\r\n"] * messages)
    told = _transcript(b"USER ann", b"PASS secret", b"UIDL", world=world)
    lines = [line for _, line in told[told.index((True, "UIDL")) + 2 :]]
    assert len(lines) == shown
    assert (lines[0].startswith("(26 lines, ")) is (shown == 1)


def test_the_transcript_shows_an_exchange_without_its_payloads() -> None:
    assert _transcript(b"auth login YW5u", b"d3Jvbmc=", b"AUTH PLAIN", b"*", b"STLS") == [
        (True, "AUTH LOGIN ***"),
        (False, "+ ***"),
        (True, "***"),
        (False, "-ERR [AUTH] Invalid user name or password"),
        (True, "AUTH PLAIN"),
        (False, "+ ***"),
        (True, "*"),
        (False, "-ERR Authentication cancelled"),
        (True, "STLS"),
        (False, "+OK Begin TLS negotiation"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        f"PASS {CANARY}",
        f"pass  {CANARY}",
        f" PASS {CANARY}",
        f"PASS\t{CANARY}",
        f"PASS{CANARY}",
        f"PASS {CANARY}" + "x" * 300,
        f"PASS {CANARY}\0",
        f"APOP ann {CANARY}",
        f"APOP  ann {CANARY}",
        f"AUTH PLAIN {CANARY}",
        f"AUTH  PLAIN  {CANARY}",
        f"AUTH {CANARY}",
        f"AUTH X-NONE {CANARY}",
        f"AUTH PLAIN\r\n{CANARY}",
        f"{CANARY}",
        f"huh {CANARY}",
    ],
)
def test_a_secret_never_shows(line: str) -> None:
    talk = Conversation()
    transcript: list[tuple[bool, str]] = []
    talk.engine.transcript = transcript
    talk.stops.add(Wait)
    talk.send(b"USER ann", line.encode())
    assert any(received for received, _ in transcript)
    shown = f"{transcript} {talk.engine!r} {talk.engine.session!r} {talk.engine.session.command}"
    assert CANARY not in shown.lower()
    assert CANARY not in repr(talk.actions)


def test_a_line_too_long_is_not_shown() -> None:
    assert _transcript(b"USER " + b"n" * 300)[0] == (True, "***")


def test_actions_that_carry_a_secret_hide_it() -> None:
    talk = Conversation()
    talk.send(b"USER ann", b"PASS " + CANARY.encode())
    action = talk.of(CheckPassword)[0]
    assert isinstance(action, CheckPassword)
    assert action.password.reveal() == CANARY.encode()
    assert CANARY not in f"{action!r} {action} {action.password}"


def test_client_text_in_the_transcript_is_harmless() -> None:
    assert _transcript(b"USER a\x1b[31mb\xff")[0] == (True, "USER a?[31mb\ufffd")
