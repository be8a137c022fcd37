"""Performs an engine's actions in memory, as a session does on the network."""

from __future__ import annotations

from typing import Any

from server_core.config.model import Security
from server_core.config.signing_in import Method
from server_core.events.reasons import CloseReason
from server_core.policy.maildrop_use import Occupied, Refusal
from server_core.protocol.actions import (
    Action,
    Close,
    CommitDeletions,
    FindDelay,
    MarkSeen,
    OpenMaildrop,
    Protection,
    ReportSignIn,
    Send,
    SendMessage,
    StartTls,
    Wait,
)
from server_core.protocol.claims import BindChannel, Claim, ClientNames, NewNonce
from server_core.protocol.engine import Engine
from server_core.protocol.replies import CommandError
from server_core.protocol.session_policy import policy_for
from tests.dialogues.player import play
from tests.dialogues.world import World
from tests.protocol.memory import Mailbox, MemoryMaildrop, MemoryStore


class Conversation:
    """An engine, what it wrote and what it asked for.

    An action whose type is in ``stops`` is left in ``asked`` for the test to answer; one whose
    type is in ``failures`` fails so. ``nonces`` are given out in their order; ``certificate`` holds
    the addresses in the one that the client shows, ``bindings`` those of its channel by name.
    """

    def __init__(self, world: World | None = None, store: MemoryStore | None = None) -> None:
        world = world or World()
        self.world = world
        self.store = store or MemoryStore(world)
        policy = policy_for(
            world.config,
            world.listener,
            tls_usable=True,
            unready=() if world.kerberos else (Method.GSSAPI,),
            login_delay=self.store.login_delay,
        )
        tls = world.security is Security.TLS
        self.engine = Engine(policy, tls_active=tls, greeting_id=world.unique)
        self.actions: list[Action[Any]] = []
        self.sends: list[bytes] = []
        self.stops: set[type[Action[Any]]] = set()
        self.failures: dict[type[Action[Any]], CommandError] = {}
        self.asked: Action[Any] | None = None
        self.nonces = list(world.nonces)
        self.bindings: dict[str, bytes] = {}
        self.certificate = world.certificate
        self.closed: CloseReason | None = None
        self._written = bytearray()
        self._heard = 0.0
        self._account = ""
        self._maildrop = MemoryMaildrop(Mailbox(()))
        self.greeting = self.advance()

    def send(self, *lines: bytes) -> bytes:
        """Send lines in one piece; gives what the server wrote."""
        return self.send_octets(b"".join(line + b"\r\n" for line in lines))

    def send_octets(self, octets: bytes) -> bytes:
        """Send octets as they are; gives what the server wrote."""
        self._heard = self.store.now
        self.engine.receive_data(octets)
        return self.advance()

    def silence(self, now: float) -> float:
        """Seconds since the client last said something."""
        return now - self._heard

    def sign_in(self) -> bytes:
        """Sign in as ann; gives the last reply."""
        return self.send(b"USER ann", b"PASS secret").splitlines(keepends=True)[-1]

    def answer(self, result: object = None) -> bytes:
        """Answer the action that a stop left over."""
        self.asked = None
        self.engine.complete(result)
        return self.advance()

    def advance(self) -> bytes:
        """Perform actions until none is left; gives what the server wrote."""
        while self.asked is None and (action := self.engine.next_action()) is not None:
            self._perform(action)
        written = bytes(self._written)
        self._written.clear()
        return written

    def of(self, kind: type[Action[Any]]) -> list[Action[Any]]:
        """All actions of a kind so far."""
        return [action for action in self.actions if type(action) is kind]

    def _perform(self, action: Action[Any]) -> None:
        if isinstance(action, Send):
            self.sends.append(action.data)
            self._written += action.data
            return
        self.actions.append(action)
        if isinstance(action, StartTls):
            self._written += action.go_ahead
        if type(action) in self.failures:
            self.engine.fail(self.failures[type(action)])
        elif type(action) in self.stops:
            self.asked = action
        else:
            self._answer(action)

    def _answer(self, action: Action[Any]) -> None:
        match action:
            case Close(reason):
                self._end(reason)
            case Claim() | NewNonce() | ClientNames() | BindChannel() | StartTls():
                self.engine.complete(self._found(action))
            case FindDelay(account):
                self.engine.complete(self.store.delay_of(account))
            case OpenMaildrop(account):
                self._open(account)
            case SendMessage():
                self._send_message(action)
            case CommitDeletions(numbers):
                drop = self._maildrop
                drop.mailbox.remove(drop.uids[number - 1] for number in numbers)
                self.engine.complete()
            case MarkSeen(number):
                drop = self._maildrop
                drop.mailbox.seen.add(drop.uids[number - 1])
            case StartTls() | Wait():
                self.engine.complete()
            case ReportSignIn():
                pass
            case _:
                raise AssertionError(f"nobody performs {action}")

    def _open(self, account: str) -> None:
        terms, now = self.store.terms_of(account), self.store.now
        answer = self.store.use.enter(account, terms, self, now)
        if isinstance(answer, Occupied):
            assert isinstance(answer.holder, Conversation)
            answer.holder._end(CloseReason.TAKEN_OVER)
            answer = self.store.use.enter(account, terms, self, now)
        if isinstance(answer, Refusal):
            self.engine.fail(answer.told())
            return
        self._account = account
        self._maildrop = MemoryMaildrop(self.store.mailboxes[account])
        self.engine.complete(self._maildrop)

    def _end(self, reason: CloseReason) -> None:
        self.closed = reason
        if self._account:
            self.store.use.leave(self._account, self)

    def _found(self, action: Action[Any]) -> object:
        match action:
            case Claim():
                return self.store.look_into(action)
            case NewNonce():
                return self.nonces.pop(0) if self.nonces else "an-unguessable-nonce"
            case BindChannel(name):
                return self.bindings.get(name)
            case ClientNames():
                return self.certificate or ()
            case _:
                return Protection(self.certificate is not None, bool(self.bindings))

    def _send_message(self, action: SendMessage) -> None:
        drop = self._maildrop
        message = drop.mailbox.messages[drop.uids[action.number - 1]]
        if action.body_lines is not None:
            head, _, body = message.partition(b"\r\n\r\n")
            kept = body.splitlines(keepends=True)[: action.body_lines]
            message = head + b"\r\n\r\n" + b"".join(kept)
        self.engine.note_body(message)
        self._written += action.head + stuffed(message) + b".\r\n"
        self.engine.complete()


