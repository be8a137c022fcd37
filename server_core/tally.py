"""What the server did, second by second and day by day; kept over restarts."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from itertools import pairwise
from operator import add, sub
from pathlib import Path
from typing import Any

from server_core.events.log_views import Sample, Span
from server_core.events.views import Counters

_LENGTHS = {Span.SECONDS: (1, 300), Span.MINUTES: (60, 1_440), Span.HOURS: (3_600, 720)}
_KEPT = (Span.MINUTES, Span.HOURS)
_NUMBERS = tuple(field.name for field in fields(Counters))


class Tally:
    """Totals of today and three series. Thread-safe. Times are epoch seconds.

    Fed with the server's totals once a second; totals that went back belong to a server that
    started anew. What it counted is never less than before, whatever the clock does.
    """

    def __init__(self) -> None:
        self.today = Counters()
        self._day = ""
        self._before = Counters()
        self._series = {
            span: deque[Sample](maxlen=length) for span, (_, length) in _LENGTHS.items()
        }
        self._lock = threading.Lock()
        self._saving = threading.Lock()

    def take(self, now: float, totals: Counters, sessions: int) -> None:
        """Note the totals as they are at ``now``, and how many sessions are open."""
        with self._lock:
            before = self._before if totals.connections >= self._before.connections else Counters()
            # Taken while sessions end, one number may lag behind what it was a second ago.
            self._before = _each(max, totals, before)
            done = _minus(self._before, before)
            day = date.fromtimestamp(now).isoformat()
            self.today = _plus(self.today, done) if day == self._day else done
            self._day = day
            for span, samples in self._series.items():
                step, _ = _LENGTHS[span]
                _add(samples, Sample(now // step * step, step, sessions, done))

    def series(self, span: Span) -> tuple[Sample, ...]:
        """The samples of a span, oldest first; times in which nothing ran are left out."""
        with self._lock:
            return tuple(self._series[span])

    def save(self, path: Path) -> None:
        """Replace the file in one step; counters are worth a rename, not a wait for the disk."""
        with self._saving:  # two who save share the name of the new file
            with self._lock:
                kept = {span.value: tuple(self._series[span]) for span in _KEPT}
                today = {"day": self._day, "today": asdict(self.today)}
            series = {span: [_row(sample) for sample in samples] for span, samples in kept.items()}
            fresh = path.with_suffix(".new")
            text = json.dumps({**today, "numbers": _NUMBERS, "series": series})
            fresh.write_text(text, "utf-8")
            fresh.replace(path)

    def load(self, path: Path) -> None:
        """Go on with what an earlier run kept; a file that nobody can read is as good as none."""
        try:
            found = json.loads(path.read_text("utf-8"))
            names = [str(name) for name in found["numbers"]]
            today, day = _counters(found["today"]), str(found["day"])
            series = {span: _samples(span, names, found["series"][span]) for span in _KEPT}
        except (OSError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
            return
        with self._lock:
            self.today, self._day = today, day
            for span, samples in series.items():
                self._series[span].extend(samples)


def _add(samples: deque[Sample], new: Sample) -> None:
    """Append a sample, or add it to the last; ``samples`` stay in order and full steps."""
    most, done = new.sessions, new.done
    # After a clock was set back there are some of a time that has yet to come.
    while samples and samples[-1].time >= new.time:
        last = samples.pop()
        most, done = max(most, last.sessions), _plus(last.done, done)
    samples.append(Sample(new.time, new.step, most, done))


def _each(operation: Callable[[int, int], int], one: Counters, other: Counters) -> Counters:
    pairs = ((name, getattr(one, name), getattr(other, name)) for name in _NUMBERS)
    return Counters(**{name: operation(mine, theirs) for name, mine, theirs in pairs})


def _minus(totals: Counters, before: Counters) -> Counters:
    return _each(sub, totals, before)


def _plus(one: Counters, other: Counters) -> Counters:
    return _each(add, one, other)


def _row(sample: Sample) -> list[float]:
    return [sample.time, sample.sessions, *(getattr(sample.done, name) for name in _NUMBERS)]


def _samples(span: Span, names: Sequence[str], rows: Sequence[Sequence[float]]) -> list[Sample]:
    step, length = _LENGTHS[span]
    found = []
    for time, sessions, *values in rows[-length:]:
        done = _counters(dict(zip(names, values, strict=True)))
        found.append(Sample(float(time), step, int(sessions), done))
    if any(a.time >= b.time for a, b in pairwise(found)) or not all(map(_is_sound, found)):
        raise ValueError("not what was saved")
    return found


def _is_sound(sample: Sample) -> bool:
    return 0 <= sample.time < float("inf") and sample.sessions >= 0


def _counters(values: Mapping[str, Any]) -> Counters:
    """Numbers by name; one that another version knows and this one does not is left out."""
    known = {name: int(values[name]) for name in _NUMBERS if name in values}
    if any(value < 0 for value in known.values()):
        raise ValueError("nothing happens less than never")
    return Counters(**known)
