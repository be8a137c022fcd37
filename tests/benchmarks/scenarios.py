"""What is measured: each scenario brings one server into a situation and gives numbers for it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from tests.benchmarks.load import Job, LoadFailed, LoadGenerator
from tests.benchmarks.mailboxes import PASSWORD, Group, Population, write_manifest
from tests.benchmarks.process_tree import ProcessTree
from tests.benchmarks.target import Target, forget_everything, forget_pages

_CONCURRENCY = 32
_WARM_OPENINGS = 5
_PATIENCE = 120


@dataclass(frozen=True)
class Metric:
    """One row of the table; ``wanted`` is the architecture's target, if it names one."""

    title: str
    unit: str
    higher_is_better: bool
    wanted: float | None = None


METRICS = {
    "poll_rate": Metric("poll", "sessions/s", True),
    "poll_cpu": Metric("poll, server CPU", "ms/session", False, 0.30),
    "poll_tls_rate": Metric("poll, TLS, full handshake", "sessions/s", True),
    "poll_tls_cpu": Metric("poll, TLS, server CPU", "ms/session", False, 1.3),
    "argon2_rate": Metric("poll, Argon2id verifiers on both", "sessions/s", True),
    "argon2_cpu": Metric("poll, Argon2id on both, server CPU", "ms/session", False),
    "download_rate": Metric("download, 20 messages, 431 kB", "MB/s", True),
    "download_cpu": Metric("download, server CPU", "ms/session", False, 1.5),
    "download_tls_rate": Metric("download, TLS", "MB/s", True),
    "download_tls_cpu": Metric("download, TLS, server CPU", "ms/session", False, 3.6),
    "large_rate": Metric("one 50 MB message", "MB/s", True, 900),
    "large_cpu": Metric("one 50 MB message, server CPU", "ms/session", False),
    "large_tls_rate": Metric("one 50 MB message, TLS", "MB/s", True, 400),
    "large_tls_cpu": Metric("one 50 MB message, TLS, server CPU", "ms/session", False),
    "idle_none": Metric("server just started", "MB", False),
    "idle_each": Metric("idle signed-in session", "kB", False, 8),
    "idle_all": Metric("server with all idle sessions", "MB", False),
    "idle_tls_none": Metric("server just started, before TLS", "MB", False),
    "idle_tls_each": Metric("idle signed-in session, TLS", "kB", False, 25),
    "idle_tls_all": Metric("server with all idle sessions, TLS", "MB", False),
    "open_warm": Metric("open the archive, warm", "ms", False, 25),
    "open_cold": Metric("open the archive, cold, indexed before", "ms", False, 300),
    "open_first": Metric("open the archive, cold, never opened before", "ms", False, 300),
}


