"""A POP3 client whose every token the test has in hand."""

from __future__ import annotations

import socket
import ssl
from base64 import b64decode, b64encode
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tests.clients.conftest import HOST as ADDRESS
from tests.clients.conftest import Wire
from tests.kerberos.conftest import Office
from tests.kerberos.realm import HOST

if TYPE_CHECKING:
    import spnego

_SECONDS = 20
NO_LAYER = b"\1\0\0\0"


class Talk:
    """One connection, greeted, and with TLS where the wire has it."""

    def __init__(self, office: Office, wire: Wire = Wire.PLAIN) -> None:
        self._socket = socket.create_connection((ADDRESS, office.port(wire)), _SECONDS)
        self._trusted = ssl.create_default_context(cafile=str(office.ca))
        if wire is Wire.TLS:
            self._secure()
        self._file = self._socket.makefile("rb")
        self.line()
        if wire is Wire.STLS:
            assert self.say(b"STLS").startswith(b"+OK")
            self._secure()
            self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._socket.close()

    def line(self) -> bytes:
        """The next line; empty when the server closed."""
        return self._file.readline()

    def say(self, line: bytes) -> bytes:
        """Send a line and give what is answered."""
        self._socket.sendall(line + b"\r\n")
        return self.line()

    def respond(self, octets: bytes) -> bytes:
        """Send a response and give what is answered."""
        return self.say(b64encode(octets))

    def capabilities(self) -> list[bytes]:
        """CAPA's lines."""
        assert self.say(b"CAPA").startswith(b"+OK")
        return list(iter(self.line, b".\r\n"))

    def _secure(self) -> None:
        self._socket = self._trusted.wrap_socket(self._socket, server_hostname=HOST)


def challenge(reply: bytes) -> bytes:
    """The octets of a challenge."""
    assert reply.startswith(b"+ "), reply
    return b64decode(reply[2:], validate=False)


def holder(cache: str, service: str = "pop", protocol: str = "kerberos") -> spnego.ContextProxy:
    """Who holds the ticket in a cache, about to ask for one for our service."""
    import spnego  # without it no test comes here

    ticket = spnego.KerberosCCache(cache)
    return spnego.client(ticket, hostname=HOST, service=service, protocol=protocol)


def begin(talk: Talk, client: spnego.ContextProxy) -> bytes:
    """Go as far as the offer of security layers; gives what the server offers."""
    reply = talk.say(b"AUTH GSSAPI " + b64encode(client.step() or b""))
    client.step(challenge(reply))
    assert client.complete
    offer: bytes = client.unwrap(challenge(talk.respond(b""))).data
    return offer


def sign_in(talk: Talk, cache: str, authorize_as: bytes = b"", choice: bytes = NO_LAYER) -> bytes:
    """A whole exchange; gives what the server thinks of it."""
    client = holder(cache)
    assert begin(talk, client) == NO_LAYER
    return talk.respond(client.wrap(choice + authorize_as, encrypt=False).data)
