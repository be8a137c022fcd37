"""A listener's TLS options hold in real handshakes."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from server_core.certificates.bundle import CertificateProblem
from server_core.certificates.store import CertificateStore
from server_core.config.listening import Tls
from server_core.config.model import Config, Listener, Pop3
from server_core.net.tls_options import TlsContexts, check_ciphers, context_for, problems

PATIENCE = 10


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    """The server's certificate."""
    store = CertificateStore(tmp_path)
    store.ensure_own(["mail.example.com"])
    return store.path("")


@pytest.fixture
def client(pem: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(pem))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@contextmanager
def serving(server: ssl.SSLContext) -> Iterator[int]:
    """A port that shakes hands, says +OK and waits for one octet, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE)
        ending = threading.Event()

        def serve() -> None:
            while not ending.is_set():
                peer, _ = listening.accept()
                peer.settimeout(PATIENCE)
                try:
                    with server.wrap_socket(peer, server_side=True) as secured:
                        secured.sendall(b"+OK\r\n")
                        secured.recv(1)
                except OSError:
                    peer.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            ending.set()
            socket.create_connection(listening.getsockname(), PATIENCE).close()
            thread.join(PATIENCE)


def talk(
    port: int, client: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[ssl.SSLSession, str, str, bool]:
    """Session, version, cipher, whether it was resumed; OSError when the server refuses."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain,
        client.wrap_socket(plain, server_hostname="localhost", session=session) as secured,
    ):
        if secured.recv(5) != b"+OK\r\n":
            raise ConnectionAbortedError
        cipher, kept = secured.cipher(), secured.session
        assert cipher is not None and kept is not None
        result = kept, str(secured.version()), cipher[0], bool(secured.session_reused)
        secured.sendall(b"!")
    return result


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_that_trusts_the_certificate_shakes_hands_and_resumes(
    pem: Path, client: ssl.SSLContext, version: ssl.TLSVersion
) -> None:
    client.minimum_version = client.maximum_version = version
    with serving(context_for(pem, Tls())) as port:
        session, spoken, cipher, resumed = talk(port, client)
        assert spoken == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
        assert "GCM" in cipher or "CHACHA20" in cipher
        assert session.has_ticket and not resumed
        assert talk(port, client, session)[3]


def test_only_modern_versions_and_ciphers_are_served(pem: Path) -> None:
    context = context_for(pem, Tls())
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    for cipher in context.get_ciphers():
        assert cipher["name"].startswith(("TLS_", "ECDHE-")), cipher["name"]
        assert cipher["aead"], cipher["name"]
    wanted = ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    assert context.options & wanted == wanted
    assert not context.options & ssl.OP_NO_TICKET
    assert context.verify_mode is ssl.CERT_NONE


def test_the_oldest_version_is_the_one_set(pem: Path, client: ssl.SSLContext) -> None:
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        serving(context_for(pem, Tls.model_validate({"minimum_version": "1.3"}))) as port,
        pytest.raises(OSError),
    ):
        talk(port, client)


@pytest.mark.parametrize("server_order", [True, False])
def test_who_chooses_the_cipher_is_as_set(
    pem: Path, client: ssl.SSLContext, server_order: bool
) -> None:
    strong, quick = "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers(f"{quick}:{strong}")
    with serving(
        context_for(pem, Tls(ciphers=f"{strong}:{quick}", server_order=server_order))
    ) as port:
        assert talk(port, client)[2] == (strong if server_order else quick)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ""),
        ("ECDHE+AESGCM:!aNULL", ""),
        ("HIGH:!aNULL:!eNULL", ""),
        ("grandmother", "knows no cipher"),
        ("ECDHE+AESGCM:aNULL@SECLEVEL=0", "protects nothing"),
        ("ECDHE+AESGCM:eNULL@SECLEVEL=0", "protects nothing"),
    ],
)
def test_a_bad_list_of_ciphers_is_told(text: str, problem: str) -> None:
    assert problem in check_ciphers(text) and bool(problem) == bool(check_ciphers(text))


def test_what_only_openssl_can_tell_is_a_problem_of_the_setting(pem: Path) -> None:
    def config(**tls: object) -> Config:
        entry = {"name": "office", "address": "127.0.0.1:1110", "security": "tls", "tls": tls}
        listener = Listener.model_validate(entry)
        return Config(pop3=Pop3(listeners=(listener,)))

    assert list(problems(config())) == []
    assert [x.path for x in problems(config(ciphers="x"))] == ["pop3.listeners.office.tls.ciphers"]
    with pytest.raises(CertificateProblem, match="ciphers cannot be used"):
        context_for(pem, Tls(ciphers="x"))


