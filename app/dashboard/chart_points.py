"""What a chart draws: the server's series, cut to a period and grouped into its steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from server_core.events.log_views import Sample, Span

# The server looks once a second and a little later each time, so now and then a second is missing.
LONGEST_PAUSE = 3.0
Add = Callable[[int, int], int]


@dataclass(frozen=True, slots=True)
class Period:
    """How far back charts look, and in steps of how many seconds."""

    id: str
    title: str
    span: Span
    seconds: int
    step: int
    step_words: str


def periods() -> tuple[Period, ...]:
    """The periods to choose from, shortest first."""
    tr = QCoreApplication.translate
    second, minute = tr("Charts", "a second"), tr("Charts", "a minute")
    ten, hour = tr("Charts", "ten minutes"), tr("Charts", "an hour")
    return (
        Period("5min", tr("Charts", "5 minutes"), Span.SECONDS, 300, 1, second),
        Period("1h", tr("Charts", "1 hour"), Span.MINUTES, 3_600, 60, minute),
        Period("24h", tr("Charts", "24 hours"), Span.MINUTES, 86_400, 600, ten),
        Period("7d", tr("Charts", "7 days"), Span.HOURS, 604_800, 3_600, hour),
        Period("30d", tr("Charts", "30 days"), Span.HOURS, 2_592_000, 3_600, hour),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: its name, its mark and colour role, and what it shows of a sample."""

    title: str
    mark: str
    role: str
    value: Callable[[Sample], int]


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a chart: when it began, and the value of each line."""

    time: float
    values: tuple[int, ...]


def points_of(
    samples: Sequence[Sample], lines: Sequence[Line], add: Add, period: Period, now: float
) -> list[Point]:
    """The steps of a period that something is known of, oldest first; ``add`` joins samples."""
    begins = now - period.seconds
    grouped: dict[float, tuple[int, ...]] = {}
    for sample in samples:
        if not begins < sample.time + sample.step <= now + 2 * period.step:
            continue
        start = sample.time // period.step * period.step
        values = tuple(line.value(sample) for line in lines)
        known = grouped.get(start)
        grouped[start] = values if known is None else tuple(map(add, known, values))
    return [Point(time, values) for time, values in sorted(grouped.items())]


def runs_of(points: Sequence[Point], step: int) -> list[list[Point]]:
    """The points in stretches without a pause; between them the server did not run."""
    runs: list[list[Point]] = []
    for point in points:
        if not runs or point.time - runs[-1][-1].time > max(step, LONGEST_PAUSE):
            runs.append([])
        runs[-1].append(point)
    return runs
