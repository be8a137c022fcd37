"""Mail that comes in: as fast as it goes, and while people poll.

Postroom takes messages over its local endpoint, as ``postroomctl import`` hands them over, Dovecot
by LMTP; each is on disk (fsync) before its giver hears so, and then downloaded and compared.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle

from tests.benchmarks.bench import Bench
from tests.benchmarks.mailboxes import Group
from tests.benchmarks.scenarios.scenario import Metric, Scenario
from tests.benchmarks.target import Target

_GIVERS = 4
_POLLS_PER_SECOND = 500.0
_DELIVERIES_PER_SECOND = 100.0
_GROUPS = ("arriving",)


def _one_by_one(bench: Bench, target: Target) -> Sequence[float]:
    group, tree = bench.population["arriving"], bench.running(target)

    def give(users: Sequence[str]) -> None:
        with target.deliveries() as deliver:
            for user in users:
                for octets in group.messages(user):
                    deliver(user, octets)

    everybody = group.everybody()
    before, begun = tree.cpu_seconds(), time.perf_counter()
    with ThreadPoolExecutor(_GIVERS) as givers:
        list(givers.map(give, (everybody[giver::_GIVERS] for giver in range(_GIVERS))))
    spent, took = tree.cpu_seconds() - before, time.perf_counter() - begun
    bench.drain(target, group)
    messages = group.users * len(group.sizes)
    return spent * 1000 / messages, messages / took


def _while_polling(bench: Bench, target: Target) -> Sequence[float]:
    group = bench.population["arriving"]
    bench.warm(target, group)
    with _arriving(target, group):
        load = bench.load(target, group, "poll", rate=_POLLS_PER_SECOND, longer=3)
    bench.drain(target, group, compare=False)
    return load.p50_ms, load.p99_ms


@contextmanager
def _arriving(target: Target, group: Group) -> Iterator[None]:
    """One message after another for everybody in turn, at a steady rate, while the body runs."""
    enough = threading.Event()

    def give() -> None:
        due = time.monotonic()
        with target.deliveries() as deliver:
            for user in cycle(group.everybody()):
                deliver(user, next(group.messages(user)))
                due += 1 / _DELIVERIES_PER_SECOND
                if enough.wait(max(0.0, due - time.monotonic())):
                    return

    with ThreadPoolExecutor(1) as giver:
        giving = giver.submit(give)
        try:
            yield
        finally:
            enough.set()
        giving.result()


SCENARIOS = {
    "deliver": Scenario(
        {
            "deliver cpu": Metric("deliver, one by one: server CPU", "ms/message"),
            "deliver rate": Metric("deliver, one by one, 4 at once: rate", "messages/s", True),
        },
        _one_by_one,
        _GROUPS,
    ),
    "deliver-polling": Scenario(
        {
            "deliver-polling p50": Metric("500 polls/s while 100 messages/s arrive: p50", "ms"),
            "deliver-polling p99": Metric("500 polls/s while 100 messages/s arrive: p99", "ms"),
        },
        _while_polling,
        _GROUPS,
    ),
}
