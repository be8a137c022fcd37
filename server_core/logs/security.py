"""The security log: who got in, who did not, and who was kept out, told once more by itself."""

from __future__ import annotations

from server_core.events.types import (
    AddressBanned,
    BanLifted,
    ConnectionRefused,
    Event,
    Level,
    SignedIn,
    SignInFailed,
)
from server_core.logs.entry import SECURITY, Entry, entry_of

LEVELS = Level.ERROR | Level.WARNING | Level.INFO
_TELLING = (SignedIn, SignInFailed, ConnectionRefused, AddressBanned, BanLifted)


def security_entry(event: Event, host: str) -> Entry | None:
    """The entry of an event that concerns security, its address in the line; None for others."""
    if not isinstance(event, _TELLING):
        return None
    entry = entry_of(event, host)._replace(module=SECURITY)
    if isinstance(event, SignInFailed):
        return entry._replace(text=f"{entry.text} from [{entry.peer}] with {event.method}")
    return entry