def stuffed(message: bytes) -> bytes:
    """A message as RFC 1939 section 3 sends it."""
    lines = message.splitlines(keepends=True)
    return b"".join(b"." + line if line.startswith(b".") else line for line in lines)


class EnginePeer:
    """A client of the bare engine."""

    def __init__(self, world: World, store: MemoryStore | None = None) -> None:
        self._talk = Conversation(world, store)
        self.unheard = self._talk.greeting.splitlines(keepends=True)

    def say(self, line: bytes) -> None:
        self.unheard += self._talk.send(line).split(b"\r\n")[:-1]

    def hear(self) -> bytes | None:
        if self.unheard:
            return self.unheard.pop(0).removesuffix(b"\r\n")
        assert self._talk.closed is not None, "the server has nothing to say"
        return None

    def another(self) -> EnginePeer:
        return EnginePeer(self._talk.world, self._talk.store)

    def wait(self, seconds: int) -> None:
        self._talk.store.now += seconds

    def shake_hands(self) -> None:
        assert self._talk.engine.session.tls_active

    def remove(self, number: int) -> None:
        self._talk.store.mailboxes["ann@example.com"].remove([number])


def hold(text: str, world: World) -> None:
    """Hold a dialogue with the bare engine, which then has nothing more to say."""
    peer = EnginePeer(world)
    play(text, world, peer)
    assert not peer.unheard
