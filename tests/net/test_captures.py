"""Protocol captures: the lines of those who are meant, from now until then, without secrets."""

from __future__ import annotations

import asyncio
import time

import pytest

from server_core.events.log_views import CaptureKind
from server_core.events.protocol import CapturedLine, ProtocolLine
from server_core.events.types import Event, Level, SignInFailed
from server_core.net.captures import MOST, Captures, Subject
from server_core.refusals import Refused
from server_core.service import MailService
from tests.net.conftest import PASSWORD, PATIENCE, Connect, deliver, until

ANN = Subject(7, (4, 0x7F000001), "ann@example.com")


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        (CaptureKind.SESSION, "7", True),
        (CaptureKind.SESSION, "07", True),
        (CaptureKind.SESSION, "8", False),
        (CaptureKind.ADDRESS, "127.0.0.1", True),
        (CaptureKind.ADDRESS, "::ffff:127.0.0.1", True),
        (CaptureKind.ADDRESS, "127.0.0.2", False),
        (CaptureKind.ACCOUNT, "ann@example.com", True),
        (CaptureKind.ACCOUNT, "ben@example.com", False),
    ],
)
def test_a_capture_means_its_subject_only(kind: CaptureKind, value: str, wanted: bool) -> None:
    captures = Captures()
    assert not captures.active and not captures.wants(ANN)
    capture = captures.start(kind, value, 60)
    assert captures.wants(ANN) is wanted
    assert captures.stop(capture.number) and not captures.stop(capture.number)
    assert not captures.active and not captures.wants(ANN)


def test_asking_again_moves_the_end_and_keeps_the_number() -> None:
    captures = Captures()
    first = captures.start(CaptureKind.SESSION, "7", 60)
    second = captures.start(CaptureKind.SESSION, "7", 120)
    assert second.number == first.number and second.until > first.until
    assert captures.views() == (second,)


def test_a_capture_ends_by_itself_and_tells_so(monkeypatch: pytest.MonkeyPatch) -> None:
    captures = Captures()
    captures.start(CaptureKind.SESSION, "7", 60)
    assert not captures.sweep()
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert not captures.wants(ANN)
    assert captures.views() == () and not captures.await_names
    assert captures.sweep() and not captures.sweep(), "who looked meanwhile took nothing away"
    assert captures.views() == () and not captures.active


@pytest.mark.parametrize(
    ("kind", "value", "seconds"),
    [
        (CaptureKind.SESSION, "seven", 60),
        (CaptureKind.ADDRESS, "somewhere", 60),
        (CaptureKind.ACCOUNT, "", 60),
        (CaptureKind.SESSION, "7", 0),
        (CaptureKind.SESSION, "7", 86_401),
    ],
)
def test_what_makes_no_sense_is_refused(kind: CaptureKind, value: str, seconds: float) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Captures().start(kind, value, seconds)


def test_there_is_an_end_to_captures() -> None:
    captures = Captures()
    for number in range(MOST):
        captures.start(CaptureKind.SESSION, str(number), 60)
    with pytest.raises(ValueError, match="stop one first"):
        captures.start(CaptureKind.SESSION, "1000", 60)


async def test_the_lines_of_one_account_are_told_without_its_password(
    service: MailService, connect: Connect
) -> None:
    await service.add_account("ben", PASSWORD)
    ring = service.watch(Level.CAPTURE)
    await service.capture("account", "ann", seconds=60)
    ann, ben = await connect(), await connect()
    await ann.sign_in("ann")
    await ben.sign_in("ben")
    await ann.say("STAT")
    await ben.say("STAT")
    await ann.say("QUIT")
    told: list[Event] = []

    def all_told() -> bool:
        told.extend(ring.drain().events)
        return any("Bye" in str(event) for event in told)

    await until(all_told)
    assert all(isinstance(event, CapturedLine) for event in told)
    assert {event.user for event in told if isinstance(event, CapturedLine)} == {"ann@localhost"}
    text = "\n".join(map(str, told))
    assert "<< STAT" in text and PASSWORD not in text
    (capture,) = service.captures()
    assert capture.lines == len(told)


