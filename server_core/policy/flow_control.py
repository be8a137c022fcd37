"""How many connections, and how fast: four limits for each scope (reference 8, DEC-10)."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

from server_core.config.admission import Flow, FlowOverride
from server_core.config.model import Config
from server_core.events.reasons import RefusalReason, Scope
from server_core.events.views import MeterView
from server_core.policy.access_rules import SERVICE, Decision, listener_words, rules_of
from server_core.policy.peers import Address
from server_core.policy.usage import (
    NEW,
    NEW_OF_PEER,
    OPEN,
    OPEN_OF_PEER,
    REASONS,
    Limits,
    Usage,
)


class FlowRefusal(NamedTuple):
    """A limit is reached; ``words`` name it."""

    reason: RefusalReason
    scope: Scope
    words: str


class Admission:
    """A counted connection; ``FlowControl.release`` gives it back."""

    __slots__ = ("counted", "peer")

    def __init__(self, peer: Address, counted: tuple[Usage, ...]) -> None:
        self.peer = peer
        self.counted = counted


class _Path(NamedTuple):
    """Where a kind of connection counts, and which limits it is held against."""

    counted: tuple[Usage, ...]
    asked: tuple[tuple[Usage, int], ...]


class FlowControl:
    """Counts connections from accept to close. Its owner holds one lock around every call.

    Every connection counts for its listener, for the service, and for the allow rule that decided
    about it. ``peer`` is what ``peers.peer_of`` gives; ``now`` is seconds of a clock that never
    goes back.
    """

    def __init__(self, config: Config) -> None:
        self._service = Usage(Scope.SERVICE, SERVICE, _limits(config.pop3.flow))
        self._listeners: dict[str, Usage] = {}
        self._rules: dict[str, Usage] = {}
        self._paths: dict[tuple[str, Scope, str], _Path] = {}
        self.reconfigure(config)

    def reconfigure(self, config: Config) -> None:
        """Other limits count from now on. What is open stays open, and all counts stay."""
        pop3 = config.pop3
        self._service.limits = _limits(pop3.flow)
        wanted = {
            rule.key: (rule, pop3.flow.interval) for rule in rules_of(pop3.access.rules, SERVICE)
        }
        for listener in pop3.listeners:
            name, limits = listener_words(listener.name), _inherited(listener.flow, pop3.flow)
            _set(self._listeners, listener.name, Scope.LISTENER, name, limits)
            for rule in rules_of(listener.access.rules, name):
                wanted[rule.key] = (rule, limits.interval)
        for key, (rule, interval) in wanted.items():
            if key in self._rules or rule.flow != FlowOverride():
                _set(self._rules, key, Scope.RULE, rule.words, _own(rule.flow, interval))
        _keep(self._listeners, {listener.name for listener in pop3.listeners})
        _keep(self._rules, wanted.keys())
        self._paths.clear()

    def admit(
        self, listener: str, peer: Address, decision: Decision, now: float
    ) -> Admission | FlowRefusal:
        """Count a connection that the rules let in, or say which limit keeps it out."""
        path = self._path(listener, decision)
        for usage in path.counted:
            usage.slide(now)
        for usage, limit in path.asked:
            if usage.is_reached(limit, peer):
                usage.note_refusal(limit)
                return FlowRefusal(REASONS[limit], usage.scope, usage.words(limit))
        for usage in path.counted:
            usage.take(peer, now)
        return Admission(peer, path.counted)

    def release(self, admission: Admission) -> None:
        """The connection is over."""
        for usage in admission.counted:
            usage.give_back(admission.peer)

    def meters(self, now: float) -> tuple[MeterView, ...]:
        """All limits of the service and of every listener, and those that rules have."""
        found: list[MeterView] = []
        for usage in (self._service, *self._listeners.values(), *self._rules.values()):
            usage.slide(now)
            meters = usage.meters()
            if usage.scope is Scope.RULE:
                meters = tuple(meter for meter in meters if meter.allowed)
            found.extend(meters)
        return tuple(found)

    def limits_for(
        self, listener: str, peer: Address, decision: Decision, now: float
    ) -> tuple[tuple[MeterView, ...], FlowRefusal | None]:
        """The limits a connection of this peer would be held against, and which one stops it."""
        path = self._path(listener, decision)
        meters, refusal = [], None
        for usage in path.counted:
            usage.slide(now)
        for usage, limit in path.asked:
            meters.append(usage.meter_of(limit, peer))
            if refusal is None and usage.is_reached(limit, peer):
                refusal = FlowRefusal(REASONS[limit], usage.scope, usage.words(limit))
        return tuple(meters), refusal

    @property
    def known_peers(self) -> int:
        """How many peers are remembered at the service."""
        return self._service.known_peers

    def begin_day(self) -> None:
        """Peaks and refusals of the meters count from here."""
        for usage in (self._service, *self._listeners.values(), *self._rules.values()):
            usage.begin_day()

    def _path(self, listener: str, decision: Decision) -> _Path:
        rule = decision.rule
        way = (listener, decision.scope, "" if rule is None else rule.key)
        path = self._paths.get(way)
        if path is None:
            path = self._paths[way] = self._new_path(listener, decision)
        return path

    def _new_path(self, listener: str, decision: Decision) -> _Path:
        """The table of section 8. What the listener itself decided is none of the service's."""
        own = self._listeners.get(listener)
        if own is None:  # taken away while this connection came in
            own = Usage(Scope.LISTENER, listener_words(listener), self._service.limits)
        # The service first: where a listener inherits, it is the service's limit that is reached.
        outer = (own,) if decision.scope is Scope.LISTENER else (self._service, own)
        counted: tuple[Usage, ...] = (own, self._service)
        totals: tuple[Usage, ...] = outer
        open_of_peer = new_of_peer = totals
        if (rule := decision.rule) is not None:
            usage = self._rules.get(rule.key)
            if usage is None:
                limits = _own(rule.flow, outer[0].limits.interval)
                usage = _set(self._rules, rule.key, Scope.RULE, rule.words, limits)
            counted, totals = (*counted, usage), (*totals, usage)
            if rule.flow.max_connections_per_peer is not None:
                open_of_peer = (usage,)
            if rule.flow.max_new_per_peer is not None:
                new_of_peer = (usage,)
        # Those of the peer first: they say who is to blame.
        asked = (
            *((usage, OPEN_OF_PEER) for usage in open_of_peer),
            *((usage, NEW_OF_PEER) for usage in new_of_peer),
            *((usage, OPEN) for usage in totals),
            *((usage, NEW) for usage in totals),
        )
        limited = tuple((usage, limit) for usage, limit in asked if usage.limits[limit])
        return _Path(counted, limited)


