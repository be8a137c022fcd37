"""Runs a load generator in a process of its own and believes its report only without errors."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.benchmarks.mailboxes import PASSWORD

_ROOT = Path(__file__).resolve().parents[2]
_LONGEST = 300  # seconds that no run may exceed, whatever the server does
_OWN = [sys.executable, "-m", "tests.benchmarks.pop3_load"]


class LoadFailed(Exception):
    """The load generator saw something wrong, or did not end; the text says what."""


class Line(StrEnum):
    """How a session is encrypted; the value is what the table says of it."""

    PLAIN = "plain"
    TLS = "TLS, full handshake"
    RESUMED = "TLS, resumed"


@dataclass(frozen=True)
class Job:
    """A load: bounded by ``sessions`` or by ``seconds``, whichever is given.

    ``rate`` is how many sessions begin in a second; 0 is one after another, as fast as they go.
    """

    port: int
    line: Line
    pattern: str
    users: int
    scenario: str
    concurrency: int
    first_user: int = 1
    sessions: int = 0
    seconds: float = 0.0
    rate: float = 0.0
    checksum: Path | None = None
    ready_file: Path | None = None


@dataclass(frozen=True)
class Report:
    """What a load generator saw; milliseconds are of whole sessions.

    ``client_cores`` is its own use of the processor.
    """

    sessions: int
    sessions_per_s: float
    mb_per_s: float
    p50_ms: float
    p99_ms: float
    client_cores: float


_MOST = 0.8
_ON_LINE = {Line.PLAIN: [], Line.TLS: ["--tls"], Line.RESUMED: ["--tls", "--tls-resume"]}


class LoadGenerator:
    """The project's own, or another program with the same options and the same report."""

    def __init__(self, program: Path | None = None) -> None:
        """``program`` is popload's path."""
        self.name, self._command = "tests/benchmarks/pop3_load.py", _OWN
        if program is not None:
            self.name = f"popload; {self.name} for SCRAM-SHA-256, which popload cannot"
            # From many addresses, as a real office: one alone would run out of client ports.
            self._command = [str(program), "--source-net", "127.0.0.0/8"]

    def run(self, job: Job) -> Report:
        """Run the load to its end; LoadFailed when anything was wrong."""
        with self._started(job) as process:
            return _finished(process, job)

    @contextmanager
    def holding(self, job: Job) -> Iterator[None]:
        """Sessions that are signed in and idle while the body runs; then they just hang up."""
        assert job.ready_file is not None
        job.ready_file.unlink(missing_ok=True)
        with self._started(job) as process:
            deadline = time.monotonic() + _LONGEST
            while not job.ready_file.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    _finished(process, job)
                    raise LoadFailed(f"{job.scenario}: not everybody got in")
                time.sleep(0.05)
            yield
            if process.poll() is not None:
                raise LoadFailed(f"{job.scenario}: the sessions ended while they were measured")

    @contextmanager
    def _started(self, job: Job) -> Iterator[subprocess.Popen[str]]:
        command = _OWN if job.scenario == "scram" else self._command
        with subprocess.Popen(
            [*command, *_arguments(job)],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def _finished(process: subprocess.Popen[str], job: Job) -> Report:
    try:
        output, problems = process.communicate(timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        raise LoadFailed(f"{job.scenario}: not done after {_LONGEST} seconds") from None
    try:
        seen = json.loads(output)
    except ValueError:
        raise LoadFailed(f"{job.scenario}: no report; {problems[-500:]}") from None
    if process.returncode or seen["errors"] or not seen["sessions_ok"]:
        raise LoadFailed(f"{job.scenario}: {seen['errors']} {seen['error_samples']}")
    resumed, sessions = seen["tls_resumed"], seen["sessions_ok"]
    # Those that begin before anybody has come to an end have nothing to go on with.
    least = _MOST * (sessions - 2 * job.concurrency) if job.line is Line.RESUMED else 0
    if resumed < least or (resumed and job.line is not Line.RESUMED):
        raise LoadFailed(f"{job.line}: {resumed} of {sessions} sessions were resumed")
    return Report(
        sessions,
        seen["sessions_per_s"],
        seen["mb_per_s"],
        seen["latency_ms"]["session"]["p50"],
        seen["latency_ms"]["session"]["p99"],
        seen["client_cpu"]["cores"],
    )


def _arguments(job: Job) -> list[str]:
    last_user = job.first_user + job.users - 1
    arguments = ["--port", str(job.port), "--users", f"{job.pattern},{job.first_user},{last_user}"]
    arguments += ["--password", PASSWORD, "--scenario", job.scenario]
    arguments += ["--concurrency", str(job.concurrency)]
    optional = {
        "--sessions": job.sessions,
        "--seconds": job.seconds,
        "--rate": job.rate,
        "--checksum": job.checksum,
        "--ready-file": job.ready_file,
    }
    for option, value in optional.items():
        arguments += [option, str(value)] if value else []
    return [*arguments, *_ON_LINE[job.line]]
