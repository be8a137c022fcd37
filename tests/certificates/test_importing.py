"""What others give us as a certificate is understood, or refused in words."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from server_core.certificates.bundle import CertificateProblem, warning_of
from server_core.certificates.importing import import_bundle

PASSWORD = "open sesame"
MADE = trustme.CA().create_child_ca().issue_cert("pop.example.com")
KEY = MADE.private_key_pem.bytes()
CHAIN = [pem.bytes() for pem in MADE.cert_chain_pems]
LOADED = serialization.load_pem_private_key(KEY, None)
assert isinstance(LOADED, ec.EllipticCurvePrivateKey)
LOCKED = LOADED.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.BestAvailableEncryption(PASSWORD.encode()),
)
CERTIFICATES = [x509.load_pem_x509_certificate(pem) for pem in CHAIN]


def pfx(password: str, *, key: bool = True) -> bytes:
    sealing: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        sealing = serialization.BestAvailableEncryption(password.encode())
    assert isinstance(LOADED, ec.EllipticCurvePrivateKey)
    return pkcs12.serialize_key_and_certificates(
        b"mail", LOADED if key else None, CERTIFICATES[0], CERTIFICATES[1:], sealing
    )


def self_made(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """Key and certificate, valid today."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "old box")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=9))
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ) + made.public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    ("data", "key", "password"),
    [
        (KEY + b"".join(CHAIN), b"", ""),
        (b"".join(CHAIN), KEY, ""),
        (KEY, b"".join(CHAIN), ""),
        (b"".join(reversed(CHAIN)), KEY, ""),
        (b"".join(CHAIN).replace(b"\n", b"\r\n"), KEY, ""),
        (b"".join(CHAIN), LOCKED, PASSWORD),
        (b"".join(CHAIN), KEY, "a password that nothing asks for"),
        (pfx(PASSWORD), b"", PASSWORD),
        (pfx(""), b"", ""),
    ],
    ids=[
        "one-file",
        "pair",
        "swapped",
        "upside-down",
        "crlf",
        "locked",
        "unneeded",
        "pfx",
        "open-pfx",
    ],
)
def test_key_and_chain_are_found_and_put_in_order(data: bytes, key: bytes, password: str) -> None:
    bundle = import_bundle(data, key, password, time.time())
    assert list(bundle.chain) == CERTIFICATES
    assert bundle.key.public_key() == LOADED.public_key()


def test_only_the_issuers_are_kept_of_what_lies_beside() -> None:
    stray = trustme.CA().cert_pem.bytes()
    bundle = import_bundle(stray + KEY + b"".join(CHAIN), b"", "", time.time())
    assert list(bundle.chain) == CERTIFICATES


REFUSALS: dict[str, Callable[[], tuple[bytes, bytes, str]]] = {
    "does not belong": lambda: (CHAIN[1], KEY, ""),
    "no private key; choose": lambda: (CHAIN[0], b"", ""),
    "no certificate that can be read": lambda: (KEY, b"", ""),
    "Type its password": lambda: (CHAIN[0], LOCKED, ""),
    "password does not open the key": lambda: (CHAIN[0], LOCKED, "wrong"),
    "PFX file is protected": lambda: (pfx(PASSWORD), b"", ""),
    "password does not open the PFX": lambda: (pfx(PASSWORD), b"", "wrong"),
    "no private key in the PFX": lambda: (pfx(PASSWORD, key=False), b"", PASSWORD),
    "a certificate alone": lambda: (
        CERTIFICATES[0].public_bytes(serialization.Encoding.DER),
        b"",
        "",
    ),
    "neither PEM nor PFX": lambda: (b"grandmother's recipe", b"", ""),
    "private key cannot be read": lambda: (
        CHAIN[0],
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "",
    ),
    "far too large": lambda: (b"x" * 2_000_000, b"", ""),
    "RSA needs 2048 bits, this has 1024": lambda: (
        self_made(rsa.generate_private_key(65537, 1024)),
        b"",
        "",
    ),
    "curve has 192 bits": lambda: (
        self_made(ec.generate_private_key(ec.SECP192R1())),
        b"",
        "",
    ),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_what_cannot_serve_is_refused_in_words(reason: str) -> None:
    data, key, password = REFUSALS[reason]()
    with pytest.raises(CertificateProblem, match=reason):
        import_bundle(data, key, password, time.time())


def test_a_certificate_out_of_time_is_refused_with_its_date() -> None:
    data, far_away = KEY + b"".join(CHAIN), 1e11
    with pytest.raises(CertificateProblem, match=r"ended on \d{4}-"):
        import_bundle(data, b"", "", far_away)
    with pytest.raises(CertificateProblem, match=r"valid only from \d{4}-"):
        import_bundle(data, b"", "", 0.0)


def test_a_client_certificate_cannot_serve() -> None:
    data, client = trustme.CA(), x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH])
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.load_pem_x509_certificate(data.cert_pem.bytes())
    signer = serialization.load_pem_private_key(data.private_key_pem.bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(issuer.subject)
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(8)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=9))
        .add_extension(client, critical=False)
        .sign(signer, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(CertificateProblem, match="not made for servers"):
        import_bundle(pem, b"", "", time.time())


def test_a_missing_issuer_and_missing_names_are_warnings_only() -> None:
    now = time.time()
    assert warning_of(import_bundle(KEY + b"".join(CHAIN), b"", "", now)) == ""
    assert "issuer" in warning_of(import_bundle(CHAIN[0], KEY, "", now))
    nameless = import_bundle(self_made(ec.generate_private_key(ec.SECP256R1())), b"", "", now)
    assert "names no server" in warning_of(nameless)
