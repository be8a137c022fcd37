"""CAPA: what this connection can do now, computed from the command table (RFC 2449)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from server_core.protocol.commands.command import Command
from server_core.protocol.replies import Reply
from server_core.protocol.session_state import Pop3Session

_ALWAYS = ("RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER")
# A stranger need not know what runs here (RFC 2449 section 6.9).
_SIGNED_IN = ("IMPLEMENTATION Postroom",)


def capa_of(commands: Sequence[Command]) -> Callable[[Pop3Session, bytes], Reply]:
    """The handler that announces what these commands and their connection's terms offer."""

    def capa(session: Pop3Session, argument: bytes) -> Reply:
        signed_in = session.account is not None
        cached = session.terms.capability_lists
        if signed_in not in cached:
            announced = [row.capability(session) for row in commands if row.capability]
            lines = [*filter(None, announced), *_ALWAYS, *(_SIGNED_IN if signed_in else ())]
            cached[signed_in] = "".join(f"{line}\r\n" for line in lines).encode()
        return Reply("Capability list follows", cached[signed_in])

    return capa
