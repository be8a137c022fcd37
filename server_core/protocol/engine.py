"""One POP3 conversation: octets in, actions out; no clock, socket or disk (RFC 1939)."""

from __future__ import annotations

from typing import Any

from server_core.events.reasons import CloseReason
from server_core.protocol.actions import (
    Action,
    Close,
    MarkSeen,
    ReadLine,
    ReportSignIn,
    Send,
    SendMessage,
    StartTls,
    Steps,
)
from server_core.protocol.commands import COMMANDS
from server_core.protocol.commands.authorization import TOO_MANY_ERRORS
from server_core.protocol.commands.command import Outcome
from server_core.protocol.line_buffer import LineBuffer, LineEndless
from server_core.protocol.redaction import HIDDEN, shown
from server_core.protocol.replies import Code, CommandError, Reply
from server_core.protocol.sasl.mechanism import SASL_LIMIT
from server_core.protocol.session_policy import SessionPolicy
from server_core.protocol.session_state import Pop3Session

COMMAND_LIMIT = 255
ENDLESS_LIMIT = 8192
INPUT_LIMIT = 65_536
SEND_LIMIT = 65_536
# RFC 2449 section 4: 512 octets with status, response code and CRLF.
_REPLY_TEXT_LIMIT = 480
# CAPA whole and a short LIST; a long one would only push out what was said before.
_MOST_LINES_NOTED = 25
_CONTROLS = bytes((*range(0x20), 0x7F))
_TLS_HELLO = b"\x16\x03"
_TLS_NOT_HERE = "TLS does not begin here; use STLS or the port for TLS"
_PASS = COMMANDS[b"PASS"]
_UNANSWERED = frozenset({Send, MarkSeen, ReportSignIn})


