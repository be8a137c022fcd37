"""Text in the order that people put it in: 2 before 10."""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBER = re.compile(r"[0-9]+")


# A table of ten thousand accounts asks a quarter of a million times to sort itself.
@lru_cache(maxsize=1 << 14)
def natural_order(text: str) -> str:
    """What to sort a text by: capitals count as small letters, digits as the numbers they are."""
    return _NUMBER.sub(_by_length, text.casefold())


def _by_length(number: re.Match[str]) -> str:
    # Of two numbers without leading zeros the longer one is greater.
    digits = number[0].lstrip("0")
    return f"{len(digits):04}{digits}"
