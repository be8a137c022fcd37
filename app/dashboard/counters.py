"""The server's totals once a second, as rates and as the last five minutes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from server_core.events.views import Counters, ServerStatus

SECONDS = 300


@dataclass(frozen=True, slots=True)
class Sample:
    """One second: what was, and what happened per second since the sample before."""

    time: float
    sessions: int
    sign_ins: float
    failed: float
    sent_octets: float


class CounterBook:
    """The samples of the last five minutes; fed with the server's status once a second."""

    def __init__(self) -> None:
        self.samples: deque[Sample] = deque(maxlen=SECONDS)
        self.totals = Counters()
        self._last_time = 0.0

    def take(self, status: ServerStatus, now: float) -> None:
        """Note a status; totals that went back belong to a server that started anew."""
        before, totals = self.totals, status.counters
        if totals.connections < before.connections or not self._last_time:
            before = totals
        seconds = max(0.001, now - self._last_time)
        self.samples.append(
            Sample(
                now,
                status.sessions,
                (totals.sign_ins - before.sign_ins) / seconds,
                (totals.failed_sign_ins - before.failed_sign_ins) / seconds,
                (totals.sent_octets - before.sent_octets) / seconds,
            )
        )
        self.totals, self._last_time = totals, now

    @property
    def out_rate(self) -> float:
        """Octets a second that go out, over the last three samples."""
        recent = list(self.samples)[-3:]
        return sum(sample.sent_octets for sample in recent) / len(recent) if recent else 0.0