class Engine:
    """A conversation from the greeting to the close; lives on one session loop.

    Call ``next_action`` until it gives None, perform each action, and answer those that ask for
    it with ``complete`` or ``fail``. ``crash`` keeps what went wrong inside, for the log;
    ``transcript``, when set to a list, collects (received, line) without secrets.
    """

    __slots__ = (
        "_answer",
        "_asked",
        "_awaited",
        "_body",
        "_error",
        "_farewell",
        "_held",
        "_input",
        "_input_ended",
        "_output",
        "_output_size",
        "_over",
        "_starved",
        "_steps",
        "crash",
        "session",
        "transcript",
    )

    def __init__(self, policy: SessionPolicy, *, tls_active: bool, greeting_id: str) -> None:
        unique = f"{greeting_id}@{policy.domain}"
        self.session = Pop3Session(policy, tls_active=tls_active, unique=unique)
        self.transcript: list[tuple[bool, str]] | None = None
        self.crash: BaseException | None = None
        self._input = LineBuffer()
        self._input_ended = False
        # Brackets would make clients try APOP (RFC 1939 section 7).
        words = policy.greeting(self.session.timestamp or unique)
        greeting = f"+OK {words}\r\n".encode("ascii", "replace")
        self._output = [greeting]
        self._output_size = len(greeting)
        self._steps: Steps[Reply | None] | None = None
        self._body = 0, 0  # lines and octets of the message that goes out, for the transcript
        self._awaited = 0  # octets that the response being waited for may have
        self._held: Action[Any] | None = None
        self._asked: Action[Any] | None = None
        self._answer: object = None
        self._error: CommandError | None = None
        self._farewell: CommandError | None = None
        self._over = False
        self._starved = False  # nothing more can be done before the client says more

    @property
    def wants_data(self) -> bool:
        """Whether more octets may come; while not, the peer has to wait."""
        return len(self._input) < max(INPUT_LIMIT, self._awaited, self._auth_limit())

    def receive_data(self, data: bytes) -> None:
        """Take what the client sent."""
        if type(self._asked) is StartTls:
            self.session.discarded += len(data)
        elif not self._over:
            self._input.feed(data)
            self._starved = False

    def receive_eof(self) -> None:
        """The client sends nothing more; what it did send is still obeyed."""
        self._input_ended = True
        self._starved = False

    def abandon(self, text: str, code: Code) -> None:
        """End the conversation before its next command, with ``-ERR`` and these words."""
        self._farewell = CommandError(text, code)
        self._starved = False

    def next_action(self) -> Action[Any] | None:
        """What to do next; None while an answer or more octets are needed."""
        if self._starved or self._asked is not None or self._over:
            return None
        action = self._held
        if action is None:
            action = self._work()
        kind = type(action)
        if self._output and kind not in _UNANSWERED:
            self._held = action
            return self._flush()
        self._held = None
        if action is not None and kind not in _UNANSWERED:
            self._hand_out(action)
        return action

    def complete(self, result: object = None) -> None:
        """The action that was asked for is done and gave this."""
        action = self._take_asked()
        if self.transcript is not None and type(action) is SendMessage:
            self._note_message(action)
        self._answer = result

    def note_body(self, text: bytes | bytearray) -> None:
        """This much of a message is on its way; the transcript tells its extent."""
        if self.transcript is not None:
            lines, octets = self._body
            self._body = lines + text.count(b"\n"), octets + len(text)

    def fail(self, error: CommandError) -> None:
        """The action that was asked for could not be done."""
        self._take_asked()
        self._error = error

    def _take_asked(self) -> Action[Any] | None:
        action = self._asked
        if action is None and not self._over:
            raise RuntimeError("no action waits for an answer")
        self._asked = None
        return action

    def _hand_out(self, action: Action[Any]) -> None:
        if type(action) is Close:
            self._over = True
            self._input.clear()
            self._drop_steps()
            return
        self._asked = action
        if type(action) is StartTls:
            self.session.discarded += self._input.clear()
            self._note_sent(action.go_ahead)

    def _work(self) -> Action[Any] | None:
        """Go on until an action is needed, octets are missing or enough replies are ready."""
        while self._output_size < SEND_LIMIT:
            if self._awaited:
                if not self._read_response():
                    self._starved = True
                    return None
            elif self._steps is not None:
                action = self._resume(self._steps)
                if action is not None:
                    return action
            elif self.session.closing is not None:
                return Close(self.session.closing)
            elif not self._read_command():
                self._starved = True
                return None
        return None

    def _read_response(self) -> bool:
        """Give the exchange its line; False while that is not there."""
        line = self._next_line(self._awaited)
        if line is not None:
            self._awaited = 0
            self._answer = line
            if self.transcript is not None:
                self.transcript.append((True, "*" if line == b"*" else HIDDEN))
        elif self.session.closing is not None:
            self._awaited = 0
            self._drop_steps()
        return not self._awaited

    def _read_command(self) -> bool:
        """Obey the next command line; False while that is not there."""
        line = self._next_line(ENDLESS_LIMIT)
        if line is None:
            return self.session.closing is not None
        self._attempt(line)
        return True

    def _next_line(self, longest: int) -> bytes | None:
        """A line, or None; then ``session.closing`` tells whether there will ever be one."""
        if self._farewell is not None:
            self._end(CloseReason.SHUTDOWN, self._farewell)
            return None
        try:
            line = self._input.take(longest)
        except LineEndless:
            longer = self._auth_limit()
            if longest < longer:
                return self._next_line(longer)
            self._end(CloseReason.LINE_TOO_LONG, CommandError("Line too long, closing connection"))
            return None
        if line is None:
            if not self.session.tls_active and self._input.begins_with(_TLS_HELLO):
                self._end(CloseReason.TLS_FAILED, CommandError(_TLS_NOT_HERE))
            elif self._input_ended:
                self.session.closing = CloseReason.CLIENT_CLOSED
        return line

    def _auth_limit(self) -> int:
        """How long the next command may be when it is AUTH, for its initial response; else 0."""
        if self._awaited or not self._input.begins_with(b"AUTH "):
            return 0
        named = (
            mechanism.longest
            for name, mechanism in self.session.terms.mechanisms.items()
            if self._input.begins_with(b"AUTH %s " % name.encode())
        )
        return max((SASL_LIMIT, *named))

    def _attempt(self, line: bytes) -> None:
        if self.transcript is not None:
            long = self._input.taken > COMMAND_LIMIT
            self.transcript.append((True, HIDDEN if long else shown(line)))
        try:
            outcome = self._obey(line)
        except CommandError as refusal:
            self._refuse(refusal)
        except Exception as crash:  # noqa: BLE001 - ends this session, never the server
            self._break_off(crash)
        else:
            if isinstance(outcome, Reply):
                self._say(outcome)
            else:
                self._steps = outcome

    def _obey(self, line: bytes) -> Outcome:
        session = self.session
        verb, _, argument = line.partition(b" ")
        command = COMMANDS.get(verb.upper())
        session.command = "" if command is None else command.verb
        if command is not _PASS:
            session.user = None
        if len(line.translate(None, _CONTROLS)) != len(line):
            if line.startswith(_TLS_HELLO) and not session.tls_active:
                session.closing = CloseReason.TLS_FAILED
                raise CommandError(_TLS_NOT_HERE)
            raise CommandError("Control characters are not allowed", counts=True)
        if self._input.taken > COMMAND_LIMIT and session.command != "AUTH":
            raise CommandError("Line too long", counts=True)
        if command is None:
            raise CommandError("Unknown command", counts=True)
        if session.state not in command.states:
            raise CommandError("Command not valid in this state", counts=True)
        if command.guard is not None:
            command.guard(session)
        return command.handler(session, command.arguments(argument))

    def _resume(self, steps: Steps[Reply | None]) -> Action[Any] | None:
        """Go on with a command; gives the action it needs next, if that is one for outside."""
        answer, error = self._answer, self._error
        self._answer = self._error = None
        try:
            action = steps.send(answer) if error is None else steps.throw(error)
        except StopIteration as done:
            self._steps = None
            if done.value is not None:
                self._say(done.value)
        except CommandError as refusal:
            self._steps = None
            self._refuse(refusal)
        except Exception as crash:  # noqa: BLE001 - ends this session, never the server
            self._break_off(crash)
        else:
            if type(action) is Send:
                self._write(action.data)
                self._note_sent(b"+ " + HIDDEN.encode())
            elif type(action) is ReadLine:
                self._awaited = action.longest
            else:
                return action
        return None

    def _say(self, reply: Reply) -> None:
        first = f"+OK {self.session.words(reply.text, reply.values)}\r\n".encode()
        self._write(first)
        if reply.lines is not None:
            self._write(reply.lines)
            self._write(b".\r\n")
        if self.transcript is not None:
            self._note_sent(first)
            if reply.lines is not None:
                self._note_lines(reply.lines)

    def _refuse(self, refusal: CommandError) -> None:
        session = self.session
        if refusal.counts:
            session.errors += 1
            if 0 < session.policy.max_errors < session.errors:
                self._end(CloseReason.TOO_MANY_ERRORS, CommandError(TOO_MANY_ERRORS))
                return
        code = b"[%s] " % refusal.code.encode() if refusal.code else b""
        words = " ".join(session.words(refusal.text, refusal.values).split())
        line = b"-ERR %s%s\r\n" % (
            code,
            _fitted(words.encode(session.language.encoding, "replace")),
        )
        self._write(line)
        self._note_sent(line)

    def _end(self, reason: CloseReason, last_words: CommandError) -> None:
        self.session.closing = reason
        self._refuse(last_words)

    def _break_off(self, crash: BaseException) -> None:
        self.crash = crash
        self._steps = None
        self._end(CloseReason.INTERNAL_ERROR, CommandError("Internal error", Code.SYS_TEMP))

    def _drop_steps(self) -> None:
        if self._steps is not None:
            self._steps.close()
            self._steps = None

    def _write(self, octets: bytes) -> None:
        self._output.append(octets)
        self._output_size += len(octets)

    def _flush(self) -> Send:
        octets = b"".join(self._output)
        self._output.clear()
        self._output_size = 0
        return Send(octets)

    def _note_sent(self, line: bytes) -> None:
        if self.transcript is not None:
            self.transcript.append((False, line.rstrip(b"\r\n").decode()))

    def _note_lines(self, lines: bytes) -> None:
        count = lines.count(b"\n")
        if count > _MOST_LINES_NOTED:
            lines = _extent(count, len(lines)).encode()
        for line in lines.splitlines():
            self._note_sent(line)

    def _note_message(self, action: SendMessage) -> None:
        self._note_sent(action.head)
        (lines, octets), self._body = self._body, (0, 0)
        if action.body_lines is None:
            octets = self.session.snapshot.size_when_taken(action.number)
        self._note_sent(_extent(lines, octets).encode())


def _extent(lines: int, octets: int) -> str:
    """What stands in a transcript for text that is left out."""
    return f"({lines} lines, {octets} octets)"


def _fitted(text: bytes) -> bytes:
    """The text, cut behind a whole character when it is too long for a reply."""
    if len(text) <= _REPLY_TEXT_LIMIT:
        return text
    return text[:_REPLY_TEXT_LIMIT].decode("utf-8", "ignore").encode()
