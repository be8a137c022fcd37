"""What the server did, second by second and day by day; kept over restarts."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from server_core.events.log_views import Sample, Span
from server_core.events.views import Counters

_LENGTHS = {Span.SECONDS: (1, 300), Span.MINUTES: (60, 1_440), Span.HOURS: (3_600, 720)}
_KEPT = (Span.MINUTES, Span.HOURS)
_NUMBERS = tuple(field.name for field in fields(Counters))


class Tally:
    """Totals of today and three series; lives on the control loop. Times are epoch seconds.

    Fed with the server's totals once a second; totals that went back belong to a server that
    started anew.
    """

    def __init__(self) -> None:
        self.today = Counters()
        self._day = ""
        self._before = Counters()
        self._series = {
            span: deque[Sample](maxlen=length) for span, (_, length) in _LENGTHS.items()
        }

    def take(self, now: float, totals: Counters, sessions: int) -> None:
        """Note the totals as they are at ``now``, and how many sessions are open."""
        before = self._before if totals.connections >= self._before.connections else Counters()
        done = _minus(totals, before)
        self._before = totals
        day = date.fromtimestamp(now).isoformat()
        self.today = _plus(self.today, done) if day == self._day else done
        self._day = day
        for span, samples in self._series.items():
            step, _ = _LENGTHS[span]
            start = now // step * step
            if samples and samples[-1].time == start:
                last = samples[-1]
                most = max(last.sessions, sessions)
                samples[-1] = Sample(start, step, most, _plus(last.done, done))
            else:
                samples.append(Sample(start, step, sessions, done))

    def series(self, span: Span) -> tuple[Sample, ...]:
        """The samples of a span, oldest first; times in which nothing ran are left out."""
        return tuple(self._series[span])

    def save(self, path: Path) -> None:
        """Replace the file in one step; counters are worth a rename, not a wait for the disk."""
        kept = {span.value: [_row(x) for x in self._series[span]] for span in _KEPT}
        fresh = path.with_suffix(".new")
        text = json.dumps({"day": self._day, "today": asdict(self.today), "series": kept})
        fresh.write_text(text, "utf-8")
        fresh.replace(path)

    def load(self, path: Path) -> None:
        """Go on with what an earlier run kept; a file that nobody can read is as good as none."""
        try:
            found = json.loads(path.read_text("utf-8"))
            today = _counters(found["today"])
            series = {span: [_sample(row) for row in found["series"][span]] for span in _KEPT}
            day = str(found["day"])
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            return
        self.today, self._day = today, day
        for span, samples in series.items():
            self._series[span].extend(samples)


def _minus(totals: Counters, before: Counters) -> Counters:
    return Counters(**{name: getattr(totals, name) - getattr(before, name) for name in _NUMBERS})


def _plus(one: Counters, other: Counters) -> Counters:
    return Counters(**{name: getattr(one, name) + getattr(other, name) for name in _NUMBERS})


def _row(sample: Sample) -> list[float]:
    return [sample.time, sample.step, sample.sessions, *_values(sample.done)]


def _values(counters: Counters) -> Iterable[int]:
    return (getattr(counters, name) for name in _NUMBERS)


def _sample(row: Sequence[float]) -> Sample:
    time, step, sessions, *values = row
    numbers = dict(zip(_NUMBERS, (int(value) for value in values), strict=True))
    return Sample(float(time), int(step), int(sessions), Counters(**numbers))


def _counters(values: dict[str, Any]) -> Counters:
    known = {name: int(values[name]) for name in _NUMBERS if name in values}
    return replace(Counters(), **known)
