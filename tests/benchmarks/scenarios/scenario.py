"""What a scenario and a row of the table are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.bench import Bench
from tests.benchmarks.target import Target


@dataclass(frozen=True)
class Metric:
    """One row of the table: what is wanted of it, and how many times better than the others."""

    title: str
    unit: str
    higher_is_better: bool = False
    wanted: float | None = None
    times: float | None = None


@dataclass(frozen=True)
class Scenario:
    """Brings a server into a situation; ``run`` gives a value for each metric, in their order.

    ``groups`` are those whose mail it needs. What compares Postroom with itself is for it alone;
    ``every_format`` is for where Dovecot's first format may not be its best.
    """

    metrics: Mapping[str, Metric]
    run: Callable[[Bench, Target], Sequence[float]]
    groups: tuple[str, ...]
    alone: bool = False
    every_format: bool = False