def _limits(flow: Flow) -> Limits:
    return Limits(
        flow.max_connections,
        flow.max_connections_per_peer,
        flow.max_new,
        flow.max_new_per_peer,
        flow.interval,
    )


def _inherited(flow: FlowOverride, service: Flow) -> Limits:
    """A listener's limits: its own, and the service's numbers for what it leaves out."""
    return _limits(service.model_copy(update=flow.model_dump(exclude_none=True)))


def _own(flow: FlowOverride, interval: int) -> Limits:
    """A rule's limits; what it leaves out is not limited by it."""
    return Limits(
        flow.max_connections or 0,
        flow.max_connections_per_peer or 0,
        flow.max_new or 0,
        flow.max_new_per_peer or 0,
        flow.interval or interval,
    )


def _set(usages: dict[str, Usage], key: str, scope: Scope, name: str, limits: Limits) -> Usage:
    """The usage of that key, new or known, with this name and these limits."""
    usage = usages.get(key)
    if usage is None:
        usage = usages[key] = Usage(scope, name, limits)
    usage.name, usage.limits = name, limits
    return usage


def _keep(usages: dict[str, Usage], wanted: Container[str]) -> None:
    """Forget whom the configuration no longer names, once nobody is connected there."""
    for key in [key for key, usage in usages.items() if key not in wanted and not usage.open]:
        del usages[key]
