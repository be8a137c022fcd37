"""Which rule decides about an address (reference 7.3, 7.4, DEC-6)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from typing import NamedTuple

from server_core.config.admission import (
    HIGHEST_PRIORITY,
    AccessRule,
    DenyEntry,
    FlowOverride,
    Otherwise,
    Verdict,
)
from server_core.config.model import Config
from server_core.config.moments import seconds_of
from server_core.config.networks import Network
from server_core.events.reasons import Scope
from server_core.policy.peers import Address

EVERYONE, SERVICE = "all services", "POP3"


class Rule(NamedTuple):
    """A row of a list. ``number`` is its place there, ``key`` stays when other rows change.

    ``expires`` is in epoch seconds; from that moment on the rule does not count.
    """

    action: Verdict
    network: Network
    priority: int
    expires: float | None
    key: str
    number: int = 0
    words: str = ""
    flow: FlowOverride = FlowOverride()

    def is_over(self, now: float) -> bool:
        """Whether its time has passed."""
        return self.expires is not None and now >= self.expires


class Decision(NamedTuple):
    """What happens to an address, on whose word. Without a rule it was the row for the rest."""

    admitted: bool
    scope: Scope
    rule: Rule | None
    words: str


class _Intervals(NamedTuple):
    """Disjoint intervals without gaps: where each starts, and which rule decides in it."""

    starts: list[int]
    deciders: list[Rule | None]


class AccessTable:
    """The rules of one list, looked up in logarithmic time.

    A rule whose time is over is noticed when it would decide; then the table is compiled again
    without it. Whoever else expires cannot change who decides, so nothing else needs a look.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = _in_order(rules)
        self._intervals = {version: _compile(self._rules, version) for version in (4, 6)}

    def decide(self, address: Address, now: float) -> Rule | None:
        """The rule with the highest priority that contains the address; deny wins ties."""
        while True:
            version, number = address
            starts, deciders = self._intervals[version]
            rule = deciders[bisect_right(starts, number) - 1]
            if rule is None or rule.expires is None or now < rule.expires:
                return rule
            self._rules = [kept for kept in self._rules if not kept.is_over(now)]
            self._intervals = {version: _compile(self._rules, version) for version in (4, 6)}


class AccessRules:
    """All rules of a configuration: the listener's first, then the service's, then everyone's."""

    def __init__(self, config: Config) -> None:
        access = config.pop3.access
        self._denied = AccessTable(rules_of(config.access.deny, EVERYONE))
        self._service = AccessTable(rules_of(access.rules, SERVICE))
        self._otherwise = _everything_else(access.otherwise, Scope.SERVICE, SERVICE)
        self._listeners: dict[str, tuple[AccessTable, Decision | None]] = {}
        for listener in config.pop3.listeners:
            place, own = listener_words(listener.name), listener.access
            self._listeners[listener.name] = (
                AccessTable(rules_of(own.rules, place)),
                None
                if own.otherwise is Otherwise.SERVICE
                else _everything_else(Verdict(own.otherwise), Scope.LISTENER, place),
            )

    def verdict(self, address: Address, listener: str, now: float) -> Decision:
        """Whether the address may connect to the listener, and who says so."""
        if (own := self._listeners.get(listener)) is not None:
            table, otherwise = own
            if (rule := table.decide(address, now)) is not None:
                return _decision(rule, Scope.LISTENER)
            if otherwise is not None:
                return otherwise
        if (rule := self._service.decide(address, now)) is not None:
            return _decision(rule, Scope.SERVICE)
        if (rule := self._denied.decide(address, now)) is not None:
            return _decision(rule, Scope.GLOBAL)
        return self._otherwise


def listener_words(name: str) -> str:
    """How a listener is called where its rules and limits are named."""
    return f"listener '{name}'"


