"""A private key with its certificate and chain, as one PEM file holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ServerKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
)

PRIVATE_KEY = re.compile(rb"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)

_RSA_BITS = 2048  # what OpenSSL's security level 2 and RFC 9325 section 4.5 ask for
_CURVE_BITS = 256
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_BROKEN_HASHES = (hashes.MD5, hashes.SHA1)


class CertificateProblem(Exception):
    """Something cannot be done with a certificate; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """``chain`` begins with the certificate of ``key`` and goes up from issuer to issuer."""

    key: ServerKey
    chain: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate that is shown to clients."""
        return self.chain[0]

    def pem(self) -> bytes:
        """Key, unprotected, and chain."""
        return key_pem(self.key) + chain_pem(self.chain)


def key_pem(key: ServerKey) -> bytes:
    """A private key in PEM form, unprotected."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def chain_pem(chain: Iterable[x509.Certificate]) -> bytes:
    """Certificates in PEM form."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain)


def read_bundle(pem: bytes) -> Bundle:
    """What a PEM file with an unprotected key holds; CertificateProblem when it cannot serve."""
    try:
        certificates = x509.load_pem_x509_certificates(pem)
        key = serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        raise CertificateProblem(
            "The key is protected with a password; store it without one."
        ) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateProblem(
            "It does not hold a private key and its certificate in PEM form."
        ) from error
    return bundle_of(key, certificates)


def bundle_of(key: object, certificates: Sequence[x509.Certificate]) -> Bundle:
    """A key with its certificate and the issuers found beside it, in order; the rest is left."""
    if not isinstance(key, ServerKey):
        raise CertificateProblem("The key is of a kind that TLS clients do not know.")
    mine = [one for one in certificates if _public(one) == key.public_key()]
    if not mine:
        raise CertificateProblem("The key does not belong to the certificate.")
    chain = [max(mine, key=lambda one: one.not_valid_after_utc)]
    while not signed_by(chain[-1], chain[-1]):
        issuer = next((one for one in certificates if signed_by(chain[-1], one)), None)
        if issuer is None or issuer in chain:
            break
        chain.append(issuer)
    return Bundle(key, tuple(chain))


def signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether ``issuer`` signed ``certificate``."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def weakness_of(bundle: Bundle) -> str:
    """Why no client would accept it, whatever the date; empty when there is no reason."""
    match bundle.key:
        case rsa.RSAPrivateKey() as key if key.key_size < _RSA_BITS:
            return f"The key is too weak: RSA needs {_RSA_BITS} bits, this has {key.key_size}."
        case ec.EllipticCurvePrivateKey() as key if key.key_size < _CURVE_BITS:
            return f"The key is too weak: its curve has {key.key_size} bits only."
    signed = bundle.leaf.signature_hash_algorithm
    if isinstance(signed, _BROKEN_HASHES):
        return f"The certificate is signed with {signed.name.upper()}, which is broken."
    try:
        usage = bundle.leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    fit = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    return "" if fit & set(usage) else "The certificate is not made for servers."


def out_of_time(certificate: x509.Certificate, now: float) -> str:
    """Why clients would refuse it at this moment; empty when it is valid."""
    if certificate.not_valid_after_utc.timestamp() <= now:
        return f"The certificate ended on {certificate.not_valid_after_utc:%Y-%m-%d}."
    if certificate.not_valid_before_utc.timestamp() > now:
        return f"The certificate is valid only from {certificate.not_valid_before_utc:%Y-%m-%d}."
    return ""


def warning_of(bundle: Bundle) -> str:
    """What some clients will not like; empty when nothing."""
    if not names_in(bundle.leaf):
        return "It names no server, so clients will warn."
    if len(bundle.chain) == 1 and not signed_by(bundle.leaf, bundle.leaf):
        issuer = words_of(bundle.leaf.issuer)
        return f"The certificate of its issuer, {issuer}, is missing; some clients will warn."
    return ""


def names_in(certificate: x509.Certificate) -> tuple[str, ...]:
    """The host names and addresses a certificate is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(
        str(name.value) for name in names if isinstance(name, x509.DNSName | x509.IPAddress)
    )


def words_of(name: x509.Name) -> str:
    """A holder or issuer as people call it."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(kind):
            text = str(attribute.value)
            return text if text.isprintable() else text.encode("unicode_escape").decode()
    return name.rfc4514_string() or "–"


def key_words(certificate: x509.Certificate) -> str:
    """The kind of a certificate's key: ``RSA 2048``, ``ECDSA P-256``."""
    match _public(certificate):
        case rsa.RSAPublicKey() as key:
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePublicKey() as key:
            return f"ECDSA {_CURVES.get(key.curve.name, key.curve.name)}"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case ed448.Ed448PublicKey():
            return "Ed448"
    return ""


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256, in pairs of capital hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _public(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