class Clients:
    """An authority for client certificates, and contexts that show one."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.authority = trustme.CA()
        self.ca = folder / "clients.pem"
        self.ca.write_bytes(self.authority.cert_pem.bytes())
        self.server = server

    def showing(
        self, authority: trustme.CA | None, version: ssl.TLSVersion, between: int = 0
    ) -> ssl.SSLContext:
        """A client whose chain has so many certificates between its own and the authority."""
        context = ssl.create_default_context(cafile=str(self.server))
        context.minimum_version = context.maximum_version = version
        if authority is not None:
            for _ in range(between):
                authority = authority.create_child_ca()
            authority.issue_cert("ann@example.com").configure_cert(context)
        return context


@pytest.fixture
def clients(tmp_path: Path, pem: Path) -> Clients:
    return Clients(tmp_path, pem)


def asking(clients: Clients, how: str, depth: int = 1) -> Tls:
    return Tls.model_validate(
        {"client_certificates": how, "ca": str(clients.ca), "verify_depth": depth}
    )


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(("how", "without"), [("accept", True), ("require", False)])
def test_client_certificates_are_asked_for_as_set(
    pem: Path, clients: Clients, how: str, without: bool, version: ssl.TLSVersion
) -> None:
    with serving(context_for(pem, asking(clients, how))) as port:
        talk(port, clients.showing(clients.authority, version))
        with pytest.raises(OSError):
            talk(port, clients.showing(trustme.CA(), version))
        if without:
            talk(port, clients.showing(None, version))
        else:
            with pytest.raises(OSError):
                talk(port, clients.showing(None, version))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("how", ["accept", "require"])
def test_a_chain_that_is_too_long_is_refused_even_when_it_tries_again(
    pem: Path, clients: Clients, how: str, version: ssl.TLSVersion
) -> None:
    context = context_for(pem, asking(clients, how, depth=1))
    fitting = clients.showing(clients.authority, version, between=1)
    long = clients.showing(clients.authority, version, between=2)
    with serving(context) as port:
        session, *_ = talk(port, fitting)
        assert talk(port, fitting, session)[3]  # resumed, without showing the chain again
        with pytest.raises(OSError):
            talk(port, long)
        with (
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain,
            long.wrap_socket(plain, server_hostname="localhost") as refused,
        ):
            with suppress(OSError):
                assert refused.recv(5) == b""
            slipped_out = refused.session
        with pytest.raises(OSError):
            talk(port, long, slipped_out)
    with serving(context_for(pem, asking(clients, how, depth=2))) as port:
        talk(port, long)


def test_authorities_that_cannot_be_read_are_named(pem: Path, tmp_path: Path) -> None:
    asks = Tls.model_validate({"client_certificates": "require", "ca": str(tmp_path / "no.pem")})
    with pytest.raises(CertificateProblem, match=r"no\.pem"):
        context_for(pem, asks)


def test_listeners_with_one_certificate_and_the_same_options_share_a_context(pem: Path) -> None:
    contexts = TlsContexts()
    first = contexts.get(pem, Tls())
    assert contexts.get(pem, Tls()) is first
    assert contexts.get(pem, Tls(server_order=False)) is not first
    CertificateStore(pem.parent).create_certificate("new", ["mail.example.com"])
    (pem.parent / "new.pem").replace(pem)
    assert contexts.get(pem, Tls()) is not first


def test_openssl_itself_agrees(pem: Path, clients: Clients, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    shown = tmp_path / "ann.pem"
    issued = clients.authority.issue_cert("ann@example.com")
    issued.private_key_and_cert_chain_pem.write_to_path(str(shown))

    def s_client(port: int, *options: str) -> str:
        command = [openssl, "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", str(pem)]
        command.append("-ign_eof")
        ran = subprocess.run(
            [*command, *options], input=b"!", capture_output=True, timeout=PATIENCE, check=False
        )
        return ran.stdout.decode("latin-1")

    with serving(context_for(pem, asking(clients, "require"))) as port:
        told = s_client(port, "-cert", str(shown), "-tls1_2", "-verify_hostname", "localhost")
        assert "Verify return code: 0 (ok)" in told
        assert "Secure Renegotiation IS supported" in told and "Compression: NONE" in told
        assert "+OK" in told
        assert "+OK" not in s_client(port, "-tls1_2")
        assert "+OK" not in s_client(port, "-tls1_1", "-cert", str(shown))
