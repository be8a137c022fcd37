"""What has to change so that the wanted listeners run: a pure comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server_core.config.model import Listener
from server_core.config.schema import Effect, effect_of_change


@dataclass(frozen=True, slots=True)
class Plan:
    """Names of listeners to stop, listeners to start, and those whose socket stays but is told."""

    stop: frozenset[str] = frozenset()
    start: tuple[Listener, ...] = ()
    update: tuple[Listener, ...] = ()


def plan(running: Mapping[str, Listener], wanted: Iterable[Listener]) -> Plan:
    """What to do so that ``wanted`` runs; a socket that may stay, stays."""
    target = {listener.name: listener for listener in wanted if listener.enabled}
    kept = {
        name
        for name in running.keys() & target.keys()
        if effect_of_change(running[name], target[name]) is not Effect.REBINDS
    }
    return Plan(
        stop=frozenset(running.keys() - kept),
        start=tuple(listener for name, listener in target.items() if name not in kept),
        update=tuple(
            listener
            for name, listener in target.items()
            if name in kept and listener != running[name]
        ),
    )
