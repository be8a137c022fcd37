"""The project's own load generator: POP3 sessions one after another, every octet verified.

It spends far more processor time than a server under test should, so its rates are lower bounds
and its latencies upper ones; ``client_cpu`` in its report says how much it used. One JSON object on
standard output; the exit status is 1 when anything was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import multiprocessing
import os
import sys
import time
from collections import Counter, deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.percentiles import percentile
from tests.benchmarks.pop3_peer import Wrong
from tests.benchmarks.pop3_session import KINDS, Job, session

_MOST_ERRORS = 20
_MOST_PROCESSES = 2
_WORTH_A_PROCESS = 8  # sessions at once; fewer do not repay its start


@dataclass
class Tally:
    """What one process saw."""

    sessions: int = 0
    octets: int = 0
    resumed: int = 0
    milliseconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    samples: dict[str, str] = field(default_factory=dict)
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Share:
    """What one process has to do: until so many sessions were begun or so many seconds passed.

    ``rate`` is how many begin in a second; 0 is one after another, as fast as they go.
    """

    job: Job
    users: tuple[str, ...]
    concurrency: int
    sessions: float
    seconds: float
    rate: float
    ready_file: Path | None


def main() -> int:
    """Run the load the command line asks for; gives the exit status."""
    shares = _shares(_options())
    begun = time.monotonic()
    if len(shares) == 1:
        tallies = [work(shares[0])]
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(len(shares), mp_context=context) as pool:
            tallies = list(pool.map(work, shares))
    report = _report(tallies, time.monotonic() - begun)
    print(json.dumps(report))
    return 1 if report["errors"] else 0


def work(share: Share) -> Tally:
    """One process's share of the sessions."""
    tally = Tally()
    asyncio.run(_hold(share, tally) if share.job.kind.hold else _repeat(share, tally))
    tally.cpu_seconds = time.process_time()
    return tally


async def _repeat(share: Share, tally: Tally) -> None:
    """As many slots as asked for, each with a user that no other slot has.

    A session that is to begin at a certain time counts from then, also when no slot was free.
    """
    free = deque(share.users)
    numbers = itertools.count()
    begun = time.monotonic()
    deadline = begun + share.seconds

    async def slot() -> None:
        while tally.errors.total() < _MOST_ERRORS:
            number = next(numbers)
            due = begun + number / share.rate if share.rate else time.monotonic()
            if number >= share.sessions or due >= deadline:
                return
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            user = free.popleft()
            await _one(share.job, user, tally, asyncio.Event())
            tally.milliseconds.append((time.monotonic() - due) * 1000)
            free.append(user)

    await asyncio.gather(*(slot() for _ in range(min(share.concurrency, len(free)))))


async def _hold(share: Share, tally: Tally) -> None:
    """Sign everybody in, tell it in the ready file, stay for a while, and leave together."""
    arrived: list[asyncio.Event] = [asyncio.Event() for _ in share.users]
    leave = asyncio.Event()
    sessions = asyncio.gather(
        *(
            _one(share.job, user, tally, leave, event)
            for user, event in zip(share.users, arrived, strict=True)
        )
    )
    for event in arrived:
        await event.wait()
    if share.ready_file is not None and not tally.errors:
        share.ready_file.write_text(f"{len(share.users)}\n")
        await asyncio.sleep(share.seconds)
    leave.set()
    await sessions


async def _one(
    job: Job,
    user: str,
    tally: Tally,
    leave: asyncio.Event,
    arrived: asyncio.Event | None = None,
) -> None:
    async def hold() -> None:
        if arrived is not None:
            arrived.set()
        await leave.wait()

    try:
        done = await session(job, user, hold)
        tally.sessions += 1
        tally.octets += done.octets
        tally.resumed += done.resumed
    except Wrong as wrong:
        tally.errors[wrong.kind] += 1
        tally.samples.setdefault(wrong.kind, str(wrong))
    finally:
        if arrived is not None:
            arrived.set()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pop3_load", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--tls-resume", action="store_true", help="come back with a known session")
    parser.add_argument("--users", required=True, metavar="PATTERN,FIRST,LAST")
    parser.add_argument("--password", required=True)
    parser.add_argument("--scenario", choices=KINDS, required=True)
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--sessions", type=int, help="stop after so many")
    parser.add_argument("--seconds", type=float, help="stop after so long; idle: stay so long")
    parser.add_argument("--rate", type=float, default=0.0, help="begin so many sessions a second")
    parser.add_argument("--checksum", type=Path, help="file with SHA-256 and user in each line")
    parser.add_argument("--ready-file", type=Path, help="written once all idle ones are in")
    options = parser.parse_args()
    if options.sessions is None and options.seconds is None:
        parser.error("give --sessions or --seconds: a run must be bounded")
    return options


def _shares(options: argparse.Namespace) -> list[Share]:
    pattern, first, last = options.users.rsplit(",", 2)
    users = [pattern.replace("%d", str(number)) for number in range(int(first), int(last) + 1)]
    job = Job(
        options.port,
        options.tls,
        options.tls_resume,
        options.password,
        KINDS[options.scenario],
        _digests(options.checksum),
    )
    at_once = min(options.concurrency, len(users))
    parts = min(_MOST_PROCESSES, os.cpu_count() or 1, max(1, at_once // _WORTH_A_PROCESS))
    if job.kind.hold:
        parts = 1  # the ready file speaks for everybody
    return [
        Share(
            job,
            tuple(users[part::parts]),
            len(range(part, options.concurrency, parts)),
            len(range(part, options.sessions, parts)) if options.sessions else float("inf"),
            options.seconds if options.seconds else float("inf"),
            options.rate / parts,
            options.ready_file,
        )
        for part in range(parts)
    ]


def _digests(manifest: Path | None) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for line in manifest.read_text(encoding="ascii").splitlines() if manifest else ():
        digest, user, _ = line.split("\t", 2)
        found.setdefault(user, Counter())[digest] += 1
    return found


def _report(tallies: list[Tally], elapsed: float) -> dict[str, object]:
    sessions = sum(tally.sessions for tally in tallies)
    octets = sum(tally.octets for tally in tallies)
    took = list(itertools.chain.from_iterable(tally.milliseconds for tally in tallies))
    return {
        "sessions_ok": sessions,
        "sessions_per_s": sessions / elapsed,
        "mb_per_s": octets / elapsed / 1e6,
        "tls_resumed": sum(tally.resumed for tally in tallies),
        "latency_ms": {"session": {"p50": percentile(took, 0.5), "p99": percentile(took, 0.99)}},
        "errors": dict(sum((tally.errors for tally in tallies), Counter())),
        "error_samples": {kind: text for tally in tallies for kind, text in tally.samples.items()},
        "client_cpu": {"cores": sum(tally.cpu_seconds for tally in tallies) / elapsed},
    }


if __name__ == "__main__":
    sys.exit(main())
