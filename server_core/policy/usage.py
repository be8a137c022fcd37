"""What is used of the four limits of one scope: open connections and a window that slides."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from server_core.events.reasons import RefusalReason, Scope
from server_core.events.views import MeterView
from server_core.policy.peers import Address

# Twice the largest limit. More can only come in within an interval where there is no limit, or
# where a rule's replaces it; then the oldest are forgotten early.
MOST_REMEMBERED = 200_000


class Limits(NamedTuple):
    """The four limits in the order of their numbers below, 0 for none, and the interval."""

    max_connections: int
    max_connections_per_peer: int
    max_new: int
    max_new_per_peer: int
    interval: int


OPEN, OPEN_OF_PEER, NEW, NEW_OF_PEER = range(4)
REASONS = (
    RefusalReason.MAX_CONNECTIONS,
    RefusalReason.MAX_PER_ADDRESS,
    RefusalReason.RATE_LISTENER,
    RefusalReason.RATE_ADDRESS,
)


class _PeerUse:
    """Connections of one peer: open ones, and those accepted within the interval."""

    __slots__ = ("accepted", "open")

    def __init__(self) -> None:
        self.open = 0
        self.accepted = 0


class _Busiest:
    """The largest of many counts that go up and down by one, known without looking at them."""

    __slots__ = ("_having", "largest")

    def __init__(self) -> None:
        self.largest = 0
        # How many counts there are of each size; those of size 0 are nobody's.
        self._having = [0]

    def rose(self, size: int) -> None:
        """A count became this size."""
        having = self._having
        if size == len(having):
            having.append(0)
        having[size] += 1
        having[size - 1] -= 1
        self.largest = max(self.largest, size)

    def fell(self, size: int) -> None:
        """A count became this size."""
        having = self._having
        having[size] += 1
        having[size + 1] -= 1
        if size + 1 == self.largest and not having[self.largest]:
            self.largest = size


class Usage:
    """Counts of one scope. A peer without open or recent connections is forgotten at once.

    A connection accepted at ``t`` is out of the window at ``t + interval`` exactly.
    """

    def __init__(self, scope: Scope, name: str, limits: Limits) -> None:
        self.scope = scope
        self.name = name
        self.limits = limits
        self.open = 0
        self._times: deque[float] = deque()
        self._whose: deque[Address] = deque()
        self._peers: dict[Address, _PeerUse] = {}
        self._busiest_open = _Busiest()
        self._busiest_accepted = _Busiest()
        self._peaks = [0, 0, 0, 0]
        self._refused = [0, 0, 0, 0]

    @property
    def known_peers(self) -> int:
        """How many peers are remembered."""
        return len(self._peers)

    def slide(self, now: float) -> None:
        """Move the window to ``now``."""
        edge = now - self.limits.interval
        while self._times and self._times[0] <= edge:
            self._forget_oldest()

    def is_reached(self, limit: int, peer: Address) -> bool:
        """Whether one connection more would be too many."""
        allowed = self.limits[limit]
        return 0 < allowed <= self.used(limit, peer)

    def used(self, limit: int, peer: Address) -> int:
        """How much is used of a limit: by everyone, or by this peer."""
        if limit == OPEN:
            return self.open
        if limit == NEW:
            return len(self._times)
        known = self._peers.get(peer)
        if known is None:
            return 0
        return known.open if limit == OPEN_OF_PEER else known.accepted

    def take(self, peer: Address, now: float) -> None:
        """Count a connection that was accepted."""
        known = self._peers.get(peer)
        if known is None:
            known = self._peers[peer] = _PeerUse()
        known.open += 1
        known.accepted += 1
        self._busiest_open.rose(known.open)
        self._busiest_accepted.rose(known.accepted)
        self.open += 1
        self._times.append(now)
        self._whose.append(peer)
        if len(self._times) > MOST_REMEMBERED:
            self._forget_oldest()
        peaks = self._peaks
        peaks[OPEN] = max(peaks[OPEN], self.open)
        peaks[OPEN_OF_PEER] = max(peaks[OPEN_OF_PEER], known.open)
        peaks[NEW] = max(peaks[NEW], len(self._times))
        peaks[NEW_OF_PEER] = max(peaks[NEW_OF_PEER], known.accepted)

    def give_back(self, peer: Address) -> None:
        """A counted connection is over; it stays in the window for its time."""
        self.open -= 1
        known = self._peers[peer]
        known.open -= 1
        self._busiest_open.fell(known.open)
        if not known.open and not known.accepted:
            del self._peers[peer]

    def note_refusal(self, limit: int) -> None:
        """Count that a limit refused a connection."""
        self._refused[limit] += 1

    def words(self, limit: int) -> str:
        """The limit as a person reads it."""
        allowed, interval = self.limits[limit], self.limits.interval
        when = f"new in {interval} seconds" if limit in (NEW, NEW_OF_PEER) else "at the same time"
        whose = " from one address" if limit in (OPEN_OF_PEER, NEW_OF_PEER) else ""
        return f"at most {allowed} {when}{whose}: {self.name}"

    def begin_day(self) -> None:
        """Peaks and refusals count from here."""
        self._refused = [0, 0, 0, 0]
        self._peaks = [*self._most()]

    def meters(self) -> tuple[MeterView, ...]:
        """All four limits; of those for one address the use of the busiest."""
        return tuple(self._meter(limit, used) for limit, used in enumerate(self._most()))

    def meter_of(self, limit: int, peer: Address) -> MeterView:
        """One limit as it stands for one peer."""
        return self._meter(limit, self.used(limit, peer))

    def _meter(self, limit: int, used: int) -> MeterView:
        return MeterView(
            self.name,
            Limits._fields[limit],
            self.limits[limit],
            used,
            self._peaks[limit],
            self._refused[limit],
        )

    def _most(self) -> tuple[int, int, int, int]:
        return (
            self.open,
            self._busiest_open.largest,
            len(self._times),
            self._busiest_accepted.largest,
        )

    def _forget_oldest(self) -> None:
        self._times.popleft()
        peer = self._whose.popleft()
        known = self._peers[peer]
        known.accepted -= 1
        self._busiest_accepted.fell(known.accepted)
        if not known.open and not known.accepted:
            del self._peers[peer]
