"""How a listener speaks TLS: from its certificate and options to the context it serves with.

RFC 8314 section 4 (versions), RFC 9325 (ciphers, compression, renegotiation).
"""

from __future__ import annotations

import hashlib
import ssl
import weakref
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from server_core.certificates.bundle import CertificateProblem, fingerprint_of
from server_core.config.checking import Problem
from server_core.config.listening import ClientCertificates, Tls, TlsVersion
from server_core.config.model import Config

# Forward secrecy and authenticated encryption only; TLS 1.3 suites are OpenSSL's own.
RECOMMENDED = "ECDHE+AESGCM:ECDHE+CHACHA20"

_VERSIONS = {
    TlsVersion.TLS_1_2: ssl.TLSVersion.TLSv1_2,
    TlsVersion.TLS_1_3: ssl.TLSVersion.TLSv1_3,
}
_VERIFY = {
    ClientCertificates.NO: ssl.CERT_NONE,
    ClientCertificates.ACCEPT: ssl.CERT_OPTIONAL,
    ClientCertificates.REQUIRE: ssl.CERT_REQUIRED,
}


class ServerContext(ssl.SSLContext):
    """A context that also knows what it serves, and how long a client's chain may be.

    ``fingerprint`` is the certificate's SHA-256, as people compare it. ``end_point`` is the channel
    binding tls-server-end-point (RFC 5929 section 4), None where the certificate has none. OpenSSL
    could refuse long chains by itself, but the standard library has no way to say so; ``fitting``
    are the clients' certificates whose chains were short enough: a resumed session, which only this
    very context can have begun, shows no chain any more.
    """

    fingerprint: str
    end_point: bytes | None
    depth: int
    fitting: set[bytes]


class ServerSocket(ssl.SSLSocket):
    """A connection that remembers which server name its client asked for (RFC 6066 section 3)."""

    # All but ``asked_for`` are the library's own, which would make a dict four times as large.
    __slots__ = (
        "_connected",
        "_context",
        "_session",
        "_sslobj",
        "asked_for",
        "do_handshake_on_connect",
        "server_hostname",
        "server_side",
        "suppress_ragged_eofs",
    )

    asked_for: str


class _CountingSocket(ServerSocket):
    """Refuses, at the end of a handshake, a client whose chain is longer than its context allows.

    Under TLS 1.3 such a client believes to be connected until it reads; it is never served.
    """

    __slots__ = ()

    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        context = cast(ServerContext, self.context)
        shown = self.getpeercert(binary_form=True)
        if shown is None:
            return
        mark = hashlib.sha256(shown).digest()
        chain = _verified_chain(self)
        # Neither the client's own certificate nor the authority's stands between the two.
        if chain is not None and len(chain) - 2 <= context.depth:
            context.fitting.add(mark)
        elif chain is not None or mark not in context.fitting:
            raise ssl.SSLError(f"the client's chain is longer than {context.depth} certificates")


class TlsContexts:
    """The contexts in use, one for each certificate and set of options; usable on every thread.

    A file that changed gives a new context: loading into one that serves would race with the
    handshakes on the session loops. Sessions keep theirs for as long as they last.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: weakref.WeakValueDictionary[object, ssl.SSLContext] = (
            weakref.WeakValueDictionary()
        )

    def get(self, path: Path, tls: Tls) -> ssl.SSLContext:
        """The context for a certificate file and a listener's options."""
        key = (path, _stamp(path), _stamp(Path(tls.ca)) if tls.ca else None, tls)
        with self._lock:
            context = self._made.get(key)
            if context is None:
                context = self._made[key] = context_for(path, tls)
            return context


def context_for(path: Path, tls: Tls) -> ssl.SSLContext:
    """What a listener serves TLS with; CertificateProblem says why it cannot.

    Session tickets stay on, so that a client that polls shakes hands cheaply.
    """
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[tls.minimum_version]
    problem = check_ciphers(tls.ciphers)
    if problem:
        raise CertificateProblem(f"The ciphers cannot be used: {problem}.")
    context.set_ciphers(tls.ciphers.strip() or RECOMMENDED)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    if tls.server_order:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    try:
        # An empty passphrase, or OpenSSL would ask for one on the terminal.
        context.load_cert_chain(path, password="")
    except (OSError, ValueError) as error:
        raise CertificateProblem(
            f"The certificate file {path} cannot be used for TLS: {error}."
        ) from error
    # One is enough for a client that comes back alone; each costs as much as a signature.
    context.num_tickets = 1
    context.fingerprint, context.end_point = _marks(path)
    context.sslsocket_class = ServerSocket
    context.sni_callback = _note_name
    if tls.client_certificates is not ClientCertificates.NO:
        _ask_clients(context, tls)
    return context


def _note_name(sock: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
    """Whatever name is asked for, the listener's one certificate answers."""
    cast(ServerSocket, sock).asked_for = name or ""


def _marks(path: Path) -> tuple[str, bytes | None]:
    """The fingerprint, and the hash by the signature's own one, but by none that is broken."""
    try:
        certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except ValueError:
        return "", None
    fingerprint = fingerprint_of(certificate)
    try:
        signed = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return fingerprint, None
    if isinstance(signed, (hashes.MD5, hashes.SHA1)):
        signed = hashes.SHA256()
    return fingerprint, certificate.fingerprint(signed) if signed is not None else None


def check_ciphers(text: str) -> str:
    """What is wrong with a list of ciphers in OpenSSL's words; empty when nothing."""
    if not text.strip():
        return ""
    trial = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        trial.set_ciphers(text.strip())
    except ssl.SSLError:
        return "OpenSSL knows no cipher of this list"
    for cipher in trial.get_ciphers():
        if not cipher["strength_bits"] or cipher["auth"] == "auth-null":
            return f"it lets in {cipher['name']}, which protects nothing; add :!aNULL:!eNULL"
    return ""


def problems(config: Config) -> Iterator[Problem]:
    """What is wrong with the TLS options of a configuration that only OpenSSL can tell."""
    for listener in config.pop3.listeners:
        wrong = check_ciphers(listener.tls.ciphers)
        if wrong:
            yield Problem(f"pop3.listeners.{listener.name}.tls.ciphers", wrong)


def _ask_clients(context: ServerContext, tls: Tls) -> None:
    try:
        context.load_verify_locations(tls.ca)
    except (OSError, ValueError) as error:
        raise CertificateProblem(
            f"The file {tls.ca} with the authorities for client certificates "
            f"cannot be used: {getattr(error, 'strerror', None) or error}."
        ) from error
    context.verify_mode = _VERIFY[tls.client_certificates]
    # The file says who is an authority, its own issuer or not.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.depth, context.fitting = tls.verify_depth, set()
    context.sslsocket_class = _CountingSocket


def _verified_chain(sock: ssl.SSLSocket) -> list[Any] | None:
    """From the client's certificate to the authority's; None or empty for a resumed session."""
    # Public on the socket since Python 3.13, there since 3.10 on what the socket wraps.
    source: Any = sock if hasattr(sock, "get_verified_chain") else getattr(sock, "_sslobj")  # noqa: B009
    chain: list[Any] | None = source.get_verified_chain()
    return chain or None


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
