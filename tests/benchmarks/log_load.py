"""What the log costs: polling clients while entries go nowhere, to files, and all of them do.

``python3 tests/benchmarks/log_load.py --rounds 5 --seconds 5`` gives a Markdown table. The set-ups
take turns in every round, so that what else the machine does meets all of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import psutil

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from server_core.config.file import load, save
from server_core.config.log import ALL_CLASSES, Log
from server_core.home import Home
from tests.benchmarks.load import Job, Line, LoadGenerator
from tests.benchmarks.mailboxes import Group
from tests.benchmarks.postroom_target import PostroomTarget
from tests.benchmarks.report import machine

_OFFICE = Group("office", 64, (1_200,) * 5)
_CONCURRENCY = 32
SETUPS = {
    "nothing logged": Log(classes=0, pop3=0, files=False),
    "files, classes as installed": Log(),
    "files, as installed, JSON": Log.model_validate({"shape": "json"}),
    "files, protocol too": Log(pop3=ALL_CLASSES),
}


@dataclass(frozen=True)
class Seen:
    """One run: what clients got, what it cost, and what became of the entries."""

    sessions_per_s: float
    cpu_ms: float
    lines_per_s: float
    missing: int


def measure(log: Log, folder: Path, generator: LoadGenerator, seconds: float) -> Seen:
    """Serve with this log while everybody polls."""
    home, target = Home(folder / "home"), PostroomTarget(folder)
    config = load(home.config_file)
    save(home.config_file, config.model_copy(update={"log": log}))
    for path in home.logs.glob("*"):
        path.unlink()
    tree = target.start()
    try:
        job = Job(target.port, Line.PLAIN, _OFFICE.pattern, _OFFICE.users, "poll", _CONCURRENCY)
        generator.run(replace(job, sessions=_OFFICE.users))
        before = tree.cpu_seconds()
        report = generator.run(replace(job, seconds=seconds))
        spent = tree.cpu_seconds() - before
    finally:
        target.stop()
    lines = [line for path in home.logs.glob("*") for line in path.read_text("utf-8").splitlines()]
    return Seen(
        report.sessions_per_s,
        spent * 1000 / report.sessions,
        len(lines) / seconds,
        sum("are missing here" in line for line in lines),
    )


def rows(seen: dict[str, list[Seen]]) -> list[str]:
    """The table; the first set-up is what the others are compared with."""
    base = median(one.sessions_per_s for one in next(iter(seen.values())))
    lines = [
        "| log | sessions/s | of the first | server CPU, ms/session | lines/s | losses told |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, runs in seen.items():
        rates = [one.sessions_per_s for one in runs]
        spent = [one.cpu_ms for one in runs]
        lines.append(
            f"| {name} | {median(rates):,.0f} ({min(rates):,.0f}–{max(rates):,.0f})"
            f" | {median(rates) / base:.1%}"
            f" | {median(spent):.3f} ({min(spent):.3f}–{max(spent):.3f})"
            f" | {median(one.lines_per_s for one in runs):,.0f}"
            f" | {sum(one.missing for one in runs)} |"
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as asked and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--popload", type=Path, help="another load generator")
    options = parser.parse_args(arguments)
    generator = LoadGenerator(options.popload)
    seen: dict[str, list[Seen]] = {name: [] for name in SETUPS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        PostroomTarget(folder).prepare({"office": _OFFICE})
        for _ in range(options.rounds):
            for setup, log in SETUPS.items():
                seen[setup].append(measure(log, folder, generator, options.seconds))
    print(f"- {machine()}; {generator.name}; load average {psutil.getloadavg()[0]:.1f}")
    print(f"- {options.rounds} rounds of {options.seconds:g} s; median (lowest to highest)\n")
    print("\n".join(rows(seen)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
