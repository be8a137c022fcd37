"""Runs a load generator in a process of its own and believes its report only without errors."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.mailboxes import PASSWORD

_ROOT = Path(__file__).resolve().parents[2]
_LONGEST = 300  # seconds that no run may exceed, whatever the server does


class LoadFailed(Exception):
    """The load generator saw something wrong, or did not end; the text says what."""


@dataclass(frozen=True)
class Job:
    """A load: bounded by ``sessions`` or by ``seconds``, whichever is given."""

    port: int
    tls: bool
    pattern: str
    users: int
    scenario: str
    concurrency: int
    sessions: int = 0
    seconds: float = 0.0
    checksum: Path | None = None
    ready_file: Path | None = None


@dataclass(frozen=True)
class Report:
    """What a load generator saw; ``client_cores`` is its own use of the processor."""

    sessions: int
    sessions_per_s: float
    mb_per_s: float
    client_cores: float


class LoadGenerator:
    """The project's own, or another program with the same options and the same report."""

    def __init__(self, program: Path | None = None) -> None:
        """``program`` is popload's path."""
        if program is None:
            self.name = "tests/benchmarks/pop3_load.py"
            self._command = [sys.executable, "-m", "tests.benchmarks.pop3_load"]
        else:
            self.name = "popload"
            # From many addresses, as a real office: one alone would run out of client ports.
            self._command = [str(program), "--source-net", "127.0.0.0/8"]

    def run(self, job: Job) -> Report:
        """Run the load to its end; LoadFailed when anything was wrong."""
        with self._started(job) as process:
            return _finished(process, job)

    @contextmanager
    def holding(self, job: Job) -> Iterator[None]:
        """Sessions that are signed in and idle while the body runs."""
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
            _finished(process, job)

    @contextmanager
    def _started(self, job: Job) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [*self._command, *_arguments(job)],
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
    return Report(
        seen["sessions_ok"],
        seen["sessions_per_s"],
        seen["mb_per_s"],
        seen["client_cpu"]["cores"],
    )


def _arguments(job: Job) -> list[str]:
    arguments = ["--port", str(job.port), "--users", f"{job.pattern},1,{job.users}"]
    arguments += ["--password", PASSWORD, "--scenario", job.scenario]
    arguments += ["--concurrency", str(job.concurrency)]
    optional = {
        "--sessions": job.sessions,
        "--seconds": job.seconds,
        "--checksum": job.checksum,
        "--ready-file": job.ready_file,
    }
    for option, value in optional.items():
        arguments += [option, str(value)] if value else []
    return [*arguments, "--tls"] if job.tls else arguments
