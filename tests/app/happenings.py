"""Events and views made by hand, for tests of what shows them."""

from __future__ import annotations

from server_core.events.reasons import CloseReason, SignInReason
from server_core.events.ring import Batch
from server_core.events.types import (
    Event,
    SessionClosed,
    SessionOpened,
    SessionSecured,
    SignedIn,
    SignInFailed,
)

PEER = "192.0.2.7:4000"


def opened(session: int, *, peer: str = PEER, time: float = 100.0) -> SessionOpened:
    """A connection that was accepted."""
    return SessionOpened(session=session, listener="office", peer=peer, time=time)


def secured(session: int) -> SessionSecured:
    """Its handshake."""
    return SessionSecured(
        session=session, listener="office", peer=PEER, version="TLS 1.3", cipher="C", time=101.0
    )


def signed_in(session: int, user: str = "ann@example.com") -> SignedIn:
    """Its sign-in."""
    return SignedIn(
        session=session,
        listener="office",
        peer=PEER,
        user=user,
        method="user",
        messages=3,
        octets=99,
        time=102.0,
    )


def refused(session: int, user: str = "ann@example.com") -> SignInFailed:
    """A sign-in that failed."""
    return SignInFailed(
        session=session,
        listener="office",
        peer=PEER,
        user=user,
        method="user",
        reason=SignInReason.WRONG_PASSWORD,
        time=102.0,
    )


def closed(
    session: int, *, user: str = "ann@example.com", reason: CloseReason = CloseReason.QUIT
) -> SessionClosed:
    """Its end."""
    return SessionClosed(
        session=session,
        listener="office",
        peer=PEER,
        user=user,
        reason=reason,
        opened=100.0,
        time=110.0 + session,
        retrieved=2,
    )


def batch(*events: Event, dropped: int = 0) -> Batch:
    """These events at once."""
    return Batch(events, dropped)
