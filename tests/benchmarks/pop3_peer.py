"""The server's end of a connection, as the project's own load generator sees it."""

from __future__ import annotations

import asyncio
import re
import ssl
from functools import cache
from typing import Any, cast

_CHUNK = 1 << 18
_UNSTUFFED_DOT = re.compile(rb"\r\n\.(?!\.)")


class Wrong(Exception):
    """The server said or sent something it must not; ``kind`` groups errors of a sort."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Client(ssl.SSLContext):
    """A client's TLS that comes back with the session it left with, once it has one.

    asyncio has no parameter for a session to resume, but it asks the context for the connection.
    """

    left_with: ssl.SSLSession | None = None

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """The connection asyncio asks for."""
        return super().wrap_bio(*arguments, **{**options, "session": self.left_with})


@cache
def client() -> Client:
    """This process's TLS; who a server on loopback is, is not asked."""
    made = Client(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


class Peer:
    """Sends commands and takes replies, in which nothing goes unchecked."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._came = bytearray()

    @classmethod
    async def reach(cls, port: int, *, tls: bool) -> Peer:
        """Connect, with a handshake when asked."""
        context = client() if tls else None
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=context, limit=_CHUNK))

    @property
    def resumed(self) -> bool:
        """Whether the handshake went on with an earlier session."""
        channel = self._channel
        return channel is not None and bool(channel.session_reused)

    def remember(self) -> None:
        """Let later connections resume this one's session; the tickets came with its replies."""
        channel = self._channel
        if channel is not None and channel.session is not None:
            client().left_with = channel.session

    @property
    def _channel(self) -> ssl.SSLObject | None:
        return cast("ssl.SSLObject | None", self._writer.get_extra_info("ssl_object"))

    def send(self, *commands: str) -> None:
        """Send commands without waiting for an answer."""
        self._writer.write("".join(f"{command}\r\n" for command in commands).encode())

    async def ask(self, command: str) -> bytes:
        """Send a command; gives what follows +OK."""
        self.send(command)
        return await self.reply(command.partition(" ")[0])

    async def reply(self, what: str) -> bytes:
        """The next status line, without +OK and CRLF."""
        line = await self._line()
        if not line.startswith(b"+OK"):
            raise Wrong("refused", f"{what}: {line.decode('latin-1')}")
        return line[4:]

    async def challenge(self, what: str) -> bytes:
        """What a server says in the middle of AUTH, still in base64."""
        line = await self._line()
        if not line.startswith(b"+ "):
            raise Wrong("refused", f"{what}: {line.decode('latin-1')}")
        return line[2:]

    async def listing(self, command: str) -> list[bytes]:
        """The lines of a multi-line reply."""
        await self.ask(command)
        return (await self._block()).splitlines()

    async def message(self) -> bytes:
        """The message in the reply to a RETR that was sent, with byte-stuffing undone."""
        await self.reply("RETR")
        return await self._block()

    async def end(self) -> None:
        """The server closes after QUIT, without another octet."""
        if self._came or await self._reader.read(1):
            raise Wrong("extra_data", "there was more after the reply to QUIT")
        self._writer.close()

    async def _line(self) -> bytes:
        return (await self._upto(b"\r\n"))[:-2]

    async def _block(self) -> bytes:
        # With CRLF before it, so that the first line is like every other.
        self._came[:0] = b"\r\n"
        block = (await self._upto(b"\r\n.\r\n"))[:-3]
        if _UNSTUFFED_DOT.search(block):
            raise Wrong("bad_dot_stuffing", "a line begins with one dot")
        return block.replace(b"\r\n..", b"\r\n.")[2:]

    async def _upto(self, mark: bytes) -> bytes:
        searched = 0
        while (place := self._came.find(mark, searched)) < 0:
            searched = max(0, len(self._came) - len(mark) + 1)
            more = await self._reader.read(_CHUNK)
            if not more:
                raise Wrong("unexpected_eof", "the server closed in the middle of a reply")
            self._came += more
        end = place + len(mark)
        taken = bytes(memoryview(self._came)[:end])
        del self._came[:end]
        return taken
