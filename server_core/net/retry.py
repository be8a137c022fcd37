"""When something that failed is tried again: soon at first, then less and less often."""

from __future__ import annotations

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0


class Retry:
    """Waits that double from one second to a minute; ``due`` is in the caller's own seconds."""

    def __init__(self) -> None:
        self.due = 0.0
        self._wait = FIRST_SECONDS

    def failed(self, now: float) -> None:
        """One more attempt was in vain; the next is due after a longer wait than the last."""
        self.due = now + self._wait
        self._wait = min(self._wait * 2, LONGEST_SECONDS)

    def begin_anew(self) -> None:
        """The next failure is a first one again."""
        self._wait = FIRST_SECONDS
