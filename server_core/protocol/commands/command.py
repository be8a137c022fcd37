"""The contract of a command: a row of the table, checked before its handler runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from server_core.protocol.actions import Steps
from server_core.protocol.replies import CommandError, Reply
from server_core.protocol.session_state import Pop3Session, State

Outcome: TypeAlias = Reply | Steps[Reply | None]
"""What a handler answers: a reply, or steps that end in one; None when all was sent already."""

AUTHORIZATION = (State.AUTHORIZATION,)
TRANSACTION = (State.TRANSACTION,)
EVERYWHERE = (State.AUTHORIZATION, State.TRANSACTION)


@dataclass(frozen=True, slots=True)
class Command:
    """One command. A handler that waits for nothing is a plain function.

    ``arguments`` gives what the handler gets, or refuses; ``guard`` refuses what the connection's
    terms forbid, before anything is looked at; ``capability`` is the line CAPA shows, if any.
    """

    verb: str
    handler: Callable[[Pop3Session, bytes], Outcome]
    states: tuple[State, ...]
    arguments: Callable[[bytes], bytes]
    guard: Callable[[Pop3Session], None] | None = None
    capability: Callable[[Pop3Session], str] | None = None


def no_argument(argument: bytes) -> bytes:
    """Nothing but spaces."""
    if argument.strip(b" "):
        raise CommandError("No argument expected", counts=True)
    return b""


def rest_of_line(argument: bytes) -> bytes:
    """All of it, trimmed."""
    argument = argument.strip(b" ")
    if not argument:
        raise CommandError("Argument missing", counts=True)
    return argument


def every_octet(argument: bytes) -> bytes:
    """All of it, as it came: spaces are part of a password."""
    if not argument:
        raise CommandError("Argument missing", counts=True)
    return argument


def words(least: int, most: int) -> Callable[[bytes], bytes]:
    """So many words, joined by single spaces."""

    def fitted(argument: bytes) -> bytes:
        found = argument.split()
        if not least <= len(found) <= most:
            raise CommandError("Wrong number of arguments", counts=True)
        return b" ".join(found)

    return fitted
