"""What scenarios work with: servers that run when they are needed, and loads on them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.load import Job, Line, LoadGenerator
from tests.benchmarks.mailboxes import Group, Population, write_manifest
from tests.benchmarks.process_tree import ProcessTree
from tests.benchmarks.target import Target

_CONCURRENCY = 32
_HELD_SECONDS = 600.0


@dataclass(frozen=True)
class Load:
    """What a server did under a load; CPU is all its processes' for a session."""

    sessions_per_s: float
    mb_per_s: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float


class Bench:
    """Loads targets; one is started when first needed."""

    def __init__(
        self,
        generator: LoadGenerator,
        population: Population,
        folder: Path,
        *,
        seconds: float,
        drop_caches: bool = False,
    ) -> None:
        self.population = population
        self.seconds = seconds
        self.drop_caches = drop_caches
        self.client_cores: dict[str, list[float]] = {}
        self._generator = generator
        self.folder = folder
        self._running: dict[Target, ProcessTree] = {}
        self._checked: set[tuple[Target, Job]] = set()

    def running(self, target: Target) -> ProcessTree:
        """A target's processes; it is started unless it runs."""
        if target not in self._running:
            self._running[target] = target.start()
        return self._running[target]

    def restarted(self, target: Target) -> ProcessTree:
        """A target's processes, none of which has done anything yet."""
        self.stop(target)
        return self.running(target)

    def stop(self, target: Target) -> None:
        """Stop a target; harmless when it does not run."""
        self._running.pop(target, None)
        self._checked = {(checked, job) for checked, job in self._checked if checked is not target}
        target.stop()

    def stop_all(self) -> None:
        """Stop every target that runs."""
        for target in list(self._running):
            self.stop(target)

    def load(
        self,
        target: Target,
        group: Group,
        kind: str,
        line: Line = Line.PLAIN,
        *,
        verifier: str = "",
        rate: float = 0.0,
        longer: float = 1.0,
    ) -> Load:
        """Sessions of a kind for a while, after a first one of everybody that checks all.

        What is to be found out of the slowest hundredth takes some times ``longer``.
        """
        job = self._job(target, group, kind, line, verifier)
        self._check(target, group, job)
        return self._measured(target, replace(job, seconds=self.seconds * longer, rate=rate))

    def drain(
        self, target: Target, group: Group, line: Line = Line.PLAIN, *, compare: bool = True
    ) -> Load:
        """Everybody downloads and deletes what came, each octet of which is compared."""
        self.warm(target, group)
        job = replace(self._job(target, group, "drain", line), sessions=group.users)
        checksum = self._manifest(target, group) if compare else None
        return self._measured(target, replace(job, checksum=checksum))

    def warm(self, target: Target, group: Group) -> None:
        """Everybody has polled once since the start, so that passwords are known to fit."""
        self._check(target, group, self._job(target, group, "poll"))

    def holding(
        self, target: Target, group: Group, line: Line, *, first_user: int, users: int
    ) -> AbstractContextManager[None]:
        """Idle sessions of these users."""
        held = replace(
            self._job(target, group, "idle", line),
            first_user=first_user,
            users=users,
            concurrency=users,
            seconds=_HELD_SECONDS,
            ready_file=self.folder / "ready",
        )
        return self._generator.holding(held)

    def _job(
        self, target: Target, group: Group, kind: str, line: Line = Line.PLAIN, verifier: str = ""
    ) -> Job:
        self.running(target)
        return Job(
            port=_port(target, line),
            line=line,
            pattern=target.prefixes.get(verifier, "") + group.pattern,
            users=group.users,
            scenario=kind,
            concurrency=min(_CONCURRENCY, group.users),
        )

    def _check(self, target: Target, group: Group, job: Job) -> None:
        if (target, job) not in self._checked:
            checksum = self._manifest(target, group) if "download" in job.scenario else None
            self._generator.run(replace(job, sessions=group.users, checksum=checksum))
            self._checked.add((target, job))

    def _measured(self, target: Target, job: Job) -> Load:
        tree = self.running(target)
        before = tree.cpu_seconds()
        report = self._generator.run(job)
        spent = (tree.cpu_seconds() - before) * 1000 / report.sessions
        self.client_cores.setdefault(target.name, []).append(report.client_cores)
        return Load(report.sessions_per_s, report.mb_per_s, spent, report.p50_ms, report.p99_ms)

    def _manifest(self, target: Target, group: Group) -> Path:
        path = self.folder / f"{target.name} {group.name}.manifest"
        if not path.exists():
            write_manifest(path, group, target.on_arrival if group.awaited else b"")
        return path


def _port(target: Target, line: Line) -> int:
    match line:
        case Line.PLAIN:
            return target.port
        case Line.TLS:
            return target.tls_port
        case Line.RESUMED:
            return target.resuming_port
