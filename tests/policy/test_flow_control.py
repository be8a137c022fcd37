"""How many, and how fast: exact at every edge, and against a count of everything by hand."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.config.admission import (
    AccessRule,
    Flow,
    FlowOverride,
    ListenerAccess,
    Otherwise,
    ServiceAccess,
)
from server_core.config.model import Config, Listener, Pop3
from server_core.config.networks import parse_address
from server_core.events.reasons import RefusalReason, Scope
from server_core.events.views import MeterView
from server_core.policy.access_rules import AccessRules
from server_core.policy.flow_control import Admission, FlowControl, FlowRefusal
from server_core.policy.peers import Address, peer_of

INHERITED = FlowOverride()
NO_LIMITS = Flow(max_connections=0, max_connections_per_peer=0, max_new=0, max_new_per_peer=0)
LISTENER_RULE, SERVICE_RULE = "10.0.0.1", "10.0.0.2"
NO_RULE = ("10.0.0.3", "10.0.0.4")


def a_server(
    service: Flow = NO_LIMITS,
    *,
    one: FlowOverride = INHERITED,
    listener_rule: FlowOverride = INHERITED,
    service_rule: FlowOverride = INHERITED,
) -> Config:
    """Listener one has a rule for 10.0.0.1, the service one for 10.0.0.2; three asks nobody."""
    rules = (AccessRule(address=LISTENER_RULE, flow=listener_rule),)
    return Config(
        pop3=Pop3(
            flow=service,
            access=ServiceAccess(rules=(AccessRule(address=SERVICE_RULE, flow=service_rule),)),
            listeners=(
                Listener(
                    name="one", address="127.0.0.1:0", flow=one, access=ListenerAccess(rules=rules)
                ),
                Listener(name="two", address="127.0.0.1:0"),
                Listener(
                    name="three",
                    address="127.0.0.1:0",
                    access=ListenerAccess(otherwise=Otherwise.ALLOW),
                ),
            ),
        )
    )


class Door:
    """Rules and limits together, as a listener asks them."""

    def __init__(self, config: Config) -> None:
        self.rules = AccessRules(config)
        self.flow = FlowControl(config)

    def reconfigure(self, config: Config) -> None:
        self.rules = AccessRules(config)
        self.flow.reconfigure(config)

    def knock(self, host: str, now: float = 0.0, listener: str = "one") -> Admission | FlowRefusal:
        address = parse_address(host)
        decision = self.rules.verdict(address, listener, 0.0)
        return self.flow.admit(listener, peer_of(address), decision, now)

    def enter(self, host: str, now: float = 0.0, listener: str = "one") -> Admission:
        answer = self.knock(host, now, listener)
        assert isinstance(answer, Admission)
        return answer

    def reason(self, host: str, now: float = 0.0, listener: str = "one") -> RefusalReason | None:
        answer = self.knock(host, now, listener)
        return answer.reason if isinstance(answer, FlowRefusal) else None

    def meter(self, scope: str, limit: str, now: float = 0.0) -> MeterView:
        found = [m for m in self.flow.meters(now) if (m.scope, m.limit) == (scope, limit)]
        assert len(found) == 1
        return found[0]


def flow(**limits: int) -> Flow:
    return NO_LIMITS.model_copy(update=limits)


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("max_connections", RefusalReason.MAX_CONNECTIONS),
        ("max_connections_per_peer", RefusalReason.MAX_PER_ADDRESS),
        ("max_new", RefusalReason.RATE_LISTENER),
        ("max_new_per_peer", RefusalReason.RATE_ADDRESS),
    ],
)
def test_so_many_come_in_and_the_next_does_not(limit: str, reason: RefusalReason) -> None:
    door = Door(a_server(flow(**{limit: 3})))
    assert [door.reason(NO_RULE[0]) for _ in range(5)] == [None, None, None, reason, reason]


def test_the_refusal_names_scope_and_limit() -> None:
    door = Door(a_server(one=FlowOverride(max_new_per_peer=1, interval=30)))
    door.enter(NO_RULE[0])
    assert door.knock(NO_RULE[0]) == FlowRefusal(
        RefusalReason.RATE_ADDRESS,
        Scope.LISTENER,
        "at most 1 new in 30 seconds from one address: listener 'one'",
    )


def test_the_window_slides_at_the_very_moment() -> None:
    door = Door(a_server(flow(max_new=2, interval=60)))
    door.enter(NO_RULE[0], now=100.0)
    door.enter(NO_RULE[0], now=130.0)
    assert door.reason(NO_RULE[0], now=159.999) is RefusalReason.RATE_LISTENER
    door.enter(NO_RULE[0], now=160.0)
    assert door.reason(NO_RULE[0], now=189.999) is RefusalReason.RATE_LISTENER
    door.enter(NO_RULE[0], now=190.0)


def test_refused_connections_do_not_prolong_the_block() -> None:
    door = Door(a_server(flow(max_new_per_peer=1, interval=60)))
    door.enter(NO_RULE[0], now=0.0)
    for second in range(1, 60):
        assert door.reason(NO_RULE[0], now=float(second)) is RefusalReason.RATE_ADDRESS
    door.enter(NO_RULE[0], now=60.0)


def test_a_connection_that_ends_makes_room_at_once_but_stays_in_the_window() -> None:
    door = Door(a_server(flow(max_connections=1, max_new=2)))
    door.flow.release(door.enter(NO_RULE[0]))
    door.flow.release(door.enter(NO_RULE[0]))
    assert door.reason(NO_RULE[0]) is RefusalReason.RATE_LISTENER


def test_ipv6_peers_are_networks_of_64_bits() -> None:
    door = Door(a_server(flow(max_connections_per_peer=1)))
    door.enter("2001:db8::1")
    assert door.reason("2001:db8::ffff:1") is RefusalReason.MAX_PER_ADDRESS
    door.enter("2001:db8:0:1::1")
    door.enter("::ffff:10.0.0.9")
    assert door.reason("10.0.0.9") is RefusalReason.MAX_PER_ADDRESS


def test_a_listener_rule_gives_its_peer_more_than_the_listener_does() -> None:
    config = a_server(
        flow(max_connections=10, max_connections_per_peer=1),
        one=FlowOverride(max_connections=4),
        listener_rule=FlowOverride(max_connections_per_peer=3),
    )
    door = Door(config)
    assert [door.reason(LISTENER_RULE) for _ in range(4)] == [
        None,
        None,
        None,
        RefusalReason.MAX_PER_ADDRESS,
    ]
    door.enter(NO_RULE[0])
    assert door.reason(NO_RULE[1]) is RefusalReason.MAX_CONNECTIONS  # the listener's total


def test_what_a_listener_lets_in_itself_is_not_held_against_the_service() -> None:
    door = Door(a_server(flow(max_connections=1), one=FlowOverride(max_connections=0)))
    door.enter(LISTENER_RULE)
    door.enter(LISTENER_RULE)
    assert door.reason(NO_RULE[0]) is RefusalReason.MAX_CONNECTIONS  # it counts there all the same
    assert door.meter("POP3", "max_connections").used == 2


def test_the_service_sums_over_its_listeners() -> None:
    door = Door(a_server(flow(max_connections_per_peer=2)))
    door.enter(NO_RULE[0], listener="one")
    door.enter(NO_RULE[0], listener="two")
    refusal = door.knock(NO_RULE[0], listener="two")
    assert isinstance(refusal, FlowRefusal)
    assert refusal.scope is Scope.SERVICE


def test_other_limits_count_at_once_and_end_nobody() -> None:
    door = Door(a_server(flow(max_connections=5)))
    inside = [door.enter(NO_RULE[0]) for _ in range(5)]
    door.reconfigure(a_server(flow(max_connections=2)))
    assert door.meter("POP3", "max_connections").used == 5
    for admission in inside[:3]:
        assert door.reason(NO_RULE[0]) is RefusalReason.MAX_CONNECTIONS
        door.flow.release(admission)
    assert door.reason(NO_RULE[0]) is RefusalReason.MAX_CONNECTIONS
    door.flow.release(inside[3])
    door.enter(NO_RULE[0])


def test_a_limit_set_later_counts_who_is_already_inside() -> None:
    door = Door(a_server())
    for _ in range(2):
        door.enter(SERVICE_RULE)
    door.reconfigure(a_server(service_rule=FlowOverride(max_connections=2, max_new_per_peer=9)))
    refusal = door.knock(SERVICE_RULE)
    assert isinstance(refusal, FlowRefusal)
    assert refusal.scope is Scope.RULE
    assert refusal.words == "at most 2 at the same time: rule 1 of POP3: allow 10.0.0.2"


def test_a_rule_taken_away_and_put_back_still_knows_who_is_inside() -> None:
    config = a_server(listener_rule=FlowOverride(max_connections=1))
    door = Door(config)
    inside = door.enter(LISTENER_RULE)
    door.reconfigure(Config())
    door.reconfigure(config)
    assert door.reason(LISTENER_RULE) is RefusalReason.MAX_CONNECTIONS
    door.flow.release(inside)
    door.enter(LISTENER_RULE)


def test_meters_tell_use_peak_and_refusals() -> None:
    door = Door(a_server(flow(max_connections=2)))
    first, _ = door.enter(NO_RULE[0]), door.enter(NO_RULE[1])
    door.knock(NO_RULE[0])
    door.flow.release(first)
    meter = door.meter("POP3", "max_connections")
    assert meter == MeterView("POP3", "max_connections", 2, used=1, peak=2, refused=1)
    assert door.meter("listener 'one'", "max_new", now=59.0).used == 2
    assert door.meter("listener 'one'", "max_new", now=60.0).used == 0
    door.flow.begin_day()
    meter = door.meter("POP3", "max_connections")
    assert meter == MeterView("POP3", "max_connections", 2, used=1, peak=1, refused=0)


@given(
    st.lists(st.tuples(st.sampled_from(["enter", "leave", "wait"]), st.integers(0, 3)), max_size=60)
)
def test_the_busiest_address_is_known_at_any_moment(steps: list[tuple[str, int]]) -> None:
    door = Door(a_server(flow(interval=5)))
    now, accepted = 0.0, list[tuple[float, str]]()
    inside: list[tuple[str, Admission]] = []
    for act, number in steps:
        host = f"10.0.0.{number}"
        if act == "enter":
            inside.append((host, door.enter(host, now)))
            accepted.append((now, host))
        elif act == "leave" and inside:
            door.flow.release(inside.pop(number % len(inside))[1])
        elif act == "wait":
            now += number
        lately = Counter(whose for when, whose in accepted if when > now - 5)
        open_now = Counter(whose for whose, _ in inside)
        used = door.meter("POP3", "max_new_per_peer", now).used
        assert used == max(lately.values(), default=0)
        used = door.meter("POP3", "max_connections_per_peer", now).used
        assert used == max(open_now.values(), default=0)


def test_a_trial_counts_nothing() -> None:
    door = Door(a_server(flow(max_connections_per_peer=2)))
    door.enter(NO_RULE[0])
    address = parse_address(NO_RULE[0])
    decision = door.rules.verdict(address, "two", 0.0)
    for _ in range(3):
        meters, refusal = door.flow.limits_for("two", address, decision, 0.0)
        assert refusal is None
        assert [(m.scope, m.used, m.allowed) for m in meters] == [
            ("POP3", 1, 2),
            ("listener 'two'", 0, 2),
        ]
    door.enter(NO_RULE[0])
    _, refusal = door.flow.limits_for("two", address, decision, 0.0)
    assert refusal is not None
    assert refusal.reason is RefusalReason.MAX_PER_ADDRESS
    assert door.meter("POP3", "max_connections_per_peer").refused == 0


def test_a_flood_of_addresses_leaves_nothing_behind() -> None:
    door = Door(a_server(flow(max_new=100, interval=10)))
    decision = door.rules.verdict(parse_address(NO_RULE[0]), "two", 0.0)
    admitted = 0
    for number in range(20_000):
        answer = door.flow.admit("two", (4, number), decision, number / 1000)
        if isinstance(answer, Admission):
            admitted += 1
            door.flow.release(answer)
    assert admitted == 200
    door.flow.meters(1000.0)
    assert door.flow.known_peers == 0


def test_exactly_so_many_get_in_from_many_threads() -> None:
    door, lock, start = (
        Door(a_server(flow(max_connections=37))),
        threading.Lock(),
        threading.Event(),
    )
    inside: list[Admission] = []

    def rush(number: int) -> None:
        start.wait(10)
        for attempt in range(200):
            with lock:
                answer = door.knock(f"10.1.{number}.{attempt}", listener="two")
            if isinstance(answer, Admission):
                inside.append(answer)
                if attempt % 2:
                    with lock:
                        inside.remove(answer)
                        door.flow.release(answer)

    threads = [threading.Thread(target=rush, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    start.set()
    for thread in threads:
        thread.join(30)
    assert len(inside) == 37
    assert door.meter("POP3", "max_connections").peak == 37


# By hand: every connection there ever was is kept, and everything is counted anew each time.


@dataclass(eq=False)
class Connection:
    accepted: float
    listener: str
    peer: Address
    rule: str
    open: bool = True


class ByHand:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.all: list[Connection] = []

    def admits(self, host: str, listener: str, now: float) -> bool:
        peer = peer_of(parse_address(host))
        pop3 = self.config.pop3
        own = next(x for x in pop3.listeners if x.name == listener)
        listener_flow = {**pop3.flow.model_dump(), **own.flow.model_dump(exclude_none=True)}
        on_listener = _Counted(self, listener_flow, now, peer, lambda c: c.listener == listener)
        on_service = _Counted(self, pop3.flow.model_dump(), now, peer, lambda c: True)
        rule, rule_flow, scopes = "", FlowOverride(), [on_listener, on_service]
        if listener == "one" and host == LISTENER_RULE:
            rule, rule_flow, scopes = "L", own.access.rules[0].flow, [on_listener]
        elif listener == "three":
            scopes = [on_listener]
        elif host == SERVICE_RULE:
            rule, rule_flow = "S", pop3.access.rules[0].flow
        interval = (listener_flow if rule == "L" else pop3.flow.model_dump())["interval"]
        limits = {"interval": interval, **rule_flow.model_dump(exclude_none=True)}
        on_rule = _Counted(self, limits, now, peer, lambda c: c.rule == rule)
        fits = all(scope.total_open() and scope.total_new() for scope in [*scopes, on_rule])
        replaced = rule_flow.max_connections_per_peer is not None
        fits &= all(scope.peer_open() for scope in ([on_rule] if replaced else scopes))
        replaced = rule_flow.max_new_per_peer is not None
        fits &= all(scope.peer_new() for scope in ([on_rule] if replaced else scopes))
        if fits:
            self.all.append(Connection(now, listener, peer, rule))
        return fits


@dataclass
class _Counted:
    hand: ByHand
    limits: dict[str, int]
    now: float
    peer: Address
    belongs: Callable[[Connection], bool]

    def _fits(self, limit: str, counts: Callable[[Connection], bool]) -> bool:
        allowed = self.limits.get(limit, 0)
        return not allowed or sum(self.belongs(c) and counts(c) for c in self.hand.all) < allowed

    def _recent(self, connection: Connection) -> bool:
        return self.now - connection.accepted < self.limits["interval"]

    def total_open(self) -> bool:
        return self._fits("max_connections", lambda c: c.open)

    def total_new(self) -> bool:
        return self._fits("max_new", self._recent)

    def peer_open(self) -> bool:
        return self._fits("max_connections_per_peer", lambda c: c.open and c.peer == self.peer)

    def peer_new(self) -> bool:
        return self._fits("max_new_per_peer", lambda c: self._recent(c) and c.peer == self.peer)


few = st.sampled_from([0, 0, 1, 2, 3, 5])
maybe_few = st.none() | few
flows = st.builds(
    Flow,
    max_connections=few,
    max_connections_per_peer=few,
    max_new=few,
    max_new_per_peer=few,
    interval=st.just(4),
)
overrides = st.builds(
    FlowOverride,
    max_connections=maybe_few,
    max_connections_per_peer=maybe_few,
    max_new=maybe_few,
    max_new_per_peer=maybe_few,
    interval=st.just(3),
)
servers = st.builds(a_server, flows, one=overrides, listener_rule=overrides, service_rule=overrides)
knocks = st.tuples(
    st.sampled_from([LISTENER_RULE, SERVICE_RULE, *NO_RULE]),
    st.sampled_from(["one", "one", "two", "three"]),
    st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0]),
)
steps = st.lists(knocks | knocks | knocks | st.integers(0, 5) | servers, max_size=60)


@given(servers, steps)
def test_every_knock_is_answered_as_a_count_by_hand_says(
    config: Config, todo: list[tuple[str, str, float] | int | Config]
) -> None:
    door, hand, now = Door(config), ByHand(config), 0.0
    inside: list[tuple[Admission, Connection]] = []
    for step in todo:
        match step:
            case Config():
                hand.config = step
                door.reconfigure(step)
            case int(number):
                if inside:
                    admission, connection = inside.pop(number % len(inside))
                    door.flow.release(admission)
                    connection.open = False
            case (host, listener, wait):
                now += wait
                answer = door.knock(host, now, listener)
                assert isinstance(answer, Admission) is hand.admits(host, listener, now)
                if isinstance(answer, Admission):
                    inside.append((answer, hand.all[-1]))
