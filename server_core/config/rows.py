"""Rows have no names: which of them go on from one list to another, and what differs."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Sign = Callable[[Row], Hashable]


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that was added (``before`` is None), removed (``after`` is None) or changed.

    ``number`` counts from 1 in the new list, for a removed row in the old one.
    """

    number: int
    before: Row | None
    after: Row | None


def row_differences(before: Sequence[Row], after: Sequence[Row]) -> tuple[RowDifference, ...]:
    """What differs between two lists of rows; none when only their order does.

    A row goes on where it is the same, else where its address is, else where it stands.
    """
    pairs = paired(before, after, whole, address)
    going_on = set(pairs.values())
    for place in range(min(len(before), len(after))):
        if place not in pairs and place not in going_on:
            pairs[place] = place
            going_on.add(place)
    found = []
    for place, row in enumerate(after):
        old = before[pairs[place]] if place in pairs else None
        if old is None or whole(old) != whole(row):
            found.append(RowDifference(place + 1, old, row))
    for place, row in enumerate(before):
        if place not in going_on:
            found.append(RowDifference(place + 1, row, None))
    return tuple(found)


def paired(before: Sequence[Row], after: Sequence[Row], *signs: Sign) -> dict[int, int]:
    """Which entry of ``before`` each of ``after`` continues, by position; the first sign wins."""
    pairs: dict[int, int] = {}
    for sign in signs:
        going_on = set(pairs.values())
        free: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for index, entry in enumerate(before):
            if index not in going_on:
                free[sign(entry)].append(index)
        for place, entry in enumerate(after):
            if place not in pairs and (waiting := free.get(sign(entry))):
                pairs[place] = waiting.popleft()
    return pairs


def whole(row: Row) -> Hashable:
    """A sign that rows share when nothing differs."""
    return json.dumps(row, sort_keys=True)


def address(row: Row) -> Hashable:
    """A sign that rows share when they are about the same address."""
    return str(row.get("address"))


def name(row: Row) -> Hashable:
    """A sign that entries share when they are called the same."""
    return str(row.get("name"))
