"""A real server on loopback for real clients: plain with STLS, implicit TLS, accounts with mail."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import threading
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from server_core.config.file import save
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.config.model import Server as ServerSection
from server_core.config.signing_in import Method
from server_core.home import Home
from server_core.service import MailService

T = TypeVar("T")
HOST = "127.0.0.1"


class Wire(StrEnum):
    """How a client reaches the server."""

    PLAIN = "plain"
    STLS = "STLS"
    TLS = "implicit TLS"


class Server:
    """The service on a control loop of its own thread, as a headless process runs it."""

    def __init__(self, root: Path, config: Config | None = None) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="control loop")
        self._thread.start()
        self._numbers = itertools.count(1)
        home = Home.locate(root / "home")
        home.prepare()
        save(home.config_file, config or _config())
        self.service = MailService(home)
        self._root = root
        self.ca = root / "server-certificate.pem"

    def start(self) -> None:
        """Serve, and learn the ports and the certificate."""
        self.call(self.service.start())
        self._ports = {
            view.name: int(view.address.rpartition(":")[2]) for view in self.service.listeners()
        }
        self.ca.write_text(ssl.get_server_certificate((HOST, self.port(Wire.TLS))))

    def port(self, wire: Wire) -> int:
        """Where a client that wants this wire connects."""
        return self._ports["tls" if wire is Wire.TLS else "open"]

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Await on the control loop, bounded."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def stop(self) -> None:
        """End the service and its loop."""
        try:
            self.call(self.service.stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(30)
            self._loop.close()

    def new_account(self) -> str:
        """A fresh account's name; its password is PASSWORD."""
        view = self.call(self.service.add_account(f"box{next(self._numbers)}", PASSWORD))
        return view.name

    def deliver(self, account: str, messages: Iterable[bytes]) -> None:
        """Bring messages in, in this order."""
        folder = self._root / f"incoming-{next(self._numbers)}"
        folder.mkdir()
        count = 0
        for count, message in enumerate(messages, 1):
            (folder / f"{count:04d}.eml").write_bytes(message)
        report = self.call(self.service.import_mail(account, folder, "eml"))
        assert report.delivered == count, report

    def left(self, account: str) -> int:
        """How many messages the account has now."""
        return len(self.call(self.service.messages(account)))


PASSWORD = "correct horse 7#battery"


@dataclass
class Box:
    """An account as one client's user sees it; ``state`` is the client's own folder.

    ``method`` is how the user wants to sign in, the client's own habit when there is none;
    ``certificate`` a file with the user's certificate and key, for the methods that show one.
    """

    server: Server
    account: str
    state: Path
    wire: Wire = Wire.PLAIN
    method: Method | None = None
    certificate: Path | None = None
    runs: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def port(self) -> int:
        """Where the client connects."""
        return self.server.port(self.wire)

    def new_folder(self) -> Path:
        """An empty folder for one run of the client."""
        folder = self.state / f"run-{next(self.runs)}"
        folder.mkdir()
        return folder


class Client(Protocol):
    """A mail client as its user sees it."""

    program: str
    methods: Mapping[Method, str]
    """What the client calls each way to sign in that it has."""

    def fetch(self, box: Box, *, keep: bool) -> list[bytes]:
        """Fetch what is new since the last run, as it arrived; leave it on the server or not."""

    def changed(self, message: bytes) -> bytes:
        """What the client itself makes of a message, however it is served."""


def _config() -> Config:
    listeners = (
        Listener(name="open", address=f"{HOST}:0", security=Security.STARTTLS),
        Listener(name="tls", address=f"{HOST}:0", security=Security.TLS),
    )
    domain = ServerSection(primary_domain="example.org")
    return Config(server=domain, pop3=Pop3(listeners=listeners))


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The running server, one for all clients."""
    server = Server(tmp_path_factory.mktemp("server"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def box(server: Server, tmp_path: Path) -> Box:
    """A fresh, empty account and a fresh client folder."""
    return Box(server, server.new_account(), tmp_path)
