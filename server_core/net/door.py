"""What a listener gives each of its sessions: rules, patience and protection."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, fields

from server_core.config.listening import Proxy
from server_core.protocol.session_policy import SessionPolicy


@dataclass(slots=True)
class Door:
    """One listener as its sessions see it.

    The control loop replaces the values when a configuration is applied: new sessions take the new
    policy, open ones keep theirs; ``idle_timeout`` (seconds, 0 for never) holds for all at once.
    ``answers_refused`` tells whether a client that a limit refuses is asked to try later.
    """

    name: str
    policy: SessionPolicy
    idle_timeout: int
    implicit_tls: bool
    tls_context: ssl.SSLContext | None
    proxy: Proxy
    answers_refused: bool

    def become(self, other: Door) -> None:
        """Take over another door's values."""
        for value in fields(self):
            setattr(self, value.name, getattr(other, value.name))
