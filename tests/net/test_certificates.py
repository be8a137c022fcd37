"""The server's certificate is made once, renewed in time, never overwritten, and serves TLS."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import stat
import sys
import threading
import time
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from server_core.net.certificates import (
    CertificateFile,
    CertificateUnusable,
    ensure_certificate,
    server_context,
)

NOW = time.time()
DAY = 86_400.0


def parsed(made: CertificateFile) -> x509.Certificate:
    return x509.load_pem_x509_certificate(made.path.read_bytes())


@pytest.fixture
def made(tmp_path: Path) -> CertificateFile:
    return ensure_certificate(tmp_path, ["mail.example.com", "192.0.2.7"], now=NOW)


def test_it_is_made_on_first_use_and_kept(tmp_path: Path, made: CertificateFile) -> None:
    again = ensure_certificate(tmp_path, ["another.example.com"], now=NOW + 300 * DAY)
    assert made.created
    assert not again.created
    assert (again.path, again.names, again.fingerprint) == (made.path, made.names, made.fingerprint)
    assert [file.name for file in tmp_path.iterdir()] == [made.path.name]


def test_it_carries_the_names_given_and_those_of_this_computer(made: CertificateFile) -> None:
    names = parsed(made).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"mail.example.com", "localhost"} <= set(names.get_values_for_type(x509.DNSName))
    assert set(names.get_values_for_type(x509.IPAddress)) == {
        ipaddress.ip_address(address) for address in ("192.0.2.7", "127.0.0.1", "::1")
    }
    assert made.names[0] == "mail.example.com"
    assert {"192.0.2.7", "127.0.0.1", "::1"} <= set(made.names)


def test_names_that_no_certificate_can_carry_are_left_out(tmp_path: Path) -> None:
    given = ["The Mail Server", "Bücher.example", "[2001:db8::1]", "a..b", "", "x" * 64]
    made = ensure_certificate(tmp_path, given, now=NOW)
    assert made.names[0] == "xn--bcher-kva.example"
    assert "2001:db8::1" in made.names
    assert not {"The Mail Server", "a..b", "", "x" * 64} & set(made.names)


def test_it_is_what_clients_accept(made: CertificateFile) -> None:
    certificate = parsed(made)
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert life == datetime.timedelta(days=397)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert abs(made.not_after - NOW - 396 * DAY) < 2


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_only_the_owner_can_read_the_key(made: CertificateFile) -> None:
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("days", [367, 500, -30])
def test_our_own_is_renewed_before_it_ends(
    tmp_path: Path, made: CertificateFile, days: int
) -> None:
    renewed = ensure_certificate(tmp_path, ["mail.example.com"], now=NOW + days * DAY)
    assert renewed.created
    assert renewed.fingerprint != made.fingerprint
    assert server_context(renewed.path)


def somebodys(path: Path, not_after: datetime.datetime | None = None) -> bytes:
    leaf = trustme.CA().issue_cert("pop.example.com", not_after=not_after)
    leaf.private_key_and_cert_chain_pem.write_to_path(str(path))
    return path.read_bytes()


def test_a_certificate_of_somebody_else_is_used_and_kept_although_it_ended(
    tmp_path: Path, made: CertificateFile
) -> None:
    ended = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    before = somebodys(made.path, not_after=ended)
    found = ensure_certificate(tmp_path, [], now=NOW)
    assert not found.created
    assert found.names == ("pop.example.com",)
    assert found.not_after < NOW
    assert made.path.read_bytes() == before


def locked_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"a passphrase"),
    )


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda pem: b"", "does not hold"),
        (lambda pem: b"grandmother's recipe", "does not hold"),
        (lambda pem: pem.partition(b"-----BEGIN CERT")[0], "does not hold"),
        (lambda pem: pem[pem.index(b"-----BEGIN CERT") :], "does not hold"),
        (lambda pem: locked_key() + pem[pem.index(b"-----BEGIN CERT") :], "passphrase"),
    ],
)
def test_a_file_that_cannot_serve_is_refused_and_never_overwritten(
    tmp_path: Path, made: CertificateFile, spoil: object, sentence: str
) -> None:
    assert callable(spoil)
    made.path.write_bytes(before := spoil(made.path.read_bytes()))
    with pytest.raises(CertificateUnusable, match=sentence):
        ensure_certificate(tmp_path, [], now=NOW)
    with pytest.raises(CertificateUnusable, match="cannot be used for TLS"):
        server_context(made.path)
    assert made.path.read_bytes() == before


def test_a_key_of_another_certificate_is_refused(tmp_path: Path, made: CertificateFile) -> None:
    (tmp_path / "other").mkdir()
    other = ensure_certificate(tmp_path / "other", [], now=NOW).path.read_bytes()
    at = made.path.read_bytes().index(b"-----BEGIN CERT")
    made.path.write_bytes(other[: other.index(b"-----BEGIN CERT")] + made.path.read_bytes()[at:])
    with pytest.raises(CertificateUnusable, match="does not belong"):
        ensure_certificate(tmp_path, [], now=NOW)
    with pytest.raises(CertificateUnusable):
        server_context(made.path)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CertificateUnusable, match="nowhere"):
        ensure_certificate(tmp_path / "nowhere", [], now=NOW)
    with pytest.raises(CertificateUnusable, match="nowhere"):
        server_context(tmp_path / "nowhere" / "server.pem")


def shake_hands(
    server: ssl.SSLContext, client: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[str | None, str, bool, ssl.SSLSession | None]:
    """Version, cipher, whether the session was resumed, and the session, over loopback."""

    def serve() -> None:
        peer, _ = listening.accept()
        with peer, server.wrap_socket(peer, server_side=True) as secured:
            secured.sendall(b"+OK\r\n")
            secured.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        thread = threading.Thread(target=serve)
        thread.start()
        with (
            socket.create_connection(listening.getsockname(), timeout=10) as plain,
            client.wrap_socket(plain, server_hostname="localhost", session=session) as secured,
        ):
            assert secured.recv(5) == b"+OK\r\n"
            cipher = secured.cipher()
            assert cipher is not None
            result = secured.version(), cipher[0], bool(secured.session_reused), secured.session
            secured.sendall(b"!")
        thread.join(10)
    return result


@pytest.fixture
def client(made: CertificateFile) -> ssl.SSLContext:
    client = ssl.create_default_context(cafile=str(made.path))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    return client


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_that_trusts_the_certificate_shakes_hands_and_resumes(
    made: CertificateFile, client: ssl.SSLContext, version: ssl.TLSVersion
) -> None:
    server = server_context(made.path)
    client.minimum_version = client.maximum_version = version
    spoken, cipher, resumed, session = shake_hands(server, client)
    assert spoken == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
    assert "GCM" in cipher or "CHACHA20" in cipher
    assert not resumed
    assert session is not None
    assert session.has_ticket
    assert shake_hands(server, client, session)[2]


def test_only_modern_versions_and_ciphers_are_served(made: CertificateFile) -> None:
    context = server_context(made.path)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    for cipher in context.get_ciphers():
        assert cipher["name"].startswith(("TLS_", "ECDHE-")), cipher["name"]
        assert cipher["aead"], cipher["name"]
    wanted = ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    assert context.options & wanted == wanted
    assert not context.options & ssl.OP_NO_TICKET
    assert context.verify_mode is ssl.CERT_NONE
