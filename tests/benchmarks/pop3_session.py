"""One POP3 session as a mail client holds it, in which nothing the server says goes unchecked."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from tests.benchmarks.pop3_peer import Peer, Wrong
from tests.benchmarks.pop3_signing_in import auth_plain, scram_sha_256, user_pass

_PATIENCE = 60
_UNIQUE_ID = re.compile(rb"[\x21-\x7e]{1,70}")

SignIn = Callable[[Peer, str, str], Awaitable[None]]


@dataclass(frozen=True)
class Kind:
    """What a session does between greeting and QUIT."""

    sign_in: SignIn | None = user_pass
    uidl: bool = False
    retrieve: bool = False
    pipelined: bool = False
    delete: bool = False
    hold: bool = False


KINDS = {
    "connect": Kind(sign_in=None),
    "poll": Kind(),
    "poll-uidl": Kind(uidl=True),
    "auth-plain": Kind(sign_in=auth_plain),
    "scram": Kind(sign_in=scram_sha_256),
    "download": Kind(retrieve=True),
    "download-pipelined": Kind(retrieve=True, pipelined=True),
    "drain": Kind(retrieve=True, delete=True),
    "idle": Kind(hold=True),
}


@dataclass(frozen=True)
class Job:
    """What every session does. ``digests`` are those of a user's messages; empty checks none."""

    port: int
    tls: bool
    resume: bool
    password: str
    kind: Kind
    digests: Mapping[str, Counter[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What came of a session: octets of all messages it fetched, and how it was encrypted."""

    octets: int
    resumed: bool


async def session(job: Job, user: str, hold: Callable[[], Awaitable[None]]) -> Done:
    """Hold one session, or raise Wrong.

    ``hold`` is awaited between sign-in and QUIT when it is of the kind that stays.
    """
    kind, octets = job.kind, 0
    try:
        async with asyncio.timeout(_PATIENCE):
            peer = await Peer.reach(job.port, tls=job.tls)
            await peer.reply("greeting")
            if kind.sign_in is not None:
                await kind.sign_in(peer, user, job.password)
        if kind.hold:
            await hold()
        async with asyncio.timeout(_PATIENCE):
            if kind.sign_in is not None:
                octets = await _look(peer, kind, job.digests.get(user))
            await peer.ask("QUIT")
            resumed = peer.resumed
            if job.resume:
                peer.remember()
            await peer.end()
    except TimeoutError:
        raise Wrong("timeout", f"{user}: no answer for {_PATIENCE} seconds") from None
    except (OSError, ssl.SSLError) as problem:
        raise Wrong("connection", f"{user}: {problem}") from problem
    return Done(octets, resumed)


async def _look(peer: Peer, kind: Kind, digests: Counter[str] | None) -> int:
    count, total = _two_numbers(await peer.ask("STAT"))
    if kind.uidl:
        await _unique_ids(peer, count)
    if not kind.retrieve:
        return 0
    sizes = [_two_numbers(line) for line in await peer.listing("LIST")]
    if [number for number, _ in sizes] != list(range(1, count + 1)):
        raise Wrong("stat_list_mismatch", f"LIST does not show messages 1 to {count}")
    if sum(size for _, size in sizes) != total:
        raise Wrong("stat_list_mismatch", "the sizes in LIST do not add up to STAT's")
    await _unique_ids(peer, count)
    await _fetch(peer, kind, [size for _, size in sizes], digests)
    return total


async def _unique_ids(peer: Peer, count: int) -> None:
    ids = [line.partition(b" ")[2] for line in await peer.listing("UIDL")]
    if len(ids) != count or len(set(ids)) != count or not all(map(_UNIQUE_ID.fullmatch, ids)):
        raise Wrong("uidl_mismatch", "UIDL does not show as many unique-ids as messages")


async def _fetch(peer: Peer, kind: Kind, sizes: list[int], digests: Counter[str] | None) -> None:
    if kind.pipelined:
        if b"PIPELINING" not in await peer.listing("CAPA"):
            raise Wrong("protocol", "CAPA does not offer PIPELINING")
        peer.send(*(f"RETR {number}" for number in range(1, len(sizes) + 1)))
    missing = Counter(digests)
    for number, size in enumerate(sizes, 1):
        if not kind.pipelined:
            peer.send(f"RETR {number}")
        message = await peer.message()
        if len(message) != size:
            raise Wrong("size_mismatch", f"{len(message)} octets came, LIST said {size}")
        if digests is not None:
            digest = sha256(message).hexdigest()
            if missing[digest] < 1:
                raise Wrong("checksum_mismatch", f"message {number} is not as it was delivered")
            missing[digest] -= 1
        if kind.delete:
            await peer.ask(f"DELE {number}")
    if missing.total():
        raise Wrong("message_missing", f"{missing.total()} delivered messages did not come")


def _two_numbers(text: bytes) -> tuple[int, int]:
    words = text.split()
    if len(words) < 2 or not (words[0].isdigit() and words[1].isdigit()):
        raise Wrong("protocol", f"two numbers were expected: {text.decode('latin-1')}")
    return int(words[0]), int(words[1])
