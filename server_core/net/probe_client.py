"""A POP3 client in lock step (RFC 1939), for trying the server's own listeners; blocks."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

from server_core.net.peers import peer_text

Announce = Callable[[str], object]
# What a proxy says of a connection of its own (PROXY protocol, version 1).
_NOBODY = b"PROXY UNKNOWN\r\n"
_LONGEST_LINE = 2_048
_MOST_LINES = 100


class Stopped(Exception):
    """The step went wrong; the text says how."""


class Client:
    """One connection. Everything raises Stopped or OSError when it goes wrong.

    ``announce`` is called with this end of the connection, as the server names peers, while that
    is settled and nothing was sent yet. As a ``proxy`` it says first that it speaks for nobody.
    """

    def __init__(
        self,
        host: str,
        port: int,
        patience: float,
        announce: Announce | None = None,
        *,
        proxy: bool = False,
    ) -> None:
        self._place = host, port
        self._patience = patience
        self._announce = announce
        self._proxy = proxy
        self._socket: socket.socket | None = None
        self._came = bytearray()
        self.capabilities: tuple[str, ...] = ()
        self.signed_in = False

    def connect(self) -> str:
        """Connect; an announced connection comes from the address that it goes to."""
        host, port = self._place
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = made = socket.socket(family, socket.SOCK_STREAM)
        made.settimeout(self._patience)
        if self._announce is not None:
            made.bind((host, 0))
            self._announce(peer_text(*made.getsockname()[:2]))
        made.connect(self._place)
        if self._proxy:
            made.sendall(_NOBODY)
        return f"{host} port {port} answers"

    def secure(self) -> str:
        """Shake hands, whatever certificate is shown: what is tried is whether it works at all."""
        if self._came:
            raise Stopped("the server said more than it should before the handshake")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        secured = context.wrap_socket(self._open())
        self._socket = secured
        cipher = secured.cipher()
        return f"{secured.version()}, {cipher[0] if cipher else 'no cipher'}"

    def learn_capabilities(self) -> str:
        """Ask what the server can do from here on."""
        self.say("CAPA")
        self.capabilities = tuple(line.decode("utf-8", "replace") for line in self.lines())
        return ", ".join(self.capabilities)

    def say(self, line: str) -> str:
        """Say a line and give what stands behind ``+OK``."""
        self.send(line)
        return self.answer()

    def answer(self) -> str:
        """What stands behind ``+OK``."""
        line = self.line().decode("utf-8", "replace")
        if not line.startswith("+OK"):
            raise Stopped(line)
        return line.removeprefix("+OK").strip() or "accepted"

    def challenge(self) -> str:
        """What stands behind ``+`` while somebody signs in (RFC 5034)."""
        line = self.line().decode("utf-8", "replace")
        if not line.startswith("+ "):
            raise Stopped(line)
        return line[2:]

    def send(self, line: str) -> None:
        """Say a line."""
        self._open().sendall(f"{line}\r\n".encode())

    def lines(self) -> list[bytes]:
        """A multi-line reply without its byte-stuffing (RFC 1939 section 3)."""
        found: list[bytes] = []
        while (line := self.line()) != b".":
            found.append(line.removeprefix(b"."))
            if len(found) > _MOST_LINES:
                raise Stopped("the reply has no end")
        return found

    def line(self) -> bytes:
        """One line, without its end."""
        while (end := self._came.find(b"\n")) < 0:
            if len(self._came) > _LONGEST_LINE:
                raise Stopped("a line has no end")
            octets = self._open().recv(_LONGEST_LINE)
            if not octets:
                raise Stopped("the server closed the connection")
            self._came += octets
        line = bytes(self._came[:end]).removesuffix(b"\r")
        del self._came[: end + 1]
        return line

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise Stopped("not connected")
        return self._socket
