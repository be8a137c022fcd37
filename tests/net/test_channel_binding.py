"""SCRAM over real TLS: the -PLUS forms where mail programs can use them, downgrades noticed."""

from __future__ import annotations

import datetime
import ssl
from base64 import b64decode, b64encode
from pathlib import Path
from typing import cast

import pytest
import scramp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from server_core.config.listening import Tls
from server_core.config.model import Security
from server_core.events.reasons import SignInReason
from server_core.events.types import Level, SignInFailed
from server_core.net.tls_options import ServerContext, context_for
from server_core.service import MailService
from tests.net.conftest import PASSWORD, Client, Connect, anybody, apply, listener, office

PLUS_FORMS = {"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"}
PLAIN_FORMS = {"SCRAM-SHA-1", "SCRAM-SHA-256"}
OLD, NEW = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
REFUSED = "-ERR [AUTH] Invalid user name or password"


@pytest.fixture
async def wires(service: MailService) -> MailService:
    """The service with a listener for STLS, ``pop3``, and one for implicit TLS, ``tls``."""
    await apply(service, office(listener(), listener("tls", Security.TLS)))
    return service


async def secured(connect: Connect, name: str, version: ssl.TLSVersion) -> Client:
    """A client of this listener after its handshake and greeting."""
    context = anybody()
    context.minimum_version = context.maximum_version = version
    client = await connect(name, tls=context if name == "tls" else False)
    await client.line()
    if name != "tls":
        await client.say("STLS")
        await client.secure(context)
    return client


def channel(client: Client) -> ssl.SSLObject:
    """Its end of the channel, from which its library reads what it binds to."""
    return cast(ssl.SSLObject, client.writer.get_extra_info("ssl_object"))


async def listed(client: Client) -> set[str]:
    """The mechanisms that CAPA lists, which are those that AUTH lists."""
    await client.say("CAPA")
    lines = [line.split() for line in await client.lines()]
    names = next(words for tag, *words in lines if tag == "SASL")
    await client.say("AUTH")
    assert await client.lines() == names
    return set(names)


async def sign_in(
    client: Client, mechanism: str, binding: tuple[str, ssl.SSLObject] | None = None
) -> str:
    """The last reply to an exchange, which the client believes when it is positive."""
    exchange = scramp.ScramClient([mechanism], "ann", PASSWORD, channel_binding=binding)
    first = b64encode(exchange.get_client_first().encode()).decode()
    answer = await client.say(f"AUTH {mechanism} {first}")
    if answer.startswith("-"):
        return answer
    exchange.set_server_first(b64decode(answer[2:]).decode())
    answer = await client.say(b64encode(exchange.get_client_final().encode()).decode())
    if answer.startswith("-"):
        return answer
    exchange.set_server_final(b64decode(answer[2:]).decode())
    return await client.say("")


@pytest.mark.parametrize("name", ["pop3", "tls"])
@pytest.mark.parametrize("mechanism", sorted(PLUS_FORMS))
@pytest.mark.parametrize("kind", ["tls-unique", "tls-server-end-point"])
@pytest.mark.usefixtures("wires")
async def test_the_plus_forms_bind_to_connections_of_tls_1_2(
    connect: Connect, name: str, mechanism: str, kind: str
) -> None:
    client = await secured(connect, name, OLD)
    assert await listed(client) >= PLUS_FORMS | PLAIN_FORMS
    assert (await sign_in(client, mechanism, (kind, channel(client)))).startswith("+OK ")


@pytest.mark.parametrize("name", ["pop3", "tls"])
@pytest.mark.usefixtures("wires")
async def test_they_are_not_offered_where_programs_would_bind_to_what_cannot_be_had(
    connect: Connect, name: str
) -> None:
    client = await secured(connect, name, NEW)
    names = await listed(client)
    assert names >= PLAIN_FORMS and not names & PLUS_FORMS
    binding = ("tls-server-end-point", channel(client))
    assert await sign_in(client, "SCRAM-SHA-256-PLUS", binding) == "-ERR Mechanism not available"
    # Nobody was in between: this client may say that it could have bound.
    assert (await sign_in(client, "SCRAM-SHA-256", binding)).startswith("+OK ")


@pytest.mark.usefixtures("wires")
async def test_nothing_can_be_bound_to_in_clear(connect: Connect) -> None:
    client = await connect()
    await client.line()
    names = await listed(client)
    assert names >= PLAIN_FORMS and not names & PLUS_FORMS
    assert (await sign_in(client, "SCRAM-SHA-256")).startswith("+OK ")


async def test_another_channel_and_a_downgrade_are_refused_and_logged(
    wires: MailService, connect: Connect
) -> None:
    ring = wires.watch(Level.ERROR)
    one, other = [await secured(connect, "tls", OLD) for _ in range(2)]
    for mechanism in ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"):
        assert await sign_in(one, mechanism, ("tls-unique", channel(other))) == REFUSED
    failures = [e for e in ring.drain().events if isinstance(e, SignInFailed)]
    assert [(e.method, e.reason) for e in failures] == [
        ("SCRAM-SHA-256-PLUS", SignInReason.CHANNEL_MISMATCH),
        ("SCRAM-SHA-256", SignInReason.CHANNEL_MISMATCH),
    ]


# --- tls-server-end-point (RFC 5929 section 4) ----------------------------------------------------


def _certificate(folder: Path, signed_with: hashes.HashAlgorithm | None) -> tuple[Path, bytes]:
    """A file with key and certificate, and the certificate's octets."""
    signing = rsa.generate_private_key(65_537, 2_048), ed25519.Ed25519PrivateKey.generate()
    key = signing[signed_with is None]
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    begin = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(36_500))
        .sign(key, signed_with)  # type: ignore[arg-type]
    )
    path = folder / "certificate.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    return path, certificate.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("signed_with", "hashed_with"),
    [
        (hashes.SHA256(), hashes.SHA256()),
        (hashes.SHA384(), hashes.SHA384()),
        (hashes.SHA512(), hashes.SHA512()),
        (None, None),
    ],
)
def test_the_end_point_is_hashed_as_the_certificate_is_signed(
    tmp_path: Path,
    signed_with: hashes.HashAlgorithm | None,
    hashed_with: hashes.HashAlgorithm | None,
) -> None:
    path, octets = _certificate(tmp_path, signed_with)
    context = context_for(path, Tls())
    assert isinstance(context, ServerContext)
    if hashed_with is None:
        assert context.end_point is None
    else:
        digest = hashes.Hash(hashed_with)
        digest.update(octets)
        assert context.end_point == digest.finalize()
