"""PLAIN: identity, user and password in one message (RFC 4616)."""

from __future__ import annotations

from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Steps
from server_core.protocol.replies import ExchangeFailed
from server_core.protocol.sasl.mechanism import Challenge, Mechanism, check_password


def exchange(initial: bytes | None) -> Steps[str]:
    """The account whose name and password the client's one message holds."""
    message = initial if initial is not None else (yield from Challenge(b""))
    parts = message.split(b"\0")
    if len(parts) != 3:
        raise ExchangeFailed(SignInReason.MALFORMED)
    authorize_as, user, password = parts
    if authorize_as not in {b"", user}:
        # Acting for somebody else is a right that nobody has here.
        raise ExchangeFailed(SignInReason.MALFORMED, user.decode("utf-8", "replace"))
    return (yield from check_password(user, password))


MECHANISM = Mechanism("PLAIN", exchange)
