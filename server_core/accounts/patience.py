"""Waiting for what may never end, such as a password prompt that nobody answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

_MOST_LEFT_BEHIND = 4


class NoAnswer(Exception):
    """It did not end in time, or too much else is still being waited for."""


class Patience:
    """Runs jobs on threads that can be left behind, a few at most. Thread-safe."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def run(self, job: Callable[[], T]) -> T:
        """What the job gives or raises; NoAnswer when that takes too long, and it goes on alone."""
        outcome: Future[T] = Future()

        def work() -> None:
            try:
                outcome.set_result(job())
            except BaseException as error:  # noqa: BLE001 - goes to who asked
                outcome.set_exception(error)
            with self._lock:
                self._running.discard(threading.current_thread())

        # A daemon: what never ends must not keep the program from ending.
        thread = threading.Thread(target=work, name="vault", daemon=True)
        with self._lock:
            if len(self._running) >= _MOST_LEFT_BEHIND:
                raise NoAnswer
            self._running.add(thread)
        thread.start()
        try:
            return outcome.result(self._seconds)
        except TimeoutError:
            if outcome.done():
                return outcome.result()
            raise NoAnswer from None
