"""How the interpreter divides its time in a program that only serves."""

from __future__ import annotations

import gc
import sys

_YOUNG = 10_000
TURN_SECONDS = 0.0005


def serve_steadily() -> None:
    """Have Python look for garbage seldom and its threads take short turns; for the whole process.

    A session's objects are freed the moment it ends, without a look; at Python's usual number a
    few dozen sessions bring one on, which walks those that are still there for nothing. What
    start-up has made is spared every look.

    A thread that writes the log keeps a session waiting for a whole turn at each reply. At the
    usual 5 ms the slowest hundredth of the polls of a quiet hour took twice as long.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
    sys.setswitchinterval(TURN_SECONDS)
