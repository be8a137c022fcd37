"""Writes noted sign-ins soon after they were noted, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from server_core.accounts.account import AccountsUnusable


class Flusher:
    """Calls ``flush`` ``gather`` seconds after ``wake``; sleeps while there is nothing to write.

    A failure is told to ``on_problem`` and tried again ``retry`` seconds later.
    """

    def __init__(
        self,
        flush: Callable[[], None],
        on_problem: Callable[[str], None],
        *,
        gather: float = 0.5,
        retry: float = 30.0,
    ) -> None:
        self._gather = gather
        self._retry = retry
        self._flush = flush
        self._on_problem = on_problem
        self._noted = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sign-ins", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to write; never waits."""
        if not self._noted.is_set():
            self._noted.set()

    def stop(self) -> None:
        """End; what is noted and not written yet is the caller's to write."""
        self._stopping.set()
        self._noted.set()
        self._thread.join()

    def _run(self) -> None:
        pause = self._gather
        while True:
            self._noted.wait()
            if self._stopping.wait(pause):
                return
            self._noted.clear()
            try:
                self._flush()
                pause = self._gather
            except AccountsUnusable as error:
                self._on_problem(str(error))
                self._noted.set()
                pause = self._retry
