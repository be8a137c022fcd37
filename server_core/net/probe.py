"""Trying a listener as a mail program would, step by step (RFC 1939, 2449, 2595); blocks."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator

from server_core.config.endpoint import Endpoint
from server_core.config.model import Security
from server_core.events.views import ProbeStep
from server_core.protocol.actions import Secret

PATIENCE = 10.0
_LONGEST_LINE = 2_048
_MOST_LINES = 100
_LOOPBACK = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared


class _Stopped(Exception):
    """The step went wrong; the text says how."""


def probe(
    address: str,
    security: str,
    user: str = "",
    password: Secret | None = None,
    *,
    patience: float = PATIENCE,
) -> tuple[ProbeStep, ...]:
    """What a mail program on this computer meets; the first step that goes wrong is the last.

    Without a user nobody signs in. ``patience`` is how long each answer may take, in seconds.
    """
    host, port = Endpoint.parse(address)
    client = _Client(_LOOPBACK.get(host, host), port, patience)
    steps: list[ProbeStep] = []
    try:
        for name, work in _conversation(client, security, user, password):
            begun = time.perf_counter()
            try:
                passed, words = True, work()
            except (OSError, _Stopped) as problem:
                passed, words = False, str(problem) or type(problem).__name__
            steps.append(ProbeStep(name, passed, words, time.perf_counter() - begun))
            if not passed:
                break
    finally:
        client.close()
    return tuple(steps)


def _conversation(
    client: _Client, security: str, user: str, password: Secret | None
) -> Iterator[tuple[str, Callable[[], str]]]:
    """The steps in their order; what was found out decides about those that follow."""
    yield "Connect", client.connect
    if security == Security.TLS:
        yield "Handshake", client.secure
    yield "Greeting", client.greeting
    yield "Capabilities", client.capabilities
    if security in (Security.STARTTLS, Security.STARTTLS_REQUIRED):
        yield "STLS", lambda: client.say("STLS")
        yield "Handshake", client.secure
        yield "Capabilities once encrypted", client.capabilities
    if user:
        yield "Sign-in", lambda: client.sign_in(user, password or Secret(b""))
        yield "Mailbox", lambda: client.say("STAT")
    yield "Sign-off", lambda: client.say("QUIT")


class _Client:
    """A lock-step client."""

    def __init__(self, host: str, port: int, patience: float) -> None:
        self._place = host, port
        self._patience = patience
        self._socket: socket.socket | None = None

    def connect(self) -> str:
        host, port = self._place
        self._socket = socket.create_connection(self._place, self._patience)
        return f"{host} port {port} answers"

    def secure(self) -> str:
        """Whatever certificate is shown: what is tried is whether it works at all."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        secured = context.wrap_socket(self._open())
        self._socket = secured
        cipher = secured.cipher()
        return f"{secured.version()}, {cipher[0] if cipher else 'no cipher'}"

    def greeting(self) -> str:
        return self._answer()

    def capabilities(self) -> str:
        self._send("CAPA")
        self._answer()
        lines = []
        while (line := self._line()) != ".":
            lines.append(line)
            if len(lines) > _MOST_LINES:
                raise _Stopped("the list of capabilities has no end")
        return ", ".join(lines)

    def sign_in(self, user: str, password: Secret) -> str:
        self.say(f"USER {user}")
        return self.say(f"PASS {password.reveal().decode('utf-8')}")

    def say(self, line: str) -> str:
        self._send(line)
        return self._answer()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise _Stopped("not connected")
        return self._socket

    def _send(self, line: str) -> None:
        self._open().sendall(f"{line}\r\n".encode())

    def _answer(self) -> str:
        line = self._line()
        if not line.startswith("+OK"):
            raise _Stopped(line)
        return line.removeprefix("+OK").strip() or "accepted"

    def _line(self) -> str:
        """One line; octet by octet, so that nothing of a handshake is taken for it."""
        octets = bytearray()
        while not octets.endswith(b"\n"):
            octet = self._open().recv(1)
            if not octet:
                raise _Stopped("the server closed the connection")
            octets += octet
            if len(octets) > _LONGEST_LINE:
                raise _Stopped("a line has no end")
        return octets.decode("utf-8", "replace").strip()
