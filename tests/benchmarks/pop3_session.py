"""One POP3 session as a mail client holds it, in which nothing the server says goes unchecked."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

_PATIENCE = 60
_CHUNK = 1 << 18
_UNSTUFFED_DOT = re.compile(rb"\r\n\.(?!\.)")
_UNIQUE_ID = re.compile(rb"[\x21-\x7e]{1,70}")


class Wrong(Exception):
    """The server said or sent something it must not; ``kind`` groups errors of a sort."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True)
class Job:
    """What every session does. ``digests`` are those of a user's messages; empty checks none."""

    port: int
    tls: bool
    password: str
    scenario: str
    digests: Mapping[str, Counter[str]] = field(default_factory=dict)


async def session(job: Job, user: str, hold: Callable[[], Awaitable[None]]) -> int:
    """Hold one session; gives the octets of all messages it fetched, or raises Wrong.

    ``hold`` is awaited between sign-in and QUIT when the scenario is ``idle``.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            peer = await _Peer.reach(job.port, tls=job.tls)
            await peer.reply("greeting")
            await peer.ask(f"USER {user}")
            await peer.ask(f"PASS {job.password}")
        if job.scenario == "idle":
            await hold()
        async with asyncio.timeout(_PATIENCE):
            count, total = _two_numbers(await peer.ask("STAT"))
            fetched = 0
            if job.scenario == "download":
                fetched = await _download(peer, count, total, job.digests.get(user))
            await peer.ask("QUIT")
            await peer.end()
    except TimeoutError:
        raise Wrong("timeout", f"{user}: no answer for {_PATIENCE} seconds") from None
    except (OSError, ssl.SSLError) as problem:
        raise Wrong("connection", f"{user}: {problem}") from problem
    return fetched


async def _download(peer: _Peer, count: int, total: int, digests: Counter[str] | None) -> int:
    sizes = [_two_numbers(line) for line in await peer.listing("LIST")]
    if [number for number, _ in sizes] != list(range(1, count + 1)):
        raise Wrong("stat_list_mismatch", f"LIST does not show messages 1 to {count}")
    if sum(size for _, size in sizes) != total:
        raise Wrong("stat_list_mismatch", "the sizes in LIST do not add up to STAT's")
    ids = [line.partition(b" ")[2] for line in await peer.listing("UIDL")]
    if len(ids) != count or len(set(ids)) != count or not all(map(_UNIQUE_ID.fullmatch, ids)):
        raise Wrong("uidl_mismatch", "UIDL does not show as many unique-ids as messages")
    missing = Counter(digests)
    for number, size in sizes:
        message = await peer.message(number)
        if len(message) != size:
            raise Wrong("size_mismatch", f"{len(message)} octets came, LIST said {size}")
        if digests is not None:
            digest = sha256(message).hexdigest()
            if missing[digest] < 1:
                raise Wrong("checksum_mismatch", f"message {number} is not as it was delivered")
            missing[digest] -= 1
    if missing.total():
        raise Wrong("message_missing", f"{missing.total()} delivered messages did not come")
    return total


class _Peer:
    """The server's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._came = bytearray()

    @classmethod
    async def reach(cls, port: int, *, tls: bool) -> _Peer:
        """Connect, with a full handshake when asked."""
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=context, limit=_CHUNK))

    async def ask(self, command: str) -> bytes:
        """Send a command; gives what follows +OK."""
        self._writer.write(f"{command}\r\n".encode())
        return await self.reply(command.partition(" ")[0])

    async def reply(self, what: str) -> bytes:
        """The next status line, without +OK and CRLF."""
        line = (await self._upto(b"\r\n"))[:-2]
        if not line.startswith(b"+OK"):
            raise Wrong("refused", f"{what}: {line.decode('latin-1')}")
        return line[4:]

    async def listing(self, command: str) -> list[bytes]:
        """The lines of a multi-line reply."""
        await self.ask(command)
        return (await self._block()).splitlines()

    async def message(self, number: int) -> bytes:
        """A message with byte-stuffing undone."""
        await self.ask(f"RETR {number}")
        return await self._block()

    async def end(self) -> None:
        """The server closes after QUIT, without another octet."""
        if self._came or await self._reader.read(1):
            raise Wrong("extra_data", "there was more after the reply to QUIT")
        self._writer.close()

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


def _two_numbers(text: bytes) -> tuple[int, int]:
    words = text.split()
    if len(words) < 2 or not (words[0].isdigit() and words[1].isdigit()):
        raise Wrong("protocol", f"two numbers were expected: {text.decode('latin-1')}")
    return int(words[0]), int(words[1])