def rules_of(rows: Sequence[AccessRule | DenyEntry], place: str) -> tuple[Rule, ...]:
    """The rules that the enabled rows of a list make; ``place`` names the list for people."""
    seen: dict[str, int] = {}
    rules = []
    for number, row in enumerate(rows, 1):
        if not row.enabled:
            continue
        action, priority, flow = Verdict.DENY, HIGHEST_PRIORITY, FlowOverride()
        if isinstance(row, AccessRule):
            action, priority, flow = row.action, row.priority, row.flow
        key = f"{place}: {action} {row.address}"
        seen[key] = times = seen.get(key, 0) + 1
        note = f" ({row.note})" if row.note else ""
        rules.append(
            Rule(
                action,
                _network(row.address),
                priority,
                seconds_of(row.expires),
                key if times == 1 else f"{key} #{times}",
                number,
                f"rule {number} of {place}: {action} {row.address}{note}",
                flow,
            )
        )
    return tuple(rules)


def never_reached(rules: Iterable[Rule]) -> dict[int, int]:
    """The numbers of rules that can never decide, each with that of a rule which does instead.

    Only rules without an end hide others for ever.
    """
    ranked = _in_order(rules)
    reached: set[int] = set()
    instead: dict[int, int] = {}
    for version in (4, 6):
        lasting: list[int] = []
        passing: list[int] = []
        for point, opening in _sweep(ranked, version):
            for rank in opening:
                heappush(lasting if ranked[rank].expires is None else passing, rank)
            _close(lasting, ranked, point)
            best = lasting[0] if lasting else len(ranked)
            reached.add(best)
            while passing and passing[0] < best:
                rank = heappop(passing)
                if ranked[rank].network.last >= point:
                    reached.add(rank)
            instead.update((rank, best) for rank in opening if rank not in reached)
    return {
        ranked[rank].number: ranked[best].number
        for rank, best in instead.items()
        if rank not in reached
    }


def _in_order(rules: Iterable[Rule]) -> list[Rule]:
    """Who decides before whom: by priority, deny before allow, then as they stand in the list."""
    return sorted(rules, key=lambda rule: (rule.priority, rule.action is Verdict.ALLOW))


def _compile(ranked: Sequence[Rule], version: int) -> _Intervals:
    """Who decides where, all rules of ``ranked`` counting."""
    intervals = _Intervals([0], [None])
    starts, deciders = intervals
    open_ranks: list[int] = []
    for point, opening in _sweep(ranked, version):
        for rank in opening:
            heappush(open_ranks, rank)
        _close(open_ranks, ranked, point)
        decider = ranked[open_ranks[0]] if open_ranks else None
        if point == 0:
            deciders[0] = decider
        elif decider is not deciders[-1]:
            starts.append(point)
            deciders.append(decider)
    return intervals


def _sweep(ranked: Sequence[Rule], version: int) -> Iterator[tuple[int, list[int]]]:
    """Every point where something begins or has just ended, with the ranks that begin there."""
    points: dict[int, list[int]] = {}
    for rank, rule in enumerate(ranked):
        if rule.network.version == version:
            points.setdefault(rule.network.first, []).append(rank)
            points.setdefault(rule.network.last + 1, [])
    return iter(sorted(points.items()))


def _close(ranks: list[int], ranked: Sequence[Rule], point: int) -> None:
    """Take from the top of a heap what ended before ``point``; what lies deeper can wait."""
    while ranks and ranked[ranks[0]].network.last < point:
        heappop(ranks)


# An edit leaves nearly all rows as they are, and reading a form costs more than compiling it.
_network = lru_cache(maxsize=65_536)(Network.parse)


def _decision(rule: Rule, scope: Scope) -> Decision:
    return Decision(rule.action is Verdict.ALLOW, scope, rule, rule.words)


def _everything_else(verdict: Verdict, scope: Scope, place: str) -> Decision:
    return Decision(verdict is Verdict.ALLOW, scope, None, f"everything else of {place}: {verdict}")
