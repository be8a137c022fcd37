"""What a listener gives each of its sessions: rules, patience and protection."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from server_core.protocol.session_policy import SessionPolicy


@dataclass(slots=True)
class Door:
    """One listener as its sessions see it.

    The control loop replaces the values when a configuration is applied: new sessions take the new
    policy, open ones keep theirs; ``idle_timeout`` (seconds, 0 for never) holds for all at once.
    """

    name: str
    policy: SessionPolicy
    idle_timeout: int
    implicit_tls: bool
    tls_context: ssl.SSLContext | None
