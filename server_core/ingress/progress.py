"""How far a long import or export is, for somebody who waits for it and may have had enough."""

from __future__ import annotations


class Progress:
    """Noted by the thread that works, read and stopped by any other.

    ``done`` of ``total``: octets of the source of an import, messages of an export. Both are 0
    before anything is known.
    """

    def __init__(self) -> None:
        self.done = 0
        self.total = 0
        self.is_stopped = False

    def stop(self) -> None:
        """Ask the work to end at its next step."""
        self.is_stopped = True

    def note(self, done: int, total: int) -> None:
        """So much is done."""
        self.done, self.total = done, total
