"""The threads for what may block: hashing, SQLite, cold disk (spec of thread management, 10.4)."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

MOST_THREADS = 128


class WorkerPool:
    """An elastic pool: first come, first served, and nothing is refused for want of a thread.

    ``minimum`` threads exist always; while jobs wait, more are started up to ``maximum``; those
    above the minimum end when nothing came for ``idle`` seconds. Usable from every thread and
    loop. What a job raises goes to who asked.
    """

    def __init__(self, minimum: int = 2, maximum: int = 20, *, idle: float = 10.0) -> None:
        _check(minimum, maximum)
        self._minimum = minimum
        self._maximum = maximum
        self._idle = idle
        self._jobs: deque[tuple[float, Callable[[], None], Callable[[], bool]]] = deque()
        self._changed = threading.Condition()
        self._threads: set[threading.Thread] = set()
        self._started = 0
        self._busy = 0
        self._most_busy = 0
        self._longest_wait = 0.0
        self._closed = False
        with self._changed:
            self._grow()

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the greatest number of threads."""
        return self._minimum, self._maximum

    @property
    def most_busy(self) -> int:
        """The most jobs that were done at the same time so far."""
        return self._most_busy

    @property
    def threads(self) -> int:
        """How many threads there are."""
        return len(self._threads)

    @property
    def busy(self) -> int:
        """How many jobs are being done now."""
        return self._busy

    @property
    def queued(self) -> int:
        """How many jobs wait for a thread."""
        return len(self._jobs)

    @property
    def longest_wait(self) -> float:
        """The longest that a job had to wait for a thread, in seconds, since this was last read."""
        with self._changed:
            waiting = time.perf_counter() - self._jobs[0][0] if self._jobs else 0.0
            longest, self._longest_wait = max(self._longest_wait, waiting), 0.0
            return longest

    def submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have ``fn(*args)`` done by a worker; RuntimeError once the pool is shut down."""
        future: Future[T] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - goes to who asked
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._changed:
            if self._closed:
                raise RuntimeError("the worker pool is shut down")
            self._jobs.append((time.perf_counter(), job, future.cancel))
            self._grow()
            self._changed.notify()
        return future

    async def run(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same, awaited on the loop that asks."""
        return await asyncio.wrap_future(self.submit(fn, *args, **kwargs))

    def resize(self, minimum: int, maximum: int) -> None:
        """Change the bounds now; threads too many end after the job they are at."""
        _check(minimum, maximum)
        with self._changed:
            self._minimum, self._maximum = minimum, maximum
            self._grow()
            self._changed.notify_all()

    def shutdown(self, wait: bool = True, *, timeout: float = 5.0) -> bool:
        """Take no more jobs and end; gives whether all threads have ended.

        Jobs that were queued are still done while that takes no longer than ``timeout`` seconds;
        after that, and at once without ``wait``, those not begun are cancelled.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            ended = wait and self._changed.wait_for(lambda: not self._threads, timeout)
            cancelled, self._jobs = self._jobs, deque()
            self._changed.notify_all()
        for _, _, cancel in cancelled:
            cancel()
        return ended or not self._threads

    def _grow(self) -> None:
        """Start what the minimum and the queue ask for. The lock is held."""
        idle = len(self._threads) - self._busy
        wanted = max(self._minimum, len(self._threads) + len(self._jobs) - idle)
        while len(self._threads) < min(wanted, self._maximum) and not self._closed:
            self._started += 1
            # Daemons: a job that hangs must not keep the program from ending.
            thread = threading.Thread(
                target=self._work, name=f"worker-{self._started}", daemon=True
            )
            self._threads.add(thread)
            thread.start()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            job()
            del job  # an idle thread keeps nothing of what it did alive
            with self._changed:
                self._busy -= 1

    def _next(self) -> Callable[[], None] | None:
        """The next job, or None when this thread is one too many."""
        with self._changed:
            while True:
                surplus = len(self._threads) > self._minimum
                if len(self._threads) > self._maximum:
                    break
                if self._jobs:
                    since, job, _ = self._jobs.popleft()
                    self._longest_wait = max(self._longest_wait, time.perf_counter() - since)
                    self._busy += 1
                    self._most_busy = max(self._most_busy, self._busy)
                    return job
                if self._closed:
                    break
                called = self._changed.wait(self._idle if surplus else None)
                if not called and not self._jobs and len(self._threads) > self._minimum:
                    break
            self._threads.discard(threading.current_thread())
            self._changed.notify_all()
            return None


def _check(minimum: int, maximum: int) -> None:
    if not 1 <= minimum <= maximum <= MOST_THREADS:
        raise ValueError(
            f"a pool has 1 to {MOST_THREADS} threads, and its minimum is not above its maximum"
        )
