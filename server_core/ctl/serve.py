"""postroomctl serve: the server in the foreground, until a signal ends it."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

from server_core.config.draft import ConfigRejected
from server_core.config.file import last_good_of
from server_core.control.endpoint import serving
from server_core.ctl.door import require
from server_core.ctl.outcome import Failed, first_problem
from server_core.ctl.verbs import add_verb
from server_core.events.ring import Ring
from server_core.events.types import Event, Level, ListenerChanged, SessionEvent
from server_core.events.views import ListenerState, ListenerView
from server_core.home import Home
from server_core.interpreter import serve_steadily
from server_core.logs.entry import entry_of, one_word
from server_core.logs.lines import reference_line
from server_core.net.session_loop import new_event_loop
from server_core.process import ask_the_system
from server_core.service import MailService

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs

_TICK_SECONDS = 0.1


def add_to(verbs: Verbs) -> None:
    """Add ``serve``."""
    serve = add_verb(verbs, "serve", _serve, "Run the server until SIGTERM or Ctrl+C.")
    serve.add_argument(
        "--last-good",
        action="store_true",
        help="run the configuration that last worked instead of the one in the file",
    )


def _serve(home: Home, options: argparse.Namespace) -> int:
    require(home)
    if options.last_good and not last_good_of(home.config_file).exists():
        raise Failed(f"{home.root} holds no earlier configuration")
    ask_the_system()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_run(MailService(home, last_good=options.last_good)))
    except ConfigRejected as rejected:
        raise Failed(f"{home.config_file}: {first_problem(rejected)}{_offer(home)}") from None
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The faster loop where signals are known to reach it, else asyncio's own."""
    return None if sys.platform == "win32" else lambda: new_event_loop()[0]


async def _run(service: MailService) -> None:
    signals = _Signals(asyncio.get_running_loop())
    report = _Report(service.watch(Level.up_to(Level.INFO)))
    telling = asyncio.create_task(report.tell())
    try:
        await service.start()
        _refuse_to_idle(service.listeners())
        serve_steadily()
        async with serving(service):
            report.ready(service.listeners())
            await signals.first.wait()
    finally:
        await service.stop()
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
        report.tell_now()


class _Signals:
    """The first SIGTERM or SIGINT asks to stop; the second stops at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.first = asyncio.Event()
        self._loop = loop
        self._came_once = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._came)

    def _came(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._came_once:
            # The store is safe against sudden death; whoever insists does not want to wait.
            os._exit(128 + number)
        self._came_once = True
        self._loop.call_soon_threadsafe(self.first.set)


class _Report:
    """Log lines on standard error, and ``ready`` on standard output for every listener.

    The first call of ``ready`` says that the server can be used; from then on events are followed.
    What sessions do day in, day out is only for somebody before a terminal: a service's journal
    would have each line of the log a second time.
    """

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._host = one_word(socket.gethostname())
        self._ready: dict[str, str] = {}
        self._usable = False
        self._watched = sys.stderr.isatty()

    def ready(self, views: Iterable[ListenerView]) -> None:
        """Tell which listeners take connections, once each time they begin to."""
        self._usable = True
        for view in views:
            if view.state is not ListenerState.LISTENING:
                self._ready.pop(view.name, None)
                continue
            line = f"ready {view.name} {view.address} {view.security}"
            if self._ready.get(view.name) != line:
                self._ready[view.name] = line
                print(line, flush=True)

    async def tell(self) -> None:
        """Write what happens until cancelled."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self.tell_now()

    def tell_now(self) -> None:
        """Write what has happened since the last call."""
        batch = self._ring.drain()
        told = batch.events if self._watched else [*filter(_is_rare, batch.events)]
        lines = [reference_line(entry_of(event, self._host), None) for event in told]
        if batch.dropped:
            lines.insert(0, f"({batch.dropped} events are missing here)")
        # A log nobody reads any more is no reason to stop serving.
        with suppress(OSError, ValueError):
            # In one piece: standard error would be written to twice for every line.
            sys.stderr.write("".join(f"{line}\n" for line in lines))
            sys.stderr.flush()
            if self._usable:
                self.ready(event.view for event in told if isinstance(event, ListenerChanged))


def _is_rare(event: Event) -> bool:
    """Whether it is none of the things that every session does."""
    return event.level is not Level.INFO or not isinstance(event, SessionEvent)


def _refuse_to_idle(views: tuple[ListenerView, ...]) -> None:
    """A server none of whose listeners can work is a failure, with their own words as reason."""
    failed = [view for view in views if view.state is ListenerState.FAILED]
    if failed and not any(view.state is ListenerState.LISTENING for view in views):
        raise Failed("; ".join(f"{view.name}: {view.sentence}" for view in failed))


def _offer(home: Home) -> str:
    """The command that runs the last good revision, if there is one."""
    if not last_good_of(home.config_file).exists():
        return ""
    command = ["postroomctl", "--home", str(home.root), "serve", "--last-good"]
    return f"; to run the last configuration that worked: {shlex.join(command)}"
