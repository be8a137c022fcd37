"""The server's program with every call counted; says how many after each line of standard input.

A call is one of a Python function or of a built-in one, on any thread of the server.
"""

from __future__ import annotations

import sys
import threading
from types import FrameType
from typing import ClassVar

from tests.work.serve import run

_CALLS = frozenset({"call", "c_call"})


class Counter:
    """The calls of one thread, which alone writes it: no lock, and nothing is lost."""

    every: ClassVar[list[Counter]] = []

    def __init__(self) -> None:
        self.calls = 0
        self.every.append(self)

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """What ``sys.setprofile`` wants."""
        if event in _CALLS:
            self.calls += 1


def begin(frame: FrameType, event: str, argument: object) -> None:
    """The first event of a new thread: from now on it has a counter of its own."""
    sys.setprofile(Counter())


def answer() -> None:
    """Say after each line how many calls there were so far."""
    for _ in sys.stdin:
        print("calls", sum(counter.calls for counter in Counter.every), flush=True)


if __name__ == "__main__":
    threading.Thread(target=answer, daemon=True).start()
    threading.setprofile(begin)  # not for the thread above
    sys.setprofile(Counter())
    sys.exit(run())
