"""The listeners on the control loop: what runs is compared with what is wanted, and mended."""

from __future__ import annotations

import socket
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from server_core.config.admission import OnLimit
from server_core.config.model import Config, Listener, Security
from server_core.config.signing_in import Method
from server_core.events.reasons import ListenerProblem
from server_core.events.ring import Hub
from server_core.events.types import ListenerChanged, ListenerFailed
from server_core.events.views import ListenerState, ListenerView
from server_core.net.acceptor import Acceptor
from server_core.net.binding import BindFailed, bind, bound_address
from server_core.net.door import Door
from server_core.net.plan import plan
from server_core.net.protection import UNPROTECTED, Protection
from server_core.net.session_loop import SessionLoop
from server_core.net.switchboard import Switchboard
from server_core.protocol.session_policy import NO_DELAY, policy_for
from server_core.workers.pool import WorkerPool

FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 60.0


@dataclass
class _Running:
    """A listener that is wanted: bound, or waiting to be tried again."""

    config: Listener
    door: Door
    sockets: list[socket.socket] = field(default_factory=list)
    acceptors: list[tuple[SessionLoop, Acceptor]] = field(default_factory=list)
    address: str = ""
    problem: ListenerProblem | None = None
    sentence: str = ""
    delay: float = FIRST_RETRY_SECONDS
    due: float = 0.0


