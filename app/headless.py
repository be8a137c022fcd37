"""Serving without a window, for a computer that has no display."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterable

from app.bridge.demo_account import DemoAccount
from app.demo import furnish, listen_elsewhere
from server_core.config.draft import ConfigRejected
from server_core.control.endpoint import serving
from server_core.events.views import ListenerState, ListenerView
from server_core.home import Home, HomeInUse, HomeUnusable
from server_core.interpreter import serve_steadily
from server_core.process import ask_the_system
from server_core.service import MailService, Refused

CANNOT_START = (HomeInUse, HomeUnusable, ConfigRejected, Refused, OSError)


def has_display() -> bool:
    """Whether a window can be shown to somebody."""
    if sys.platform == "linux":
        screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
        return any(os.environ.get(name) for name in screens)
    else:  # noqa: RET505 - code after it would be unreachable on one platform or the other
        return True


def serve(home: Home, *, demo: bool) -> int:
    """Serve until SIGTERM or Ctrl+C; the exit status."""
    tell("There is no window here: Postroom serves without one.")
    tell("Look at it from another terminal, end it with Ctrl+C:")
    tell(f"  postroomctl --home {home.root} status")
    ask_the_system()
    try:
        asyncio.run(_serve(home, demo=demo))
    except CANNOT_START as problem:
        tell_problem(str(problem))
        return 1
    return 0


async def _serve(home: Home, *, demo: bool) -> None:
    leave = asyncio.Event()
    on_signals(leave.set)
    service = MailService(home)
    try:
        if demo:
            await service.open()
            tell_accounts(await furnish(service))
        await service.start()
        if demo:
            await listen_elsewhere(service)
        tell_ready(service.listeners())
        serve_steadily()
        async with serving(service):
            await leave.wait()
    finally:
        await service.stop()


def on_signals(act: Callable[[], object]) -> None:
    """Call ``act`` on the running loop for SIGINT and SIGTERM."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))


def tell_ready(views: Iterable[ListenerView]) -> None:
    """One line for each listener, as ``postroomctl serve`` writes it; failures to stderr."""
    for view in views:
        if view.state is ListenerState.LISTENING:
            tell(f"ready {view.name} {view.address} {view.security}")
        elif view.state is ListenerState.FAILED:
            tell_problem(f"{view.name}: {view.sentence}")


def tell_accounts(accounts: Iterable[DemoAccount]) -> None:
    """One line for each account of a throw-away home."""
    for account in accounts:
        tell(f"account {account.name} {account.password}")


def tell(line: str) -> None:
    """A line on standard output; a windowed program on Windows has none."""
    if sys.stdout is not None:
        print(line, flush=True)


def tell_problem(text: str) -> None:
    """The same on standard error."""
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)
