"""What was measured, for people as a Markdown table and for programs as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import psutil

from tests.benchmarks.scenarios import METRICS, Metric

Values = Mapping[str, Sequence[float]]  # metric → one value a round


@dataclass(frozen=True)
class Facts:
    """What a number depends on besides the servers."""

    date: str
    generator: str
    rounds: int
    population: str
    cold: str
    load_before: float
    load_after: float

    def lines(self) -> list[str]:
        """Sentences for above the table."""
        return [
            f"- {self.date}, {machine()}",
            f"- load generator: {self.generator}; {self.rounds} rounds, the servers in turn;"
            " median (lowest to highest)",
            f"- {self.population}",
            f"- cold: {self.cold}",
            f"- load average before {self.load_before:.1f}, after {self.load_after:.1f}"
            " (the benchmark itself makes about 2)",
        ]


def machine() -> str:
    """The computer in general words."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}"
        f" {platform.machine()}, Python {platform.python_version()}"
    )


def table(results: Mapping[str, Values]) -> str:
    """One row a metric, one column a server; the first is compared with the best of the others."""
    names = list(results)
    heads = ["work", "unit", *names]
    heads += ["times better"] if len(names) > 1 else []
    heads += ["target"]
    lines = [_row(heads), _row(["---", "---", *("---:" for _ in heads[2:])])]
    lines += [
        _row([metric.title, metric.unit, *_cells(key, metric, results)])
        for key, metric in METRICS.items()
        if any(key in values for values in results.values())
    ]
    return "\n".join(lines)


def summary(
    facts: Facts,
    versions: Mapping[str, str],
    results: Mapping[str, Values],
    client_cores: Mapping[str, Sequence[float]],
) -> dict[str, object]:
    """Everything, with each round's values."""
    return {
        "facts": vars(facts),
        "machine": machine(),
        "versions": dict(versions),
        "client_cores": {name: list(cores) for name, cores in client_cores.items()},
        "results": {
            name: {
                key: {"unit": METRICS[key].unit, "median": median(rounds), "rounds": list(rounds)}
                for key, rounds in values.items()
            }
            for name, values in results.items()
        },
    }


def _cells(key: str, metric: Metric, results: Mapping[str, Values]) -> list[str]:
    cells = [_spread(values.get(key, ())) for values in results.values()]
    ours, *others = (values.get(key, ()) for values in results.values())
    if others:
        cells.append(_advantage(metric, ours, [rounds for rounds in others if rounds]))
    return [*cells, _verdict(metric, ours)]


def _spread(rounds: Sequence[float]) -> str:
    if not rounds:
        return "—"
    if len(rounds) == 1:
        return _number(rounds[0])
    return f"{_number(median(rounds))} ({_number(min(rounds))}–{_number(max(rounds))})"


def _advantage(metric: Metric, ours: Sequence[float], others: Sequence[Sequence[float]]) -> str:
    """How many times better ours is than the best of the others; below 1 is worse."""
    if not ours or not others:
        return "—"
    mine = median(ours)
    if metric.higher_is_better:
        return f"{mine / max(map(median, others)):.2f}×"
    return f"{min(map(median, others)) / mine:.2f}×" if mine > 0 else "—"


def _verdict(metric: Metric, ours: Sequence[float]) -> str:
    if metric.wanted is None or not ours:
        return ""
    mine = median(ours)
    met = mine >= metric.wanted if metric.higher_is_better else mine <= metric.wanted
    sign = "≥" if metric.higher_is_better else "≤"
    return f"{sign} {_number(metric.wanted)} {'met' if met else 'missed'}"


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
