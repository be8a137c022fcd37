"""What is known of one connection, and the facts stated about it."""

from __future__ import annotations

import ssl
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from server_core.events.maildrops import MaildropRefused
from server_core.events.protocol import CapturedLine, ProtocolLine
from server_core.events.reasons import CloseReason, SignInReason, UseReason
from server_core.events.types import (
    HandshakeFailed,
    Level,
    MessageRetrieved,
    MessageUnreadable,
    Noticed,
    PlaintextDiscarded,
    SessionClosed,
    SessionOpened,
    SessionSecured,
    SignedIn,
    SignInFailed,
    StoreFailed,
    printable,
)
from server_core.events.views import SessionState, SessionView
from server_core.net.captures import Subject
from server_core.net.door import Door
from server_core.net.switchboard import Switchboard
from server_core.net.tls_facts import served_with
from server_core.protocol import actions as a
from server_core.protocol.maildrop import Maildrop
from server_core.protocol.replies import Code, CommandError
from server_core.protocol.session_state import Pop3Session, State
from server_core.store.backend import MessageDamaged, StoreError

_MOST_HELD = 100  # lines until somebody signs in; a client that says more is no mail program
_STATES = {State.TRANSACTION: SessionState.READING, State.UPDATE: SessionState.FINISHING}


class Record:
    """One session's facts; lives on its session loop. Times: epoch seconds, sizes: octets."""

    __slots__ = (
        "_board",
        "_captured",
        "_held",
        "_tried",
        "account",
        "asked_for",
        "cipher",
        "door",
        "fingerprint",
        "method",
        "number",
        "opened",
        "peer",
        "pop3",
        "problem",
        "reason",
        "received_octets",
        "removed",
        "retrieved",
        "rule",
        "secure",
        "sent_octets",
    )

    pop3: Pop3Session
    """The conversation that is recorded; its engine brings it."""

    def __init__(self, board: Switchboard, door: Door, peer: str, number: int, rule: str) -> None:
        self._board = board
        self._captured: Subject | None = None
        self._held: list[CapturedLine] | None = None
        self.door = door
        self.peer = peer
        self.number = number
        self.rule = rule
        self.opened = time.time()
        self.account = self.method = self.secure = self.problem = self._tried = ""
        self.cipher = self.fingerprint = self.asked_for = ""
        self.reason: CloseReason | None = None
        self.received_octets = self.sent_octets = self.retrieved = self.removed = 0
        if board.hub.tells_info:
            # The very moment of the pictures that follow, so that both name the same session.
            who, tls = self._who(), door.implicit_tls
            board.hub.emit(SessionOpened(**who, time=self.opened, tls=tls))

    def end(self, reason: CloseReason) -> None:
        """Note why the session ends; the first reason stays."""
        self.reason = self.reason or reason

    def secured(self, tls: ssl.SSLSocket | None) -> None:
        """The handshake is done."""
        cipher = tls.cipher() if tls is not None else None
        if tls is None or cipher is None:
            return
        # OpenSSL's binding makes these words anew for every connection.
        self.secure = sys.intern(str(tls.version()).replace("TLSv", "TLS "))
        self.cipher = sys.intern(cipher[0])
        self.fingerprint, self.asked_for = served_with(tls)
        if self._board.hub.tells_info:
            event = SessionSecured(**self._who(), version=self.secure, cipher=self.cipher)
            self._board.hub.emit(event)

    def handshake_failed(self, problem: Exception | None) -> None:
        """The handshake did not succeed."""
        self.problem = self.problem or _words(problem)
        self.end(CloseReason.TLS_FAILED)
        self._board.emit(HandshakeFailed(**self._who(), problem=self.problem))

    def crashed(self, problem: BaseException) -> None:
        """A fault of ours ends the session."""
        self.problem = type(problem).__name__
        where = " ".join("".join(traceback.format_exception(problem)[-2:]).split())
        self._board.emit(Noticed(level=Level.ERROR, source="session", text=where))

    def plaintext_discarded(self, octets: int) -> None:
        """Octets behind STLS were thrown away."""
        self._board.emit(PlaintextDiscarded(**self._who(), octets=octets))

    def sign_in_decided(self, report: a.ReportSignIn, maildrop: Maildrop | None) -> None:
        """Somebody signed in, or could not."""
        board = self._board
        if report.account is None or maildrop is None:
            board.failed_sign_ins += report.reason is not SignInReason.NOT_ALLOWED
            self._tried = board.directory.main_name(report.user)
            who = {**self._who(), "user": self._tried}
            board.emit(SignInFailed(**who, method=report.method, reason=report.reason))
            return
        self.account, self.method = report.account, report.method
        board.sign_ins += 1
        board.directory.note_sign_in(
            self.account, time.time(), self.peer, self.method, self.door.name
        )
        if board.hub.tells_info:
            count, octets = maildrop.count, maildrop.octets
            event = SignedIn(**self._who(), method=self.method, messages=count, octets=octets)
            board.hub.emit(event)

    def ticket_refused(self, problem: str) -> None:
        """Why a Kerberos ticket was not accepted; the client only hears that it was not."""
        text = printable(f"session {self.number}: {problem}")
        self._board.emit(Noticed(level=Level.WARNING, source="kerberos", text=text))

    def maildrop_refused(self, account: str, reason: UseReason) -> None:
        """Somebody signed in rightly, but does not get the mailbox now."""
        self._board.emit(MaildropRefused(**{**self._who(), "user": account}, reason=reason))

    def message_retrieved(self, number: int, maildrop: Maildrop) -> None:
        """A message went out whole."""
        self.retrieved += 1
        self._board.retrieved += 1
        if self._board.hub.tells_protocol:
            size, unique_id = maildrop.size(number), maildrop.unique_id(number)
            self._board.hub.emit(
                MessageRetrieved(**self._who(), number=number, octets=size, unique_id=unique_id)
            )

    def message_unreadable(
        self, number: int, problem: StoreError, maildrop: Maildrop
    ) -> CommandError:
        """The refusal for a message that cannot be sent; what is wrong with it is told."""
        if maildrop.is_gone(number):
            # Removed by somebody else between the engine's look and the store's.
            return CommandError("Message %d is deleted", values=(number,))
        if not isinstance(problem, MessageDamaged):
            self.store_failed(problem)
            return CommandError("message %d cannot be read now", Code.SYS_TEMP, values=(number,))
        self._board.emit(MessageUnreadable(**self._who(), number=number, problem=str(problem)))
        text = "message %d cannot be read, ask the administrator"
        return CommandError(text, Code.SYS_PERM, values=(number,))

    def store_failed(self, problem: BaseException) -> None:
        """The store refused a step."""
        self._board.emit(StoreFailed(**self._who(), problem=str(problem)))

    def wants_lines(self, address: tuple[int, int]) -> bool:
        """Whether somebody wants the lines of this conversation, or of all; looked at anew.

        An account is captured with what was said before it was known whose conversation it is:
        until then the lines are held, and told or forgotten with each attempt to sign in.
        """
        captures, told_to_all = self._board.captures, self._board.hub.tells_protocol
        subject = Subject(self.number, address, self.account or self._tried)
        self._captured = subject if captures.wants(subject) else None
        held, self._held = self._held, None
        if self._captured is not None:
            self._tell(self._captured, held or ())
        elif not (self.account or told_to_all) and captures.await_names:
            self._held = []
        return self._captured is not None or self._held is not None or told_to_all

    def conversation(self, transcript: list[tuple[bool, str]]) -> None:
        """Tell the lines of the conversation, or hold them, and forget them."""
        who = self._who()
        if self._captured is None and self._held is None:
            for received, line in transcript:
                self._board.emit(ProtocolLine(**who, received=received, line=line))
        else:
            lines = [
                CapturedLine(**who, received=received, line=line) for received, line in transcript
            ]
            if self._captured is not None:
                self._tell(self._captured, lines)
            elif self._held is not None:
                self._held = [*self._held, *lines][-_MOST_HELD:]
        transcript.clear()

    def _tell(self, captured: Subject, lines: Sequence[CapturedLine]) -> None:
        for line in lines:
            self._board.emit(replace(line, user=captured.account))
        self._board.captures.count(captured, len(lines))

    def closed(self) -> SessionClosed:
        """The session as history keeps it."""
        return SessionClosed(
            **self._who(),
            reason=self.reason or CloseReason.CLIENT_CLOSED,
            opened=self.opened,
            secure=self.secure,
            method=self.method,
            retrieved=self.retrieved,
            removed=self.removed,
            received_octets=self.received_octets,
            sent_octets=self.sent_octets,
            problem=self.problem,
        )

    def view(self, messages: int, active: float, securing: bool, busy: bool) -> SessionView:
        """A picture of the session now; ``active`` is when its client last did something."""
        session = self.pop3
        return SessionView(
            **self._who(),
            state=self._state(securing=securing),
            opened=self.opened,
            active=active,
            secure=self.secure,
            method=self.method,
            command=session.command,
            messages=messages,
            retrieved=self.retrieved,
            marked=session.marked,
            received_octets=self.received_octets,
            sent_octets=self.sent_octets,
            errors=session.errors + session.auth_errors,
            idle_timeout=self.door.idle_timeout,
            most_errors=session.policy.max_errors,
            cipher=self.cipher,
            rule=self.rule,
            busy=busy,
        )

    def _state(self, *, securing: bool) -> SessionState:
        if self.reason is not None:
            return SessionState.CLOSING  # what was said last is still going out
        if securing:
            return SessionState.SECURING
        if not self.received_octets:
            return SessionState.GREETING  # it is the client's turn, and it has said nothing
        return _STATES.get(self.pop3.state, SessionState.SIGNING_IN)

    def _who(self) -> dict[str, Any]:
        return {
            "session": self.number,
            "listener": self.door.name,
            "peer": self.peer,
            "user": self.account,
        }


def _words(problem: Exception | None) -> str:
    """OpenSSL's or the system's reason in plain lower case."""
    if problem is None:
        return "given up"
    reason = getattr(problem, "reason", None) or getattr(problem, "strerror", None)
    return str(reason or problem or type(problem).__name__).replace("_", " ").lower()
