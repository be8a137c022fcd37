"""What was measured, for people as a Markdown table and for programs as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import psutil

from tests.benchmarks.scenarios import METRICS
from tests.benchmarks.scenarios.scenario import Metric

Results = dict[str, dict[str, list[float]]]
"""By server and metric one value a round."""


_NOTES = (
    "- CPU is user and system time of all the server's processes; times better: round by round,"
    " against the best of the others",
    "- checked: before the first load of a kind on a server just started everybody holds one such"
    " session, each octet compared by SHA-256; in the load replies, sizes and byte-stuffing",
    "- delivered: Postroom takes a file for each message over its local endpoint, as `postroomctl"
    " import` does, Dovecot takes it by LMTP; each is synced to disk before its giver hears so",
    "- window: the program with its Log page open and following, on the display there is, else on"
    " Xvfb; its loop is asked how late it is 20 times a second",
)


@dataclass(frozen=True)
class Facts:
    """What a number depends on besides the servers."""

    date: str
    generator: str
    rounds: int
    minutes: float
    groups: str
    cold: str
    load_before: float
    load_after: float
    failed: Mapping[str, str]

    def lines(self) -> list[str]:
        """Sentences for above the table."""
        return [
            f"- {self.date}, {machine()}",
            f"- load generator: {self.generator}; {self.rounds} rounds, the servers in turn;"
            f" median (lowest to highest); {self.minutes:.0f} minutes in all",
            f"- {self.groups}",
            f"- cold: {self.cold}",
            *_NOTES,
            f"- load average before {self.load_before:.1f}, after {self.load_after:.1f}"
            " (the benchmark itself makes about 2)",
            *(f"- {name} FAILED: {why}" for name, why in self.failed.items()),
        ]


def machine() -> str:
    """The computer in general words."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}"
        f" {platform.machine()}, Python {platform.python_version()}"
    )


def table(results: Results) -> str:
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
    results: Results,
    client_cores: Mapping[str, Sequence[float]],
) -> dict[str, object]:
    """Everything, with each round's values."""
    ours, *others = results.values()
    return {
        "facts": vars(facts),
        "machine": machine(),
        "versions": dict(versions),
        "client_cores": {name: list(cores) for name, cores in client_cores.items()},
        "results": {
            name: {
                key: {
                    "title": METRICS[key].title,
                    "unit": METRICS[key].unit,
                    "median": median(rounds),
                    "rounds": rounds,
                }
                for key, rounds in values.items()
            }
            for name, values in results.items()
        },
        "times_better": {
            key: advantages(metric, ours[key], *(values.get(key, []) for values in others))
            for key, metric in METRICS.items()
            if key in ours
        },
    }


def advantages(metric: Metric, ours: Sequence[float], *others: Sequence[float]) -> list[float]:
    """Round by round, how many times better ours is than the best of the others; below 1: worse."""
    pairs = zip(ours, *(rounds for rounds in others if rounds), strict=False)
    if metric.higher_is_better:
        return [mine / max(theirs) for mine, *theirs in pairs if theirs]
    return [min(theirs) / mine for mine, *theirs in pairs if theirs and mine > 0]


def _cells(key: str, metric: Metric, results: Results) -> list[str]:
    ours, *others = (values.get(key, []) for values in results.values())
    cells = [_spread(rounds) for rounds in (ours, *others)]
    better = advantages(metric, ours, *others)
    if others:
        cells.append(_spread(better, "×"))
    verdicts = []
    if metric.wanted is not None and ours:
        verdicts.append(_verdict(ours, metric.wanted, at_least=metric.higher_is_better))
    if metric.times is not None and better:
        verdicts.append(_verdict(better, metric.times, at_least=True, unit="×"))
    return [*cells, ", ".join(verdicts)]


def _spread(rounds: Sequence[float], unit: str = "") -> str:
    if not rounds:
        return "—"
    middle = f"{_number(median(rounds))}{unit}"
    if len(rounds) == 1:
        return middle
    return f"{middle} ({_number(min(rounds))}–{_number(max(rounds))})"


def _verdict(rounds: Sequence[float], wanted: float, *, at_least: bool, unit: str = "") -> str:
    reached = median(rounds)
    met = reached >= wanted if at_least else reached <= wanted
    sign = "≥" if at_least else "≤"
    return f"{sign} {_number(wanted)}{unit} {'met' if met else 'missed'}"


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
