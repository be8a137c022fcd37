"""CAPA: what this connection can do now, computed from the command table (RFC 2449)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from server_core import __version__
from server_core.protocol.actions import FindDelay, Steps
from server_core.protocol.commands.command import Command, Outcome
from server_core.protocol.replies import Reply
from server_core.protocol.session_policy import SessionPolicy
from server_core.protocol.session_state import Pop3Session

# Nothing is ever removed for its age, so mail may stay for ever (RFC 2449 section 6.7).
_ALWAYS = ("RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER")
_FOLLOWS = "Capability list follows"


def capa_of(commands: Sequence[Command]) -> Callable[[Pop3Session, bytes], Outcome]:
    """The handler that announces what these commands and their connection's terms offer."""

    def capa(session: Pop3Session, argument: bytes) -> Outcome:
        signed_in = session.account is not None
        cached = session.terms.capability_lists
        if signed_in not in cached:
            announced = [row.capability(session) for row in commands if row.capability]
            lines = [*filter(None, announced), *_ALWAYS, *_of_policy(session.policy, signed_in)]
            cached[signed_in] = "".join(f"{line}\r\n" for line in lines).encode()
        if session.account is not None and session.policy.login_delay.varies:
            return _with_own_delay(session.account, cached[signed_in])
        return Reply(_FOLLOWS, cached[signed_in])

    return capa


def _of_policy(policy: SessionPolicy, signed_in: bool) -> Iterator[str]:
    delay = policy.login_delay
    if delay.longest and not (signed_in and delay.varies):
        yield f"LOGIN-DELAY {delay.longest}{' USER' if delay.varies else ''}"
    # A stranger need not know what runs here (RFC 2449 section 6.9).
    if signed_in:
        yield f"IMPLEMENTATION Postroom{f'-{__version__}' if policy.announce_version else ''}"


def _with_own_delay(account: str, lines: bytes) -> Steps[Reply]:
    """After sign-in the account's own time counts (RFC 2449 section 6.5)."""
    seconds = yield from FindDelay(account)
    return Reply(_FOLLOWS, lines + b"LOGIN-DELAY %d\r\n" % seconds)
