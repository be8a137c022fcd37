"""The command line of the guard: count, compare, and renew the baselines on purpose."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.work.measures import MEASURES, Measure, system_calls_by_name
from tests.work.verdict import read, verdicts, write

PYTHON = (3, 11)  # whose work the baselines are; another Python divides it differently


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and print; gives the exit status."""
    options = _options(arguments)
    chosen = [measure for measure in MEASURES if measure.name in (options.only or _NAMES)]
    for measure in chosen:
        if obstacle := no_counting_because(measure):
            print(f"guard: {obstacle}", file=sys.stderr)
            return 2
    if options.names:
        _print_names()
        return 0
    counts = {}
    for measure in chosen:
        print(f"guard: counting {measure.name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="postroom-work-") as folder:
            counts[measure.name] = measure.count(Path(folder), measure.scenarios)
    if options.renew:
        kept = read()
        write({name: counts.get(name) or kept[name] for name in _NAMES})
    baselines = read()
    judged = [
        verdict
        for measure in chosen
        for verdict in verdicts(
            measure.name, measure.unit, baselines[measure.name], counts[measure.name]
        )
    ]
    print(*judged, sep="\n")
    return 1 if any(verdict.is_too_much for verdict in judged) else 0


def no_counting_because(measure: Measure) -> str:
    """Why a measure cannot be taken here; empty when it can."""
    if sys.platform != "linux":
        return "work is counted on Linux only"
    if sys.version_info[:2] != PYTHON:
        return f"work is counted on Python {'.'.join(map(str, PYTHON))} only"
    if measure.needs and shutil.which(measure.needs) is None:
        return f"{measure.needs} is not installed"
    return ""


def _print_names() -> None:
    (measure,) = (measure for measure in MEASURES if measure.name == "system calls")
    with tempfile.TemporaryDirectory(prefix="postroom-work-") as folder:
        found = system_calls_by_name(Path(folder), measure.scenarios)
    for scenario, names in found.items():
        told = ", ".join(f"{name} {count:.2f}" for name, count in names.items())
        print(f"{scenario}: {sum(names.values()):.2f} system calls a session: {told}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py guard", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=_NAMES, help="these measures")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--renew", action="store_true", help="make what is counted the baseline")
    what.add_argument("--names", action="store_true", help="print system calls by their names")
    return parser.parse_args(arguments)


_NAMES = [measure.name for measure in MEASURES]