class Bench:
    """Runs scenarios against targets; a target is started when first needed."""

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
        self.client_cores: dict[str, list[float]] = {}
        self._generator = generator
        self._seconds = seconds
        self._drop_caches = drop_caches
        self._folder = folder
        self._running: dict[str, ProcessTree] = {}
        for group in (population.office, population.large):
            write_manifest(self._manifest(group), group)

    def stop(self, target: Target) -> None:
        """Stop a target; harmless when it does not run."""
        self._running.pop(target.name, None)
        target.stop()

    def rate(
        self, target: Target, group: Group, scenario: str, *, tls: bool = False, prefix: str = ""
    ) -> tuple[float, float, float]:
        """Sessions/s, MB/s and CPU ms a session under full load, after a run that checks all."""
        if target.name not in self._running:
            self._running[target.name] = target.start()
        job = Job(
            port=target.tls_port if tls else target.port,
            tls=tls,
            pattern=prefix + group.pattern,
            users=group.users,
            scenario=scenario,
            concurrency=min(_CONCURRENCY, group.users),
            seconds=self._seconds,
        )
        checksum = self._manifest(group) if scenario == "download" else None
        self._generator.run(replace(job, seconds=0, sessions=group.users, checksum=checksum))
        tree = self._running[target.name]
        before = tree.cpu_seconds()
        report = self._generator.run(job)
        spent = (tree.cpu_seconds() - before) * 1000 / report.sessions
        self.client_cores.setdefault(target.name, []).append(report.client_cores)
        return report.sessions_per_s, report.mb_per_s, spent

    def idle(self, target: Target, *, tls: bool) -> tuple[float, float, float]:
        """MB just started, kB for each idle session, MB with all of them.

        Everybody has polled once before, so passwords and mailboxes are as on an ordinary day. The
        first quarter is not in the kB: it may live in memory that earlier work left behind.
        """
        self.stop(target)
        tree = self._running[target.name] = target.start()
        started = tree.memory()
        group = self.population.idle
        everybody = Job(
            port=target.tls_port if tls else target.port,
            tls=tls,
            pattern=group.pattern,
            users=group.users,
            scenario="poll",
            concurrency=min(_CONCURRENCY, group.users),
            sessions=group.users,
        )
        self._generator.run(everybody)
        few = group.users // 4
        with_few = self._memory_while_idle(tree, everybody, few)
        with_all = self._memory_while_idle(tree, everybody, group.users)
        self.stop(target)
        return started / 1e6, (with_all - with_few) / (group.users - few) / 1000, with_all / 1e6

    def _memory_while_idle(self, tree: ProcessTree, job: Job, sessions: int) -> int:
        held = replace(
            job,
            users=sessions,
            scenario="idle",
            concurrency=sessions,
            sessions=0,
            seconds=2.0,
            ready_file=self._folder / "ready",
        )
        with self._generator.holding(held):
            return tree.memory()

    def open_warm(self, target: Target) -> float:
        """Milliseconds for sign-in, STAT and UIDL when the mailbox was just used."""
        if target.name not in self._running:
            self._running[target.name] = target.start()
        self._open(target)
        return median(self._open(target) for _ in range(_WARM_OPENINGS))

    def open_cold(self, target: Target, *, first: bool) -> float:
        """The same after a restart, with nothing of the mailbox in memory."""
        self.stop(target)
        user = self.population.archive.user(1)
        if first:
            target.forget_index(user)
        forget_pages(target.mail_folder(user))
        if self._drop_caches:
            forget_everything()
        self._running[target.name] = target.start()
        return self._open(target)

    def _open(self, target: Target) -> float:
        archive = self.population.archive
        with socket.create_connection(("127.0.0.1", target.port), timeout=_PATIENCE) as connection:
            _exchange(connection, b"", b"\r\n")
            begun = time.perf_counter()
            _exchange(connection, f"USER {archive.user(1)}\r\n".encode(), b"\r\n")
            _exchange(connection, f"PASS {PASSWORD}\r\n".encode(), b"\r\n")
            _exchange(connection, b"STAT\r\n", b"\r\n")
            listing = _exchange(connection, b"UIDL\r\n", b"\r\n.\r\n")
            spent = time.perf_counter() - begun
            _exchange(connection, b"QUIT\r\n", b"\r\n")
        lines = listing.split(b"\r\n")[1:-2]
        if len(set(lines)) != len(archive.sizes):
            raise LoadFailed(f"{target.name}: UIDL gave {len(lines)} of {len(archive.sizes)} lines")
        return spent * 1000

    def _manifest(self, group: Group) -> Path:
        return self._folder / f"{group.name}.manifest"


def _exchange(connection: socket.socket, command: bytes, end: bytes) -> bytes:
    connection.sendall(command)
    came = bytearray()
    while not came.endswith(end):
        more = connection.recv(1 << 20)
        if not more:
            raise LoadFailed("the server closed the connection")
        came += more
    if not came.startswith(b"+OK"):
        raise LoadFailed(came[:200].decode("latin-1"))
    return bytes(came)


def _poll(bench: Bench, target: Target, tls: bool, key: str) -> Mapping[str, float]:
    sessions, _, spent = bench.rate(target, bench.population.office, "poll", tls=tls)
    return {f"{key}_rate": sessions, f"{key}_cpu": spent}


def _argon2(bench: Bench, target: Target) -> Mapping[str, float]:
    sessions, _, spent = bench.rate(
        target, bench.population.office, "poll", prefix=target.argon2_prefix
    )
    return {"argon2_rate": sessions, "argon2_cpu": spent}


def _download(
    bench: Bench, target: Target, group: Group, tls: bool, key: str
) -> Mapping[str, float]:
    _, megabytes, spent = bench.rate(target, group, "download", tls=tls)
    return {f"{key}_rate": megabytes, f"{key}_cpu": spent}


def _idle(bench: Bench, target: Target, tls: bool, key: str) -> Mapping[str, float]:
    started, each, together = bench.idle(target, tls=tls)
    return {f"{key}_none": started, f"{key}_each": each, f"{key}_all": together}


Scenario = Callable[[Bench, Target], Mapping[str, float]]

SCENARIOS: dict[str, Scenario] = {
    "poll": lambda bench, target: _poll(bench, target, False, "poll"),
    "poll-tls": lambda bench, target: _poll(bench, target, True, "poll_tls"),
    "argon2": _argon2,
    "download": lambda bench, target: _download(
        bench, target, bench.population.office, False, "download"
    ),
    "download-tls": lambda bench, target: _download(
        bench, target, bench.population.office, True, "download_tls"
    ),
    "large": lambda bench, target: _download(bench, target, bench.population.large, False, "large"),
    "large-tls": lambda bench, target: _download(
        bench, target, bench.population.large, True, "large_tls"
    ),
    "open-warm": lambda bench, target: {"open_warm": bench.open_warm(target)},
    "open-cold": lambda bench, target: {"open_cold": bench.open_cold(target, first=False)},
    "open-first": lambda bench, target: {"open_first": bench.open_cold(target, first=True)},
    "idle": lambda bench, target: _idle(bench, target, False, "idle"),
    "idle-tls": lambda bench, target: _idle(bench, target, True, "idle_tls"),
}
