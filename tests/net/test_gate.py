"""The gate holds under many threads: exact at the edge, whoever asks and whatever changes."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest

from server_core.config.admission import AccessRule, Flow, ServiceAccess, Verdict
from server_core.config.model import Config, Pop3
from server_core.events.reasons import RefusalReason
from server_core.events.ring import Hub
from server_core.events.types import ConnectionRefused, Level
from server_core.net.gate import Gate, Pass, TurnedAway

THREADS = 8
PATIENCE = 30
PEERS = tuple(f"192.0.2.{number}" for number in range(1, 9))


def config(rules: Sequence[AccessRule] = (), /, **limits: int) -> Config:
    """Only these limits and rules."""
    nothing = dict.fromkeys(
        ("max_connections", "max_connections_per_peer", "max_new", "max_new_per_peer"), 0
    )
    flow = Flow.model_validate({**nothing, **limits})
    return Config(pop3=Pop3(flow=flow, access=ServiceAccess(rules=tuple(rules))))


def come(gate: Gate, host: str) -> Pass | TurnedAway:
    return gate.admit("pop3", host, f"{host}:1024")


def all_at_once(task: Callable[[int], None]) -> None:
    """Run a task on all threads, from the same moment on; an error in one is an error here."""
    barrier = threading.Barrier(THREADS)

    def run(number: int) -> None:
        barrier.wait(PATIENCE)
        task(number)

    with ThreadPoolExecutor(THREADS) as threads:
        for done in [threads.submit(run, number) for number in range(THREADS)]:
            done.result(PATIENCE)


class Inside:
    """Who is in, counted beside the gate and under a lock of its own; ``most`` is the peak."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: Counter[str] = Counter()
        self.most = self.most_of_one = self.entered = 0

    def enter(self, host: str) -> None:
        with self._lock:
            self._now[host] += 1
            self.entered += 1
            self.most = max(self.most, self._now.total())
            self.most_of_one = max(self.most_of_one, self._now[host])

    def leave(self, host: str) -> None:
        with self._lock:
            self._now[host] -= 1


def hammer(
    gate: Gate, *, times: int, held: int, between: Callable[[], None] | None = None
) -> Inside:
    """Come and go on all threads, each holding so many connections when it gets them."""
    inside = Inside()

    def visit(number: int) -> None:
        passes: list[tuple[str, Pass]] = []
        for turn in range(times):
            host = PEERS[(number + turn) % len(PEERS)]
            answer = come(gate, host)
            if isinstance(answer, Pass):
                inside.enter(host)
                passes.append((host, answer))
            if len(passes) > held or not isinstance(answer, Pass):
                while passes:
                    left, one = passes.pop()
                    inside.leave(left)
                    one.release()
            if between is not None and turn % 100 == 99:
                between()
        for left, one in passes:
            inside.leave(left)
            one.release()

    all_at_once(visit)
    return inside


def used(gate: Gate, limit: str) -> int:
    """How much of the service's limit is used."""
    return next(m.used for m in gate.meters() if (m.scope, m.limit) == ("POP3", limit))


def test_never_more_than_the_limit_are_in_and_every_place_is_given_back() -> None:
    gate = Gate(config(max_connections=20, max_connections_per_peer=5), Hub())
    inside = hammer(gate, times=2_000, held=8)
    assert inside.most <= 20 and inside.most_of_one <= 5
    assert inside.entered + gate.refused == THREADS * 2_000
    assert gate.refused > 0
    assert (used(gate, "max_connections"), used(gate, "max_connections_per_peer")) == (0, 0)
    passes = [come(gate, PEERS[number % 4]) for number in range(20)]
    assert all(isinstance(one, Pass) for one in passes)
    assert come(gate, PEERS[5]) == TurnedAway(RefusalReason.MAX_CONNECTIONS)


