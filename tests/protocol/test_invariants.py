"""The invariants of concurrent sessions on one mailbox, as far as a conversation keeps them."""

from __future__ import annotations

import pytest

from server_core.config.model import DeletedMessages
from server_core.events.reasons import CloseReason
from server_core.protocol.actions import SendMessage
from server_core.protocol.replies import Code
from tests.dialogues.player import wire_lines
from tests.dialogues.world import World, sized, with_mail
from tests.protocol.conversation import Conversation
from tests.protocol.memory import Mailbox, MemoryStore

MESSAGES = tuple(sized(size) for size in (100, 200, 300, 400))
both_modes = pytest.mark.parametrize("mode", list(DeletedMessages))


def _world(mode: DeletedMessages = DeletedMessages.AXIGEN) -> World:
    return with_mail(*MESSAGES, server={"deleted_messages": mode})


def _two(world: World) -> tuple[Conversation, Conversation, Mailbox]:
    """Two signed-in sessions on one mailbox."""
    store = MemoryStore(world)
    one, other = Conversation(world, store), Conversation(world, store)
    one.sign_in()
    other.sign_in()
    return one, other, store.mailboxes["ann@example.com"]


def _lines(reply: bytes) -> list[bytes]:
    """The lines of a multi-line reply."""
    return reply.splitlines()[1:-1]


@both_modes
def test_stat_agrees_with_both_listings_whatever_happens(mode: DeletedMessages) -> None:
    one, other, mailbox = _two(_world(mode))
    for step in (b"NOOP", b"DELE 1", b"DELE 3", b"RSET", b"DELE 4", b"DELE 2"):
        one.send(step)
        count, octets = map(int, one.send(b"STAT").split()[1:])
        listing = [line.split() for line in _lines(one.send(b"LIST"))]
        assert len(listing) == len(_lines(one.send(b"UIDL"))) == count
        assert sum(int(size) for _, size in listing) == octets
        if step == b"RSET":
            other.send(b"DELE 2", b"QUIT")
            mailbox.deliver(sized(500))


def test_numbers_and_unique_ids_never_change_whatever_others_do() -> None:
    one, other, mailbox = _two(_world())
    before = one.send(b"UIDL")
    other.send(b"DELE 1", b"DELE 4", b"QUIT")
    mailbox.deliver(sized(500))
    one.send(b"DELE 2")
    assert one.send(b"UIDL") == before


def test_a_mark_shows_to_nobody_else_until_quit() -> None:
    one, other, _ = _two(_world())
    one.send(b"DELE 2")
    assert other.send(b"LIST 2") == b"+OK 2 200\r\n"
    assert other.send(b"RETR 2").startswith(b"+OK 200 octets\r\n")
    one.send(b"QUIT")
    assert other.send(b"LIST 2") == b"+OK 2 0\r\n"


def test_another_sessions_quit_makes_zombies_at_the_next_command() -> None:
    one, other, _ = _two(_world())
    one.send(b"DELE 2", b"QUIT")
    assert other.send(b"STAT", b"LIST 3") == b"+OK 4 800\r\n+OK 3 300\r\n"
    assert other.send(b"RETR 2") == b"-ERR Message 2 is deleted\r\n"


def test_a_transfer_that_began_finishes_although_the_message_is_removed() -> None:
    one, other, _ = _two(_world())
    one.stops.add(SendMessage)
    one.send(b"RETR 2")
    other.send(b"DELE 2", b"QUIT")
    assert one.answer() == b""
    assert one.engine.session.retrieved == 1
    assert one.send(b"RETR 2") == b"-ERR Message 2 is deleted\r\n"


def test_reading_zombies_is_no_protocol_error() -> None:
    one, other, _ = _two(_world())
    other.send(b"DELE 1", b"QUIT")
    assert one.send(*(b"RETR 1", b"TOP 1 0") * 30).count(b"-ERR ") == 60
    assert one.engine.session.errors == 0


@pytest.mark.parametrize("end", ["dropped", "errors", "stopped", "endless"])
@both_modes
def test_without_quit_nothing_is_removed(end: str, mode: DeletedMessages) -> None:
    one, _, mailbox = _two(_world(mode))
    one.send(b"DELE 1")
    match end:
        case "dropped":
            one.engine.receive_eof()
            one.advance()
        case "errors":
            one.send(*(b"huh",) * 21)
        case "stopped":
            one.engine.abandon("Server shutting down", Code.SYS_TEMP)
            one.advance()
        case "endless":
            one.send(b"x" * 9000)
    assert one.closed not in {None, CloseReason.QUIT}
    assert not mailbox.removals


def test_two_sessions_that_remove_the_same_message_both_succeed() -> None:
    one, other, mailbox = _two(_world())
    assert one.send(b"DELE 2").startswith(b"+OK ")
    assert other.send(b"DELE 2").startswith(b"+OK ")
    assert one.send(b"QUIT") == b"+OK Bye (3 messages left)\r\n"
    assert other.send(b"QUIT") == b"+OK Bye (3 messages left)\r\n"
    assert mailbox.removals == [2]


def test_new_mail_stays_out_of_an_open_session() -> None:
    one, _, mailbox = _two(_world())
    mailbox.deliver(sized(500))
    assert one.send(b"STAT", b"LIST 5") == b"+OK 4 1000\r\n-ERR No such message\r\n"


def test_only_what_was_retrieved_whole_is_seen() -> None:
    one, _, mailbox = _two(_world())
    one.send(b"LIST", b"UIDL", b"TOP 1 99", b"RETR 2", b"DELE 3", b"RSET")
    assert mailbox.seen == {2}


def test_the_size_in_the_list_is_what_retr_sends() -> None:
    dotted = b"Subject: x\r\n\r\n.\r\n..\r\nend\r\n"
    talk = Conversation(with_mail(dotted))
    talk.sign_in()
    assert talk.send(b"LIST 1") == b"+OK 1 %d\r\n" % len(dotted)
    lines = talk.send(b"RETR 1").split(b"\r\n")
    assert lines[0] == b"+OK %d octets" % len(dotted)
    assert lines[1:-1] == wire_lines(dotted)
