"""The command line of the guard: count, compare, and renew the baselines on purpose."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.work.measures import MEASURES, Counts, Measure, system_calls_by_name
from tests.work.server import reads_without_waiting
from tests.work.verdict import Baselines, read, verdicts, write

PYTHON = (3, 11)  # whose work the baselines are; another Python divides it differently

_OTHER_FOLDERS = [folder for folder in map(Path, ("/dev/shm", "/var/tmp")) if folder.is_dir()]


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
    counts = {measure.name: dict(_counted(measure)) for measure in chosen}
    if options.renew:
        for measure in chosen:
            counts[measure.name] |= _counted_elsewhere(measure, counts[measure.name])
        kept = read()
        write({measure.name: _in_order(measure, kept, counts) for measure in MEASURES})
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


def _counted(measure: Measure, folder: Path | None = None, *, downloads: bool = False) -> Counts:
    """In a new folder, in ``folder`` if that is given."""
    print(f"guard: counting {measure.name}", file=sys.stderr, flush=True)
    scenarios = [one for one in measure.scenarios if one.retrieves or not downloads]
    with tempfile.TemporaryDirectory(prefix="postroom-work-", dir=folder) as place:
        return measure.count(Path(place), scenarios)


def _counted_elsewhere(measure: Measure, found: Counts) -> Counts:
    """Downloads from a file system of the other kind; nothing where there is none."""
    missing = {name for one in measure.scenarios for name in one.names()} - found.keys()
    if not missing:
        return {}
    for folder in _OTHER_FOLDERS:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            without_waiting = reads_without_waiting(Path(place))
        names = {one.named(without_waiting=without_waiting) for one in measure.scenarios}
        if names & missing:
            return _counted(measure, folder, downloads=True)
    print("guard: no file system of the other kind; downloads there keep their baselines")
    return {}


def _in_order(measure: Measure, kept: Baselines, counts: Mapping[str, Counts]) -> Counts:
    """A measure's counts as the file lists them, older ones where there are no new ones."""
    known = {**kept.get(measure.name, {}), **counts.get(measure.name, {})}
    names = [name for scenario in measure.scenarios for name in scenario.names()]
    return {name: known[name] for name in names if name in known}


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
