"""Sessions of every kind, on every line: what each costs and takes, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.benchmarks.bench import Bench
from tests.benchmarks.load import Line
from tests.benchmarks.scenarios.scenario import Metric, Scenario
from tests.benchmarks.target import Target

_KINDS = {
    "connect": "connect",
    "poll": "poll",
    "poll-uidl": "poll with UIDL",
    "auth-plain": "poll, AUTH PLAIN with initial response",
    "scram": "poll, SCRAM-SHA-256",
    "download": "download, 20 messages, 431 kB",
    "download-pipelined": "pipelined download",
    "drain": "download and delete",
}
_LINES = {Line.PLAIN: "", Line.TLS: "-tls", Line.RESUMED: "-resumed"}
_POLLS_PER_SECOND = 500.0

# Server CPU: what is wanted in ms a session, and how many times better than Dovecot.
_WANTED = {
    ("poll", Line.PLAIN): (0.30, 4.0),
    ("poll", Line.TLS): (1.3, 2.3),
    ("download", Line.PLAIN): (1.5, 3.0),
    ("download", Line.TLS): (3.6, 3.2),
}


def _session(kind: str, line: Line) -> Scenario:
    retrieves = kind.startswith("download") or kind == "drain"
    title = _KINDS[kind] if line is Line.PLAIN else f"{_KINDS[kind]}, {line}"
    cpu_ms, times = _WANTED.get((kind, line), (None, None))
    metrics = _metrics(f"{kind}{_LINES[line]}", title, megabytes=retrieves, cpu=(cpu_ms, times))

    def run(bench: Bench, target: Target) -> Sequence[float]:
        if kind == "drain":
            drained = bench.population["drained"]
            bench.running(target)
            target.fill(drained)
            load = bench.drain(target, drained, line)
        else:
            verifier = "scram" if kind == "scram" else ""
            load = bench.load(target, bench.population["office"], kind, line, verifier=verifier)
        rate = load.mb_per_s if retrieves else load.sessions_per_s
        return load.cpu_ms, rate, load.p50_ms, load.p99_ms

    return Scenario(metrics, run, ("drained" if kind == "drain" else "office",))


def _metrics(
    key: str, title: str, *, megabytes: bool, cpu: tuple[float | None, float | None]
) -> Mapping[str, Metric]:
    wanted, times = cpu
    return {
        f"{key} cpu": Metric(f"{title}: server CPU", "ms/session", wanted=wanted, times=times),
        f"{key} rate": Metric(f"{title}: rate", "MB/s" if megabytes else "sessions/s", True),
        f"{key} p50": Metric(f"{title}: p50", "ms"),
        f"{key} p99": Metric(f"{title}: p99", "ms"),
    }


def _argon2(bench: Bench, target: Target) -> Sequence[float]:
    load = bench.load(target, bench.population["office"], "poll", verifier="argon2")
    return load.cpu_ms, load.sessions_per_s


def _paced(bench: Bench, target: Target) -> Sequence[float]:
    load = bench.load(target, bench.population["office"], "poll", rate=_POLLS_PER_SECOND, longer=3)
    return load.p50_ms, load.p99_ms


def _large(line: Line, mb_per_s: float, times: float) -> Scenario:
    key = f"large{_LINES[line]}"
    title = "one 50 MB message" if line is Line.PLAIN else f"one 50 MB message, {line}"

    def run(bench: Bench, target: Target) -> Sequence[float]:
        load = bench.load(target, bench.population["large"], "download", line)
        return load.cpu_ms, load.mb_per_s

    metrics = {
        f"{key} cpu": Metric(f"{title}: server CPU", "ms/session"),
        f"{key} rate": Metric(f"{title}: rate", "MB/s", True, wanted=mb_per_s, times=times),
    }
    return Scenario(metrics, run, ("large",))


SCENARIOS = {
    **{
        f"{kind}{suffix}": _session(kind, line)
        for kind in _KINDS
        for line, suffix in _LINES.items()
        if (kind, line) != ("drain", Line.RESUMED)  # everybody drains once: too few would resume
    },
    "argon2": Scenario(
        {
            "argon2 cpu": Metric("poll, Argon2id verifiers on both: server CPU", "ms/session"),
            "argon2 rate": Metric("poll, Argon2id verifiers on both: rate", "sessions/s", True),
        },
        _argon2,
        ("office",),
    ),
    "paced": Scenario(
        {
            "paced p50": Metric("500 polls/s: p50", "ms"),
            "paced p99": Metric("500 polls/s: p99", "ms"),
        },
        _paced,
        ("office",),
    ),
    "large": _large(Line.PLAIN, 900, 4.0),
    "large-tls": _large(Line.TLS, 400, 3.5),
}
