"""Certificates of others: from PEM files, one or two, or from PFX (PKCS #12), as a bundle."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from server_core.certificates.bundle import (
    PRIVATE_KEY,
    Bundle,
    CertificateProblem,
    bundle_of,
    out_of_time,
    weakness_of,
)

MOST_OCTETS = 1 << 20

_BEGIN = b"-----BEGIN "
_DER = b"\x30"


def import_bundle(data: bytes, key: bytes, password: str, now: float) -> Bundle:
    """Key and chain from what was given; CertificateProblem says what is wrong with it.

    ``data`` is a PFX file or PEM with certificates, ``key`` PEM with the key when that is apart;
    which of two PEM files is which does not matter.
    """
    if len(data) + len(key) > MOST_OCTETS:
        raise CertificateProblem("The file is far too large for a certificate.")
    if _BEGIN in data:
        bundle = _from_pem(data + b"\n" + key, password)
    elif data.startswith(_DER):
        bundle = _from_pfx(data, password)
    else:
        raise CertificateProblem("The file holds neither PEM nor PFX.")
    problem = weakness_of(bundle) or out_of_time(bundle.leaf, now)
    if problem:
        raise CertificateProblem(problem)
    return bundle


def _from_pem(pem: bytes, password: str) -> Bundle:
    try:
        certificates = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise CertificateProblem("There is no certificate that can be read.") from error
    found = PRIVATE_KEY.search(pem)
    if found is None:
        raise CertificateProblem("There is no private key; choose its file too.")
    return bundle_of(_opened(found[0], password), certificates)


def _opened(key: bytes, password: str) -> object:
    locked = b"ENCRYPTED" in key
    if locked and not password:
        raise CertificateProblem("The key is protected. Type its password.")
    try:
        return serialization.load_pem_private_key(key, password.encode() if locked else None)
    except (ValueError, TypeError) as error:
        if locked:
            raise CertificateProblem("The password does not open the key.") from error
        raise CertificateProblem("The private key cannot be read.") from error
    except UnsupportedAlgorithm as error:
        raise CertificateProblem("The private key is of a kind that is not supported.") from error


def _from_pfx(data: bytes, password: str) -> Bundle:
    store = None
    # A file without a password may have been sealed with an empty one or with none at all.
    for secret in (password.encode(),) if password else (None, b""):
        try:
            store = pkcs12.load_pkcs12(data, secret)
            break
        except ValueError:
            continue
        except UnsupportedAlgorithm as error:
            raise CertificateProblem(
                "The PFX file is sealed in an old way that is not supported; export it again."
            ) from error
    if store is None:
        raise _refusal(data, password)
    if store.key is None:
        raise CertificateProblem("There is no private key in the PFX file; export it with its key.")
    first = [store.cert.certificate] if store.cert is not None else []
    return bundle_of(store.key, [*first, *(one.certificate for one in store.additional_certs)])


def _refusal(data: bytes, password: str) -> CertificateProblem:
    try:
        x509.load_der_x509_certificate(data)
    except ValueError:
        if password:
            return CertificateProblem("The password does not open the PFX file.")
        return CertificateProblem("The PFX file is protected. Type its password.")
    return CertificateProblem("There is no private key; a certificate alone cannot serve.")
