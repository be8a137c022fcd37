"""Octets cut into pieces, as a network may deliver them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

cuts = st.lists(st.integers(0, 400), max_size=12)


def chunked(octets: bytes, where: list[int]) -> list[bytes]:
    """The octets cut at these places."""
    places = [0, *sorted(min(place, len(octets)) for place in where), len(octets)]
    return [octets[start:end] for start, end in pairwise(places)]
