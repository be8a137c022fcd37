"""The part of the facade that is about the log and about counting what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from server_core.accounts.account import AccountProblem
from server_core.acting import administered
from server_core.config.endpoint import Endpoint
from server_core.config.model import Config
from server_core.events.log_views import (
    CaptureKind,
    CaptureView,
    EarlierLines,
    LogFolderView,
    LogPlaceView,
    ReceiverView,
    Sample,
    Span,
)
from server_core.events.ring import Hub
from server_core.events.views import Counters
from server_core.home import Home
from server_core.logs.earlier import earlier_lines
from server_core.logs.folder import folder_of, look_into
from server_core.logs.receiver import Receiver
from server_core.logs.service import LogService
from server_core.net.data_plane import DataPlane
from server_core.premises import Premises
from server_core.refusals import Refused
from server_core.tally import Tally
from server_core.wording import counted

EARLIER = 2_000


class LogMethods:
    """Where entries go, how that goes, and the counters behind the charts."""

    home: Home
    _hub: Hub
    _log: LogService | None = None
    _receiver: Receiver | None = None
    _tally: Tally
    _plane: DataPlane | None

    def _opened(self) -> Premises:
        raise Refused("The server is stopped.")

    def _running(self) -> DataPlane:
        raise Refused("The server is stopped.")

    def log_places(self) -> tuple[LogPlaceView, ...]:
        """Every destination of the log as it is doing; none while the server is stopped."""
        return self._log.views() if self._log is not None else ()

    async def try_log_place(self, name: str) -> LogPlaceView:
        """Send a test entry to one destination; how that went is in its view."""
        if self._log is None:
            raise Refused("The server is stopped.")
        try:
            return await asyncio.to_thread(self._log.try_place, name)
        except KeyError:
            raise Refused(f"There is no log destination called {name}.") from None

    async def log_folder(self, folder: str = "") -> LogFolderView:
        """The folder of log files and what it holds; another one to ask before it is applied."""
        where = Path(folder) if folder else folder_of(self._opened().config.log, self.home.logs)
        return await asyncio.to_thread(look_into, where)

    def protocol_since(self) -> float:
        """Since when every command is logged, in epoch seconds; 0.0 while that is not so."""
        return self._log.protocol_since if self._log is not None else 0.0

    def receiving(self) -> ReceiverView:
        """How taking entries from other servers goes."""
        if self._receiver is None:
            return ReceiverView()
        where = str(Endpoint(*self._receiver.address)) if self._receiver.address else ""
        return ReceiverView(where, self._receiver.problem, self._receiver.refused)

    async def earlier_log(self, before: float, *, limit: int = EARLIER) -> EarlierLines:
        """Lines of the log files: all of the second ``before`` lies in, and ``limit`` older ones.

        Files put aside are read too, compressed or not.
        """
        log = self._opened().config.log
        folder = folder_of(log, self.home.logs)
        return await asyncio.to_thread(earlier_lines, folder, log, before, max(1, limit))

    def series(self, span: Span) -> tuple[Sample, ...]:
        """What happened, step by step, oldest first; minutes and hours go on over restarts."""
        return self._tally.series(span)

    def today(self) -> Counters:
        """What happened today, earlier runs included."""
        return self._tally.today

    async def capture(self, kind: str, value: str, *, seconds: float) -> CaptureView:
        """Record every line of a session, an account's or an address's conversations for a while.

        Passwords and what mechanisms exchange are hidden, message texts left out. The lines are in
        the log like others of class protocol, whatever classes it wants.
        """
        try:
            wanted = CaptureKind(kind)
            if wanted is CaptureKind.ACCOUNT:
                value = self._opened().mailroom.account(value).name
            plane = self._running()
            made = await plane.capture(wanted, value, seconds)
            if wanted is CaptureKind.SESSION and not await plane.session_facts(int(made.value)):
                await plane.stop_capture(made.number)
                raise ValueError(f"there is no session {made.value}")
        except (ValueError, AccountProblem) as problem:
            raise Refused(f"Nothing is captured: {problem}.".replace("..", ".")) from None
        if wanted is not CaptureKind.SESSION:  # those come and go with what a window shows
            self._hub.emit(administered(f"records the conversations of {wanted} {value}"))
        return made

    async def stop_capture(self, number: int) -> bool:
        """End a capture; False when it is over already."""
        return await self._running().stop_capture(number)

    def captures(self) -> tuple[CaptureView, ...]:
        """The captures that run."""
        return self._plane.captures.views() if self._plane is not None else ()

    async def _start_log(self, config: Config) -> None:
        self._tally = Tally()
        await asyncio.to_thread(self._tally.load, self.home.counters_file)
        self._log = LogService(self._hub, config, self.home.logs)
        self._log.start()
        self._receiver = Receiver(self._log.receive)
        await self._receiver.apply(config.log.receive)

    async def _follow_log(self, config: Config) -> None:
        if self._log is not None:
            self._log.configure(config)
        if self._receiver is not None:
            await self._receiver.apply(config.log.receive)

    async def _stop_log(self) -> None:
        """Write what is left; nothing that happens later is logged."""
        if self._receiver is not None:
            self._receiver.close()
            self._receiver = None
        if self._log is not None:
            log, self._log = self._log, None
            await asyncio.to_thread(log.stop)

    def _log_problems(self) -> Iterator[str]:
        """What a person should look at, a sentence each."""
        for place in self.log_places():
            if place.problem:
                waiting = counted(place.waiting, "entry waits", "entries wait")
                yield f"log, {place.name}: {place.problem}; {waiting}"
            if place.lost:
                yield f"log, {place.name}: {counted(place.lost, 'entry was', 'entries were')} lost"
        if self._receiver is not None and self._receiver.problem:
            yield f"log: {self._receiver.problem}"
