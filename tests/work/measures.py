"""The three measures. Each counts what the server does between two moments at which it rests."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.work.scenarios import (
    DOWNLOAD,
    DOWNLOAD_TLS,
    POLL,
    POLL_TLS,
    POLL_UIDL,
    Scenario,
)
from tests.work.server import ROOT, CountedServer, furnish, reads_without_waiting

Counts = Mapping[str, float]  # work a session, by scenario

_PATIENCE = 120
_REST_SECONDS = 2.0
_REFERENCE_ROUNDS = (500, 2000)
_SYSTEM_CALL = re.compile(rb"^\d+ +(\w+)\(", re.MULTILINE)
# How often threads meet at a lock is chance.
_CHANCE = frozenset({"futex"})


@dataclass(frozen=True)
class Measure:
    """A way to count; ``counter`` gets an empty folder. ``unit`` is told in reports."""

    name: str
    unit: str
    needs: str
    scenarios: Sequence[Scenario]
    counter: Callable[[Path, Sequence[Scenario]], Counts]

    def count(self, folder: Path, scenarios: Sequence[Scenario] | None = None) -> Counts:
        """Work a session by the names of the baselines; all scenarios unless some are asked for."""
        wanted = self.scenarios if scenarios is None else scenarios
        without_waiting = reads_without_waiting(folder)
        counts = self.counter(folder, wanted)
        return {
            scenario.named(without_waiting=without_waiting): counts[scenario.name]
            for scenario in wanted
        }


def calls(folder: Path, scenarios: Sequence[Scenario]) -> Counts:
    """Calls of functions, Python's and built-in ones, on all threads."""
    with CountedServer(furnish(folder), program=("-m", "tests.work.counted_server")) as server:

        def so_far() -> int:
            assert server.process.stdin is not None
            server.process.stdin.write("\n")
            server.process.stdin.flush()
            while (words := server.read_line().split())[0] != "calls":
                pass
            return int(words[1])

        counts: dict[str, float] = {}
        for scenario in scenarios:
            server.warm_up(scenario)
            before = so_far()
            server.hold(scenario)
            counts[scenario.name] = (so_far() - before) / scenario.sessions
        return counts


def system_calls(folder: Path, scenarios: Sequence[Scenario]) -> Counts:
    """System calls of all threads."""
    by_name = system_calls_by_name(folder, scenarios)
    return {scenario: sum(names.values()) for scenario, names in by_name.items()}


def system_calls_by_name(
    folder: Path, scenarios: Sequence[Scenario]
) -> Mapping[str, Mapping[str, float]]:
    """The same, apart."""
    trace = folder / "trace"
    counts: dict[str, dict[str, float]] = {}
    # -D: our child is the server and not strace.
    with CountedServer(
        furnish(folder), tool=("strace", "-D", "-f", "-qq", "-s", "0", "-o", str(trace))
    ) as server:
        for scenario in scenarios:
            server.warm_up(scenario)
            before = trace.stat().st_size
            server.hold(scenario)
            with trace.open("rb") as lines:
                lines.seek(before)
                names = Counter(name.decode() for name in _SYSTEM_CALL.findall(lines.read()))
            counts[scenario.name] = {
                name: count / scenario.sessions
                for name, count in names.most_common()
                if name not in _CHANCE
            }
    return counts


def instructions(folder: Path, scenarios: Sequence[Scenario]) -> Counts:
    """Instructions of all threads, told in rounds of the reference."""
    few, many = (_reference_instructions(folder, rounds) for rounds in _REFERENCE_ROUNDS)
    one = (many - few) / (_REFERENCE_ROUNDS[1] - _REFERENCE_ROUNDS[0])
    return {name: count / one for name, count in plain_instructions(folder, scenarios).items()}


def plain_instructions(folder: Path, scenarios: Sequence[Scenario]) -> Counts:
    """Instructions of all threads, of this interpreter."""
    with CountedServer(furnish(folder), tool=_callgrind(folder, "--instr-atstart=no")) as server:

        def order(command: str) -> None:
            subprocess.run(
                ["vgdb", f"--vgdb-prefix={folder}/vgdb", f"--pid={server.process.pid}", command],
                check=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE,
            )

        def during(work: Callable[[], None]) -> tuple[int, float]:
            order("instrumentation on")
            begun = time.monotonic()
            work()
            elapsed = time.monotonic() - begun
            order("instrumentation off")
            order("dump")
            return _dumped(folder), elapsed

        counts: dict[str, float] = {}
        for scenario in scenarios:
            server.warm_up(scenario)
            # Some things are done five or ten times a second, whether there are sessions or not.
            idle, rest = during(partial(time.sleep, _REST_SECONDS))
            count, elapsed = during(partial(server.hold, scenario))
            counts[scenario.name] = (count - idle * elapsed / rest) / scenario.sessions
        return counts


def _reference_instructions(folder: Path, rounds: int) -> int:
    subprocess.run(
        [*_callgrind(folder), sys.executable, "-I", "-S", "tests/work/reference.py", str(rounds)],
        check=True,
        cwd=ROOT,
        env={"PYTHONHASHSEED": "0"},
        timeout=_PATIENCE,
    )
    return _dumped(folder)


def _callgrind(folder: Path, *options: str) -> list[str]:
    places = [f"--callgrind-out-file={folder}/callgrind", f"--vgdb-prefix={folder}/vgdb"]
    return ["valgrind", "--tool=callgrind", "-q", *places, *options]


def _dumped(folder: Path) -> int:
    """The instructions in the last dump, which is taken away."""
    (dump,) = (file for file in folder.glob("callgrind*") if _total(file))
    instructions = _total(dump)
    dump.unlink()
    return instructions


def _total(file: Path) -> int:
    found = re.search(r"^totals: (\d+)", file.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


# Left out is what varies by more than 3 % when the computer has other things to do.
MEASURES = (
    Measure("calls", "calls", "", (POLL, POLL_UIDL, DOWNLOAD, POLL_TLS, DOWNLOAD_TLS), calls),
    Measure(
        "system calls",
        "system calls",
        "strace",
        (POLL, POLL_UIDL, DOWNLOAD, DOWNLOAD_TLS),
        system_calls,
    ),
    Measure(
        "instructions",
        "rounds of the reference",
        "valgrind",
        (POLL, POLL_TLS),
        instructions,
    ),
)