async def test_what_led_to_a_failed_sign_in_of_the_account_is_told_and_nothing_of_others(
    service: MailService, connect: Connect
) -> None:
    await service.add_account("ben", PASSWORD)
    ring = service.watch(Level.CAPTURE | Level.ERROR)
    await service.capture("account", "ann", seconds=60)
    client = await connect()
    for name, password in (("ben", "wrong one"), ("ann", "wrong two"), ("ben", PASSWORD)):
        await client.say(f"USER {name}")
        await client.say(f"PASS {password}")
    await client.say("STAT")
    told: list[Event] = []

    def both_told() -> bool:
        told.extend(ring.drain().events)
        return sum(isinstance(event, SignInFailed) for event in told) == 2

    await until(both_told)
    lines = [event for event in told if isinstance(event, CapturedLine)]
    refused = ">> -ERR [AUTH] Invalid user name or password"
    assert [str(line) for line in lines] == [
        refused,  # what ben was told last: the attempt of ann begins there
        *("<< USER ann", ">> +OK Send PASS", "<< PASS ***", refused),
        *("<< USER ben", ">> +OK Send PASS", "<< PASS ***"),
    ]
    assert [line.time for line in lines] == sorted(line.time for line in lines)
    assert {line.user for line in lines} == {"ann@localhost"}


async def test_what_a_client_says_before_it_signs_in_is_held_within_bounds(
    service: MailService, connect: Connect
) -> None:
    ring = service.watch(Level.CAPTURE)
    await service.capture("account", "ann", seconds=60)
    client = await connect()
    for _ in range(80):
        await client.say("CAPA")
    await client.sign_in("ann")
    told: list[Event] = []

    def said() -> bool:
        told.extend(ring.drain().events)
        return any("PASS" in str(event) for event in told)

    await until(said)
    assert 90 < len(told) < 110


async def test_a_capture_of_a_running_session_begins_and_ends_at_once(
    service: MailService, connect: Connect
) -> None:
    client = await connect()
    await client.sign_in()
    ring = service.watch(Level.CAPTURE)
    (session,) = await service.sessions()
    capture = await service.capture("session", str(session.session), seconds=60)
    await client.say("NOOP")
    await until(lambda: service.captures()[0].lines == 2)
    assert await service.stop_capture(capture.number)
    await client.say("NOOP")
    await client.say("STAT")
    assert [str(event)[:2] for event in ring.drain().events] == ["<<", ">>"]


async def test_an_account_nobody_has_is_refused_in_words(service: MailService) -> None:
    with pytest.raises(Refused, match="Nothing is captured: There is no account"):
        await service.capture("account", "nobody", seconds=60)


async def test_lines_of_open_sessions_are_told_once_somebody_reads_them(
    service: MailService, connect: Connect
) -> None:
    client = await connect()
    await client.sign_in()
    ring = service.watch(Level.PROTOCOL)
    told: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while "NOOP" not in told:
            assert (await client.say("NOOP")).startswith("+OK")
            told += [event.line for event in ring.drain().events if isinstance(event, ProtocolLine)]
    service.unwatch(ring)


async def test_a_command_stands_before_what_came_of_it(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, b"Subject: x\r\n\r\nx\r\n")
    ring = service.watch(Level.PROTOCOL | Level.INFO)
    client = await connect()
    await client.sign_in()
    await client.say("RETR 1")
    await client.lines()
    told: list[str] = []

    def retrieved() -> bool:
        told.extend(map(str, ring.drain().events))
        return any("retrieved" in words for words in told)

    await until(retrieved)
    order = ("<< PASS", "logged in", "<< RETR 1", "message 1 retrieved")
    places = [next(n for n, words in enumerate(told) if part in words) for part in order]
    assert places == sorted(places), told
    service.unwatch(ring)


@pytest.mark.parametrize("lines", [3, 40_000])
async def test_of_a_message_only_its_extent_is_told(
    service: MailService, connect: Connect, lines: int
) -> None:
    body = b"Subject: x\r\n\r\n" + b"a line of text\r\n" * lines
    await deliver(service, body)
    ring = service.watch(Level.CAPTURE)
    await service.capture("account", "ann", seconds=60)
    client = await connect()
    await client.sign_in()
    for command in ("RETR 1", "TOP 1 2"):
        await client.say(command)
        await client.lines()
    told: list[str] = []

    def two_told() -> bool:
        told.extend(map(str, ring.drain().events))
        return sum("lines, " in words for words in told) == 2

    await until(two_told)
    assert f">> ({lines + 2} lines, {len(body)} octets)" in told
    assert ">> (4 lines, 46 octets)" in told
    assert not any("a line of text" in words for words in told)
