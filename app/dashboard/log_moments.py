"""Moments as people type them into the log's filter."""

from __future__ import annotations

from datetime import datetime

_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
_TIMES = ("%H:%M:%S", "%H:%M")


def read_moment(typed: str, today: datetime, *, end: bool = False) -> float:
    """Epoch seconds of ``14:03``, ``2026-03-14 14:03`` or ``2026-03-14``; 0.0 of nothing.

    A time alone is today's. ``end`` means the last moment that is meant: that of the minute or day.
    ValueError when it is none of these.
    """
    typed = " ".join(typed.split())
    if not typed:
        return 0.0
    for form in (*_FORMS, *_TIMES):
        try:
            moment = datetime.strptime(typed, form)
        except ValueError:
            continue
        if form in _TIMES:
            moment = moment.replace(year=today.year, month=today.month, day=today.day)
        last = {"S": 0.999, "M": 59.999}.get(form[-1], 86_399.999) if end else 0.0
        return moment.timestamp() + last
    raise ValueError(typed)


def moment_text(when: float) -> str:
    """A moment as it may be typed; empty for 0.0."""
    return f"{datetime.fromtimestamp(when):%Y-%m-%d %H:%M:%S}" if when else ""
