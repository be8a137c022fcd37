"""Commands on an open maildrop, as a client meets them."""

from __future__ import annotations

import pytest

from server_core.events.reasons import CloseReason
from server_core.protocol.actions import CommitDeletions, MarkSeen, SendMessage
from server_core.protocol.commands.transaction import dele, quit_, retr, rset, stat
from server_core.protocol.replies import Code, CommandError, Reply
from server_core.protocol.session_state import Pop3Session, State
from tests.dialogues.world import sized, with_mail
from tests.protocol.conversation import Conversation


@pytest.fixture
def talk() -> Conversation:
    """Ann is signed in and has three messages."""
    talk = Conversation(with_mail(sized(100), sized(200), sized(300)))
    talk.sign_in()
    return talk


@pytest.fixture
def session(talk: Conversation) -> Pop3Session:
    """Her session, for handlers that are called directly."""
    return talk.engine.session


def test_stat_gives_exactly_two_numbers(session: Pop3Session) -> None:
    assert stat(session, b"").text == "3 600"


def test_a_second_dele_is_refused_without_counting(session: Pop3Session) -> None:
    dele(session, b"1")
    with pytest.raises(CommandError, match="already deleted") as refusal:
        dele(session, b"1")
    assert not refusal.value.counts


def test_rset_tells_what_there_is_again(session: Pop3Session) -> None:
    dele(session, b"3")
    assert rset(session, b"") == Reply("Mailbox has %d messages (%d octets)", None, (3, 600))


def test_retr_counts_as_read_only_once_the_message_is_out(session: Pop3Session) -> None:
    steps = retr(session, b"2")
    assert next(steps) == SendMessage(2, b"+OK 200 octets\r\n")
    assert session.retrieved == 0
    assert steps.send(None) == MarkSeen(2)
    assert session.retrieved == 1


def test_quit_enters_update_and_asks_for_the_removals(session: Pop3Session) -> None:
    dele(session, b"2")
    steps = quit_(session, b"")
    assert not isinstance(steps, Reply)
    assert next(steps) == CommitDeletions(frozenset({2}))
    assert session.state is State.UPDATE


@pytest.mark.parametrize("number", [b"0", b"+1", b"-1", b"1x", b"x", b"\xb2", b"00000000001"])
@pytest.mark.parametrize("verb", [b"LIST", b"UIDL", b"RETR", b"DELE", b"TOP"])
def test_what_is_no_message_number_is_a_counted_error(
    talk: Conversation, verb: bytes, number: bytes
) -> None:
    line = verb + b" " + number + (b" 1" if verb == b"TOP" else b"")
    assert talk.send(line).startswith(b"-ERR ")
    assert talk.engine.session.errors == 1


@pytest.mark.parametrize("number", [b"1", b"0000000001", b"01", b"1 ", b" 1  "])
def test_leading_zeros_and_spaces_are_tolerated(talk: Conversation, number: bytes) -> None:
    assert talk.send(b"LIST " + number) == b"+OK 1 100\r\n"


@pytest.mark.parametrize("line", [b"LIST 9", b"UIDL 9", b"RETR 9", b"DELE 9", b"TOP 9 1"])
def test_a_missing_message_is_no_protocol_error(talk: Conversation, line: bytes) -> None:
    assert talk.send(line) == b"-ERR No such message\r\n"
    assert talk.engine.session.errors == 0


_WRONG_ARGUMENTS = (
    "STAT 1|NOOP x|RSET 1|QUIT now|LIST 1 2|RETR|RETR 1 2|DELE|TOP|TOP 1|TOP 1 2 3|TOP 1 -1"
    "|TOP 1 x|UIDL 1 2|CAPA x"
)


@pytest.mark.parametrize("line", _WRONG_ARGUMENTS.encode().split(b"|"))
def test_wrong_arguments_are_a_counted_error(talk: Conversation, line: bytes) -> None:
    reply = talk.send(line)
    assert reply.startswith(b"-ERR ")
    assert reply.count(b"\r\n") == 1
    assert talk.engine.session.errors == 1
    assert talk.closed is None


def test_verbs_are_known_in_any_case(talk: Conversation) -> None:
    assert talk.send(b"stat", b"Stat") == b"+OK 3 600\r\n" * 2


def test_top_sends_so_many_lines_and_marks_nothing(talk: Conversation) -> None:
    assert talk.send(b"TOP 1 0") == b"+OK Top of message follows\r\nSubject: x\r\n\r\n.\r\n"
    assert talk.actions[-1] == SendMessage(1, b"+OK Top of message follows\r\n", 0)
    assert not talk.of(MarkSeen)
    assert talk.engine.session.retrieved == 0


def test_a_message_that_cannot_be_read_is_refused_with_its_code(talk: Conversation) -> None:
    talk.failures[SendMessage] = CommandError("Message 1 is damaged", Code.SYS_PERM)
    assert talk.send(b"RETR 1", b"STAT") == (
        b"-ERR [SYS/PERM] Message 1 is damaged\r\n+OK 3 600\r\n"
    )
    assert not talk.of(MarkSeen)
    assert talk.engine.session.errors == talk.engine.session.retrieved == 0


def test_quit_without_marks_commits_nothing(talk: Conversation) -> None:
    assert talk.send(b"QUIT") == b"+OK Bye (3 messages left)\r\n"
    assert not talk.of(CommitDeletions)
    assert talk.closed is CloseReason.QUIT


def test_quit_answers_only_after_the_removals_are_durable(talk: Conversation) -> None:
    talk.stops.add(CommitDeletions)
    assert talk.send(b"DELE 1", b"QUIT") == b"+OK Message 1 deleted\r\n"
    assert talk.closed is None
    assert talk.answer() == b"+OK Bye (2 messages left)\r\n"
    assert talk.closed is CloseReason.QUIT


def test_quit_closes_although_removals_failed(talk: Conversation) -> None:
    talk.failures[CommitDeletions] = CommandError("Some messages not removed", Code.SYS_TEMP)
    reply = talk.send(b"DELE 1", b"QUIT", b"STAT").splitlines()
    assert reply[1:] == [b"-ERR [SYS/TEMP] Some messages not removed"]
    assert talk.closed is CloseReason.QUIT


def test_what_follows_quit_is_ignored(talk: Conversation) -> None:
    assert talk.send(b"QUIT", b"STAT", b"DELE 1").count(b"\r\n") == 1


@pytest.mark.parametrize("line", [b"USER ann", b"PASS secret", b"APOP a b", b"AUTH", b"STLS"])
def test_nobody_signs_in_twice(talk: Conversation, line: bytes) -> None:
    assert talk.send(line) == b"-ERR Command not valid in this state\r\n"
    assert talk.engine.session.errors == 1


def test_numbers_for_a_status_picture_follow_the_session(talk: Conversation) -> None:
    talk.send(b"RETR 1", b"DELE 1", b"DELE 2", b"LIST")
    session = talk.engine.session
    assert (session.account, session.method, session.command) == ("ann@example.com", "USER", "LIST")
    assert (session.messages, session.marked, session.retrieved) == (3, 2, 1)
