"""PLAIN: identity, user and password in one message (RFC 4616)."""

from __future__ import annotations

from server_core.config.signing_in import Method
from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Steps
from server_core.protocol.replies import ExchangeFailed
from server_core.protocol.sasl.mechanism import Challenge, Identity, Mechanism, check_password


def exchange(initial: bytes | None) -> Steps[Identity]:
    """Whom the name and password in the client's one message prove it to be."""
    message = initial if initial is not None else (yield from Challenge(b""))
    parts = message.split(b"\0")
    if len(parts) != 3:
        raise ExchangeFailed(SignInReason.MALFORMED)
    authorize_as, user, password = parts
    return (yield from check_password(user, password, authorize_as))


MECHANISM = Mechanism(Method.PLAIN, exchange)
