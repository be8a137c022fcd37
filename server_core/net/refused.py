"""Refused connections: told once a second for each address, counted always, the latest kept."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace

from server_core.events.reasons import RefusalReason
from server_core.events.ring import Hub
from server_core.events.types import ConnectionRefused
from server_core.events.views import Refusal, Refusals

KEPT = 1000
MINUTES = 60
SILENCE_SECONDS = 1.0
# A flood from very many addresses must not grow a table; the rest shares one line.
_MOST_ADDRESSES = 2000
_OTHERS = "many addresses"


@dataclass(slots=True)
class _Repeated:
    """A refusal that was told, and how often it happened again since."""

    told: Refusal
    times: int = 0


class LastHour:
    """How often each listener refused for each reason, by the minute; times are epoch seconds."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[int, Counter[tuple[str, RefusalReason]]]] = deque(maxlen=MINUTES)

    def note(self, refusal: Refusal) -> None:
        """One more."""
        minute = int(refusal.time // 60)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append((minute, Counter()))
        self._minutes[-1][1][refusal.listener, refusal.reason] += 1

    def counts(self, now: float) -> tuple[Refusals, ...]:
        """This minute and the 59 before it, most frequent first."""
        first = int(now // 60) - MINUTES + 1
        total: Counter[tuple[str, RefusalReason]] = Counter()
        for minute, counted in self._minutes:
            if minute >= first:
                total.update(counted)
        return tuple(Refusals(*key, times) for key, times in total.most_common())


class RefusalBook:
    """What was refused. Used under the gate's lock; times are seconds since the epoch."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._repeated: dict[tuple[str, RefusalReason], _Repeated] = {}
        self._latest: deque[Refusal] = deque(maxlen=KEPT)
        self.hour = LastHour()
        self.count = 0
        self.by_reason: dict[RefusalReason, int] = dict.fromkeys(RefusalReason, 0)

    def note(self, host: str, refusal: Refusal) -> None:
        """One more; it is told at once, or with the others of its second."""
        self.count += 1
        self.hour.note(refusal)
        self.by_reason[refusal.reason] += 1
        known = self._repeated.get((host, refusal.reason))
        if known is None and len(self._repeated) >= _MOST_ADDRESSES:
            host = _OTHERS
            refusal = replace(refusal, peer=_OTHERS)
            known = self._repeated.get((host, refusal.reason))
        if known is None:
            self._repeated[host, refusal.reason] = _Repeated(refusal)
            self._tell(refusal)
        else:
            known.times += 1

    def sweep(self, now: float) -> None:
        """Tell what was only counted, and forget addresses that gave up."""
        for key, known in list(self._repeated.items()):
            if now - known.told.time < SILENCE_SECONDS:
                continue
            if known.times:
                known.told = replace(known.told, time=now, times=known.times)
                known.times = 0
                self._tell(known.told)
            else:
                del self._repeated[key]

    def latest(self) -> tuple[Refusal, ...]:
        """The last thousand, newest first."""
        return tuple(reversed(self._latest))

    def _tell(self, refusal: Refusal) -> None:
        self._latest.append(refusal)
        if self._hub.tells_warnings:
            self._hub.emit(
                ConnectionRefused(
                    time=refusal.time,
                    listener=refusal.listener,
                    peer=refusal.peer,
                    reason=refusal.reason,
                    scope=refusal.scope,
                    rule=refusal.rule,
                    times=refusal.times,
                )
            )
