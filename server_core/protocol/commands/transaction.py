"""The commands on a maildrop, and QUIT (RFC 1939 sections 5 to 7)."""

from __future__ import annotations

from server_core.events.reasons import CloseReason
from server_core.protocol.actions import CommitDeletions, MarkSeen, SendMessage, Steps
from server_core.protocol.commands.command import Outcome
from server_core.protocol.replies import CommandError, Reply
from server_core.protocol.session_state import Pop3Session, State

_MOST_DIGITS = 10


def stat(session: Pop3Session, argument: bytes) -> Reply:
    """The drop listing."""
    count, octets = session.snapshot.stat()
    return Reply(f"{count} {octets}")


def list_(session: Pop3Session, argument: bytes) -> Reply:
    """The scan listing of one message or of all."""
    snapshot = session.snapshot
    if argument:
        number = snapshot.listed(_message_number(argument))
        return Reply(f"{number} {snapshot.size(number)}")
    return Reply("%d messages (%d octets)", snapshot.scan_listing(), snapshot.stat())


def uidl(session: Pop3Session, argument: bytes) -> Reply:
    """The unique-id listing of one message or of all."""
    snapshot = session.snapshot
    if argument:
        number = snapshot.listed(_message_number(argument))
        return Reply(f"{number} {snapshot.unique_id(number)}")
    return Reply("Unique-id listing follows", snapshot.unique_id_listing())


def retr(session: Pop3Session, argument: bytes) -> Steps[None]:
    """A whole message; it counts as read once it is out whole."""
    snapshot = session.snapshot
    number = snapshot.readable(_message_number(argument))
    yield from SendMessage(number, b"+OK %d octets\r\n" % snapshot.size_when_taken(number))
    session.retrieved += 1
    yield from MarkSeen(number)


def top(session: Pop3Session, argument: bytes) -> Steps[None]:
    """The header and some lines of the body; leaves the message unread."""
    first, second = argument.split()
    number = session.snapshot.readable(_message_number(first))
    head = f"+OK {session.words('Top of message follows')}\r\n".encode()
    yield from SendMessage(number, head, _decimal(second))


def dele(session: Pop3Session, argument: bytes) -> Reply:
    """A mark, which QUIT makes true."""
    number = _message_number(argument)
    session.snapshot.mark(number)
    return Reply("Message %d deleted", values=(number,))


def noop(session: Pop3Session, argument: bytes) -> Reply:
    """A sign of life."""
    return Reply("Nothing done")


def rset(session: Pop3Session, argument: bytes) -> Reply:
    """All marks are taken back."""
    session.snapshot.reset()
    return Reply("Mailbox has %d messages (%d octets)", values=session.snapshot.stat())


def quit_(session: Pop3Session, argument: bytes) -> Outcome:
    """The only way to have messages removed; the connection ends in any case."""
    session.closing = CloseReason.QUIT
    if session.state is State.AUTHORIZATION:
        return Reply("Bye")
    session.state = State.UPDATE
    return _update(session) if session.marked else _farewell(session)


def _update(session: Pop3Session) -> Steps[Reply]:
    yield from CommitDeletions(session.snapshot.marks)
    return _farewell(session)


def _farewell(session: Pop3Session) -> Reply:
    return Reply("Bye (%d messages left)", values=(session.snapshot.left,))


def _message_number(word: bytes) -> int:
    number = _decimal(word)
    if number == 0:
        raise CommandError("Message numbers begin at 1", counts=True)
    return number


def _decimal(word: bytes) -> int:
    if not word.isdigit() or len(word) > _MOST_DIGITS:
        raise CommandError("A decimal number is expected", counts=True)
    return int(word)
