"""What becomes of an event once it is history."""

from __future__ import annotations

from server_core.events.types import SessionClosed
from server_core.events.views import ClosedSession


def closed_session(event: SessionClosed) -> ClosedSession:
    """The event as history keeps it."""
    return ClosedSession(
        session=event.session,
        listener=event.listener,
        peer=event.peer,
        user=event.user,
        secure=event.secure,
        method=event.method,
        opened=event.opened,
        closed=event.time,
        reason=event.reason,
        retrieved=event.retrieved,
        removed=event.removed,
        received_octets=event.received_octets,
        sent_octets=event.sent_octets,
        problem=event.problem,
    )
