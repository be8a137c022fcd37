"""Pipelines and crowds: the answers are the same as one by one, and nobody waits for others."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from server_core.service import MailService
from tests.net.conftest import ANY_CROWD, Client, Connect, apply, deliver, listener, office, until

MESSAGES = [b"Subject: %d\r\n\r\n" % n + b".line %d\r\n" % n * n for n in range(20)]
MULTI = ("RETR", "TOP", "LIST", "UIDL")


def commands(source: random.Random, count: int) -> list[str]:
    """Commands of all kinds, some of them wrong for the message they are about."""
    verbs = ["RETR", "TOP", "LIST", "UIDL", "DELE", "RSET", "STAT", "NOOP"]
    lines = []
    for verb in source.choices(verbs, k=count):
        number = source.randint(0, len(MESSAGES) + 1)
        alone = verb in ("RSET", "STAT", "NOOP") or (verb in ("LIST", "UIDL") and number % 2 == 0)
        lines.append(verb if alone else f"{verb} {number}")
        if verb == "TOP":
            lines[-1] += f" {source.randint(0, 5)}"
    return lines


def is_multi(command: str, reply: bytes) -> bool:
    verb, _, argument = command.partition(" ")
    listing = verb in ("LIST", "UIDL") and bool(argument)
    return reply.startswith(b"+OK") and verb in MULTI and not listing


async def answer(client: Client, command: str) -> bytes:
    """All octets of the reply to a command that was sent."""
    async with asyncio.timeout(10):
        octets = line = await client.reader.readline()
        while is_multi(command, octets) and line != b".\r\n":
            line = await client.reader.readline()
            octets += line
    return octets


async def one_by_one(client: Client, lines: Sequence[str]) -> bytes:
    answers = []
    for line in lines:
        client.send(line)
        answers.append(await answer(client, line))
    return b"".join(answers)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_pipeline_gives_the_octets_of_lock_step(
    service: MailService, connect: Connect, seed: int
) -> None:
    source = random.Random(seed)
    await apply(service, office(listener(), max_errors=0))  # many of the commands are wrong
    await deliver(service, *MESSAGES)
    lines = commands(source, 5000 if seed == 1 else 500)
    clients = [await connect(), await connect()]
    for client in clients:
        await client.sign_in()
    expected = await one_by_one(clients[0], lines)
    octets = "".join(f"{line}\r\n" for line in lines).encode()

    async def send() -> None:
        start = 0
        while start < len(octets):
            stop = start + source.choice([1, 7, 100, 3000, 40_000])
            clients[1].writer.write(octets[start:stop])
            await clients[1].writer.drain()
            start = stop

    sending = asyncio.ensure_future(send())
    async with asyncio.timeout(20):
        assert await clients[1].reader.readexactly(len(expected)) == expected
    await sending


async def test_a_long_pipeline_does_not_hold_others_up(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, b"Subject: x\r\n\r\n" + b"x" * 60_000 + b"\r\n")
    greedy, modest = await connect(), await connect()
    await greedy.sign_in()
    await modest.sign_in()

    async def swallow() -> None:
        while await greedy.reader.read(1 << 20):
            pass

    swallowing = asyncio.ensure_future(swallow())
    greedy.send(*["RETR 1"] * 3000)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(20):
        assert (await modest.say("NOOP")).startswith("+OK")
    assert loop.time() - began < 2
    assert not swallowing.done()
    await greedy.close()
    await swallowing


async def check_invariants(client: Client, known: dict[int, str]) -> None:
    """The numbers of STAT, LIST and UIDL agree, and nothing is renumbered (1 to 3 of the nine).

    Others may remove between two commands: totals only ever shrink.
    """
    _, count, before = (await client.say("STAT")).split()
    await client.say("LIST")
    sizes = dict(line.split() for line in await client.lines())
    _, again, after = (await client.say("STAT")).split()
    await client.say("UIDL")
    uids = {int(number): uid for number, uid in map(str.split, await client.lines())}
    assert int(count) == int(again) == len(sizes) == len(uids)
    assert int(after) <= sum(map(int, sizes.values())) <= int(before)
    for number, uid in uids.items():
        assert known.setdefault(number, uid) == uid


async def one_of_many(connect: Connect, place: int, removed: set[str]) -> None:
    client = await connect()
    async with asyncio.timeout(60):
        assert (await client.sign_in()).startswith("+OK")
        known: dict[int, str] = {}
        await check_invariants(client, known)
        source = random.Random(place)
        uids = dict(known)
        marked = set()
        for number in source.sample(sorted(uids), min(3, len(uids))):
            reply = await client.say(f"RETR {number}")
            if reply.startswith("+OK"):
                (line, *_) = await client.lines()
                assert line.startswith("Subject: ")
            else:
                # A zombie's refusal is no error of the client and never ends the session.
                assert reply == f"-ERR Message {number} is deleted"
            assert (await client.say(f"DELE {number}")).startswith("+OK")
            marked.add(uids[number])
        await check_invariants(client, known)
        if place % 4 == 0:
            await client.close()
        else:
            assert (await client.say("QUIT")).startswith("+OK")
            removed |= marked


async def test_two_hundred_sessions_on_one_mailbox_keep_the_invariants(
    service: MailService, connect: Connect
) -> None:
    await apply(service, office(listener(), **ANY_CROWD))
    await deliver(service, *[b"Subject: %d\r\n\r\nbody\r\n" % n for n in range(300)])
    everything = {message.unique_id for message in await service.messages("ann")}
    removed: set[str] = set()
    await (await connect()).sign_in()  # from here on the password is remembered
    await asyncio.gather(*(one_of_many(connect, place, removed) for place in range(200)))
    left = {message.unique_id for message in await service.messages("ann")}
    assert left == everything - removed
    # A client has its answer a moment before its session is counted as over.
    await until(lambda: service.status().counters.removed == len(removed))
