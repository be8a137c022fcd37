"""Hand-over of events between planes: writers never wait, a slow reader loses and knows it."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import TypeVar, cast

from server_core.events.types import Event, Level

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in the order they happened, and how many were lost before them.

    Of a busy server a batch has hundreds, and whoever waits for a rare one need not go through
    them: they are sorted by type once, for all who ask.
    """

    events: Sequence[Event]
    dropped: int = 0
    _by_type: defaultdict[type[Event], list[Event]] = field(
        default_factory=lambda: defaultdict(list), init=False, repr=False, compare=False
    )

    @property
    def types(self) -> Set[type[Event]]:
        """The types of event there are."""
        return self._sorted().keys()

    def of(self, kind: type[E]) -> Sequence[E]:
        """The events of exactly this type, in their order."""
        return cast("Sequence[E]", self._sorted().get(kind, ()))

    def _sorted(self) -> defaultdict[type[Event], list[Event]]:
        if not self._by_type:
            for event in self.events:
                self._by_type[type(event)].append(event)
        return self._by_type


class Ring:
    """One reader's bounded queue of events; written from any thread, drained by one."""

    def __init__(self, levels: Level, capacity: int) -> None:
        self.levels = levels
        self._events: deque[Event] = deque(maxlen=capacity)
        self._capacity = capacity
        self._written = 0
        self._taken = 0

    def put(self, event: Event) -> None:
        """Append; when full the oldest event makes room and counts as dropped."""
        self._events.append(event)
        self._written += 1

    def drain(self, limit: int | None = None) -> Batch:
        """Take what has come, at most ``limit`` events; the rest stays for the next call."""
        events: list[Event] = []
        take = self._events.popleft
        for _ in range(self._capacity if limit is None else limit):
            try:
                events.append(take())
            except IndexError:
                break
        # ``_written`` lags an append by one instruction, hence the floor at zero.
        dropped = max(0, self._written - self._taken - len(events) - len(self._events))
        self._taken += len(events) + dropped
        return Batch(events, dropped)


class Hub:
    """Where facts are stated: every ring that wants an event's level gets it.

    ``tells_info`` and its kin say whether anybody reads events of that level, for those who would
    make them in vain: sessions ask several times each, and flags are slow to compare.
    """

    def __init__(self) -> None:
        self._rings: tuple[Ring, ...] = ()
        self._lock = threading.Lock()
        self._replace(())

    @property
    def wanted(self) -> Level:
        """Every level that somebody reads."""
        return self._wanted

    def emit(self, event: Event) -> None:
        """Hand the event to every reader; never waits, callable from any thread."""
        for ring in self._readers[event.level]:
            ring.put(event)

    def subscribe(self, levels: Level, capacity: int = 20_000) -> Ring:
        """A new reader for these levels; it sees what is emitted from here on."""
        ring = Ring(levels, capacity)
        with self._lock:
            self._replace((*self._rings, ring))
        return ring

    def refit(self, ring: Ring, levels: Level) -> None:
        """Give a reader other levels from here on; it misses nothing and gets nothing twice."""
        with self._lock:
            ring.levels = levels
            self._replace(self._rings)

    def unsubscribe(self, ring: Ring) -> None:
        """Stop feeding this reader."""
        with self._lock:
            self._replace(tuple(other for other in self._rings if other is not ring))

    def _replace(self, rings: tuple[Ring, ...]) -> None:
        readers = {level: tuple(ring for ring in rings if ring.levels & level) for level in Level}
        wanted = Level(0)
        for ring in rings:
            wanted |= ring.levels
        self._rings, self._readers, self._wanted = rings, readers, wanted
        self.tells_warnings = bool(readers[Level.WARNING])
        self.tells_info = bool(readers[Level.INFO])
        self.tells_protocol = bool(readers[Level.PROTOCOL])
        self.tells_progress = bool(readers[Level.PROGRESS])
