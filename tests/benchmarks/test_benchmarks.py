"""The benchmarks can be believed: what is wrong is noticed, and a small run gives every number."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.benchmarks.bench import Bench
from tests.benchmarks.command import measure
from tests.benchmarks.load import Job, Line, LoadFailed, LoadGenerator
from tests.benchmarks.mailboxes import Group, write_manifest
from tests.benchmarks.postroom_target import PostroomTarget
from tests.benchmarks.report import table
from tests.benchmarks.scenarios import SCENARIOS

ANN = Group("ann", 1, (600, 900))
TINY = {
    group.name: group
    for group in (
        Group("office", 2, (1_200, 1_500, 2_000)),
        Group("drained", 2, (1_200, 1_500), awaited=True),
        Group("arriving", 2, (800,) * 3, awaited=True),
        Group("idle", 4, (1_500,)),
        Group("few", 1, (600,) * 50),
    )
}
FIRST, SECOND = ANN.messages("ann1")


def stuffed(message: bytes) -> bytes:
    """A message as it goes over the line, with its termination octets."""
    return (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


def told(*messages: bytes) -> list[bytes]:
    """What an honest server answers to each command of a download, the greeting first."""
    total = f"{len(messages)} {sum(map(len, messages))}".encode()
    numbered = list(enumerate(messages, 1))
    return [
        b"+OK ready\r\n",
        b"+OK\r\n",
        b"+OK\r\n",
        b"+OK " + total + b"\r\n",
        b"+OK\r\n" + b"".join(b"%d %d\r\n" % (n, len(m)) for n, m in numbered) + b".\r\n",
        b"+OK\r\n" + b"".join(b"%d id%d\r\n" % (n, n) for n, _ in numbered) + b".\r\n",
        *(b"+OK\r\n" + stuffed(message) for message in messages),
        b"+OK bye\r\n",
    ]


@contextmanager
def server(answers: list[bytes]) -> Iterator[int]:
    """A port behind which one session is answered with these, one for each command."""

    def answer() -> None:
        connection, _ = listening.accept()
        connection.settimeout(10)
        with connection, connection.makefile("rb") as commands:
            connection.sendall(answers[0])
            for reply in answers[1:]:
                if not commands.readline():
                    break
                connection.sendall(reply)
            # What was not read would make the end a reset, which the client may see instead.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                commands.read()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        thread = threading.Thread(target=answer)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join(timeout=10)


def download(answers: list[bytes], folder: Path) -> float:
    """Let the load generator fetch what the server tells; gives the sessions that went well."""
    manifest = folder / "manifest"
    write_manifest(manifest, ANN)
    with server(answers) as port:
        job = Job(port, Line.PLAIN, ANN.pattern, 1, "download", 1, sessions=1, checksum=manifest)
        return LoadGenerator().run(job).sessions


def test_an_honest_server_is_believed(tmp_path: Path) -> None:
    assert download(told(FIRST, SECOND), tmp_path) == 1


WRONG = {
    "checksum_mismatch": told(FIRST, SECOND.replace(b"office", b"0ffice", 1)),
    "message_missing": told(FIRST),
    "size_mismatch": [answer.replace(b"Subject", b"subject-", 1) for answer in told(FIRST, SECOND)],
    "bad_dot_stuffing": [answer.replace(b"To: ", b".To: ", 1) for answer in told(FIRST, SECOND)],
    "stat_list_mismatch": [*told(FIRST, SECOND)[:3], b"+OK 3 1500\r\n", *told(FIRST, SECOND)[4:]],
    "unexpected_eof": told(FIRST, SECOND)[:7],
    "refused": [*told(FIRST)[:2], b"-ERR no\r\n"],
    "extra_data": [*told(FIRST, SECOND)[:-1], b"+OK bye\r\n+OK\r\n"],
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_noticed_and_named(kind: str, tmp_path: Path) -> None:
    with pytest.raises(LoadFailed, match=kind):
        download(WRONG[kind], tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script")
@pytest.mark.parametrize(("line", "resumed"), [(Line.RESUMED, 4), (Line.TLS, 1)])
def test_a_load_on_another_line_than_asked_for_is_noticed(
    line: Line, resumed: int, tmp_path: Path
) -> None:
    program = tmp_path / "generator"
    program.write_text(
        f"#!{sys.executable}\nimport json\nprint(json.dumps("
        f"{{'sessions_ok': 10, 'tls_resumed': {resumed}, 'errors': {{}}}}))\n"
    )
    program.chmod(0o700)
    with pytest.raises(LoadFailed, match=f"{resumed} of 10 sessions were resumed"):
        LoadGenerator(program).run(Job(1, line, ANN.pattern, 2, "poll", 2, sessions=10))


def test_a_group_has_always_the_same_mail_of_the_sizes_it_promises() -> None:
    office = TINY["office"]
    mail = list(office.messages("office1"))
    assert mail == list(office.messages("office1"))
    assert tuple(map(len, mail)) == office.sizes
    assert all(message.endswith(b"\r\n") for message in mail)
    assert not any(b"\r" in message.replace(b"\r\n", b"") for message in mail)
    assert not set(mail) & set(office.messages("office2"))


def test_the_table_compares_round_by_round_and_says_what_was_met() -> None:
    results = {
        "Postroom": {"poll cpu": [0.2, 0.4, 0.3], "poll rate": [10.0, 10.0, 10.0]},
        "Dovecot": {"poll cpu": [1.0, 1.2, 1.2], "poll rate": [20.0, 5.0, 5.0]},
    }
    _, _, cpu, rate = table(results).splitlines()
    assert cpu.endswith("| 4.00× (3.00–5.00) | ≤ 0.30 met, ≥ 4.00× met |")
    assert rate.endswith("| 2.00× (0.50–2.00) |  |")


def test_a_failure_ends_its_scenario_and_no_other(tmp_path: Path) -> None:
    target = PostroomTarget(tmp_path)  # without a home
    bench = Bench(LoadGenerator(), TINY, tmp_path, seconds=0.1)
    results, failed = measure(bench, [target], ["poll", "idle"], rounds=1)
    assert failed.keys() == {"poll", "idle"} and not results["Postroom"]


@pytest.mark.skipif(sys.platform != "linux", reason="memory and caches are read from /proc")
def test_a_small_run_of_each_kind_gives_its_numbers(tmp_path: Path) -> None:
    target = PostroomTarget(tmp_path)
    target.prepare(TINY)
    bench = Bench(LoadGenerator(), TINY, tmp_path, seconds=0.1)
    scenarios = [
        *("poll", "scram-tls", "download-pipelined", "poll-uidl-resumed", "drain", "paced"),
        *("open-few-warm", "open-few-cold", "idle-tls", "deliver"),
    ]
    results, failed = measure(bench, [target], scenarios, rounds=1)
    assert not failed
    metrics = [key for name in scenarios for key in SCENARIOS[name].metrics]
    assert list(results["Postroom"]) == metrics
    assert len(table(results).splitlines()) == len(metrics) + 2
