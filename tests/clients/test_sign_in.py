"""Clients sign in with every method they have, over every wire, where the policy allows it."""

from __future__ import annotations

import poplib
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import trustme

from server_core.config.admission import Flow
from server_core.config.draft import Draft
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.config.model import Server as ServerSection
from server_core.config.signing_in import SECRET_METHODS, TLS_METHODS, KeyPlace, Method, Secrets
from tests.clients.conftest import HOST, Box, Client, Server, Wire
from tests.clients.curl import Curl
from tests.clients.fetchmail import Fetchmail
from tests.clients.gsasl import Gsasl, Refused
from tests.clients.mpop import Mpop
from tests.clients.neomutt import Neomutt
from tests.clients.programs import require
from tests.clients.stock_poplib import Poplib

pytestmark = pytest.mark.clients

OLD, NEW = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
METHODS = tuple(method for method in Method if method is not Method.GSSAPI)
IN_CLEAR = tuple(method for method in METHODS if method not in TLS_METHODS)
BINDING = (Method.SCRAM_SHA_1_PLUS, Method.SCRAM_SHA_256_PLUS)
MESSAGE = b"Subject: hello\r\n\r\nHello\r\n"
CLIENTS: tuple[Client, ...] = (Curl(), Mpop(), Fetchmail(), Neomutt(), Poplib())


def _config(authority: Path) -> Config:
    """A server that allows everything and keeps what is needed for it."""
    tls = {"client_certificates": "accept", "ca": str(authority)}
    places = (("open", Security.STARTTLS), ("tls", Security.TLS))
    listeners = tuple(
        Listener.model_validate(
            {"name": name, "address": f"{HOST}:0", "security": security, "tls": tls}
        )
        for name, security in places
    )
    pop3 = Pop3(
        listeners=listeners,
        plain_methods=IN_CLEAR,
        secure_methods=METHODS,
        secrets=Secrets(keep_for=SECRET_METHODS, key_in=KeyPlace.FILE),
        flow=Flow(max_connections=0, max_connections_per_peer=0, max_new=0, max_new_per_peer=0),
        auth_failure_delay=0,
        max_errors=0,
    )
    return Config(server=ServerSection(primary_domain="example.org"), pop3=pop3)


class Office:
    """A server with every method switched on, and who vouches for its users' certificates."""

    def __init__(self, root: Path) -> None:
        self._authority = trustme.CA()
        self._ca = root / "clients.pem"
        self._authority.cert_pem.write_to_path(str(self._ca))
        self.server = Server(root, _config(self._ca))

    def start(self) -> None:
        """Serve."""
        self.server.start()

    def box(
        self,
        folder: Path,
        in_clear: Iterable[Method] = IN_CLEAR,
        under_tls: Iterable[Method] = METHODS,
    ) -> Box:
        """A fresh account with one message, on a server that allows these methods."""
        # With all methods on, so that everything is kept of its password.
        self._allow(IN_CLEAR, METHODS)
        box = Box(self.server, self.server.new_account(), folder)
        self.server.deliver(box.account, [MESSAGE])
        self._allow(in_clear, under_tls)
        return box

    def _allow(self, in_clear: Iterable[Method], under_tls: Iterable[Method]) -> None:
        service = self.server.service
        draft = Draft(service.config)
        draft.set("pop3.plain_methods", list(in_clear))
        draft.set("pop3.secure_methods", list(under_tls))
        self.server.call(service.apply(draft, origin="test"))

    def certificate(self, box: Box) -> Path:
        """A certificate with the account's address, and its key."""
        path = box.state / "certificate.pem"
        issued = self._authority.issue_cert(box.account)
        issued.private_key_and_cert_chain_pem.write_to_path(str(path))
        return path

    def last_method(self, box: Box) -> str:
        """How the account signed in last, as the server saw it."""
        views = self.server.call(self.server.service.accounts())
        return next(view.last_method for view in views if view.name == box.account)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("office"))
    try:
        office.start()
        yield office
    finally:
        office.server.stop()


Prepared = tuple[Office, Gsasl, Path]


@pytest.fixture
def prepared(office: Office, tmp_path: Path) -> Iterator[Prepared]:
    """The server, GNU SASL, and a folder for the client's own things."""
    require(Gsasl.program)
    library = Gsasl()
    yield office, library, tmp_path
    library.close()


def name_of(method: Method) -> str:
    return "USER" if method is Method.USER_PASS else method.value.upper()


def version_for(method: Method | None) -> ssl.TLSVersion:
    """The -PLUS forms are offered under TLS 1.2 only."""
    return OLD if method in BINDING else NEW


@pytest.mark.parametrize(
    ("client", "method", "wire"),
    [
        pytest.param(client, method, wire, id=f"{type(client).__name__}-{method}-{wire.name}")
        for client in CLIENTS
        for method in client.methods
        for wire in Wire
        if wire is not Wire.PLAIN or method not in TLS_METHODS
    ],
)
def test_a_program_fetches_its_mail_by_the_method_it_was_told(
    office: Office, client: Client, method: Method, wire: Wire, tmp_path: Path
) -> None:
    require(client.program)
    only = {method, Method.PLAIN} if method is Method.LOGIN else {method}
    box = office.box(tmp_path, only - {*TLS_METHODS}, only)
    box.wire, box.method = wire, method
    if method is Method.EXTERNAL:
        box.certificate = office.certificate(box)
    assert client.fetch(box, keep=True) == [MESSAGE]
    assert office.last_method(box) == name_of(method)


@pytest.mark.parametrize("wire", Wire)
@pytest.mark.parametrize(
    ("in_clear", "under_tls"),
    [(IN_CLEAR, METHODS), (IN_CLEAR, ()), ((), METHODS), ((), ())],
    ids=["everywhere", "in clear", "under TLS", "nowhere"],
)
def test_every_method_works_where_it_is_allowed_and_nowhere_else(
    prepared: Prepared, wire: Wire, in_clear: tuple[Method, ...], under_tls: tuple[Method, ...]
) -> None:
    office, gsasl, folder = prepared
    box = office.box(folder, in_clear, under_tls)
    box.wire = wire
    certificate = office.certificate(box)
    worked = set()
    for box.method in METHODS:
        box.certificate = certificate if box.method is Method.EXTERNAL else None
        try:
            if box.method in Gsasl.methods:
                gsasl.sign_in(box, version_for(box.method))
            else:
                Poplib().fetch(box, keep=True)
        except (Refused, poplib.error_proto):
            continue
        worked.add(box.method)
        assert office.last_method(box) == name_of(box.method)
    allowed = {*(in_clear if wire is Wire.PLAIN else under_tls)}
    if wire is Wire.STLS and Method.APOP not in in_clear:
        allowed.discard(Method.APOP)  # the greeting, in clear, had no timestamp
    assert worked == allowed


@pytest.mark.parametrize(
    ("wire", "version", "chosen"),
    [
        (Wire.PLAIN, None, "SCRAM-SHA-256"),
        *((wire, OLD, "SCRAM-SHA-256-PLUS") for wire in (Wire.STLS, Wire.TLS)),
        *((wire, NEW, "SCRAM-SHA-256") for wire in (Wire.STLS, Wire.TLS)),
    ],
)
def test_a_client_that_chooses_by_itself_signs_in_whatever_the_version_of_tls(
    prepared: Prepared, wire: Wire, version: ssl.TLSVersion | None, chosen: str
) -> None:
    office, gsasl, folder = prepared
    box = office.box(folder)
    box.wire = wire
    assert gsasl.sign_in(box, version) == chosen
