"""One connection on a session loop: performs what its engine asks for, and decides nothing."""

from __future__ import annotations

import concurrent.futures
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

from server_core.events.reasons import CloseReason
from server_core.events.views import SessionView
from server_core.net.channel import Channel
from server_core.net.custody import Custody
from server_core.net.door import Door
from server_core.net.gate import Pass
from server_core.net.outflow import Outflow
from server_core.net.pieces import TERMINATION, Pieces
from server_core.net.record import Record
from server_core.net.sign_in import SignIn
from server_core.net.switchboard import Switchboard
from server_core.protocol import actions as a
from server_core.protocol.engine import Engine
from server_core.protocol.replies import Code, CommandError
from server_core.protocol.session_state import State
from server_core.store.backend import Octets, StoreError

HANDSHAKE_SECONDS = 30
_UNIQUE_OCTETS = 8
# Then it is the other sessions' turn: some milliseconds for a pipeline of RETR.
_ACTIONS_A_TURN = 64


class Session:
    """The shell around one engine; lives on one session loop and is used only there."""

    __slots__ = (
        "_active",
        "_advancing",
        "_board",
        "_channel",
        "_ended",
        "_engine",
        "_eof",
        "_on_drained",
        "_outflow",
        "_securing",
        "_sign_in",
        "_waiting",
        "_working",
        "custody",
        "record",
        "ticket",
    )

    def __init__(
        self, board: Switchboard, door: Door, sock: socket.socket, peer: str, ticket: Pass
    ) -> None:
        self._board = board
        self._active = time.monotonic()
        self.custody = Custody(self, board)
        self._sign_in = SignIn(self, board.directory, board.gate, board.tickets)
        self.ticket = ticket
        self._outflow: Outflow | None = None
        self._on_drained: Callable[[], None] | None = None
        self._advancing = self._waiting = self._ended = False
        self._eof = self._securing = self._working = False
        self._channel = Channel(board.loop, board.watch, sock, self)
        number, rule = board.next_number(), ticket.decision.words
        unique = secrets.token_hex(_UNIQUE_OCTETS) if door.policy.wants_unique else ""
        self.record = Record(board, door, peer, number, rule)
        self._engine = Engine(
            door.policy,
            tls_active=door.implicit_tls,
            greeting_id=f"{number}.{unique}",
        )
        self.record.pop3 = self._engine.session
        if board.captures.active or board.hub.tells_protocol:
            self.follow_wishes()
        board.add(self)

    def start(self) -> None:
        """Greet, or shake hands first on a listener with implicit TLS."""
        if self.record.door.implicit_tls:
            self._waiting = True
            self._begin_handshake()
        else:
            self._advance()

    # What the channel tells.

    def data_received(self, data: bytes) -> None:
        """Octets from the client."""
        if b"\n" in data:  # a command, not half of one, restarts the timer (RFC 1939 section 3)
            self._active = time.monotonic()
        self.record.received_octets += len(data)
        self._engine.receive_data(data)
        if not self._waiting:
            self._advance()
        elif not self._engine.wants_data:
            self._channel.pause_reading()

    def eof_received(self) -> None:
        """The client will say no more; what it said before is still answered."""
        self._eof = True
        self._engine.receive_eof()
        if not self._waiting:
            self._advance()

    def progressed(self) -> None:
        """The client took some of what was written."""
        self._active = time.monotonic()

    def drained(self) -> None:
        """The client took everything that was written."""
        self._active = time.monotonic()
        follow_up, self._on_drained = self._on_drained, None
        if follow_up is not None:
            self._guarded(follow_up)

    def secured(self) -> None:
        """TLS is on: the conversation begins, or goes on after STLS."""
        self._securing = False
        self._active = time.monotonic()
        self.record.secured(self._channel.tls)
        self._channel.resume_reading()
        follow_up = self._greet_securely if self.record.door.implicit_tls else self.answer
        self._guarded(follow_up, self._sign_in.secured(self._channel.tls))

    def channel_lost(self, problem: Exception | None) -> None:
        """The connection is gone: nothing more is performed, nothing marked is deleted."""
        if self._ended:
            return
        self._ended = self._waiting = True
        self._on_drained = None
        if self._securing:
            self.record.handshake_failed(problem)
        self.record.end(CloseReason.CLIENT_CLOSED)
        if not self._working:
            self._bury()

    @property
    def is_over(self) -> bool:
        """Whether the connection is gone."""
        return self._ended

    def _bury(self) -> None:
        """Give everything back; no worker is at work for this session any more."""
        for part in (self._outflow, self.custody, self._sign_in):
            if part is not None:
                part.close()
        self.ticket.release()
        self._board.remove(self.record.number, self.record.closed())
        # Freed now, for thousands end in a second and the collector would stop every thread.
        del self.custody, self._sign_in, self._outflow

    def disconnect(self, reason: CloseReason) -> None:
        """End now, whatever the client is doing; nothing it marked is deleted."""
        self.record.end(reason)
        self._waiting = True
        self._channel.abort()

    def follow_wishes(self) -> None:
        """Keep the lines of the conversation from here on, or no longer, as somebody wants."""
        if not self.record.wants_lines(self.ticket.address):
            self._engine.transcript = None
        elif self._engine.transcript is None:
            self._engine.transcript = []

    def stop_soon(self) -> None:
        """End before the next command."""
        self._engine.abandon("Server shutting down", Code.SYS_TEMP)
        if not self._waiting:
            self._advance()

    def is_overdue(self, now: float) -> bool:
        """Whether the client was silent, or did not take what was sent, for too long."""
        if self._securing:
            return now - self._active > HANDSHAKE_SECONDS
        return 0 < self.record.door.idle_timeout < self._silence(now)

    def silence(self, now: float) -> float:
        """Seconds since the client's last sign of life, none from QUIT on; from any thread."""
        return 0.0 if self._engine.session.state is State.UPDATE else self._silence(now)

    def _silence(self, now: float) -> float:
        # While a worker is busy for this client the silence is ours.
        patient = self._waiting and self._on_drained is None
        return 0.0 if patient else now - self._active

    def expire(self) -> None:
        """Close without a word and without UPDATE (RFC 1939 section 3)."""
        if self._securing:
            self.record.problem = "the handshake was not finished in time"
            self.disconnect(CloseReason.TLS_FAILED)
        else:
            self.disconnect(CloseReason.IDLE_TIMEOUT)

    def view(self) -> SessionView:
        """A picture of the session now."""
        active = time.time() - (time.monotonic() - self._active)
        return self.record.view(self.custody.count, active, self._securing, self._waiting)

    def _advance(self) -> None:
        """Perform actions until one has to wait or more octets are needed."""
        engine, perform = self._engine, self._PERFORM
        self._advancing = True
        try:
            for _ in range(_ACTIONS_A_TURN):
                if self._waiting:
                    break
                action = engine.next_action()
                if engine.transcript:  # what was said stands before what follows from it
                    self.record.conversation(engine.transcript)
                if action is None:
                    self._rest()
                    break
                perform[type(action)](self, action)
            else:
                self._yield_turn()
        except Exception as problem:  # noqa: BLE001 - the boundary: it ends this session only
            self._crash(problem)
        self._advancing = False
        if engine.transcript:
            self.record.conversation(engine.transcript)
        if self._board.hub.tells_progress and not self._ended:
            self._board.changed.add(self)

    def _yield_turn(self) -> None:
        """A long pipeline goes on after the other sessions had their turn."""
        if not self._waiting:
            self._waiting = True
            self.soon(self._resume)

    def _rest(self) -> None:
        """Nothing to do until more comes."""
        if self._eof:
            self._finish(CloseReason.CLIENT_CLOSED)
        else:
            self._channel.resume_reading()

    def _send(self, action: a.Send) -> None:
        self.record.sent_octets += len(action.data)
        if not self._channel.write(action.data):
            self._wait_until_drained(self._resume)

    def _send_message(self, action: a.SendMessage) -> None:
        mailbox = self.custody.mailbox()
        try:
            if action.body_lines is None:
                whole = mailbox.read_whole_cached(action.number)
                if whole is not None:
                    self._engine.note_body(whole)
                    reply = b"".join((action.head, whole, TERMINATION))
                    self.write_then(reply, self.message_sent)
                    return
            reader = mailbox.reader(action.number)
            self._outflow = Outflow(self, Pieces(reader, action.body_lines), self._engine.note_body)
        except StoreError as problem:
            self._engine.fail(self.record.message_unreadable(action.number, problem, mailbox))
            return
        self._waiting = True
        self.write_then(action.head, self._outflow.start)

    def message_sent(self) -> None:
        """The outflow is done, or the message went out in one piece."""
        self._outflow = None
        self.answer()

    def _report_sign_in(self, action: a.ReportSignIn) -> None:
        self.record.sign_in_decided(action, self.custody.opened)
        self._sign_in.decided(action)
        if self._board.captures.active:
            self.follow_wishes()

    def _wait(self, action: a.Wait) -> None:
        self._waiting = True
        seconds = self._sign_in.delay(action.seconds)
        self._board.loop.call_later(seconds, self._guarded, self.answer)

    def _start_tls(self, action: a.StartTls) -> None:
        self._waiting = True
        self._channel.pause_reading()
        discarded = self._engine.session.discarded
        if discarded:
            self.record.plaintext_discarded(discarded)
        self.write_then(action.go_ahead, self._begin_handshake)

    def _greet_securely(self, protection: a.Protection) -> None:
        self._engine.session.secure(protection)
        self._resume()

    def _begin_handshake(self) -> None:
        context = self.record.door.tls_context
        self._securing = True
        if context is None:
            self._channel.abort(OSError("this listener has no usable certificate"))
        else:
            self._channel.start_tls(context)

    def _close(self, action: a.Close) -> None:
        if self._engine.crash is not None:
            self.record.crashed(self._engine.crash)
        self._finish(action.reason)

    _PERFORM: ClassVar[dict[type[a.Action[Any]], Callable[[Session, Any], None]]] = {
        a.Send: _send,
        a.SendMessage: _send_message,
        **dict.fromkeys(SignIn.PERFORM, lambda self, claim: self._sign_in.perform(claim)),
        **dict.fromkeys(Custody.PERFORM, lambda self, action: self.custody.perform(action)),
        a.ReportSignIn: _report_sign_in,
        a.Wait: _wait,
        a.StartTls: _start_tls,
        a.Close: _close,
    }

    def on_worker(
        self, follow_up: Callable[[Any], None], function: Callable[..., Any], *args: Any
    ) -> None:
        """Call what may block on a worker; ``follow_up`` gets its future on this loop."""
        self.when_done(self._board.workers.submit(function, *args), follow_up)

    def when_done(
        self, awaited: concurrent.futures.Future[Any], follow_up: Callable[[Any], None]
    ) -> None:
        """Go on once others have done their part; ``follow_up`` gets their future on this loop."""
        self._waiting = self._working = True
        loop = self._board.loop

        def done(future: concurrent.futures.Future[Any]) -> None:
            # The loop is closed when the server could not wait for the others any longer.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._worked, follow_up, future)

        awaited.add_done_callback(done)

    def _worked(
        self, follow_up: Callable[[Any], None], future: concurrent.futures.Future[Any]
    ) -> None:
        self._working = False
        self._guarded(follow_up, future)
        if self._ended:
            self._bury()

    def soon(self, follow_up: Callable[[], None]) -> None:
        """Go on after the other sessions had their turn."""
        self._board.loop.call_soon(self._unless_over, follow_up)

    def _unless_over(self, follow_up: Callable[[], None]) -> None:
        if not self._ended:
            self._guarded(follow_up)

    def _guarded(self, follow_up: Callable[..., None], *args: Any) -> None:
        """A callback of the loop, a second boundary beside ``_advance``."""
        try:
            follow_up(*args)
        except Exception as problem:  # noqa: BLE001 - the boundary: it ends this session only
            self._crash(problem)

    def answer(self, result: object = None) -> None:
        """The action in hand is done."""
        if not self._ended:
            self._engine.complete(result)
            self._resume()

    def refuse(self, error: CommandError) -> None:
        """The action in hand could not be done."""
        if not self._ended:
            self._engine.fail(error)
            self._resume()

    def _resume(self) -> None:
        """Go on; inside ``_advance`` its loop does, so that a pipeline never nests calls."""
        if not self._ended:
            self._waiting = False
            if not self._advancing:
                self._advance()

    def write_then(self, data: Octets, follow_up: Callable[[], None]) -> None:
        """Write, and go on once the client has taken it."""
        self.record.sent_octets += len(data)
        if self._channel.write(data):
            follow_up()
        else:
            self._wait_until_drained(follow_up)

    def _wait_until_drained(self, follow_up: Callable[[], None]) -> None:
        self._waiting = True
        self._on_drained = follow_up

    def _finish(self, reason: CloseReason) -> None:
        self.record.end(reason)
        self._waiting = True
        self._channel.close()

    def _crash(self, problem: BaseException) -> None:
        self.record.crashed(problem)
        self.disconnect(CloseReason.INTERNAL_ERROR)
