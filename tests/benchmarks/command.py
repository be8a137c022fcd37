"""The command line of the benchmarks: which servers, how long, and where the numbers go."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.benchmarks.dovecot_target import DovecotTarget
from tests.benchmarks.load import LoadFailed, LoadGenerator
from tests.benchmarks.mailboxes import FULL, QUICK, Population
from tests.benchmarks.postroom_target import PostroomTarget
from tests.benchmarks.report import Facts, Values, summary, table
from tests.benchmarks.scenarios import SCENARIOS, Bench
from tests.benchmarks.target import Target, TargetFailed


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; gives the exit status."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as folder:
        try:
            return _measure(options, Path(folder))
        except (LoadFailed, TargetFailed) as problem:
            print(f"bench: {problem}", file=sys.stderr)
            return 1


def measure(
    bench: Bench, targets: Sequence[Target], scenarios: Sequence[str], rounds: int
) -> dict[str, Values]:
    """Every scenario in turn on every server, round after round; all are stopped in the end."""
    results: dict[str, dict[str, list[float]]] = {target.name: {} for target in targets}
    try:
        for scenario in scenarios:
            for number in range(1, rounds + 1):
                for target in targets:
                    _say(f"{scenario}, round {number}: {target.name}")
                    for key, value in SCENARIOS[scenario](bench, target).items():
                        results[target.name].setdefault(key, []).append(value)
    finally:
        for target in targets:
            bench.stop(target)
    return dict(results)


def _measure(options: argparse.Namespace, folder: Path) -> int:
    population = QUICK if options.quick else FULL
    targets: list[Target] = [PostroomTarget(folder)]
    if options.against == "dovecot":
        targets += [DovecotTarget(folder, location) for location in options.locations]
    for target in targets:
        _say(f"{target.name}: accounts and mail")
        target.prepare(population)
    bench = Bench(
        LoadGenerator(options.popload),
        population,
        folder,
        seconds=1.5 if options.quick else options.seconds,
        drop_caches=options.drop_caches,
    )
    before = psutil.getloadavg()[0]
    rounds = options.rounds or (1 if options.quick else 3)
    results = measure(bench, targets, options.only or list(SCENARIOS), rounds)
    facts = _facts(options, population, rounds, before)
    versions = {target.name: target.versions() for target in targets}
    print("\n".join(facts.lines()))
    print("\n".join(f"- {name}: {text}" for name, text in versions.items()))
    print(_client_line(bench))
    print(f"\n{table(results)}")
    if options.json:
        everything = summary(facts, versions, results, bench.client_cores)
        options.json.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    return 0


def _facts(
    options: argparse.Namespace, population: Population, rounds: int, before: float
) -> Facts:
    users, idle = population.office.users, population.idle.users
    archive = len(population.archive.sizes)
    dropped = "all the system remembers of any file" if options.drop_caches else "its files' pages"
    return Facts(
        date=time.strftime("%Y-%m-%d"),
        generator=LoadGenerator(options.popload).name,
        rounds=rounds,
        population=f"{users} users, 32 at once; {idle:,} idle sessions of as many users after each"
        f" has polled once; an archive of {archive:,} messages (sign-in, STAT, UIDL)",
        cold=f"the server restarted, {dropped} dropped from memory; with nothing remembered of the"
        " password either. Never opened before: Dovecot's index of the Maildir removed",
        load_before=before,
        load_after=psutil.getloadavg()[0],
    )


def _client_line(bench: Bench) -> str:
    spans = [
        f"{min(cores):.2f}–{max(cores):.2f} beside {name}"
        for name, cores in bench.client_cores.items()
    ]
    return f"- cores the load generator itself used: {'; '.join(spans)}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--against", choices=("dovecot",), help="measure this server too")
    parser.add_argument(
        "--locations",
        nargs="+",
        choices=("maildir", "sdbox"),
        default=["maildir"],
        help="Dovecot's mailbox formats (default: maildir)",
    )
    parser.add_argument("--quick", action="store_true", help="about two minutes, smaller mailboxes")
    parser.add_argument("--rounds", type=int, help="how often (default: 3, quick: 1)")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one load (4)")
    parser.add_argument("--only", nargs="+", choices=list(SCENARIOS), help="these scenarios")
    parser.add_argument("--json", type=Path, help="write every round's numbers to this file")
    parser.add_argument(
        "--popload",
        type=Path,
        default=os.environ.get("POSTROOM_POPLOAD"),
        help="the popload program ($POSTROOM_POPLOAD); without it the project's own generator",
    )
    parser.add_argument(
        "--drop-caches",
        action="store_true",
        help="cold means that the whole system forgets its files, names included (root)",
    )
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)
