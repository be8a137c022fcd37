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

from server_core.refusals import Refused
from tests.benchmarks.bench import Bench
from tests.benchmarks.dovecot_target import DovecotTarget, why_not
from tests.benchmarks.load import LoadFailed, LoadGenerator
from tests.benchmarks.mailboxes import FULL, QUICK, Population
from tests.benchmarks.postroom_target import PostroomTarget
from tests.benchmarks.report import Facts, Results, summary, table
from tests.benchmarks.scenarios import SCENARIOS
from tests.benchmarks.scenarios.memory import TIMES
from tests.benchmarks.scenarios.scenario import Scenario
from tests.benchmarks.target import Target, TargetFailed

_ROUNDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; gives the exit status."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as folder:
        try:
            return _measure(options, Path(folder))
        except TargetFailed as problem:
            print(f"bench: {problem}", file=sys.stderr)
            return 1


def measure(
    bench: Bench, targets: Sequence[Target], scenarios: Sequence[str], rounds: int
) -> tuple[Results, dict[str, str]]:
    """Every scenario in turn on every server, round after round; and why some gave no numbers.

    All servers are stopped in the end.
    """
    results: Results = {target.name: {} for target in targets}
    failed: dict[str, str] = {}
    try:
        for name in scenarios:
            try:
                _repeat(bench, targets, name, rounds, results)
            except (LoadFailed, TargetFailed, Refused, OSError, psutil.Error) as problem:
                _say(f"{name} failed: {problem}")
                failed[name] = str(problem)
                bench.stop_all()  # what is left of it must not disturb the next
    finally:
        bench.stop_all()
    return results, failed


def _repeat(
    bench: Bench, targets: Sequence[Target], name: str, rounds: int, results: Results
) -> None:
    scenario = SCENARIOS[name]
    for number in range(1, rounds + 1):
        for target in _asked(scenario, targets):
            _say(f"{name}, round {number}: {target.name}")
            values = scenario.run(bench, target)
            for key, value in zip(scenario.metrics, values, strict=True):
                results[target.name].setdefault(key, []).append(value)


def _asked(scenario: Scenario, targets: Sequence[Target]) -> Sequence[Target]:
    if scenario.alone:
        return targets[:1]
    return targets if scenario.every_format else targets[:2]


def _measure(options: argparse.Namespace, folder: Path) -> int:
    begun, load_before = time.monotonic(), psutil.getloadavg()[0]
    scenarios = options.only or list(SCENARIOS)
    population = QUICK if options.quick else FULL
    targets: list[Target] = [PostroomTarget(folder), *_others(options, folder)]
    for target in targets:
        _say(f"{target.name}: accounts and mail")
        asked = [
            SCENARIOS[name] for name in scenarios if target in _asked(SCENARIOS[name], targets)
        ]
        needed = {group for scenario in asked for group in scenario.groups}
        target.prepare({name: group for name, group in population.items() if name in needed})
    bench = Bench(
        LoadGenerator(options.popload),
        population,
        folder,
        seconds=0.7 if options.quick else options.seconds,
        drop_caches=options.drop_caches,
    )
    rounds = options.rounds or (1 if options.quick else _ROUNDS)
    results, failed = measure(bench, targets, scenarios, rounds)
    facts = Facts(
        date=time.strftime("%Y-%m-%d"),
        generator=LoadGenerator(options.popload).name,
        rounds=rounds,
        minutes=(time.monotonic() - begun) / 60,
        groups=_groups(population),
        cold=_cold(options),
        load_before=load_before,
        load_after=psutil.getloadavg()[0],
        failed=failed,
    )
    versions = {target.name: target.versions() for target in targets}
    print("\n".join(facts.lines()))
    print("\n".join(f"- {name}: {text}" for name, text in versions.items()))
    print(_client_line(bench))
    print(f"\n{table(results)}")
    everything = summary(facts, versions, results, bench.client_cores)
    options.json.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    _say(f"every round's numbers are in {options.json}")
    return 1 if failed else 0


def _others(options: argparse.Namespace, folder: Path) -> list[Target]:
    if options.against is None:
        return []
    if obstacle := why_not():
        _say(f"Postroom is measured alone: {obstacle}")
        return []
    usual = ["maildir"] if options.quick else ["maildir", "sdbox"]
    return [DovecotTarget(folder, location) for location in options.locations or usual]


def _groups(population: Population) -> str:
    sizes = {name: len(group.sizes) for name, group in population.items()}
    idle = population["idle"].users
    arriving = population["arriving"].users * sizes["arriving"]
    return (
        f"{population['office'].users} users, 32 at once; few, many, very many messages:"
        f" {sizes['few']:,}, {sizes['many']:,}, {sizes['archive']:,}; idle: {idle:,} sessions of as"
        f" many users, then {TIMES * idle:,} of the same; {arriving:,} messages of 2 kB delivered"
    )


def _cold(options: argparse.Namespace) -> str:
    dropped = "all the system remembers of any file" if options.drop_caches else "its files' pages"
    return (
        f"the server restarted, {dropped} dropped from memory; with nothing remembered of the"
        " password either. Never opened before: Dovecot's index of the Maildir removed"
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
        help="Dovecot's mailbox formats; after the first they are measured where mailboxes are"
        " opened (default: maildir sdbox, quick: maildir)",
    )
    parser.add_argument(
        "--quick", action="store_true", help="about three minutes, smaller mailboxes"
    )
    parser.add_argument("--rounds", type=int, help=f"how often ({_ROUNDS}, quick: 1)")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one load (1.5)")
    parser.add_argument("--only", nargs="+", choices=list(SCENARIOS), help="these scenarios")
    parser.add_argument(
        "--json",
        type=Path,
        default=Path("bench.json"),
        help="where every round's numbers go (bench.json)",
    )
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
    print(f"bench {time.strftime('%H:%M:%S')}: {text}", file=sys.stderr, flush=True)
