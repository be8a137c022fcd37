"""Trying a listener as a mail program would, step by step (RFC 1939, 2449, 2595); blocks."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from server_core.config.endpoint import Endpoint
from server_core.config.model import Security
from server_core.events.health import ProbeStep
from server_core.events.types import printable
from server_core.net.probe_client import Announce, Client, Stopped
from server_core.net.probe_sign_in import NotTried, sign_in
from server_core.protocol.actions import Secret

PATIENCE = 10.0
SIGN_IN = "Sign-in"
_LOOPBACK = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared


@dataclass(frozen=True, slots=True)
class Guest:
    """Who signs in; with a ``letter`` the mailbox holds that one message and nothing else."""

    user: str
    password: Secret
    letter: bytes = b""


def probe(
    address: str,
    security: str,
    guest: Guest | None = None,
    *,
    patience: float = PATIENCE,
    announce: Announce | None = None,
    proxy: bool = False,
) -> tuple[ProbeStep, ...]:
    """What a mail program on this computer meets; the first step that goes wrong is the last.

    Without a guest nobody signs in. ``patience`` is how long each answer may take, in seconds.
    For ``announce`` and ``proxy`` see ``Client``.
    """
    host, port = Endpoint.parse(reached_at(address))
    client = Client(host, port, patience, announce, proxy=proxy)
    steps: list[ProbeStep] = []
    try:
        for name, work in _conversation(client, security, guest):
            step = _performed(name, work)
            steps.append(step)
            if not step.passed:
                break
    finally:
        client.close()
    return tuple(steps)


def reached_at(address: str) -> str:
    """The same on this computer where a listener takes connections at all addresses."""
    host, port = Endpoint.parse(address)
    return str(Endpoint(_LOOPBACK.get(host, host), port))


def _performed(name: str, work: Callable[[], str]) -> ProbeStep:
    begun = time.perf_counter()
    passed, skipped = True, False
    try:
        words = work()
    except NotTried as reason:
        skipped, words = True, str(reason)
    except (OSError, Stopped) as problem:
        passed, words = False, _words(problem)
    return ProbeStep(name, passed, printable(words), time.perf_counter() - begun, skipped)


def _words(problem: Exception) -> str:
    """OpenSSL's or the system's reason, else what was said."""
    if isinstance(problem, ssl.SSLError) and problem.reason:
        return problem.reason.replace("_", " ").lower()
    return str(problem) or type(problem).__name__


def _conversation(
    client: Client, security: str, guest: Guest | None
) -> Iterator[tuple[str, Callable[[], str]]]:
    """The steps in their order; what was found out decides about those that follow."""
    yield "Connect", client.connect
    if security == Security.TLS:
        yield "Handshake", client.secure
    yield "Greeting", client.answer
    yield "Capabilities", client.learn_capabilities
    if security in (Security.STARTTLS, Security.STARTTLS_REQUIRED):
        yield "STLS", lambda: client.say("STLS")
        yield "Handshake", client.secure
        yield "Capabilities once encrypted", client.learn_capabilities
    if guest is not None:
        yield SIGN_IN, lambda: sign_in(client, guest.user, guest.password)
        if client.signed_in and guest.letter:
            yield "List", partial(_list, client, guest.letter)
            yield "Fetch", partial(_fetch, client, guest.letter)
        elif client.signed_in:
            yield "Mailbox", lambda: client.say("STAT")
    yield "Sign-off", lambda: client.say("QUIT")


def _list(client: Client, letter: bytes) -> str:
    client.say("LIST")
    listed = client.lines()
    if listed != [f"1 {len(letter)}".encode()]:
        shown = b", ".join(listed[:3]).decode("utf-8", "replace")
        raise Stopped(f"the list should show one message of {len(letter)} octets: {shown}")
    return f"one message of {len(letter)} octets"


def _fetch(client: Client, letter: bytes) -> str:
    client.say("RETR 1")
    came = b"".join(line + b"\r\n" for line in client.lines())
    if came != letter:
        raise Stopped(f"the message came back changed: {len(came)} of {len(letter)} octets")
    return f"all {len(letter)} octets came back as they were stored"
