"""Thousands of connection attempts a second: limits hold exactly, who is in notices nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import NamedTuple

import psutil
import pytest

from tests.benchmarks.refusals_load import (
    GREETED,
    LATER,
    SILENCE,
    Flood,
    Heard,
    result,
    sources,
    start,
    together,
)
from tests.faults.conftest import until
from tests.faults.conversation import Conversation
from tests.faults.server import Server

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="needs all of 127.0.0.0/8"),
]

PER_SECOND = 5_000
SECONDS = 3
PROCESSES = 2
INSIDE = 5
WINDOW = 86_400
USUAL_LATENCY, MOST_LATENCY = 0.02, 0.25
MOST_GROWTH = 8_000_000
PAUSE = 0.01
SLOWEST = 2  # how many times slower the flood may be on a busy computer
REFUSED = re.compile(
    r"(?P<second>\S+ \S+) .*access denied for \[(?P<who>[\d.]+|many addresses)(:\d+)?\]"
    r".*?( \((?P<times>\d+) times\))?$"
)


class Crowd(NamedTuple):
    """Who comes, what is allowed, and how many of them get in: in all, and from one address."""

    addresses: int
    limits: dict[str, object]
    admitted: int
    from_one: int
    refused_hear: str


CROWDS = {
    "few addresses": Crowd(
        addresses=60,
        limits={"max_new": 0, "max_new_per_peer": 5, "on_limit": "answer"},
        admitted=300,
        from_one=5,
        refused_hear=LATER,
    ),
    "many addresses": Crowd(
        addresses=3_000,
        limits={"max_new": INSIDE + 100, "max_new_per_peer": 5, "on_limit": "close"},
        admitted=100,
        from_one=5,
        refused_hear=SILENCE,
    ),
}


def flooded(port: int, addresses: int) -> Heard:
    """Two processes at once, both from the same addresses."""
    everybody = sources(66, addresses)
    floods: list[subprocess.Popen[str]] = [
        start(Flood(port, PER_SECOND * SECONDS // PROCESSES, PER_SECOND / PROCESSES, part))
        for part in (everybody, everybody[::-1])
    ]
    return together([result(flood) for flood in floods])


@contextmanager
def polling(inside: Sequence[Conversation]) -> Iterator[list[float]]:
    """NOOPs all the while, on every session in turn; gives how long each took."""
    waits: list[float] = []
    ending = threading.Event()

    def poll() -> None:
        while not ending.wait(PAUSE):
            session = inside[len(waits) % len(inside)]
            begun = time.perf_counter()
            if not session.say("NOOP").startswith("+OK"):
                return
            waits.append(time.perf_counter() - begun)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield waits
    finally:
        ending.set()
        thread.join()


def admit(server: Server, limits: dict[str, object]) -> None:
    """Make these the limits of the service; nothing else limits."""
    flow = {"max_connections": 0, "max_connections_per_peer": 0, "interval": WINDOW, **limits}
    server.ask("change_config", edits={f"pop3.flow.{name}": value for name, value in flow.items()})


def port_of(server: Server) -> int:
    """Where it listens."""
    (view,) = server.ask("listeners")
    return int(view.address.rpartition(":")[2])


def told(server: Server) -> list[tuple[str, str, int]]:
    """The log's lines about refusals: second, address, how many the line stands for."""
    found = (REFUSED.match(line) for line in server.log.read_text().splitlines())
    return [(one["second"], one["who"], int(one["times"] or 1)) for one in found if one]


@pytest.mark.parametrize("crowd", CROWDS.values(), ids=CROWDS.keys())
def test_a_flood_gets_in_exactly_as_far_as_the_limits_let_it(server: Server, crowd: Crowd) -> None:
    process = psutil.Process(server.process.pid)
    attempts, refused = PER_SECOND * SECONDS, PER_SECOND * SECONDS - crowd.admitted
    with ExitStack() as leaving:
        inside = [leaving.enter_context(server.signed_in("ann")) for _ in range(INSIDE)]
        admit(server, crowd.limits)
        before = process.memory_info().rss
        with polling(inside) as waits:
            heard = flooded(port_of(server), crowd.addresses)
        grown = process.memory_info().rss - before
    by_source = heard.by_source(GREETED)
    assert sum(by_source.values()) == crowd.admitted
    assert max(by_source.values()) <= crowd.from_one
    assert heard.count(crowd.refused_hear) == refused, heard.answers
    counters = server.ask("status").counters
    assert (counters.refused, counters.connections) == (refused, INSIDE + crowd.admitted)
    assert attempts / heard.seconds > PER_SECOND / SLOWEST, "the flood itself was too slow"
    assert median(waits) < USUAL_LATENCY
    assert sorted(waits)[len(waits) * 99 // 100] < MOST_LATENCY
    assert grown < MOST_GROWTH
    until(lambda: sum(times for _, _, times in told(server)) == refused)
    lines = Counter((second, who) for second, who, _ in told(server) if who != "many addresses")
    assert max(lines.values()) == 1
