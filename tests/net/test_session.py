"""Sessions over real sockets: what waits, what is cut, what is kept."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket

import psutil
import pytest

from server_core.config.model import Config, Security
from server_core.events.reasons import CloseReason
from server_core.events.types import Level, PlaintextDiscarded, SessionClosed, SignInFailed
from server_core.service import MailService
from tests.net.conftest import (
    ANY_CROWD,
    PASSWORD,
    Client,
    Connect,
    apply,
    deliver,
    listener,
    office,
    until,
)

SMALL = b"Subject: one\r\n\r\n.dots\r\nend\r\n"
LARGE = b"Subject: large\r\n\r\n" + b"0123456789abcdef" * 4 + b"\r\n" * 1
BIG = LARGE + (b"x" * 70 + b"\r\n") * 300_000


async def ended(service: MailService) -> None:
    """Wait until no session is left."""
    await until(lambda: service.status().sessions == 0)


async def unread(service: MailService) -> list[bool]:
    return [message.seen for message in await service.messages("ann")]


async def test_a_message_comes_out_as_it_went_in(service: MailService, connect: Connect) -> None:
    await deliver(service, SMALL)
    client = await connect()
    assert (await client.sign_in()).startswith("+OK")
    assert await client.say("RETR 1") == f"+OK {len(SMALL)} octets"
    assert await client.lines() == ["Subject: one", "", "..dots", "end"]


async def test_a_message_is_seen_once_it_is_out_whole(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, SMALL, SMALL)
    client = await connect()
    await client.sign_in()
    await client.say("TOP 2 10")
    await client.lines()
    await client.say("RETR 1")
    await client.lines()
    await client.say("NOOP")
    assert await unread(service) == [True, False]


@pytest.mark.parametrize(
    ("lines", "body"), [(0, []), (1, ["..dots"]), (2, ["..dots", "end"]), (9, ["..dots", "end"])]
)
async def test_top_gives_the_header_and_so_many_lines(
    service: MailService, connect: Connect, lines: int, body: list[str]
) -> None:
    await deliver(service, SMALL)
    client = await connect()
    await client.sign_in()
    assert (await client.say(f"TOP 1 {lines}")).startswith("+OK")
    assert await client.lines() == ["Subject: one", "", *body]


async def test_top_of_a_message_without_a_body_ends_the_header(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, b"Subject: only a header\r\n")
    client = await connect()
    await client.sign_in()
    await client.say("TOP 1 5")
    assert await client.lines() == ["Subject: only a header", ""]


async def test_a_large_message_arrives_whole(service: MailService, connect: Connect) -> None:
    await deliver(service, BIG)
    client = await connect()
    await client.sign_in()
    client.send("RETR 1", "QUIT")
    assert await client.line() == f"+OK {len(BIG)} octets"
    received = await client.rest()
    message, _, farewell = received.rpartition(b".\r\n+OK")
    assert hashlib.sha256(message).digest() == hashlib.sha256(BIG).digest()
    assert farewell.endswith(b"\r\n")


async def test_thousands_of_pipelined_commands_are_answered_in_order(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, SMALL)
    client = await connect()
    await client.sign_in()
    client.send(*["RETR 1", "TOP 1 0"] * 2000)
    for _ in range(2000):
        assert (await client.line()).endswith("octets")
        assert len(await client.lines()) == 4
        assert (await client.line()).startswith("+OK")
        assert len(await client.lines()) == 2


async def test_a_slow_reader_never_makes_memory_grow(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, BIG)
    client = await connect()
    await client.sign_in()
    before = psutil.Process().memory_info().rss
    client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    client.send(*["RETR 1"] * 200)
    for _ in range(300):
        await service.sessions()
    grown = psutil.Process().memory_info().rss - before
    assert grown < 16_000_000, f"{grown} octets for one client that does not read"


async def test_nothing_is_deleted_without_quit(service: MailService, connect: Connect) -> None:
    await deliver(service, SMALL)
    client = await connect()
    await client.sign_in()
    await client.say("DELE 1")
    await client.close()
    await ended(service)
    assert len(await service.messages("ann")) == 1


async def test_what_was_said_before_the_end_of_input_is_obeyed(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, SMALL)
    client = await connect()
    client.send("USER ann", f"PASS {PASSWORD}", "DELE 1", "QUIT")
    client.writer.write_eof()
    assert (await client.rest()).count(b"+OK") == 5
    assert await service.messages("ann") == ()


async def test_quit_removes_although_nobody_waits_for_the_answer(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, SMALL)
    client = await connect()
    await client.sign_in()
    client.send("DELE 1", "QUIT")
    await client.writer.drain()
    await client.close()
    await ended(service)
    assert await service.messages("ann") == ()


async def test_another_sessions_removal_leaves_a_placeholder(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, SMALL, SMALL)
    one, other = await connect(), await connect()
    await one.sign_in()
    await other.sign_in()
    await one.say("DELE 1")
    assert (await one.say("QUIT")).startswith("+OK")
    assert await other.say("LIST 1") == "+OK 1 0"
    assert await other.say("STAT") == f"+OK 2 {len(SMALL)}"
    assert (await other.say("RETR 1")).startswith("-ERR")


async def test_a_silent_client_is_let_go(service: MailService, connect: Connect) -> None:
    ring = service.watch(Level.INFO)
    client = await connect()
    await client.sign_in()
    await apply(service, office(listener(idle_timeout=1)))
    assert await client.rest() == b""
    await ended(service)
    closed = [e for e in ring.drain().events if isinstance(e, SessionClosed)]
    assert [event.reason for event in closed] == [CloseReason.IDLE_TIMEOUT]


async def test_stopping_answers_the_command_in_flight_and_no_other(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, BIG)
    client = await connect()
    await client.sign_in()
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    client.send("RETR 1", "DELE 1", "QUIT")
    await until(lambda: service.status().counters.sent_octets > 100_000)
    stopping = asyncio.ensure_future(service.stop(grace=10))
    client.writer.transport.resume_reading()  # type: ignore[attr-defined]
    received = await client.rest()
    await stopping
    assert received.endswith(b".\r\n-ERR [SYS/TEMP] Server shutting down\r\n")
    await service.start()
    assert len(await service.messages("ann")) == 1


async def test_resting_sessions_are_told_that_the_server_stops(
    service: MailService, connect: Connect
) -> None:
    client = await connect()
    await client.sign_in()
    await service.stop()
    assert await client.line() == "-ERR [SYS/TEMP] Server shutting down"
    assert await client.rest() == b""
    await service.start()


async def test_stls_encrypts_and_forgets_the_user(service: MailService, connect: Connect) -> None:
    client = await connect()
    await client.line()
    await client.say("USER ann")
    assert (await client.say("STLS")).startswith("+OK")
    await client.secure()
    assert (await client.say(f"PASS {PASSWORD}")).startswith("-ERR")
    await client.say("USER ann")
    assert (await client.say(f"PASS {PASSWORD}")).startswith("+OK")
    (view,) = await service.sessions()
    assert view.secure == "TLS 1.3"


async def test_commands_smuggled_in_behind_stls_are_never_obeyed(
    service: MailService, connect: Connect
) -> None:
    ring = service.watch(Level.WARNING)
    client = await connect()
    await client.line()
    assert (await client.say("STLS", "USER mallory", "NOOP")).startswith("+OK")
    await client.secure()
    assert (await client.say("CAPA")).startswith("+OK")
    assert "USER" in await client.lines()
    (event,) = ring.drain().events
    assert isinstance(event, PlaintextDiscarded)
    assert event.octets == len("USER mallory\r\nNOOP\r\n")


async def test_a_failed_handshake_closes_and_is_told(
    service: MailService, connect: Connect
) -> None:
    client = await connect()
    await client.line()
    await client.say("STLS")
    client.send("this is no handshake at all")
    with contextlib.suppress(ConnectionResetError):
        await client.rest()
    await ended(service)
    assert service.history()[0].reason is CloseReason.TLS_FAILED


@pytest.mark.parametrize("security", [Security.TLS])
async def test_implicit_tls_greets_inside_and_offers_no_stls(
    service: MailService, connect: Connect, security: Security
) -> None:
    await apply(service, office(listener("secure", security)))
    client = await connect("secure", tls=True)
    assert (await client.sign_in()).startswith("+OK")
    await client.say("CAPA")
    assert "STLS" not in await client.lines()


async def test_nobody_signs_in_before_tls_where_it_is_required(
    service: MailService, connect: Connect
) -> None:
    await apply(service, office(listener(security=Security.STARTTLS_REQUIRED)))
    client = await connect()
    await client.line()
    assert (await client.say("USER ann")).startswith("-ERR")
    assert (await client.say("AUTH PLAIN")).startswith("-ERR")


async def test_the_log_tells_apart_what_the_client_may_not(
    service: MailService, connect: Connect
) -> None:
    ring = service.watch(Level.ERROR)
    client = await connect()
    await client.line()
    replies = set()
    for user in ("ann", "nobody"):
        await client.say(f"USER {user}")
        replies.add(await client.say("PASS wrong wrong"))
    assert len(replies) == 1
    failures = [e for e in ring.drain().events if isinstance(e, SignInFailed)]
    assert [e.reason.value for e in failures] == ["wrong_password", "unknown_user"]


async def test_a_disconnected_session_deletes_nothing(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, SMALL)
    client = await connect()
    await client.sign_in()
    await client.say("DELE 1")
    (view,) = await service.sessions()
    assert view.marked == 1
    assert await service.disconnect(view.session)
    assert await client.rest() == b""
    assert len(await service.messages("ann")) == 1
    assert not await service.disconnect(view.session)


async def test_a_suspended_account_loses_its_sessions_and_cannot_return(
    service: MailService, connect: Connect
) -> None:
    client = await connect()
    await client.sign_in()
    await service.set_enabled("ann", False)
    assert await client.rest() == b""
    again = await connect()
    assert (await again.sign_in()).startswith("-ERR [AUTH]")


async def test_a_new_password_counts_on_the_very_next_sign_in(
    service: MailService, connect: Connect
) -> None:
    assert (await (await connect()).sign_in()).startswith("+OK")
    await service.set_password("ann", "another password")
    assert (await (await connect()).sign_in()).startswith("-ERR [AUTH]")


async def test_a_removed_account_leaves_no_mail(service: MailService, connect: Connect) -> None:
    await deliver(service, SMALL)
    client = await connect()
    await client.sign_in()
    await service.remove_account("ann")
    assert await client.rest() == b""
    assert await service.accounts() == ()
    assert [place for place in service.home.mail.iterdir() if place.is_dir()] == []


async def test_a_truncated_message_is_a_clear_error_and_the_rest_goes_on(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, SMALL, SMALL)
    (first, _) = sorted(service.home.mail.rglob("*.msg"))
    first.write_bytes(b"Subject")
    client = await connect()
    await client.sign_in()
    assert (await client.say("RETR 1")).startswith("-ERR [SYS/PERM]")
    assert (await client.say("RETR 2")).startswith("+OK")


async def test_history_outlives_the_server(service: MailService, connect: Connect) -> None:
    client = await connect()
    await client.sign_in()
    assert (await client.say("QUIT")).startswith("+OK")
    await ended(service)
    await service.stop()
    await service.start()
    (past,) = service.history()
    assert (past.user, past.reason) == ("ann@localhost", CloseReason.QUIT)


async def hold_open(connect: Connect, count: int) -> list[Client]:
    clients = [await connect() for _ in range(count)]
    for client in clients:
        assert (await client.sign_in()).startswith("+OK")
    return clients


async def test_applying_a_configuration_cuts_no_open_session(
    service: MailService, connect: Connect
) -> None:
    await apply(service, office(listener(), **ANY_CROWD))
    clients = await hold_open(connect, 20)
    moved = listener(address="127.0.0.1:0", idle_timeout=900, security=Security.NONE)
    await apply(service, office(moved, listener("second"), max_errors=3))
    await apply(service, Config())
    for client in clients:
        assert (await client.say("NOOP")).startswith("+OK")