class Listeners:
    """All listeners; lives on the control loop.

    ``boards`` pairs every session loop with what its sessions share. ``protections`` are the TLS
    contexts of the listeners that offer TLS, by name, ``unready`` the methods that cannot sign
    anybody in, and ``login_delay`` what accounts have to keep; ``apply`` makes new sessions follow.
    """

    def __init__(
        self, boards: Sequence[tuple[SessionLoop, Switchboard]], hub: Hub, workers: WorkerPool
    ) -> None:
        self._boards = boards
        self._hub = hub
        self._workers = workers
        self._running: dict[str, _Running] = {}
        self.config = Config()
        self._paused = False
        self.protections: Mapping[str, Protection] = {}
        self.unready: Collection[Method] = ()
        self.login_delay = NO_DELAY

    def views(self) -> tuple[ListenerView, ...]:
        """Every configured listener as it is now, in the order of the configuration."""
        pictures = {listener.name: _off(listener) for listener in self.config.pop3.listeners}
        pictures.update((name, self._view(one)) for name, one in self._running.items())
        return tuple(pictures.values())

    async def apply(self, config: Config) -> None:
        """Make what runs what ``config`` wants; open sessions go on."""
        steps = plan(
            {name: one.config for name, one in self._running.items()}, config.pop3.listeners
        )
        self.config = config
        for name in steps.stop:
            await self._stop(self._running.pop(name))
        for listener in steps.start:
            self._running[listener.name] = _Running(listener, self._door(listener))
            await self._start(self._running[listener.name])
        for one in self._running.values():
            wanted = next(x for x in config.pop3.listeners if x.name == one.config.name)
            self._tell(one, wanted)
            await self._follow_protection(one)
        for listener in config.pop3.listeners:
            if listener.name in steps.stop and not listener.enabled:
                self._hub.emit(ListenerChanged(view=_off(listener)))

    async def retry_due(self) -> None:
        """Try those failed listeners again whose time has come."""
        now = time.monotonic()
        for one in list(self._running.values()):
            if not one.sockets and one.due <= now:
                await self._start(one)

    async def restart(self, name: str) -> None:
        """Close when it is open, and bind again; open sessions go on."""
        one = self._running.get(name)
        if one is not None:
            one.delay = FIRST_RETRY_SECONDS
            await self._stop(one)
            await self._start(one)

    async def pause(self) -> None:
        """Take no connections; those who come wait with the kernel, sessions go on."""
        await self._set_paused(True)

    async def resume(self) -> None:
        """Take connections again."""
        await self._set_paused(False)

    async def close(self) -> None:
        """Stop all listeners."""
        while self._running:
            _, one = self._running.popitem()
            await self._stop(one)

    def _door(self, listener: Listener) -> Door:
        context = self._protection(listener).context
        return Door(
            name=listener.name,
            policy=policy_for(
                self.config,
                listener,
                tls_usable=context is not None,
                unready=self.unready,
                login_delay=self.login_delay,
            ),
            idle_timeout=listener.idle_timeout,
            implicit_tls=listener.security is Security.TLS,
            tls_context=context,
            proxy=listener.proxy,
            answers_refused=self.config.pop3.flow.on_limit is OnLimit.ANSWER
            and listener.security is not Security.TLS,
        )

    def _protection(self, listener: Listener) -> Protection:
        return self.protections.get(listener.name, UNPROTECTED)

    def _tell(self, one: _Running, wanted: Listener) -> None:
        """New sessions of a listener whose socket stays get the new values."""
        changed = one.config.security is not wanted.security
        one.config = wanted
        one.door.become(self._door(wanted))
        if changed:
            self._announce(one)

    async def _follow_protection(self, one: _Running) -> None:
        """What cannot shake hands is closed; what failed for that alone serves again at once."""
        lacking = one.door.implicit_tls and one.door.tls_context is None
        failed = one.problem is ListenerProblem.CERTIFICATE_UNUSABLE
        if lacking and (one.sockets or failed):
            await self._stop(one)
            self._fail(one, self._unprotected(one))
        elif failed and not lacking:
            one.delay = FIRST_RETRY_SECONDS
            await self._start(one)

    def _unprotected(self, one: _Running) -> BindFailed:
        problem = self._protection(one.config).problem
        return BindFailed(ListenerProblem.CERTIFICATE_UNUSABLE, problem)

    async def _start(self, one: _Running) -> None:
        try:
            if one.door.implicit_tls and one.door.tls_context is None:
                raise self._unprotected(one)
            one.sockets = await self._workers.run(bind, one.config.endpoint)
        except BindFailed as failure:
            self._fail(one, failure)
            return
        one.address = bound_address(one.config.endpoint, one.sockets)
        one.problem, one.sentence, one.delay = None, "", FIRST_RETRY_SECONDS
        for loop, board in self._boards:
            for sock in one.sockets:
                acceptor = Acceptor(board, sock, one.door)
                one.acceptors.append((loop, acceptor))
                if not self._paused:
                    await loop.run(acceptor.resume)
        self._announce(one)

    async def _stop(self, one: _Running) -> None:
        for loop, acceptor in one.acceptors:
            await loop.run(acceptor.close)
        for sock in one.sockets:
            sock.close()
        one.acceptors, one.sockets = [], []

    def _fail(self, one: _Running, failure: BindFailed) -> None:
        repeated = one.sentence == str(failure)
        one.address = one.config.address
        one.problem, one.sentence = failure.problem, str(failure)
        one.due = time.monotonic() + one.delay
        one.delay = min(one.delay * 2, LAST_RETRY_SECONDS)
        if not repeated:
            self._hub.emit(
                ListenerFailed(
                    listener=one.config.name, problem=failure.problem, sentence=str(failure)
                )
            )
            self._announce(one)

    async def _set_paused(self, paused: bool) -> None:
        self._paused = paused
        for one in self._running.values():
            for loop, acceptor in one.acceptors:
                await loop.run(acceptor.pause if paused else acceptor.resume)
            self._announce(one)

    def _view(self, one: _Running) -> ListenerView:
        state = ListenerState.LISTENING
        if one.problem is not None:
            state = ListenerState.FAILED
        elif self._paused:
            state = ListenerState.PAUSED
        return ListenerView(
            name=one.config.name,
            address=one.address or one.config.address,
            security=one.config.security,
            state=state,
            sessions=sum(board.at_door(one.config.name) for _, board in self._boards),
            problem=one.problem,
            sentence=one.sentence,
        )

    def _announce(self, one: _Running) -> None:
        self._hub.emit(ListenerChanged(view=self._view(one)))


def _off(listener: Listener) -> ListenerView:
    return ListenerView(listener.name, listener.address, listener.security, ListenerState.OFF)