@pytest.mark.parametrize(
    ("limits", "admitted", "reason"),
    [
        ({"max_connections": 1_000}, 1_000, RefusalReason.MAX_CONNECTIONS),
        ({"max_connections_per_peer": 100}, 800, RefusalReason.MAX_PER_ADDRESS),
        ({"max_new": 999, "interval": 86_400}, 999, RefusalReason.RATE_LISTENER),
        ({"max_new_per_peer": 77, "interval": 86_400}, 616, RefusalReason.RATE_ADDRESS),
    ],
)
def test_the_edge_is_exact_however_many_ask_at_once(
    limits: dict[str, int], admitted: int, reason: RefusalReason
) -> None:
    gate = Gate(config(**limits), Hub())
    came: list[Counter[RefusalReason | None]] = [Counter() for _ in range(THREADS)]

    def ask(number: int) -> None:
        for turn in range(500):
            answer = come(gate, PEERS[(number + turn) % len(PEERS)])
            came[number][answer.reason if isinstance(answer, TurnedAway) else None] += 1

    all_at_once(ask)
    assert sum(came, Counter()) == {None: admitted, reason: THREADS * 500 - admitted}
    assert gate.refused == THREADS * 500 - admitted


def test_a_ban_in_the_middle_of_it_holds_from_then_on_for_all() -> None:
    gate = Gate(config(max_connections=1_000), Hub())
    banned = threading.Event()
    late: list[str] = []

    def ask(number: int) -> None:
        if number == 0:
            gate.ban(PEERS[0], 3600, "enough")
            banned.set()
            return
        for turn in range(3_000):
            sure = banned.is_set()
            host = PEERS[turn % 2]
            answer = come(gate, host)
            if isinstance(answer, Pass):
                answer.release()
                if sure and host == PEERS[0]:
                    late.append(host)

    all_at_once(ask)
    assert late == []
    assert come(gate, PEERS[0]) == TurnedAway(RefusalReason.BANNED)
    assert gate.unban(PEERS[0])
    assert isinstance(come(gate, PEERS[0]), Pass)


def test_other_settings_in_the_middle_of_it_lose_no_count() -> None:
    settings = (config(max_connections=8), config(max_connections=16, max_new=0))
    gate = Gate(settings[0], Hub())
    turns = iter(range(1_000_000))
    inside = hammer(
        gate,
        times=1_000,
        held=4,
        between=lambda: gate.configure(settings[next(turns) % 2]),
    )
    assert inside.most <= 16
    assert used(gate, "max_connections") == 0
    assert inside.entered + gate.refused == THREADS * 1_000


def test_every_refusal_is_told_in_the_end_and_an_address_once_a_second_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = Hub()
    ring = hub.subscribe(Level.WARNING)
    gate = Gate(config(max_new=1, interval=86_400), hub)
    come(gate, PEERS[0])
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)

    def insist(number: int) -> None:
        for _ in range(200):
            come(gate, PEERS[number])

    all_at_once(insist)
    for second in (1.0, 2.0):
        monkeypatch.setattr(time, "time", lambda late=now + second: late)
        gate.sweep()
    told = [event for event in ring.drain().events if isinstance(event, ConnectionRefused)]
    assert len(told) == 2 * THREADS
    assert sum(event.times for event in told) == gate.refused == 200 * THREADS


def seconds_to_decide(gate: Gate) -> float:
    """The middle of many samples."""

    def sample() -> float:
        begun = time.perf_counter()
        for number in range(200):
            answer = come(gate, f"198.51.{number}.9")
            assert isinstance(answer, Pass)
            answer.release()
        return time.perf_counter() - begun

    return median(sample() for _ in range(15))


def test_ten_thousand_rules_do_not_slow_an_accept() -> None:
    def gate_with(count: int) -> Gate:
        rules = [
            AccessRule(action=Verdict.DENY, address=f"10.{number >> 8}.{number & 255}.0/25")
            for number in range(count - 1)
        ]
        rules.append(AccessRule(action=Verdict.ALLOW, address="198.51.0.0/16"))
        return Gate(config(rules), Hub())

    few, many = gate_with(10), gate_with(10_000)
    seconds_to_decide(few)
    assert seconds_to_decide(many) < 3 * seconds_to_decide(few)
