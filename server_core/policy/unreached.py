"""Rules that never decide, as warnings beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from server_core.config.admission import AccessRule, DenyEntry
from server_core.config.checking import Problem
from server_core.config.model import Config
from server_core.policy.access_rules import never_reached, rules_of


def unreached_rules(config: Config) -> tuple[Problem, ...]:
    """A warning for each rule that other rules of its list always come before."""
    access = config.pop3.access
    found = [*_unreached("access.deny", config.access.deny)]
    found += _unreached("pop3.access.rules", access.rules)
    for listener in config.pop3.listeners:
        found += _unreached(f"pop3.listeners.{listener.name}.access.rules", listener.access.rules)
    return tuple(found)


def _unreached(path: str, rows: Sequence[AccessRule | DenyEntry]) -> Iterator[Problem]:
    for number, instead in sorted(never_reached(rules_of(rows, path)).items()):
        text = f"never reached because rule {instead} already matches"
        yield Problem(f"{path}.#{number}.address", text)
