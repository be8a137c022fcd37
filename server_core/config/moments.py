"""A moment as the configuration writes it, on the clock that programs count by."""

from __future__ import annotations

from datetime import datetime


def seconds_of(text: str) -> float | None:
    """Epoch seconds of a moment, None for an empty text; without a zone, in this computer's."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    try:
        return moment.timestamp()
    except (OverflowError, OSError, ValueError):  # beyond what the platform's clock knows
        return 0.0 if moment.year < 2000 else None
