"""The server's own certificate: made on first use, renewed in time, and how TLS is served with it.

RFC 8314 section 4 (versions), RFC 9325 (ciphers, compression, renegotiation).
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
import re
import socket
import ssl
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FILE_NAME = "server.pem"

_OURS = "Postroom self-signed"
_LIFE = datetime.timedelta(days=397)  # the longest that common clients accept
_RENEW = datetime.timedelta(days=30)
_BACKDATED = datetime.timedelta(days=1)  # clients whose clock is behind
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
# Forward secrecy and authenticated encryption only; TLS 1.3 suites are OpenSSL's own.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_SIGNING_ONLY = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


class CertificateUnusable(Exception):
    """A certificate file cannot serve TLS; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """A PEM file with key and certificate. ``fingerprint`` is SHA-256, ``not_after`` epoch seconds.

    ``created`` tells that it was made just now, for the first time or to replace an expiring one.
    """

    path: Path
    names: tuple[str, ...]
    fingerprint: str
    not_after: float
    created: bool


def ensure_certificate(folder: Path, names: Sequence[str], *, now: float) -> CertificateFile:
    """The certificate in ``folder``, made on first use for ``names`` and this computer's own.

    One that we made is replaced 30 days before it ends. A file that somebody else put there is
    never touched: CertificateUnusable says what is wrong with it.
    """
    path = folder / FILE_NAME
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    try:
        if path.exists():
            certificate = _read(path)
            if not _to_renew(certificate, moment):
                return _described(path, certificate, created=False)
        pem, certificate = _self_signed(_usable(names), moment)
        _write(path, pem)
    except OSError as error:
        raise CertificateUnusable(
            f"The certificate file {path} cannot be read or written: {error.strerror or error}."
        ) from error
    return _described(path, certificate, created=True)


def server_context(path: Path) -> ssl.SSLContext:
    """What a listener needs to serve TLS 1.2 and 1.3 with the key and certificates in ``path``.

    Session tickets stay on, so that a client that polls shakes hands cheaply.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= (
        ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    )
    try:
        # An empty passphrase, or OpenSSL would ask for one on the terminal.
        context.load_cert_chain(path, password="")
    except (OSError, ValueError) as error:
        raise CertificateUnusable(
            f"The certificate file {path} cannot be used for TLS: {error}."
        ) from error
    return context


def _read(path: Path) -> x509.Certificate:
    """The certificate of a file that also holds its key, unprotected."""
    pem = path.read_bytes()
    try:
        certificate = x509.load_pem_x509_certificates(pem)[0]
        key = serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        raise CertificateUnusable(
            f"The key in {path} is protected with a passphrase; store it without one."
        ) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateUnusable(
            f"{path} does not hold a private key and its certificate in PEM form. Put them there, "
            "or move the file away to have a new certificate made."
        ) from error
    if key.public_key() != certificate.public_key():
        raise CertificateUnusable(f"The key in {path} does not belong to its certificate.")
    return certificate


def _to_renew(certificate: x509.Certificate, moment: datetime.datetime) -> bool:
    maker = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    ours = [x.value for x in maker] == [_OURS] and certificate.issuer == certificate.subject
    fresh = certificate.not_valid_before_utc <= moment < certificate.not_valid_after_utc - _RENEW
    return ours and not fresh


def _usable(names: Iterable[str]) -> tuple[str, ...]:
    """The names that a certificate can carry, then this computer's own; each once."""
    wanted = (*names, socket.gethostname(), "localhost", "127.0.0.1", "::1")
    return tuple(dict.fromkeys(name for name in map(_canonical, wanted) if name))


def _canonical(name: str) -> str:
    """A host name or address as certificates spell it; empty when it is neither."""
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(name.strip("[]")))
    try:
        host = name.lower().rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return host if len(host) <= 253 and _HOST.fullmatch(host) else ""


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _self_signed(names: Sequence[str], moment: datetime.datetime) -> tuple[bytes, x509.Certificate]:
    """Key and certificate in PEM form, and the certificate; ECDSA signs fastest by far."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _OURS),
            x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64]),
        ]
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _BACKDATED)
        .not_valid_after(moment - _BACKDATED + _LIFE)
    )
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (
        (x509.SubjectAlternativeName([_alternative(name) for name in names]), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_SIGNING_ONLY, True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (identifier, False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False),
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM), certificate


def _write(path: Path, pem: bytes) -> None:
    """Put the file there whole or not at all, readable by its owner only."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-", suffix=".pem")  # 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if sys.platform != "win32":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _described(path: Path, certificate: x509.Certificate, *, created: bool) -> CertificateFile:
    return CertificateFile(
        path=path,
        names=_names_in(certificate),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        created=created,
    )


def _names_in(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (
        *names.get_values_for_type(x509.DNSName),
        *map(str, names.get_values_for_type(x509.IPAddress)),
    )
