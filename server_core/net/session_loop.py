"""Session loops: threads that each run an asyncio loop for the connections (the data plane)."""

from __future__ import annotations

import asyncio
import concurrent.futures
import importlib
import os
import selectors
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_START_SECONDS = 10


class SessionLoop:
    """A thread with an event loop of its own; made and stopped on the control loop's side.

    ``kind`` names the loop in use: ``uvloop``, ``winloop`` or ``asyncio``.
    """

    def __init__(self, name: str = "sessions") -> None:
        self.loop, self.kind = new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._running = threading.Event()

    def start(self) -> None:
        """Start the thread; the loop runs on return."""
        self._thread.start()
        if not self._running.wait(_START_SECONDS):
            raise RuntimeError("the session loop did not start")

    def call(self, function: Callable[..., T], *args: object) -> concurrent.futures.Future[T]:
        """Run a plain function on the loop's thread; the future brings its result or error."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()

        def perform() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(function(*args))
            except Exception as problem:  # noqa: BLE001 - it goes back to who asked
                future.set_exception(problem)

        self.loop.call_soon_threadsafe(perform)
        return future

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """``call`` for coroutines of another loop."""
        return await asyncio.wrap_future(self.call(function, *args))

    def stop(self) -> None:
        """End the loop and its thread; sessions must be gone."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_START_SECONDS)
        if not self._thread.is_alive():
            self.loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.call_soon(self._running.set)
        self.loop.run_forever()


def new_event_loop() -> tuple[asyncio.AbstractEventLoop, str]:
    """The fastest loop this computer has, and its name.

    Sessions watch sockets themselves (add_reader), which the proactor loop of Windows cannot.
    """
    faster = "winloop" if sys.platform == "win32" else "uvloop"
    try:
        return importlib.import_module(faster).new_event_loop(), faster
    except ImportError:
        return asyncio.SelectorEventLoop(selectors.DefaultSelector()), "asyncio"


def loops_wanted() -> int:
    """How many session loops pay: one under the GIL, one a core without it."""
    gil_enabled = getattr(sys, "_is_gil_enabled", lambda: True)()
    if gil_enabled:
        return 1
    return max(1, (os.cpu_count() or 1))
