"""Counts against their baselines: which are too high, which are so low that a new one is due."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BASELINES = Path(__file__).with_name("baselines.toml")
RENEW = "python3 dev.py guard --renew"
_TOLERANCE = 0.10
_HEADER = f"""\
# The work a session costs, as it was when somebody last said that it should be so:
# {RENEW}
"""

Baselines = Mapping[str, Mapping[str, float]]  # by measure and scenario


@dataclass(frozen=True)
class Verdict:
    """One count beside its baseline."""

    measure: str
    scenario: str
    unit: str
    baseline: float
    now: float

    @property
    def change(self) -> float:
        """By how much of the baseline the work grew; less than zero when it shrank."""
        return self.now / self.baseline - 1

    @property
    def is_too_much(self) -> bool:
        """Whether this fails the guard."""
        return self.change > _TOLERANCE

    @property
    def is_much_less(self) -> bool:
        """Whether the baseline should be lowered, so that the gain is not lost unnoticed."""
        return self.change < -_TOLERANCE

    def __str__(self) -> str:
        text = (
            f"{self.measure}, {self.scenario}: {self.now:.1f} {self.unit} a session,"
            f" baseline {self.baseline:.1f} ({self.change:+.1%})"
        )
        if self.is_too_much:
            limit = f"{_TOLERANCE:.0%}"
            return f"{text}: more than {limit} above; if that is meant, type: {RENEW}"
        if self.is_much_less:
            return f"{text}: well done; to keep it so, lower the baseline: {RENEW}"
        return text


def verdicts(
    measure: str, unit: str, baselines: Mapping[str, float], now: Mapping[str, float]
) -> list[Verdict]:
    """One for each count; a KeyError names the scenario that has no baseline."""
    return [
        Verdict(measure, scenario, unit, baselines[scenario], count)
        for scenario, count in now.items()
    ]


def read(path: Path = BASELINES) -> Baselines:
    """The baselines in a file."""
    with path.open("rb") as file:
        return tomllib.load(file)


def write(baselines: Baselines, path: Path = BASELINES) -> None:
    """Replace the baselines in a file."""
    lines = [_HEADER]
    for measure, counts in baselines.items():
        lines.append(f'["{measure}"]\n')
        lines += [f'"{scenario}" = {count:.2f}\n' for scenario, count in counts.items()]
        lines.append("\n")
    path.write_text("".join(lines).rstrip("\n") + "\n", encoding="utf-8")
