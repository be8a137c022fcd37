"""The running data plane: session loops, what their sessions share, and the listeners."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from ssl import TLSVersion
from typing import TypeVar

from server_core.accounts.account import Account
from server_core.accounts.directory import Directory
from server_core.certificates.store import CertificateStore
from server_core.config.model import Config
from server_core.events.certificates import CertificateChanged
from server_core.events.log_views import CaptureKind, CaptureView
from server_core.events.reasons import CloseReason, RefusalReason
from server_core.events.ring import Hub
from server_core.events.session_views import MaildropView, SessionFacts
from server_core.events.types import SessionClosed
from server_core.events.views import (
    CertificateView,
    Counters,
    ListenerView,
    MethodView,
    SessionView,
)
from server_core.home import Home
from server_core.net.ban_file import BanFile
from server_core.net.captures import Captures
from server_core.net.examination import facts_of, maildrop_of
from server_core.net.gate import Gate
from server_core.net.kerberos import Tickets
from server_core.net.listeners import Listeners
from server_core.net.maildrops import Maildrops
from server_core.net.offering import Offering
from server_core.net.protection import Protections, used_by
from server_core.net.session import Session
from server_core.net.session_loop import SessionLoop, loops_wanted
from server_core.net.switchboard import Switchboard
from server_core.net.visit import Visit, sweep_visits
from server_core.policy.maildrop_use import Refusal
from server_core.policy.peers import Address
from server_core.store.file_store import FileStore
from server_core.workers.pool import WorkerPool

T = TypeVar("T")

_POLL_SECONDS = 0.02
# For workers that are at something for a session that was cut.
_WORKER_SECONDS = 2.0


class DataPlane:
    """Everything that serves connections; its methods are called on the control loop."""

    def __init__(
        self,
        *,
        store: FileStore,
        directory: Directory,
        workers: WorkerPool,
        hub: Hub,
        config: Config,
        home: Home,
    ) -> None:
        self._hub = hub
        self.gate = Gate(config, hub)
        self.gate.on_ban = self._end_banned
        self.captures = Captures()
        self._maildrops = Maildrops(config)
        self._ban_file = BanFile(home.bans_file)
        self._workers = workers
        self._mail = home.mail
        self._certificates = CertificateStore(home.certificates)
        self._protections = Protections(self._certificates, hub)
        self._tickets = Tickets()
        self._boards: list[tuple[SessionLoop, Switchboard]] = []
        for number in range(loops_wanted()):
            loop = SessionLoop(f"sessions-{number + 1}")
            board = Switchboard(
                loop,
                store=store,
                directory=directory,
                workers=workers,
                hub=hub,
                gate=self.gate,
                captures=self.captures,
                maildrops=self._maildrops,
                tickets=self._tickets,
            )
            self._boards.append((loop, board))
        self._offering = Offering(directory)
        self._listeners = Listeners(self._boards, hub, workers)
        # Emptied before the loops end: what is asked of a loop that ended is never answered.
        self._serving = list(self._boards)

    @property
    def loop_kind(self) -> str:
        """Which event loop serves: ``uvloop``, ``winloop`` or ``asyncio``."""
        return self._boards[0][0].kind

    def listeners(self) -> tuple[ListenerView, ...]:
        """Every configured listener as it is now."""
        return self._listeners.views()

    def methods(self, config: Config | None = None) -> tuple[MethodView, ...]:
        """Every way to sign in as it is now, or would be under another configuration."""
        return self._offering.views(config or self._listeners.config)

    def stranded(self, config: Config) -> tuple[str, ...]:
        """The accounts that nobody could sign in to any more under this configuration."""
        return self._offering.stranded(self._listeners.config, config)

    def oldest_tls(self) -> dict[str, TLSVersion]:
        """The oldest version of TLS that each listener speaks which offers it."""
        return {
            name: TLSVersion(one.context.minimum_version)
            for name, one in self._listeners.protections.items()
            if one.context is not None
        }

    def mailbox_use(self, account: Account) -> tuple[int, Refusal | None]:
        """How many sessions have a mailbox open, and why one more would be refused now."""
        return self._maildrops.standing(account)

    def login_delay_of(self, account: Account) -> int:
        """Seconds that have to lie between two sign-ins of the account."""
        return self._maildrops.delay_of(account)

    def visit(self) -> Visit:
        """The server as its own mail program, as it is configured now; to be closed."""
        return Visit(
            self._boards,
            self._mail,
            workers=self._workers,
            tickets=self._tickets,
            config=self._listeners.config,
        )

    def counters(self) -> Counters:
        """Totals since the start, deliveries left out."""
        by = self.gate.refused_by
        by_rule, by_ban = by[RefusalReason.RULE_DENIED], by[RefusalReason.BANNED]
        each = [board.counters() for _, board in self._boards]
        return Counters(
            connections=sum(one.connections for one in each),
            sign_ins=sum(one.sign_ins for one in each),
            failed_sign_ins=sum(one.failed_sign_ins for one in each),
            retrieved=sum(one.retrieved for one in each),
            removed=sum(one.removed for one in each),
            received_octets=sum(one.received_octets for one in each),
            sent_octets=sum(one.sent_octets for one in each),
            refused=self.gate.refused,
            refused_by_rule=by_rule,
            refused_by_ban=by_ban,
            refused_by_limit=sum(by.values()) - by_rule - by_ban,
        )

    def session_count(self) -> int:
        """How many connections are open."""
        return sum(len(board.live) for _, board in self._boards)

    def closed(self) -> list[SessionClosed]:
        """The latest closed sessions, oldest first."""
        ended = [event for _, board in self._boards for event in list(board.closed)]
        return sorted(ended, key=lambda event: event.time)

    async def start(self, config: Config) -> None:
        """Start the loops and the listeners; one that cannot listen does not stop the others."""
        await self._workers.run(self._ban_file.load, self.gate)
        await self._workers.run(sweep_visits, self._mail)
        for loop, board in self._boards:
            loop.start()
            await loop.run(board.start)
        await self.apply(config)

    async def apply(self, config: Config) -> None:
        """Make what runs what ``config`` wants; open sessions go on."""
        self._workers.resize(config.pop3.threads.minimum, config.pop3.threads.maximum)
        self.gate.configure(config)
        self._maildrops.configure(config)
        await self._look_at_tickets(config)
        self._listeners.unready = self._offering.look(config).keys()
        self._listeners.login_delay = self._offering.login_delay(config)
        self._listeners.protections = await self._workers.run(self._protections.of, config)
        await self._listeners.apply(config)

    async def pause(self) -> None:
        """Take no connections; open sessions go on."""
        await self._listeners.pause()

    async def resume(self) -> None:
        """Take connections again."""
        await self._listeners.resume()

    async def restart_listener(self, name: str) -> None:
        """Close and bind a listener again; open sessions go on."""
        # Trying again includes the certificate, which somebody may have put in order.
        await self.apply(self._listeners.config)
        await self._listeners.restart(name)

    async def keep_house(self) -> None:
        """Once a second: bans, certificates, and failed listeners whose time has come."""
        self.gate.sweep()
        if self.captures.sweep():
            await self._follow_captures()
        config = self._listeners.config
        await self._look_at_tickets(config)
        offered = self._offering.look(config).keys(), self._offering.login_delay(config)
        if offered != (self._listeners.unready, self._listeners.login_delay):
            await self.apply(config)
        if self.gate.bans_changed:
            await self._workers.run(self._ban_file.save, self.gate)
        used = used_by(self._listeners.config)
        events = await self._workers.run(self._certificates.attend, used)
        if any(isinstance(event, CertificateChanged) for event in events):
            await self.apply(self._listeners.config)
        for event in events:
            self._hub.emit(event)
        await self._listeners.retry_due()

    async def capture(self, kind: CaptureKind, value: str, seconds: float) -> CaptureView:
        """Record conversations from their next line on; ValueError says what is wrong."""
        capture = self.captures.start(kind, value, seconds)
        await self._follow_captures()
        return capture

    async def stop_capture(self, number: int) -> bool:
        """Record them no longer; False when there is no capture of that number."""
        stopped = self.captures.stop(number)
        await self._follow_captures()
        return stopped

    async def certificates(self) -> tuple[CertificateView, ...]:
        """All certificates and authorities, with who uses them."""
        return await self._workers.run(self.certificate_views)

    def certificate_views(self) -> tuple[CertificateView, ...]:
        """The same; waits, on whatever thread."""
        used = used_by(self._listeners.config)
        return tuple(
            replace(view, used_by=(*view.used_by, *used.get(view.name, ())))
            for view in self._certificates.list()
        )

    async def inspect_certificate(self, data: bytes, key: bytes, password: str) -> CertificateView:
        """What an import would bring."""
        return await self._workers.run(self._certificates.inspect, data, key, password)

    async def certify(self, work: Callable[[CertificateStore], CertificateChanged]) -> None:
        """Change a certificate; the next handshakes are served with it."""
        event = await self._workers.run(work, self._certificates)
        await self.apply(self._listeners.config)
        self._hub.emit(event)

    async def remove_certificate(self, name: str) -> None:
        """Delete a certificate or authority that nothing uses."""
        users = used_by(self._listeners.config).get(name, ())
        await self.certify(lambda store: store.remove(name, users))

    async def export_authority(self, name: str) -> bytes:
        """An authority's certificate, for devices."""
        return await self._workers.run(self._certificates.export_authority, name)

    async def sessions(self) -> tuple[SessionView, ...]:
        """A picture of every open session, oldest first."""
        views = [view for loop, board in self._serving for view in await loop.run(board.views)]
        return tuple(sorted(views, key=lambda view: view.session))

    async def disconnect(self, session: int, reason: CloseReason) -> bool:
        """End one session; False when there is none of that number."""
        ended = [await loop.run(board.disconnect, session, reason) for loop, board in self._serving]
        return any(ended)

    async def disconnect_account(self, account: str, reason: CloseReason) -> int:
        """End all sessions of an account; they have let go of its mailbox on return."""
        ended = 0
        for loop, board in self._serving:
            ended += await loop.run(board.disconnect_account, account, reason)
            # A session lets go one turn of its loop after it was told.
            await loop.run(lambda: None)
        return ended

    async def disconnect_address(self, address: Address, reason: CloseReason) -> int:
        """End all sessions from an address; gives how many."""
        return sum(
            [
                await loop.run(board.disconnect_address, address, reason)
                for loop, board in self._serving
            ]
        )

    async def session_facts(self, number: int) -> SessionFacts | None:
        """A close look at a session; None when it is over."""

        def look(session: Session) -> SessionFacts:
            return facts_of(session.record, session.ticket, self.gate)

        return await self._look(number, look)

    async def session_maildrop(self, number: int, most: int) -> MaildropView | None:
        """A session's maildrop as its client sees it; None when it has none."""

        def look(session: Session) -> MaildropView | None:
            mailbox = session.custody.opened
            if mailbox is None or not session.record.account:
                return None
            return maildrop_of(session.record.pop3, mailbox, most)

        return await self._look(number, look)

    async def _look(self, number: int, look: Callable[[Session], T | None]) -> T | None:
        """What somebody sees who looks at a session where it lives."""
        for loop, board in self._serving:
            if (session := board.live.get(number)) is not None:
                return await loop.run(lambda: None if session.is_over else look(session))
        return None

    async def stop(self, grace: float) -> None:
        """Take no more, let commands in flight finish for ``grace`` seconds, cut the rest."""
        await self._listeners.close()
        for loop, board in self._boards:
            await loop.run(board.begin_stop)
        await self._sessions_gone(grace)
        for loop, board in self._boards:
            await loop.run(board.end_stop)
        await self._sessions_gone(_WORKER_SECONDS)
        self._serving = []
        await self._workers.run(self._ban_file.save, self.gate)
        for loop, _ in self._boards:
            await asyncio.get_running_loop().run_in_executor(None, loop.stop)

    async def _look_at_tickets(self, config: Config) -> None:
        wanted = config.pop3.kerberos
        self._offering.kerberos = await self._workers.run(self._tickets.attend, wanted)

    async def _follow_captures(self) -> None:
        """Sessions look whether their lines are wanted."""
        for loop, board in self._serving:
            await loop.run(board.follow_wishes)

    def _end_banned(self) -> None:
        """From any thread: sessions of banned addresses that are not signed in end."""
        for loop, board in self._serving:
            loop.call(board.disconnect_banned)

    async def _sessions_gone(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.session_count() and time.monotonic() < deadline:  # noqa: ASYNC110 - other threads
            await asyncio.sleep(_POLL_SECONDS)
