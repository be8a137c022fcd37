"""The part of the facade that proves the server works, and says why somebody cannot sign in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from server_core.config.model import Config
from server_core.config.warnings import warnings_of
from server_core.events.health import Finding, Mend, ProbeStep, Step
from server_core.events.log_views import LogPlaceView
from server_core.events.ring import Hub
from server_core.events.views import (
    BanView,
    CertificateView,
    ListenerState,
    ListenerView,
    MethodReadiness,
    MethodView,
    SecretsView,
    Trial,
)
from server_core.health.check import Subject
from server_core.health.checks import CHECKS, CHECKS_BY_ID
from server_core.health.circumstances import Gathering
from server_core.health.outside import passage
from server_core.health.report import report
from server_core.health.rounds import Rounds, finding, told
from server_core.health.safety import close_to_others
from server_core.health.sign_in import explained
from server_core.home import Home
from server_core.net.data_plane import DataPlane
from server_core.net.offering import Offering
from server_core.net.probe import Guest, probe
from server_core.net.visit import Visit
from server_core.policy.unreached import unreached_rules
from server_core.premises import Premises
from server_core.protocol.actions import Secret
from server_core.refusals import Refused, disk_refusals

SETTLE_SECONDS = 15.0
"""How long after a start or a change the checks are run by themselves."""
EVERY_SECONDS = 3_600.0
LOOK_SECONDS = 1.0


class HealthMethods:
    """Checks, trials and explanations; all of them only look, except ``mend``."""

    home: Home
    _hub: Hub
    _plane: DataPlane | None
    _rounds: Rounds | None = None
    _health_task: asyncio.Task[None] | None = None

    # Of the other parts of the facade. Known to the type checker alone, so that it does not matter
    # in which order the facade names its parts.
    if TYPE_CHECKING:

        def _opened(self) -> Premises: ...
        def _running(self) -> DataPlane: ...
        def listeners(self) -> tuple[ListenerView, ...]: ...
        def methods(self, config: Config | None = None) -> tuple[MethodView, ...]: ...
        def bans(self) -> tuple[BanView, ...]: ...
        def try_address(
            self, address: str, listener: str, *, config: Config | None = None
        ) -> Trial: ...
        def readiness(self, account: str) -> tuple[MethodReadiness, ...]: ...
        def log_places(self) -> tuple[LogPlaceView, ...]: ...
        async def restart_listener(self, name: str) -> None: ...
        async def retry_vault(self) -> SecretsView: ...

    # Checks.

    async def check_health(self) -> tuple[Finding, ...]:
        """Run all checks now; each is bounded in time and stops no other."""
        rounds = self._rounds
        if rounds is not None:
            found = await rounds.run(self._subject())
        else:
            rounds = Rounds(CHECKS)
            try:
                found = await rounds.run(self._subject())
            finally:
                await asyncio.to_thread(rounds.close)
        self._hub.emit(told(found))
        return found

    def findings(self) -> tuple[Finding, ...]:
        """What the checks found last; nothing before they were run."""
        return self._rounds.findings if self._rounds is not None else ()

    def health_report(self, *, shortened: bool = False) -> str:
        """What the checks found last as a text to hand on, without secrets."""
        return report(self.findings(), str(self.home.root), shortened=shortened)

    async def mend(self, mend: Mend, subject: str = "") -> None:
        """Do what a finding offers to do at once."""
        match mend:
            case Mend.RESTART_LISTENER:
                await self.restart_listener(subject)
            case Mend.RETRY_VAULT:
                await self.retry_vault()
            case Mend.CLOSE_FILES:
                with disk_refusals("The files cannot be closed to other people"):
                    await self._opened().workers.run(close_to_others, self.home)

    async def try_listener(
        self, name: str, user: str = "", password: str = ""
    ) -> tuple[ProbeStep, ...]:
        """Try a listener as a mail program on this computer would, with an account.

        Without one it is ``visit_listener``. Refused when there is no listener of that name, or it
        does not listen.
        """
        if not user:
            return await self.visit_listener(name)
        guest = Guest(user, Secret(password.encode()))
        view = self._listening(name)
        return await asyncio.to_thread(probe, view.address, view.security, guest)

    async def visit_listener(self, name: str) -> tuple[ProbeStep, ...]:
        """Sign in, list and fetch with a mailbox made for it, of which nobody notices anything.

        Refused as above, and when the disk does not take the mailbox.
        """
        return await asyncio.to_thread(_visited, self._running().visit(), self._listening(name))

    async def look_at_firewall(self, name: str) -> Finding:
        """Whether other devices get through to a listener; Refused as above."""
        view = self._listening(name)
        accounts = [record.account for record in self._opened().directory.records()]
        seen = await asyncio.to_thread(passage, view, accounts, time.time())
        return finding(CHECKS_BY_ID["firewall"], seen)

    def _listening(self, name: str) -> ListenerView:
        view = next((view for view in self.listeners() if view.name == name), None)
        if view is None:
            raise Refused(f"There is no listener called '{name}'.")
        if view.state is not ListenerState.LISTENING:
            raise Refused(f"The listener '{name}' does not listen: {view.sentence or view.state}.")
        return view

    # Explanations.

    def explain_sign_in(
        self, account: str, address: str = "", listener: str = ""
    ) -> tuple[Step, ...]:
        """What decides whether somebody can sign in, step by step, and what to do about it.

        Refused when the text is no address, or there is no such listener. What is not named is
        taken from the latest try.
        """
        premises = self._opened()
        known = [one.name for one in premises.config.pop3.listeners]
        if listener and listener not in known:
            raise Refused(f"There is no listener called '{listener}'.")
        methods = self.methods() or Offering(premises.directory).views(premises.config)
        gathering = Gathering(premises.config, premises.directory, self._plane)
        readiness: Sequence[MethodReadiness] = ()
        if premises.directory.get(name := gathering.name_of(account)) is not None:
            readiness = self.readiness(name)
        try:
            seen = gathering.about(account, address.strip(), listener, readiness, methods)
        except ValueError as problem:
            raise Refused(f"{str(problem)[:1].upper()}{str(problem)[1:]}.") from None
        return explained(seen)

    # Inside.

    def _subject(self) -> Subject:
        premises, plane = self._opened(), self._plane
        config = premises.config
        unreached = unreached_rules(config)
        return Subject(
            home=self.home,
            config=config,
            now=time.time(),
            serving=plane is not None,
            store=premises.store,
            workers=premises.workers,
            records=premises.directory.records(),
            listeners=self.listeners(),
            methods=self.methods() or Offering(premises.directory).views(config),
            bans=self.bans(),
            secrets=premises.kept_passwords.view(),
            log_places=self.log_places(),
            warnings=warnings_of(config),
            unreached=unreached,
            oldest_tls=plane.oldest_tls() if plane is not None else {},
            certificates=plane.certificate_views if plane is not None else _none,
            trial=self.try_address,
            visit=plane.visit() if plane is not None else None,
        )

    def _start_health(self) -> None:
        self._rounds = Rounds(CHECKS)
        self._health_task = asyncio.get_running_loop().create_task(self._keep_checking())

    async def _keep_checking(self) -> None:
        """Some seconds after the start and after each change, and every hour."""
        seen, due = self._opened().config, time.monotonic() + SETTLE_SECONDS
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if (config := self._opened().config) is not seen:
                seen, due = config, time.monotonic() + SETTLE_SECONDS
            if time.monotonic() >= due:
                due = time.monotonic() + EVERY_SECONDS
                await self.check_health()

    async def _stop_health(self) -> None:
        task, rounds = self._health_task, self._rounds
        self._health_task = self._rounds = None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if rounds is not None:
            await asyncio.to_thread(rounds.close)


def _none() -> tuple[CertificateView, ...]:
    """Certificates are at hand while the server runs."""
    return ()


def _visited(visit: Visit, view: ListenerView) -> tuple[ProbeStep, ...]:
    """Sign in to one listener and go."""
    try:
        with disk_refusals("No mailbox can be made to try it with"):
            return visit.sign_in(view)
    finally:
        visit.close()
