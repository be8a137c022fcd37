"""What the sessions of one loop share: who is connected, what they need, and the shared clock."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from server_core.accounts.directory import Directory
from server_core.events.reasons import CloseReason
from server_core.events.ring import Hub
from server_core.events.types import Event, SessionClosed, SessionsProgressed
from server_core.events.views import Counters, SessionView
from server_core.net.captures import Captures
from server_core.net.gate import Gate
from server_core.net.kerberos import Tickets
from server_core.net.maildrops import Maildrops
from server_core.net.session_loop import SessionLoop
from server_core.net.watch import Watch, watch_for
from server_core.policy.peers import Address
from server_core.store.file_store import FileStore
from server_core.workers.pool import WorkerPool

if TYPE_CHECKING:
    from server_core.net.session import Session

TICK_SECONDS = 0.25
HISTORY = 1000

_numbers: Iterator[int] = itertools.count(1)


class Switchboard:
    """The sessions of one session loop; lives there, except where a method says otherwise.

    ``announced`` has the connections that are received by another board than this, by peer: those
    of the server's own visits to itself.
    """

    watch: Watch
    """Tells the sessions when their sockets are ready; from ``start`` on."""

    def __init__(
        self,
        session_loop: SessionLoop,
        *,
        store: FileStore,
        directory: Directory,
        workers: WorkerPool,
        hub: Hub,
        gate: Gate,
        tickets: Tickets,
        captures: Captures,
        maildrops: Maildrops,
    ) -> None:
        self.loop = session_loop.loop
        self.store = store
        self.directory = directory
        self.workers = workers
        self.hub = hub
        self.gate = gate
        self.tickets = tickets
        self.captures = captures
        self.maildrops = maildrops
        self.live: dict[int, Session] = {}
        self.changed: set[Session] = set()
        self.announced: dict[str, Switchboard] = {}
        self.closed: deque[SessionClosed] = deque(maxlen=HISTORY)
        self.connections = 0
        self.sign_ins = 0
        self.failed_sign_ins = 0
        self.retrieved = 0
        self.removed = 0
        self.received_octets = 0
        self.sent_octets = 0
        self._stopped = False
        self._lines_wanted = hub.tells_protocol

    def start(self) -> None:
        """Begin the shared clock, on the loop's thread."""
        self.watch = watch_for(self.loop)
        self.loop.call_later(TICK_SECONDS, self._tick)

    def next_number(self) -> int:
        """A number no session had since the server started."""
        return next(_numbers)

    def add(self, session: Session) -> None:
        """Enter a new session, complete: other threads look at it from here on."""
        self.live[session.record.number] = session
        self.connections += 1

    def remove(self, number: int, ended: SessionClosed) -> None:
        """A session is over."""
        session = self.live.pop(number, None)
        if session is not None:
            self.changed.discard(session)
        self.received_octets += ended.received_octets
        self.sent_octets += ended.sent_octets
        self.removed += ended.removed
        self.closed.append(ended)
        self.emit(ended)

    def emit(self, event: Event) -> None:
        """State a fact."""
        self.hub.emit(event)

    def views(self) -> list[SessionView]:
        """A picture of every session."""
        return [session.view() for session in self.live.values()]

    def at_door(self, name: str) -> int:
        """How many sessions came in by a listener; readable from any thread."""
        return sum(session.record.door.name == name for session in list(self.live.values()))

    def counters(self) -> Counters:
        """Totals so far, live sessions included; readable from any thread."""
        live = list(self.live.values())
        return Counters(
            connections=self.connections,
            sign_ins=self.sign_ins,
            failed_sign_ins=self.failed_sign_ins,
            retrieved=self.retrieved,
            removed=self.removed,
            received_octets=self.received_octets + sum(s.record.received_octets for s in live),
            sent_octets=self.sent_octets + sum(s.record.sent_octets for s in live),
        )

    def disconnect(self, number: int, reason: CloseReason) -> bool:
        """End one session at once; nothing it marked is deleted. False when it is not here."""
        session = self.live.get(number)
        if session is not None:
            session.disconnect(reason)
        return session is not None

    def disconnect_account(self, account: str, reason: CloseReason) -> int:
        """End every session of an account."""
        theirs = [session for session in self.live.values() if session.record.account == account]
        for session in theirs:
            session.disconnect(reason)
        return len(theirs)

    def disconnect_address(self, address: Address, reason: CloseReason) -> int:
        """End every session from an address."""
        theirs = [session for session in self.live.values() if session.ticket.address == address]
        for session in theirs:
            session.disconnect(reason)
        return len(theirs)

    def disconnect_banned(self) -> None:
        """End the sessions of banned addresses that are not signed in."""
        for session in list(self.live.values()):
            if not session.record.account and self.gate.ban_of(session.ticket.address):
                session.disconnect(CloseReason.BANNED)

    def follow_wishes(self) -> None:
        """Captures or readers have changed: every session looks whether its lines are wanted."""
        for session in list(self.live.values()):
            session.follow_wishes()

    def begin_stop(self) -> int:
        """Ask all sessions to end at their next resting point; gives how many are left."""
        for session in list(self.live.values()):
            session.stop_soon()
        return len(self.live)

    def end_stop(self) -> None:
        """Cut what is left and stop the clock."""
        self._stopped = True
        for session in list(self.live.values()):
            session.disconnect(CloseReason.SHUTDOWN)

    def _tick(self) -> None:
        if self._stopped:
            return
        self.loop.call_later(TICK_SECONDS, self._tick)
        if self.hub.tells_protocol is not self._lines_wanted:
            self._lines_wanted = not self._lines_wanted
            self.follow_wishes()
        now = time.monotonic()
        for session in list(self.live.values()):
            if session.is_overdue(now):
                session.expire()
        if self.changed:
            changed, self.changed = self.changed, set()
            if self.hub.tells_progress:
                pictures = tuple(session.view() for session in changed)
                self.hub.emit(SessionsProgressed(sessions=pictures))
