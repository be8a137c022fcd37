"""LOGIN: user and password, each asked for (draft-murchison-sasl-login)."""

from __future__ import annotations

from server_core.config.signing_in import Method
from server_core.protocol.actions import Steps
from server_core.protocol.sasl.mechanism import Challenge, Identity, Mechanism, check_password


def exchange(initial: bytes | None) -> Steps[Identity]:
    """Whom the name and password prove the client to be; the name may come with AUTH."""
    # A widespread client insists on these two prompts, colons included.
    user = initial if initial is not None else (yield from Challenge(b"Username:"))
    password = yield from Challenge(b"Password:")
    return (yield from check_password(user, password))


MECHANISM = Mechanism(Method.LOGIN, exchange, only_with="PLAIN")
