"""Where the scales of a chart have their marks: round numbers, and round times of the day."""

from __future__ import annotations

import math
import time

from app.dashboard.chart_points import Period
from app.look.words import written

LEAST_TOP = 4
_TIMES = {"5min": (60, "HH:mm"), "1h": (600, "HH:mm"), "24h": (14_400, "HH:mm")}
_DAYS = {"7d": (1, "ddd d"), "30d": (5, "d MMM")}


def value_marks(highest: float) -> list[int]:
    """Three or four round numbers from 0 up, the last of them at least ``highest``."""
    top = max(LEAST_TOP, math.ceil(highest))
    size = 10 ** math.floor(math.log10(top / 4))
    steps = (round(part * size / 10) for part in (10, 20, 25, 50, 100) if part * size % 10 == 0)
    step = next(step for step in steps if step * 4 >= top)
    return [step * place for place in range(math.ceil(top / step) + 1)]


def time_marks(period: Period, now: float) -> list[tuple[float, str]]:
    """Moments within the period and their words, oldest first."""
    begins = now - period.seconds
    if period.id in _DAYS:
        days, form = _DAYS[period.id]
        year, month, day = time.localtime(now)[:3]
        count = period.seconds // 86_400
        midnights = (
            time.mktime((year, month, day - back, 0, 0, 0, 0, 0, -1))
            for back in range(0, count + 1, days)
        )
        return [(when, written(when, form)) for when in sorted(midnights) if begins <= when <= now]
    step, form = _TIMES[period.id]
    # Round in the clock on the wall, which may be some half hours off the world's.
    away = time.localtime(now).tm_gmtoff or 0
    first = math.ceil((begins + away) / step) * step - away
    return [(when, written(when, form)) for when in range(int(first), int(now) + 1, step)]
