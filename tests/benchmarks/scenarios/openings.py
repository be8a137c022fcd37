"""Opening a mailbox: sign-in, STAT and UIDL; warm and cold, with few and very many messages."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from statistics import median

from tests.benchmarks.bench import Bench
from tests.benchmarks.load import LoadFailed
from tests.benchmarks.mailboxes import PASSWORD, Group
from tests.benchmarks.scenarios.scenario import Metric, Scenario
from tests.benchmarks.target import Target, forget_everything, forget_pages

_WARM_OPENINGS = 5
_PATIENCE = 120
_MAILBOXES = {"few": "few messages", "many": "many messages", "archive": "very many messages"}
# Milliseconds, and how many times better than Dovecot.
_WANTED = {
    ("archive", "warm"): (25, 40.0),
    ("archive", "cold"): (300, 50.0),
    ("archive", "first"): (300, 50.0),
}
_STATES = {
    "warm": "warm",
    "cold": "cold, indexed before",
    "first": "cold, never opened before",
}


def _opening(mailbox: str, state: str) -> Scenario:
    wanted, times = _WANTED.get((mailbox, state), (None, None))
    title = f"open a mailbox with {_MAILBOXES[mailbox]}, {_STATES[state]}"

    def run(bench: Bench, target: Target) -> Sequence[float]:
        group = bench.population[mailbox]
        if state == "warm":
            return (_warm(bench, target, group),)
        return (_cold(bench, target, group, first=state == "first"),)

    metric = Metric(title, "ms", wanted=wanted, times=times)
    return Scenario(
        {f"open-{mailbox}-{state}": metric},
        run,
        (mailbox,),
        # Only a Maildir can be met without an index.
        every_format=state != "first",
    )


def _warm(bench: Bench, target: Target, group: Group) -> float:
    """When the mailbox was just used."""
    bench.running(target)
    _open(target, group)
    return median(_open(target, group) for _ in range(_WARM_OPENINGS))


def _cold(bench: Bench, target: Target, group: Group, *, first: bool) -> float:
    """After a restart, with nothing of the mailbox in memory."""
    bench.stop(target)
    user = group.user(1)
    if first:
        target.forget_index(user)
    forget_pages(target.mail_folder(user))
    if bench.drop_caches:
        forget_everything()
    bench.running(target)
    return _open(target, group)


def _open(target: Target, group: Group) -> float:
    """Milliseconds."""
    with socket.create_connection(("127.0.0.1", target.port), timeout=_PATIENCE) as connection:
        _exchange(connection, b"", b"\r\n")
        begun = time.perf_counter()
        _exchange(connection, f"USER {group.user(1)}\r\n".encode(), b"\r\n")
        _exchange(connection, f"PASS {PASSWORD}\r\n".encode(), b"\r\n")
        _exchange(connection, b"STAT\r\n", b"\r\n")
        listing = _exchange(connection, b"UIDL\r\n", b"\r\n.\r\n")
        spent = time.perf_counter() - begun
        _exchange(connection, b"QUIT\r\n", b"\r\n")
    lines = listing.split(b"\r\n")[1:-2]
    if len(set(lines)) != len(group.sizes):
        raise LoadFailed(f"{target.name}: UIDL gave {len(lines)} of {len(group.sizes)} lines")
    return spent * 1000


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


SCENARIOS = {
    f"open-{mailbox}-{state}": _opening(mailbox, state)
    for mailbox in _MAILBOXES
    for state in _STATES
    if mailbox == "archive" or state != "first"
}
