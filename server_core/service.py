"""MailService, the facade: the one door to the server for window, console and endpoint."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from server_core.admission_methods import AdmissionMethods
from server_core.certificate_methods import CertificateMethods
from server_core.config.draft import Change, ConfigRejected, Draft, changes_between
from server_core.config.file import fingerprint, keep_last_good, load, save
from server_core.config.model import Config
from server_core.config.signing_in import Kerberos
from server_core.events.past import closed_session
from server_core.events.ring import Hub, Ring
from server_core.events.types import (
    ConfigApplied,
    ConfigChangedOutside,
    Level,
    Noticed,
    ServerStateChanged,
)
from server_core.events.views import (
    ClosedSession,
    Counters,
    KerberosView,
    ListenerView,
    MethodView,
    ServerState,
    ServerStatus,
    SessionView,
)
from server_core.health_methods import HealthMethods
from server_core.history import KEPT, load_history, save_history
from server_core.home import Home
from server_core.log_methods import LogMethods
from server_core.mail_methods import MailMethods
from server_core.net.data_plane import DataPlane
from server_core.net.kerberos import examine
from server_core.net.tls_options import problems
from server_core.premises import Premises
from server_core.refusals import Refused, disk_refusals
from server_core.secret_methods import SecretMethods
from server_core.session_methods import SessionMethods
from server_core.status import problems_of, status_of
from server_core.tally import Tally

__all__ = ["Applied", "MailService", "Refused"]

HOUSEKEEPING_SECONDS = 1.0
SAVE_HISTORY_SECONDS = 30
_NOT_WRITTEN = "The configuration could not be written"


@dataclass(frozen=True, slots=True)
class Applied:
    """A configuration that runs now, and what it changed."""

    revision: int
    changes: tuple[Change, ...]


class MailService(
    AdmissionMethods,
    CertificateMethods,
    HealthMethods,
    LogMethods,
    MailMethods,
    SecretMethods,
    SessionMethods,
):
    """The server. Lives on the control loop; every method is called there.

    ``opened()`` is for work on the files alone; ``start`` serves. What the service refuses raises
    Refused with a sentence for a person.
    """

    def __init__(self, home: Home, *, last_good: bool = False) -> None:
        self.home = home
        self.revision = 0
        self.hold_outside_edits = False
        self.on_show_window: Callable[[], object] | None = None
        self._last_good = last_good
        self._hub = Hub()
        self._premises: Premises | None = None
        self._plane: DataPlane | None = None
        self._state = ServerState.STOPPED
        self._started = 0.0
        self._past: list[ClosedSession] = []
        self._tally = Tally()
        self._housekeeping: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    # Life.

    async def start(self) -> None:
        """Open the home and serve.

        Raises HomeUnusable, HomeInUse or ConfigRejected. A listener that cannot listen is a status.
        """
        async with self._changing:
            if self._plane is None:
                await self._open()
                try:
                    await self._serve()
                except BaseException:
                    await self._end(grace=0.0)
                    raise

    async def _serve(self) -> None:
        self._enter(ServerState.STARTING)
        premises = self._opened()
        self._past = await asyncio.to_thread(load_history, self.home.history_file)
        plane = self._plane = DataPlane(
            store=premises.store,
            directory=premises.directory,
            workers=premises.workers,
            hub=self._hub,
            config=premises.config,
            home=self.home,
        )
        await self._open_secrets()
        await self._start_log(premises.config)
        await plane.start(premises.config)
        self._started = time.time()
        self._enter(self._serving_state())
        self._housekeeping = asyncio.get_running_loop().create_task(self._keep_house())
        self._start_health()

    async def stop(self, *, grace: float = 5.0) -> None:
        """Let commands finish for ``grace`` seconds, end all sessions, give the home back."""
        async with self._changing:
            await self._end(grace)

    async def _end(self, grace: float) -> None:
        await self._stop_health()
        self._rest_names()
        if self._housekeeping is not None:
            self._housekeeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._housekeeping
            self._housekeeping = None
        if self._plane is not None:
            self._enter(ServerState.STOPPING)
            await self._plane.stop(grace)
            self._tally.take(time.time(), self._totals(), 0)
            self._past, self._plane = list(self.history()[::-1]), None
            await self._save_history(self._past)
        await self._close()
        self._enter(ServerState.STOPPED)
        await self._stop_log()

    async def open(self) -> None:
        """Own the home without serving; see ``start`` for what it raises."""
        async with self._changing:
            await self._open()

    async def _open(self) -> None:
        if self._premises is None:
            self._premises = await asyncio.to_thread(
                Premises, self.home, self._hub, last_good=self._last_good
            )

    async def _close(self) -> None:
        if self._premises is not None:
            premises, self._premises = self._premises, None
            await asyncio.to_thread(premises.close)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[MailService]:
        """The home owned for a while, without listeners."""
        await self.open()
        try:
            yield self
        finally:
            await self.stop()

    async def pause(self) -> None:
        """Take no new connections; open sessions go on."""
        async with self._changing:
            await self._running().pause()
            self._enter(ServerState.PAUSED)

    async def resume(self) -> None:
        """Take connections again."""
        async with self._changing:
            await self._running().resume()
            self._enter(self._serving_state())

    async def restart_listener(self, name: str) -> None:
        """Bind a listener again, or try a failed one now; open sessions go on."""
        async with self._changing:
            await self._running().restart_listener(name)
            self._refresh_state()

    def show_window(self) -> bool:
        """Bring the window over this server to the front; False when it serves without one."""
        if self.on_show_window is None:
            return False
        self.on_show_window()
        return True

    # What is.

    @property
    def state(self) -> ServerState:
        """The server as a whole."""
        return self._state

    @property
    def config(self) -> Config:
        """The configuration that runs."""
        return self._opened().config

    def watch(self, levels: Level, capacity: int = 20_000) -> Ring:
        """A reader of events from here on; drain it regularly."""
        return self._hub.subscribe(levels, capacity)

    def unwatch(self, ring: Ring) -> None:
        """Stop feeding a reader."""
        self._hub.unsubscribe(ring)

    def listeners(self) -> tuple[ListenerView, ...]:
        """Every configured listener as it is now; none while the server is stopped."""
        return self._plane.listeners() if self._plane is not None else ()

    def methods(self, config: Config | None = None) -> tuple[MethodView, ...]:
        """Every way to sign in as it is now, or would be under another configuration.

        None while the server is stopped.
        """
        return self._plane.methods(config) if self._plane is not None else ()

    def stranded(self, config: Config) -> tuple[str, ...]:
        """The accounts that nobody could sign in to any more under this configuration, by name.

        Accounts that nobody can sign in to anyway are not among them.
        """
        return self._plane.stranded(config) if self._plane is not None else ()

    async def test_kerberos(self, kerberos: Kerberos) -> KerberosView:
        """Whether tickets could be accepted with these settings, whatever runs now."""
        return (await self._opened().workers.run(examine, kerberos)).view

    def status(self) -> ServerStatus:
        """The whole server at this moment."""
        premises, plane = self._opened(), self._plane
        view = status_of(premises, plane, self._state, self.revision, self._started)
        return replace(view, problems=(*view.problems, *self._log_problems()))

    async def sessions(self) -> tuple[SessionView, ...]:
        """Every open session."""
        return await self._plane.sessions() if self._plane is not None else ()

    def history(self) -> tuple[ClosedSession, ...]:
        """The last thousand sessions that ended, newest first; kept over restarts."""
        ended = self._plane.closed() if self._plane is not None else []
        known = [*self._past, *(closed_session(event) for event in ended)]
        return tuple(known[-KEPT:][::-1])

    # Configuration.

    def draft(self) -> Draft:
        """A fresh draft over what runs."""
        return Draft(self.config)

    async def apply(self, draft: Draft, *, origin: str) -> Applied:
        """Write and run a draft; ConfigRejected or Refused, and then nothing changed."""
        wanted, changes = draft.checked(), draft.changes()
        if wrong := tuple(problems(wanted)):
            raise ConfigRejected(wrong)
        async with self._changing:
            premises = self._opened()
            with disk_refusals(_NOT_WRITTEN, "Nothing was changed."):
                await asyncio.to_thread(save, self.home.config_file, wanted)
            premises.fingerprint = await asyncio.to_thread(fingerprint, self.home.config_file)
            await self._run(wanted, changes, origin)
        return Applied(self.revision, changes)

    async def read_file(self) -> Config:
        """The configuration as the file has it now; ConfigRejected when it cannot be used."""
        with disk_refusals("The configuration file cannot be read"):
            return await asyncio.to_thread(load, self.home.config_file)

    async def use_file(self) -> Applied:
        """Run what the file says now; ConfigRejected when it cannot be used."""
        async with self._changing:
            seen = await asyncio.to_thread(fingerprint, self.home.config_file)
            wanted = await self.read_file()
            with disk_refusals(_NOT_WRITTEN):
                await asyncio.to_thread(keep_last_good, self.home.config_file)
            self._opened().fingerprint = seen
            changes = changes_between(self.config, wanted)
            await self._run(wanted, changes, "file")
        return Applied(self.revision, changes)

    async def keep_running_config(self) -> None:
        """Write what runs over what somebody else put into the file."""
        async with self._changing:
            with disk_refusals(_NOT_WRITTEN):
                await asyncio.to_thread(save, self.home.config_file, self.config)
            self._opened().fingerprint = fingerprint(self.home.config_file)

    # Inside.

    def _opened(self) -> Premises:
        if self._premises is None:
            raise Refused("The server is stopped.")
        return self._premises

    def _running(self) -> DataPlane:
        if self._plane is None:
            raise Refused("The server is stopped.")
        return self._plane

    def _totals(self) -> Counters:
        delivered = self._opened().mailroom.delivered
        return replace(self._running().counters(), delivered=delivered)

    async def _run(self, wanted: Config, changes: tuple[Change, ...], origin: str) -> None:
        """Make ``wanted`` the running configuration; call with ``_changing`` held."""
        premises = self._opened()
        await premises.take(wanted)
        await self._follow_log(wanted)
        if self._plane is not None:
            await self._plane.apply(wanted)
        self.revision += 1
        words = tuple(map(str, changes))
        self._hub.emit(ConfigApplied(revision=self.revision, origin=origin, changes=words))
        self._refresh_state()

    async def _keep_house(self) -> None:
        """Once a second: failed listeners, edits of the file by others, the state; the history."""
        trouble = ""
        for second in itertools.count(1):
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            self._tally.take(time.time(), self._totals(), self._running().session_count())
            if second % SAVE_HISTORY_SECONDS == 0:
                await self._save_history(self.history()[::-1])
            try:
                async with self._changing:
                    await self._look_after_secrets()
                    await self._running().keep_house()
                    self._refresh_state()
                await self._look_at_file()
                trouble = ""
            except OSError as problem:
                # The computer is out of something; what was not done now is done a second later.
                if trouble != str(problem):
                    trouble = str(problem)
                    self._hub.emit(Noticed(level=Level.ERROR, source="upkeep", text=trouble))

    async def _save_history(self, oldest_first: Sequence[ClosedSession]) -> None:
        # A full disk must neither end the server nor keep it from ending.
        with suppress(OSError):
            await asyncio.to_thread(save_history, self.home.history_file, oldest_first)
            await asyncio.to_thread(self._tally.save, self.home.counters_file)

    async def _look_at_file(self) -> None:
        premises = self._opened()
        seen = await asyncio.to_thread(fingerprint, self.home.config_file)
        if seen == premises.fingerprint:
            return
        premises.fingerprint = seen
        try:
            await self.read_file()
        except (ConfigRejected, Refused) as problem:
            self._hub.emit(ConfigChangedOutside(problem=str(problem)))
        else:
            self._hub.emit(ConfigChangedOutside())
            if not self.hold_outside_edits:
                with suppress(ConfigRejected, Refused):  # changed once more: the next look tells
                    await self.use_file()

    def _serving_state(self) -> ServerState:
        secrets = self._opened().kept_passwords.view()
        return (
            ServerState.PROBLEMS if problems_of(self.listeners(), secrets) else ServerState.RUNNING
        )

    def _refresh_state(self) -> None:
        if self._state in (ServerState.RUNNING, ServerState.PROBLEMS):
            self._enter(self._serving_state())

    def _enter(self, state: ServerState) -> None:
        if state is not self._state:
            self._state = state
            self._hub.emit(ServerStateChanged(state=state))
