"""Certificates we make ourselves: an authority for the network, and what servers show.

RFC 5280 section 4.2; ECDSA P-256 signs fastest by far.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server_core.certificates.bundle import Bundle, CertificateProblem

RENEW_SECONDS = 30 * 86_400

_OURS = "Postroom"
# Certificates of the first version carried this; they are renewed like all of ours.
_OURS_BEFORE = "Postroom self-signed"
_LIFE = datetime.timedelta(days=397)  # the longest that common clients accept
_AUTHORITY_LIFE = datetime.timedelta(days=3652)
_BACKDATED = datetime.timedelta(days=1)  # clients whose clock is behind
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")


def make_authority(name: str, now: float) -> Bundle:
    """An authority that signs certificates of servers, and no further authorities."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"{name} {_OURS} authority")
    begin = _moment(now) - _BACKDATED
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_usage(signs=True), True),
    )
    builder = _builder(subject, key, begin, begin + _AUTHORITY_LIFE, extensions)
    return Bundle(key, (builder.issuer_name(subject).sign(key, hashes.SHA256()),))


def make_certificate(names: Sequence[str], now: float, authority: Bundle | None = None) -> Bundle:
    """A server's certificate for these names, signed by an authority, else by itself."""
    if not names:
        raise CertificateProblem("A certificate needs a name or address that clients connect to.")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(names[0])
    begin = _moment(now) - _BACKDATED
    end = begin + _LIFE
    if authority is not None:
        if authority.leaf.not_valid_after_utc <= _moment(now):
            raise CertificateProblem("The authority has ended; make a new one.")
        begin = max(begin, authority.leaf.not_valid_before_utc)
        end = min(end, authority.leaf.not_valid_after_utc)
    signer = authority or Bundle(key, ())
    maker = authority.leaf.subject if authority is not None else subject
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (
        (x509.SubjectAlternativeName([_alternative(name) for name in names]), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(signs=False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (_identifier_of(signer), False),
    )
    builder = _builder(subject, key, begin, end, extensions)
    assert isinstance(signer.key, ec.EllipticCurvePrivateKey)
    leaf = builder.issuer_name(maker).sign(signer.key, hashes.SHA256())
    return Bundle(key, (leaf, *signer.chain))


def is_ours(certificate: x509.Certificate) -> bool:
    """Whether it was made here."""
    makers = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return [maker.value for maker in makers] in ([_OURS], [_OURS_BEFORE])


def to_renew(certificate: x509.Certificate, now: float) -> bool:
    """Whether one of ours ends within 30 days, or begins in the future of a clock set back."""
    begin = certificate.not_valid_before_utc.timestamp()
    end = certificate.not_valid_after_utc.timestamp()
    return not begin <= now < end - RENEW_SECONDS


def usable_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names that a certificate can carry, as certificates spell them; each once."""
    return tuple(dict.fromkeys(name for name in map(canonical, names) if name))


def own_names() -> tuple[str, ...]:
    """What this computer is called by itself."""
    return (socket.gethostname(), "localhost", "127.0.0.1", "::1")


def canonical(name: str) -> str:
    """A host name or address as certificates spell it; empty when it is neither."""
    name = name.strip()
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(name.strip("[]")))
    wildcard = "*." if name.startswith("*.") else ""
    try:
        host = name.removeprefix(wildcard).lower().rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return wildcard + host if len(host) <= 250 and _HOST.fullmatch(host) else ""


def _builder(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begin: datetime.datetime,
    end: datetime.datetime,
    extensions: Iterable[tuple[x509.ExtensionType, bool]],
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder


def _subject(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _OURS),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
        ]
    )


def _identifier_of(signer: Bundle) -> x509.AuthorityKeyIdentifier:
    identifier = x509.SubjectKeyIdentifier.from_public_key(signer.key.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _moment(now: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(now, datetime.UTC)
