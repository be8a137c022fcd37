"""A real server on loopback, and a small client that sees every octet."""

from __future__ import annotations

import asyncio
import contextlib
import io
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from server_core.config.admission import Flow
from server_core.config.file import save
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.config.networks import Network
from server_core.config.signing_in import SignInLimits
from server_core.home import Home
from server_core.policy import bans
from server_core.service import MailService
from server_core.store.backend import Incoming

PASSWORD = "correct horse"
PATIENCE = 10


def anybody() -> ssl.SSLContext:
    """A client's TLS that trusts whatever certificate it is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Client:
    """A lock-step POP3 client over asyncio streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def line(self) -> str:
        """One line, without CRLF; empty when the server closed."""
        async with asyncio.timeout(PATIENCE):
            return (await self.reader.readline()).decode("latin-1").removesuffix("\r\n")

    async def say(self, *lines: str) -> str:
        """Send lines in one piece and give the first reply."""
        self.send(*lines)
        return await self.line()

    def send(self, *lines: str) -> None:
        """Send lines in one piece."""
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode("latin-1"))

    async def lines(self) -> list[str]:
        """The lines of a multi-line reply after its first."""
        collected = []
        while (line := await self.line()) != ".":
            collected.append(line)
        return collected

    async def rest(self) -> bytes:
        """All there is until the server closes."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()

    async def sign_in(self, user: str = "ann") -> str:
        """Greeting, USER and PASS; gives the reply of PASS."""
        await self.line()
        await self.say(f"USER {user}")
        return await self.say(f"PASS {PASSWORD}")

    async def secure(self, context: ssl.SSLContext | None = None) -> None:
        """Change to TLS, by default without looking at the certificate."""
        async with asyncio.timeout(PATIENCE):
            await self.writer.start_tls(context or anybody())

    async def close(self) -> None:
        """Close without a word."""
        self.writer.close()


Connect = Callable[..., Awaitable[Client]]


def office(*listeners: Listener, **pop3: object) -> Config:
    """A configuration with these listeners and quick failures."""
    return Config(
        pop3=Pop3.model_validate({"listeners": listeners, "auth_failure_delay": 0, **pop3})
    )


ANY_CROWD: dict[str, object] = {
    "flow": Flow(max_connections=0, max_connections_per_peer=0, max_new=0, max_new_per_peer=0),
    "accounts": SignInLimits(connections=0),
}
"""What POP3 settings have to say when hundreds come from one address to one account."""


def listener(
    name: str = "pop3", security: Security = Security.STARTTLS, **more: object
) -> Listener:
    """A loopback listener on a free port."""
    return Listener.model_validate(
        {"name": name, "address": "127.0.0.1:0", "security": security, **more}
    )


async def apply(service: MailService, config: Config) -> None:
    """Make a configuration run, as an edit of the file would."""
    await asyncio.to_thread(save_config, service, config)
    await service.use_file()


def save_config(service: MailService, config: Config) -> None:
    """Write a configuration into the home."""
    save(service.home.config_file, config)


@pytest.fixture(params=["fastest", "asyncio"])
def loop_kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every kind of session loop that is shipped for this system."""
    kind = str(request.param)
    if kind == "asyncio":
        monkeypatch.setitem(sys.modules, "uvloop", None)
        monkeypatch.setitem(sys.modules, "winloop", None)
    return kind


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback addresses but 127.0.0.1 count as foreign, so that a test can be a stranger."""
    monkeypatch.setattr(bans, "_LOOPBACK", (Network.parse("127.0.0.1"),))


@pytest.fixture
async def service(tmp_path: Path, loop_kind: str) -> AsyncIterator[MailService]:
    """A running server with one STARTTLS listener and the account ann."""
    server = MailService(Home(tmp_path / "home"))
    server.home.prepare()
    save_config(server, office(listener()))
    await server.start()
    assert (server.status().session_loop == "asyncio") == (loop_kind == "asyncio")
    await server.add_account("ann", PASSWORD)
    yield server
    await server.stop(grace=0.5)


@pytest.fixture
async def connect(service: MailService) -> AsyncIterator[Connect]:
    """Open connections to a listener by name; they are closed afterwards."""
    clients: list[Client] = []

    async def connected(
        name: str = "pop3", *, tls: bool | ssl.SSLContext = False, source: str = ""
    ) -> Client:
        address = next(view.address for view in service.listeners() if view.name == name)
        host, _, port = address.rpartition(":")
        context = anybody() if tls is True else tls or None
        reader, writer = await asyncio.open_connection(
            host.strip("[]").replace("*", "127.0.0.1"),
            int(port),
            ssl=context,
            limit=1 << 22,
            local_addr=(source, 0) if source else None,
        )
        clients.append(Client(reader, writer))
        return clients[-1]

    yield connected
    for client in clients:
        await client.close()


def let_pass(service: MailService, seconds: float) -> None:
    """Let time pass while nobody says anything, as far as silence and sign-ins are concerned."""
    plane = service._plane
    assert plane is not None
    for _, board in plane._boards:
        for session in list(board.live.values()):
            session._active -= seconds
    due = plane._maildrops._use._due
    for account in due:
        due[account] -= seconds


async def deliver(service: MailService, *messages: bytes, account: str = "ann") -> None:
    """Put messages into a mailbox."""
    incoming = [Incoming(io.BytesIO(message)) for message in messages]
    await service.deliver(account, incoming)


async def until(claim: Callable[[], bool]) -> None:
    """Wait for what other threads bring about."""
    async with asyncio.timeout(PATIENCE):
        while not claim():  # noqa: ASYNC110 - no event of this loop tells it
            await asyncio.sleep(0.01)


def descriptors() -> int:
    """How many descriptors this process has, without those of log files, which open when used."""
    if sys.platform != "linux":
        return 0
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # other threads close theirs meanwhile
            count += "/logs/" not in str(entry.readlink())
    return count
