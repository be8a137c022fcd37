"""A session as pages name it to each other: ``session:7``, or ``session:7 OPENED CLOSED``.

Numbers begin anew at each start of the server, so the moments tell which session is meant.
"""

from __future__ import annotations

from typing import NamedTuple

PREFIX = "session:"
NEAR = 2.0
"""Two moments as far apart are of one session; the log files know whole seconds only."""


class SessionTarget(NamedTuple):
    """A session's number; ``opened`` and ``closed`` are 0.0 where they are not known."""

    session: int
    opened: float = 0.0
    closed: float = 0.0

    def __str__(self) -> str:
        moments = (self.opened, self.closed) if self.closed else (self.opened,)
        told = "".join(f" {moment!r}" for moment in moments) if self.opened else ""
        return f"{PREFIX}{self.session}{told}"

    def is_of(self, opened: float) -> bool:
        """Whether the session of that number that was opened then is meant."""
        return not self.opened or abs(self.opened - opened) < NEAR


def session_target(target: str) -> SessionTarget:
    """The session that was named."""
    number, *moments = target.removeprefix(PREFIX).split()
    return SessionTarget(int(number), *map(float, moments))
