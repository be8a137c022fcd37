"""The pool grows, shrinks, keeps the order and gives every outcome to who asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future

import pytest

from server_core.workers.pool import WorkerPool

SOON = 10.0


class Gate:
    """A job that says it has begun and waits to be let through."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.open = threading.Event()

    def __call__(self) -> None:
        self.begun.release()
        assert self.open.wait(SOON)

    def begins(self, times: int) -> None:
        for _ in range(times):
            assert self.begun.acquire(timeout=SOON)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


def until(pool: WorkerPool, threads: int) -> None:
    """Wait for the pool to have so many threads; it tells on its condition when one ends."""
    with pool._changed:
        assert pool._changed.wait_for(lambda: pool.threads == threads, SOON)


def test_a_result_and_an_exception_come_back_to_who_asked() -> None:
    pool = WorkerPool()
    assert pool.submit(divmod, 7, 2).result(SOON) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 7, 0).result(SOON)
    assert pool.submit(int, "11", base=2).result(SOON) == 3
    assert pool.shutdown()


def test_the_minimum_exists_from_the_start_and_the_maximum_is_kept(gate: Gate) -> None:
    pool = WorkerPool(2, 4)
    assert (pool.threads, pool.busy, pool.queued) == (2, 0, 0)
    for _ in range(7):
        pool.submit(gate)
    gate.begins(4)
    assert (pool.threads, pool.busy, pool.queued) == (4, 4, 3)
    gate.open.set()
    gate.begins(3)
    assert pool.shutdown()
    assert (pool.threads, pool.busy, pool.queued) == (0, 0, 0)


def test_threads_above_the_minimum_end_when_nothing_comes(gate: Gate) -> None:
    pool = WorkerPool(1, 5, idle=0.01)
    for _ in range(5):
        pool.submit(gate)
    gate.begins(5)
    assert pool.threads == 5
    gate.open.set()
    until(pool, 1)
    assert pool.submit(abs, -1).result(SOON) == 1
    assert pool.shutdown()


def test_what_waits_is_done_in_the_order_it_came(gate: Gate) -> None:
    pool = WorkerPool(1, 1)
    pool.submit(gate)
    gate.begins(1)
    done: list[int] = []
    futures = [pool.submit(done.append, number) for number in range(50)]
    assert pool.queued == 50
    gate.open.set()
    futures[-1].result(SOON)
    assert done == list(range(50))
    assert pool.shutdown()


def test_growing_starts_what_waits_at_once(gate: Gate) -> None:
    pool = WorkerPool(1, 1)
    for _ in range(3):
        pool.submit(gate)
    gate.begins(1)
    assert (pool.busy, pool.queued) == (1, 2)
    pool.resize(1, 3)
    gate.begins(2)
    assert (pool.threads, pool.queued) == (3, 0)
    gate.open.set()
    assert pool.shutdown()


def test_shrinking_ends_threads_after_the_job_they_are_at(gate: Gate) -> None:
    pool = WorkerPool(4, 4)
    for _ in range(6):
        pool.submit(gate)
    gate.begins(4)
    pool.resize(1, 1)
    assert pool.threads == 4
    gate.open.set()
    until(pool, 1)
    gate.begins(2)
    assert pool.submit(abs, -1).result(SOON) == 1
    assert pool.shutdown()


def test_a_larger_minimum_is_there_at_once() -> None:
    pool = WorkerPool(1, 10)
    pool.resize(6, 10)
    assert pool.threads == 6
    pool.resize(2, 2)
    until(pool, 2)
    assert pool.shutdown()


@pytest.mark.parametrize(("minimum", "maximum"), [(0, 5), (6, 5), (1, 129), (-1, 1)])
def test_impossible_bounds_are_refused(minimum: int, maximum: int) -> None:
    pool = WorkerPool(1, 1)
    with pytest.raises(ValueError, match="1 to 128 threads"):
        pool.resize(minimum, maximum)
    with pytest.raises(ValueError, match="1 to 128 threads"):
        WorkerPool(minimum, maximum)
    assert pool.shutdown()


def test_the_longest_wait_counts_those_that_still_wait_and_starts_anew_when_read(
    gate: Gate,
) -> None:
    pool = WorkerPool(1, 1)
    assert pool.longest_wait == 0.0
    pool.submit(gate)
    gate.begins(1)
    assert pool.longest_wait > 0.0
    waiting = pool.submit(abs, -1)
    first, second = pool.longest_wait, pool.longest_wait
    assert 0 < first < second
    gate.open.set()
    waiting.result(SOON)
    assert pool.longest_wait >= second
    assert pool.longest_wait == 0.0
    assert pool.shutdown()


def test_a_job_that_was_cancelled_is_not_done(gate: Gate) -> None:
    pool = WorkerPool(1, 1)
    pool.submit(gate)
    done: list[str] = []
    cancelled, kept = pool.submit(done.append, "cancelled"), pool.submit(done.append, "kept")
    assert cancelled.cancel()
    gate.open.set()
    kept.result(SOON)
    assert done == ["kept"]
    assert pool.shutdown()


def test_what_was_queued_is_still_done_when_the_pool_ends(gate: Gate) -> None:
    pool = WorkerPool(1, 1)
    pool.submit(gate)
    last = pool.submit(abs, -1)
    gate.open.set()
    assert pool.shutdown()
    assert last.result(0) == 1
    with pytest.raises(RuntimeError, match="shut down"):
        pool.submit(abs, -1)
    assert pool.shutdown()


@pytest.mark.parametrize("wait", [True, False])
def test_a_job_that_hangs_does_not_hold_up_the_end(gate: Gate, wait: bool) -> None:
    pool = WorkerPool(1, 1)
    hanging = pool.submit(gate)
    gate.begins(1)
    behind = pool.submit(abs, -1)
    assert not pool.shutdown(wait, timeout=0.01)
    with pytest.raises(CancelledError):
        behind.result(SOON)
    gate.open.set()
    hanging.result(SOON)
    assert pool.shutdown()


def test_two_loops_in_two_threads_share_a_pool() -> None:
    pool = WorkerPool(2, 4)

    async def ask(numbers: range) -> list[int]:
        return await asyncio.gather(*(pool.run(abs, -number) for number in numbers))

    other: Future[list[int]] = Future()
    loop = threading.Thread(target=lambda: other.set_result(asyncio.run(ask(range(100, 200)))))
    loop.start()
    assert asyncio.run(ask(range(100))) == list(range(100))
    assert other.result(SOON) == list(range(100, 200))
    loop.join(SOON)
    assert pool.shutdown()


async def test_an_awaited_failure_reaches_the_one_who_awaits() -> None:
    pool = WorkerPool(1, 1)
    with pytest.raises(ValueError, match="invalid literal"):
        await pool.run(int, "seven")
    assert pool.shutdown()
