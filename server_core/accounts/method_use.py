"""How often each method was used to sign in, day by day, for the last thirty days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DAYS = 30
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Use:
    """One method on one day: ``day`` counts from the epoch, ``last`` is in epoch seconds."""

    day: int
    method: str
    count: int
    last: float


class MethodUse:
    """The counts in memory; its owner guards it with a lock and writes what has changed."""

    def __init__(self, uses: Iterable[Use] = ()) -> None:
        self._uses = {(use.day, use.method): use for use in uses}
        self._changed: set[tuple[int, str]] = set()

    def note(self, method: str, when: float) -> None:
        """One sign-in."""
        key = int(when // _DAY), method
        before = self._uses.get(key)
        self._uses[key] = Use(*key, before.count + 1 if before else 1, when)
        self._changed.add(key)

    def since(self, now: float) -> dict[str, tuple[int, float]]:
        """How often each method was used in the thirty days before ``now``, and when last."""
        first = int(now // _DAY) - DAYS
        found: dict[str, tuple[int, float]] = {}
        for use in self._uses.values():
            if use.day > first:
                count, last = found.get(use.method, (0, 0.0))
                found[use.method] = count + use.count, max(last, use.last)
        return found

    def changed(self) -> tuple[Use, ...]:
        """What has to be written; taken as written from here on. Days long past are forgotten."""
        changed = tuple(self._uses[key] for key in self._changed)
        self._changed.clear()
        if changed:
            newest = max(use.day for use in changed)
            self._uses = {key: use for key, use in self._uses.items() if key[0] > newest - DAYS}
        return changed

    def keep(self, uses: Iterable[Use]) -> None:
        """These could not be written after all."""
        self._changed |= {(use.day, use.method) for use in uses} & self._uses.keys()
