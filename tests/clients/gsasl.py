"""GNU SASL, the library in which mpop and others have their mechanisms, at a line of our own.

Its program speaks IMAP and SMTP only.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from server_core.config.signing_in import Method
from tests.clients.conftest import HOST, PASSWORD, Box, Wire
from tests.clients.programs import SECONDS

_AUTHID, _PASSWORD, _SERVICE, _HOSTNAME, _TLS_UNIQUE = 1, 3, 5, 6, 18
_OK, _NEEDS_MORE = 0, 1


class Refused(Exception):
    """The server said -ERR, in these words."""


class Gsasl:
    """It signs in with one mechanism, or with the best of those that it is shown."""

    program = "gsasl"
    methods: Mapping[Method, str] = {
        method: method.value.upper()
        for method in Method
        if method not in (Method.USER_PASS, Method.APOP, Method.GSSAPI)
    }

    def __init__(self) -> None:
        name = ctypes.util.find_library("gsasl")
        if name is None:
            raise OSError("libgsasl is not installed")
        self._library = ctypes.CDLL(name)
        self._library.gsasl_client_suggest_mechanism.restype = ctypes.c_char_p
        self._library.gsasl_strerror.restype = ctypes.c_char_p
        self._context = ctypes.c_void_p()
        self._check(self._library.gsasl_init(ctypes.byref(self._context)))

    def close(self) -> None:
        """Give back what the library holds."""
        self._library.gsasl_done(self._context)

    def best_of(self, mechanisms: str) -> str:
        """The one it takes when its user did not say."""
        best: bytes = self._library.gsasl_client_suggest_mechanism(
            self._context, mechanisms.encode()
        )
        return best.decode()

    def sign_in(self, box: Box, version: ssl.TLSVersion | None = None) -> str:
        """Sign in, by the best mechanism unless the box says by which; gives its name."""
        with _line(box, version) as line:
            name = self.methods[box.method] if box.method else self.best_of(line.mechanisms())
            with self._session(name, box, line) as session:
                reply, done = line.say(f"AUTH {name}"), False
                while reply.startswith("+ "):
                    assert not done, "the server asks on"
                    response, done = self._step(session, reply[2:])
                    reply = line.say(response)
                if not reply.startswith("+OK"):
                    raise Refused(reply)
                assert done, "the server did not prove itself"
            line.say("QUIT")
            return name

    @contextmanager
    def _session(self, name: str, box: Box, line: _Line) -> Iterator[ctypes.c_void_p]:
        session = ctypes.c_void_p()
        start = self._library.gsasl_client_start
        self._check(start(self._context, name.encode(), ctypes.byref(session)))
        properties = {
            _AUTHID: box.account,
            _PASSWORD: PASSWORD,
            _SERVICE: "pop",
            _HOSTNAME: "localhost",
            **({_TLS_UNIQUE: line.tls_unique} if line.tls_unique else {}),
        }
        for number, text in properties.items():
            self._library.gsasl_property_set(session, number, text.encode())
        try:
            yield session
        finally:
            self._library.gsasl_finish(session)

    def _step(self, session: ctypes.c_void_p, challenge: str) -> tuple[str, bool]:
        """Its response in base64, and whether it is satisfied."""
        out = ctypes.c_char_p()
        step = self._library.gsasl_step64
        code = step(session, challenge.encode(), ctypes.byref(out))
        if code != _NEEDS_MORE:
            self._check(code)
        response = (out.value or b"").decode()
        self._library.gsasl_free(out)
        return response, code == _OK

    def _check(self, code: int) -> None:
        assert code == _OK, self._library.gsasl_strerror(code).decode()


class _Line:
    """The client's end of a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")

    @property
    def tls_unique(self) -> str:
        """What to bind to, in base64; empty where there is nothing that one may bind to."""
        tls = self._connection
        if not isinstance(tls, ssl.SSLSocket) or tls.version() != "TLSv1.2":
            return ""
        return b64encode(tls.get_channel_binding("tls-unique") or b"").decode()

    def hear(self) -> str:
        """One line."""
        return self._file.readline().decode().removesuffix("\r\n")

    def say(self, text: str) -> str:
        """Say a line; gives the first one of the reply."""
        self._connection.sendall(text.encode() + b"\r\n")
        return self.hear()

    def mechanisms(self) -> str:
        """Those that CAPA lists."""
        self.say("CAPA")
        lines = list(iter(self.hear, "."))
        return next((line[5:] for line in lines if line.startswith("SASL ")), "")

    def close(self) -> None:
        """Hang up."""
        self._file.close()


@contextmanager
def _line(box: Box, version: ssl.TLSVersion | None) -> Iterator[_Line]:
    """A line over the box's wire, after its handshake and greeting."""
    trust = ssl.create_default_context(cafile=str(box.server.ca))
    if version is not None:
        trust.minimum_version = trust.maximum_version = version
    if box.certificate is not None:
        trust.load_cert_chain(box.certificate)
    connection = socket.create_connection((HOST, box.port), SECONDS)
    try:
        if box.wire is Wire.TLS:
            connection = trust.wrap_socket(connection, server_hostname=HOST)
        line = _Line(connection)
        line.hear()
        if box.wire is Wire.STLS:
            line.say("STLS")
            line.close()
            connection = trust.wrap_socket(connection, server_hostname=HOST)
            line = _Line(connection)
        yield line
        line.close()
    finally:
        connection.close()
