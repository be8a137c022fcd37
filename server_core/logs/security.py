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
from server_core.logs.entry import SECURITY, Entry

LEVELS = Level.ERROR | Level.WARNING | Level.INFO
_TELLING = (SignedIn, SignInFailed, ConnectionRefused, AddressBanned, BanLifted)


def concerns_security(event: Event) -> bool:
    """Whether the security log tells of such events."""
    return isinstance(event, _TELLING)


def security_entry(event: Event, entry: Entry) -> Entry:
    """What the security log says of an event whose entry this is; an address is in the line."""
    if isinstance(event, SignInFailed):
        text = f"{entry.text} from [{entry.peer}] with {event.method}"
        return entry._replace(module=SECURITY, text=text)
    return entry._replace(module=SECURITY)
