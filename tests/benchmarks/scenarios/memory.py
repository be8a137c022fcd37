"""What sessions cost that do nothing: everybody signed in once, then several times."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from tests.benchmarks.bench import Bench
from tests.benchmarks.load import Line
from tests.benchmarks.scenarios.scenario import Metric, Scenario
from tests.benchmarks.target import Target

TIMES = 5


def _idle(line: Line, kilobytes: float, times: float) -> Scenario:
    key = "idle" if line is Line.PLAIN else "idle-tls"
    on = "" if line is Line.PLAIN else ", TLS"

    def run(bench: Bench, target: Target) -> Sequence[float]:
        """Everybody has polled before, so passwords and mailboxes are as on an ordinary day.

        The first quarter is in no session's kilobytes: it may live in memory that earlier work
        left behind.
        """
        tree = bench.restarted(target)
        started = tree.memory()
        group = bench.population["idle"]
        bench.warm(target, group)
        few = group.users // 4

        with ExitStack() as held:

            def hold(first_user: int, users: int) -> None:
                sessions = bench.holding(target, group, line, first_user=first_user, users=users)
                held.enter_context(sessions)

            hold(1, few)
            with_few = tree.memory()
            hold(few + 1, group.users - few)
            with_all = tree.memory()
            for _ in range(TIMES - 1):
                hold(1, group.users)
            with_many = tree.memory()
        bench.stop(target)
        each = (with_all - with_few) / (group.users - few)
        each_of_many = (with_many - with_all) / (group.users * (TIMES - 1))
        return (started / 1e6, each / 1e3, with_all / 1e6, each_of_many / 1e3, with_many / 1e6)

    metrics = {
        f"{key} none": Metric(f"server just started{on}", "MB"),
        f"{key} each": Metric(f"idle session{on}", "kB", wanted=kilobytes, times=times),
        f"{key} all": Metric(f"server with everybody idle{on}", "MB"),
        f"{key} each of many": Metric(
            f"idle session of {TIMES} times as many{on}", "kB", wanted=kilobytes, times=times
        ),
        f"{key} many": Metric(f"server with {TIMES} times as many idle{on}", "MB"),
    }
    return Scenario(metrics, run, ("idle",))


SCENARIOS = {"idle": _idle(Line.PLAIN, 8, 30.0), "idle-tls": _idle(Line.TLS, 25, 12.0)}
