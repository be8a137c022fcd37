"""EXTERNAL with real certificates: asked for, shown or not, known or not."""

from __future__ import annotations

import ssl
from base64 import b64encode
from pathlib import Path

import pytest
import trustme

from server_core.config.model import Security
from server_core.config.signing_in import Method
from server_core.events.reasons import SignInReason
from server_core.events.types import Level, SignInFailed
from server_core.service import MailService
from tests.net.conftest import Client, Connect, anybody, apply, listener, office

ANN = "ann@localhost"
REFUSED = "-ERR [AUTH] Invalid user name or password"
NOT_HERE = "-ERR Mechanism not available"
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


class Office:
    """A service whose listeners, ``stls`` and ``tls``, trust one authority for client names."""

    def __init__(self, service: MailService, folder: Path) -> None:
        self.service = service
        self._authority = trustme.CA()
        self._ca = folder / "clients.pem"
        self._authority.cert_pem.write_to_path(str(self._ca))

    async def ask(self, how: str, *, method: bool = True) -> None:
        """Ask clients for certificates in this way."""
        tls = {"client_certificates": how, "ca": str(self._ca)}
        listeners = [
            listener("stls", Security.STARTTLS, tls=tls),
            listener("tls", Security.TLS, tls=tls),
        ]
        methods = (Method.PLAIN, *((Method.EXTERNAL,) if method else ()))
        await apply(self.service, office(*listeners, secure_methods=methods))

    def showing(
        self, *names: str, common_name: str | None = None, version: ssl.TLSVersion = VERSIONS[1]
    ) -> ssl.SSLContext:
        """A client's side that shows a certificate with these names, or none without any."""
        context = anybody()
        context.minimum_version = context.maximum_version = version
        if names:
            self._authority.issue_cert(*names, common_name=common_name).configure_cert(context)
        return context


@pytest.fixture
def desk(service: MailService, tmp_path: Path) -> Office:
    return Office(service, tmp_path)


async def secured(connect: Connect, name: str, context: ssl.SSLContext) -> Client:
    """A client of this listener after its handshake and greeting."""
    client = await connect(name, tls=context if name == "tls" else False)
    await client.line()
    if name != "tls":
        await client.say("STLS")
        await client.secure(context)
    return client


async def offered(client: Client) -> str:
    """CAPA's line of mechanisms."""
    await client.say("CAPA")
    return next(line for line in await client.lines() if line.startswith("SASL"))


@pytest.mark.parametrize("how", ["accept", "require"])
@pytest.mark.parametrize("name", ["stls", "tls"])
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_certificate_with_the_account_s_address_opens_it(
    desk: Office, connect: Connect, how: str, name: str, version: ssl.TLSVersion
) -> None:
    await desk.ask(how)
    client = await secured(connect, name, desk.showing(ANN, version=version))
    assert await offered(client) == "SASL EXTERNAL PLAIN"
    assert (await client.say("AUTH EXTERNAL =")).startswith("+OK ")


@pytest.mark.parametrize("name", ["stls", "tls"])
async def test_who_shows_no_certificate_signs_in_otherwise(
    desk: Office, connect: Connect, name: str
) -> None:
    await desk.ask("accept")
    client = await secured(connect, name, desk.showing())
    assert await offered(client) == "SASL PLAIN"
    assert await client.say("AUTH EXTERNAL =") == NOT_HERE


@pytest.mark.parametrize(("how", "method"), [("no", True), ("require", False)])
async def test_it_is_offered_only_where_certificates_are_asked_for_and_it_is_chosen(
    desk: Office, connect: Connect, how: str, method: bool
) -> None:
    await desk.ask(how, method=method)
    client = await secured(connect, "tls", desk.showing(ANN))
    assert await offered(client) == "SASL PLAIN"
    assert await client.say("AUTH EXTERNAL =") == NOT_HERE


@pytest.mark.parametrize(
    ("name", "response", "reason"),
    [
        ("bob@localhost", "=", SignInReason.CERTIFICATE_UNKNOWN),
        ("bob@localhost", ANN, SignInReason.CERTIFICATE_UNKNOWN),
        ("ann.localhost", "=", SignInReason.CERTIFICATE_UNKNOWN),
        (ANN, "bob@localhost", SignInReason.NOT_AUTHORIZED),
    ],
)
async def test_nobody_else_is_let_in_and_the_log_says_why(
    desk: Office, connect: Connect, name: str, response: str, reason: SignInReason
) -> None:
    await desk.ask("require")
    ring = desk.service.watch(Level.ERROR)
    client = await secured(connect, "tls", desk.showing(name))
    sent = response if response == "=" else b64encode(response.encode()).decode()
    assert await client.say(f"AUTH EXTERNAL {sent}") == REFUSED
    failures = [e for e in ring.drain().events if isinstance(e, SignInFailed)]
    assert [(e.method, e.reason) for e in failures] == [("EXTERNAL", reason)]


@pytest.mark.parametrize(
    ("names", "common_name"), [(("x@localhost", ANN), None), (("x.localhost",), "Ann@Localhost")]
)
async def test_every_address_in_the_certificate_counts(
    desk: Office, connect: Connect, names: tuple[str, ...], common_name: str | None
) -> None:
    await desk.ask("accept")
    client = await secured(connect, "tls", desk.showing(*names, common_name=common_name))
    assert await client.say("AUTH EXTERNAL") == "+ "
    assert (await client.say(b64encode(b"ann").decode())).startswith("+OK ")
