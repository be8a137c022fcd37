"""What part of many values is no higher."""

from __future__ import annotations

from collections.abc import Iterable


def percentile(values: Iterable[float], part: float) -> float:
    """What so large a part of the values does not exceed; 0 when there are none."""
    ordered = sorted(values)
    return ordered[int((len(ordered) - 1) * part)] if ordered else 0.0
