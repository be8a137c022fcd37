"""What the window knows about the running server; outlives every page."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge.loop_delay import LoopDelay
from app.bridge.services import Services
from app.dashboard.figures import Stored
from app.dashboard.findings import Finding, findings_of
from app.dashboard.history_model import HistoryModel, LatestModel
from app.dashboard.latest_lines import LatestLines
from app.dashboard.log_model import LogModel
from app.dashboard.session_model import SessionModel
from server_core.events.certificates import CertificateChanged
from server_core.events.log_views import Sample, Span
from server_core.events.ring import Batch
from server_core.events.types import (
    AccountChanged,
    ConfigApplied,
    Event,
    ListenerChanged,
    MessageDelivered,
    MessagesRemoved,
    ServerStateChanged,
    SessionClosed,
)
from server_core.events.views import CertificateView, ServerStatus
from server_core.refusals import Refused

LATEST_EVENTS = 20
LATEST_KEPT = 200
REPAINT_MS = 200
# More often is no easier to read, and costs more.
LOG_MS = 200
_STORING = {AccountChanged, MessageDelivered, MessagesRemoved, SessionClosed}
_TELLING = {ServerStateChanged, ListenerChanged, AccountChanged}
_CERTIFYING = {CertificateChanged, ConfigApplied}
RATE_SECONDS = 3


class Live(QObject):
    """Models and figures, fed by the pump; ``sampled`` carries a ServerStatus each second."""

    sampled = Signal(object)

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.sessions = SessionModel(self)
        self.history = HistoryModel(self)
        self.latest = LatestModel(self.sessions, self.history, self)
        self.log = LogModel(parent=self, pace=LOG_MS)
        self.latest_events = LatestLines(LATEST_EVENTS, self)
        self.delay = LoopDelay(self)
        self.status: ServerStatus | None = None
        self.stored = Stored()
        self.certificates: tuple[CertificateView, ...] = ()
        self._looking = False
        self._look_due = False
        self._history_due = False
        self._held = False
        self._counting: asyncio.Task[None] | None = None
        self._count_again = True
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._each_second)
        # Short tables are read, not watched: a few updates a second are enough for them.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(REPAINT_MS)
        self._soon.timeout.connect(self._show_latest)
        self._fresh: list[Event] = []
        services.pump.batch.connect(self._take)

    def start(self) -> None:
        """Ask for what there is already, then follow."""
        self.delay.start()
        self._clock.start()
        self._services.tasks.start(self.resync())
        self._each_second()

    def stop(self) -> None:
        """Follow no more."""
        self._clock.stop()
        self._soon.stop()

    async def resync(self) -> None:
        """Take a snapshot of everything that events cannot tell any more."""
        await self.look_at_sessions()
        self.history.take_snapshot(self._services.service.history())
        self._show_latest()
        await self._check()

    def sample(self) -> None:
        """Look at the server's status now."""
        self.status = self._look()
        if self.status is not None:
            self.sampled.emit(self.status)

    @property
    def checked(self) -> float:
        """When the checks were run last; 0.0 before they were."""
        return max((found.time for found in self._services.service.findings()), default=0.0)

    def check(self) -> None:
        """Look at the certificates and the status now."""
        self._services.tasks.start(self._check())

    def check_all(self) -> None:
        """Run all checks of the server as well."""
        self._services.tasks.start(self._check_all())

    def findings(self) -> tuple[Finding, ...]:
        """What needs a look, problems first."""
        if self.status is None:
            return ()
        return findings_of(self.status, self.certificates, self._services.service.findings())

    def minutes(self) -> tuple[Sample, ...]:
        """What the server did, minute by minute."""
        return self._services.service.series(Span.MINUTES)

    def out_rate(self) -> float:
        """Octets a second that go out, over the last three seconds."""
        recent = self._services.service.series(Span.SECONDS)[-RATE_SECONDS:]
        since = time.time() - 2 * RATE_SECONDS
        sent = sum(sample.done.sent_octets for sample in recent if sample.time > since)
        return sent / len(recent) if recent else 0.0

    def session_limit(self) -> int:
        """How many sessions may be open at once, 0 for any number."""
        try:
            return self._services.service.config.pop3.flow.max_connections or 0
        except Refused:
            return 0

    def hold_latest(self, *, held: bool) -> None:
        """Leave the short tables as they are for somebody who reads them, or let them go on."""
        self._held = held
        if not held:
            self._show_latest()

    def _look(self) -> ServerStatus | None:
        try:
            return self._services.service.status()
        except Refused:
            # Between closing the home and opening it again there is nothing but this to say.
            state = self._services.service.state
            return self.status and replace(self.status, state=state, sessions=0, listeners=())

    def _each_second(self) -> None:
        self.status = status = self._look()
        if status is None:
            return
        self.sessions.tick()
        if self._look_due:
            self._services.tasks.start(self._catch_up())
        if self._count_again and (self._counting is None or self._counting.done()):
            self._count_again = False
            self._counting = self._services.tasks.start(self._count())
        self.sampled.emit(status)

    async def look_at_sessions(self) -> None:
        """Bring the open sessions up to now; rows stay the rows they are."""
        if self._looking:
            # A look that is under way may be older than what made somebody ask again.
            self._look_due = True
            return
        self._looking, self._look_due = True, False
        try:
            self.sessions.expect_snapshot()
            self.sessions.take_snapshot(await self._services.service.sessions())
        finally:
            self._looking = False
        self._show_latest()

    async def _check(self) -> None:
        try:
            self.certificates = await self._services.service.certificates()
        except Refused:
            self.certificates = ()
        self.sample()

    async def _check_all(self) -> None:
        await self._services.service.check_health()
        await self._check()

    def _show_latest(self) -> None:
        if self._held:
            return
        fresh, self._fresh = self._fresh, []
        self.latest_events.take(fresh)
        self.latest.refresh()

    async def _catch_up(self) -> None:
        await self.look_at_sessions()
        if self._history_due:
            self._history_due = False
            self.history.take_snapshot(self._services.service.history())

    async def _count(self) -> None:
        accounts = await self._services.service.accounts()
        stored = Stored(
            sum(account.messages for account in accounts),
            sum(account.octets for account in accounts),
        )
        if stored != self.stored:
            self.stored = stored
            self.sample()

    def _take(self, batch: Batch) -> None:
        self.sessions.take(batch)
        self.history.take(batch)
        self.log.take(batch)
        self._fresh = [*self._fresh, *batch.events[-LATEST_KEPT:]][-LATEST_KEPT:]
        if not self._soon.isActive():
            self._soon.start()
        if batch.dropped:
            # Once a second is often enough for a window that cannot keep up.
            self._look_due = self._history_due = True
        if batch.types & _STORING:
            self._count_again = True
        if batch.types & _CERTIFYING:
            self.check()
        elif batch.types & _TELLING:
            self.sample()
