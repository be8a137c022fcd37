"""Which event counts towards which limit, and what the client hears: one row for each."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

import pytest

from server_core.config.model import Security
from server_core.events.reasons import CloseReason
from server_core.protocol.actions import Action, CommitDeletions, OpenMaildrop, SendMessage
from server_core.protocol.replies import Code, CommandError
from tests.dialogues.world import World, sized, with_mail
from tests.protocol.conversation import Conversation

TOO_MANY = b"-ERR Too many errors, closing connection\r\n"
WRONG_PLAIN = b"AUTH PLAIN " + b64encode(b"\0ann\0wrong")
RIGHT_PLAIN = b"AUTH PLAIN " + b64encode(b"\0ann\0secret")


@dataclass(frozen=True)
class Row:
    """One kind of event: what is said, in which world, and how each repetition is answered.

    ``counts`` names the limit that the event counts towards, if any; ``begins`` is how the last
    reply begins; ``signed_in`` is whether it happens in TRANSACTION; ``fails`` are actions that
    the outside refuses.
    """

    title: str
    lines: tuple[bytes, ...]
    counts: str = ""
    begins: str = "-ERR "
    signed_in: bool = False
    world: World = field(default_factory=lambda: with_mail(sized(50), sized(60)))
    fails: tuple[tuple[type[Action[Any]], CommandError], ...] = ()

    def talk(self, **pop3: int) -> Conversation:
        """A conversation in which it can happen."""
        world = self.world
        talk = Conversation(
            World(
                accounts=world.accounts,
                mail=world.mail,
                security=world.security,
                server=world.server,
                pop3={**world.pop3, **pop3},
            )
        )
        if self.signed_in:
            talk.sign_in()
            talk.send(b"DELE 2")
        talk.failures.update(self.fails)
        return talk


def _trouble(action: type[Action[Any]], code: Code) -> tuple[tuple[type[Action[Any]], Any], ...]:
    return ((action, CommandError("not now", code)),)


NO_METHODS: dict[str, object] = {"plain_methods": (), "secure_methods": ()}
NOTHING_ALLOWED = World(pop3=NO_METHODS, security=Security.NONE)
TLS_FIRST = World(security=Security.STARTTLS_REQUIRED)

PROTOCOL_ERRORS = (
    Row("unknown command", (b"HUH",), "errors"),
    Row("historic command", (b"XTND",), "errors"),
    Row("empty line", (b"",), "errors"),
    Row("surplus argument", (b"CAPA all",), "errors"),
    Row("missing argument", (b"USER",), "errors"),
    Row("control characters", (b"CAPA\x00",), "errors"),
    Row("over-long line", (b"USER " + b"n" * 300,), "errors"),
    Row("wrong state before sign-in", (b"STAT",), "errors"),
    Row("wrong state after sign-in", (b"USER ann",), "errors", signed_in=True),
    Row("a second AUTH after sign-in", (RIGHT_PLAIN,), "errors", signed_in=True),
    Row("STLS after sign-in", (b"STLS",), "errors", signed_in=True),
    Row("UTF8 after sign-in", (b"UTF8",), "errors", signed_in=True),
    Row("PASS without USER", (b"PASS secret",), "errors"),
    Row("message number that is none", (b"RETR x",), "errors", signed_in=True),
    Row("message number zero", (b"DELE 0",), "errors", signed_in=True),
    Row("wrong number of arguments", (b"TOP 1",), "errors", signed_in=True),
    Row("no language range", (b"LANG ?",), "errors"),
    Row("AUTH with an unknown mechanism", (b"AUTH X-NONE",), "errors"),
    Row("AUTH with an unknown mechanism and a response", (b"AUTH X-NONE !",), "errors"),
    Row("AUTH with a mechanism not allowed", (b"AUTH PLAIN",), "errors", world=NOTHING_ALLOWED),
    Row("AUTH with one allowed under TLS only", (RIGHT_PLAIN,), "errors", world=TLS_FIRST),
    Row("USER refused by the configuration", (b"USER ann",), "errors", world=NOTHING_ALLOWED),
    Row("USER allowed under TLS only", (b"USER ann",), "errors", world=TLS_FIRST),
    Row("PASS refused by the configuration", (b"PASS x",), "errors", world=NOTHING_ALLOWED),
    Row("APOP refused by the configuration", (b"APOP ann " + b"0" * 32,), "errors"),
    Row("STLS refused by the configuration", (b"STLS",), "errors", world=NOTHING_ALLOWED),
    Row("STLS under TLS", (b"STLS",), "errors", world=World(security=Security.TLS)),
)
FAILED_SIGN_INS = (
    Row("wrong password", (b"USER ann", b"PASS no"), "auth_errors", "-ERR [AUTH] "),
    Row("unknown user", (b"USER zoe", b"PASS secret"), "auth_errors", "-ERR [AUTH] "),
    Row("AUTH with a wrong password", (WRONG_PLAIN,), "auth_errors", "-ERR [AUTH] "),
    Row("initial response that is no base64", (b"AUTH PLAIN !",), "auth_errors", "-ERR [AUTH] "),
    Row("response that is no base64", (b"AUTH LOGIN", b"?"), "auth_errors", "-ERR [AUTH] "),
    Row("malformed message", (b"AUTH PLAIN YW5u",), "auth_errors", "-ERR [AUTH] "),
    Row("empty initial response", (b"AUTH PLAIN =",), "auth_errors", "-ERR [AUTH] "),
)
FREE = (
    Row("cancelled exchange", (b"AUTH LOGIN", b"*")),
    Row("cancelled half-way", (b"AUTH LOGIN", b"YW5u", b"*")),
    Row("USER alone", (b"USER zoe",), begins="+OK "),
    Row("CAPA", (b"CAPA",), begins="+OK "),
    Row("bare AUTH", (b"AUTH",), begins="+OK "),
    Row("language not installed", (b"LANG sv",)),
    Row("no such message", (b"RETR 9",), signed_in=True),
    Row("zombie", (b"RETR 2",), signed_in=True),
    Row("already deleted", (b"DELE 2",), signed_in=True),
    Row(
        "storage trouble",
        (b"RETR 1",),
        begins="-ERR [SYS/PERM] ",
        signed_in=True,
        fails=_trouble(SendMessage, Code.SYS_PERM),
    ),
    *(
        Row(
            f"right password, but {code}",
            (b"USER ann", b"PASS secret"),
            begins=f"-ERR [{code}] ",
            fails=_trouble(OpenMaildrop, code),
        )
        for code in (Code.IN_USE, Code.LOGIN_DELAY, Code.SYS_TEMP, Code.SYS_PERM)
    ),
    Row(
        "right proof, but IN-USE",
        (RIGHT_PLAIN,),
        begins="-ERR [IN-USE] ",
        fails=_trouble(OpenMaildrop, Code.IN_USE),
    ),
)
LIMITS = {"errors": "max_errors", "auth_errors": "max_auth_errors"}
REASONS = {
    "errors": CloseReason.TOO_MANY_ERRORS,
    "auth_errors": CloseReason.TOO_MANY_FAILED_LOGINS,
}


def title(row: Row) -> str:
    return row.title


@pytest.mark.parametrize("row", (*PROTOCOL_ERRORS, *FAILED_SIGN_INS, *FREE), ids=title)
def test_one_event_counts_once_or_not_at_all(row: Row) -> None:
    talk = row.talk()
    last = talk.send(*row.lines).splitlines()
    assert any(line.startswith(row.begins.encode()) for line in last), last
    session = talk.engine.session
    counted = {name: getattr(session, name) for name in LIMITS}
    assert counted == {name: int(name == row.counts) for name in LIMITS}
    assert not talk.closed


@pytest.mark.parametrize("row", (*PROTOCOL_ERRORS, *FAILED_SIGN_INS), ids=title)
def test_the_event_after_the_last_allowed_one_ends_the_session(row: Row) -> None:
    talk = row.talk(**{LIMITS[row.counts]: 2})
    for _ in range(2):
        assert TOO_MANY not in talk.send(*row.lines)
        assert not talk.closed
    assert talk.send(*row.lines, b"CAPA", b"QUIT").endswith(TOO_MANY)
    assert talk.closed is REASONS[row.counts]
    assert not talk.of(CommitDeletions)


@pytest.mark.parametrize("row", (*PROTOCOL_ERRORS, *FAILED_SIGN_INS), ids=title)
def test_an_event_never_ends_a_session_by_the_other_limit_or_by_none(row: Row) -> None:
    other = next(limit for name, limit in LIMITS.items() if name != row.counts)
    for limits in ({LIMITS[row.counts]: 0, other: 1}, {LIMITS[row.counts]: 0, other: 0}):
        talk = row.talk(**limits)
        for _ in range(30):
            talk.send(*row.lines)
        assert not talk.closed


@pytest.mark.parametrize("row", FREE, ids=title)
def test_what_is_no_error_never_ends_a_session(row: Row) -> None:
    talk = row.talk(max_errors=1, max_auth_errors=1)
    for _ in range(30):
        talk.send(*row.lines)
    assert not talk.closed


def test_counts_outlive_stls_and_signing_in() -> None:
    talk = Conversation(World(pop3={"max_errors": 3, "max_auth_errors": 5}))
    talk.send(b"HUH", WRONG_PLAIN, b"STLS")
    talk.send(b"HUH")
    talk.sign_in()
    session = talk.engine.session
    assert (session.errors, session.auth_errors) == (2, 1)
    assert talk.send(b"HUH", b"HUH").endswith(TOO_MANY)


def test_quit_is_no_error_before_sign_in_nor_after() -> None:
    for lines in ((b"QUIT",), (b"USER ann", b"PASS secret", b"QUIT")):
        talk = Conversation()
        talk.send(*lines)
        assert talk.closed is CloseReason.QUIT
        assert talk.engine.session.errors == 0
