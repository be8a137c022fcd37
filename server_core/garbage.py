"""How often Python looks for garbage in a program that only serves."""

from __future__ import annotations

import gc

_YOUNG = 10_000


def look_seldom() -> None:
    """Spare what start-up has made every later look, and look only at much; for the whole process.

    A session's objects are freed the moment it ends, without a look. At Python's usual number a
    few dozen sessions bring one on, which walks those that are still there for nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
