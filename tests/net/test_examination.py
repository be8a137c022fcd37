"""A close look at open sessions, and ending several at once."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from server_core.events.reasons import CloseReason
from server_core.events.types import Level, SessionOpened
from server_core.refusals import Refused
from server_core.service import MailService
from tests.net.conftest import PATIENCE, Connect, anybody, deliver, until


async def the_session(service: MailService) -> int:
    (view,) = await service.sessions()
    return view.session


async def test_a_session_is_known_by_who_let_it_in_and_what_limits_it(
    service: MailService, connect: Connect
) -> None:
    client = await connect()
    await client.line()
    await client.say("NONSENSE")
    facts = await service.session_facts(number := await the_session(service))
    assert facts is not None and (facts.session, facts.errors, facts.most_errors) == (number, 1, 20)
    assert facts.rule
    assert ("max_connections_per_peer", 1) in {(one.limit, one.used) for one in facts.limits}
    (view,) = await service.sessions()
    assert (view.rule, view.most_errors) == (facts.rule, 20)


async def test_its_opening_is_the_same_moment_in_events_and_pictures(
    service: MailService, connect: Connect
) -> None:
    ring = service.watch(Level.INFO)
    await (await connect()).line()
    (view,) = await service.sessions()
    (event,) = (one for one in ring.drain().events if isinstance(one, SessionOpened))
    assert event.time == view.opened


async def test_it_is_busy_while_a_command_is_answered_and_idle_then(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, b"Subject: large\r\n\r\n" + (b"x" * 70 + b"\r\n") * 100_000)
    client = await connect()
    await client.sign_in()

    async def doing() -> tuple[str, bool]:
        (view,) = await service.sessions()
        return view.command, view.busy

    async def become(*wanted: object) -> None:
        async with asyncio.timeout(PATIENCE):
            while await doing() != wanted:  # noqa: ASYNC110 - no event of this loop tells it
                await asyncio.sleep(0.01)

    assert await doing() == ("PASS", False)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    client.send("RETR 1")
    await become("RETR", True)
    client.writer.transport.resume_reading()  # type: ignore[attr-defined]
    await client.line()
    await client.lines()
    await become("RETR", False)


async def test_its_encryption_names_cipher_certificate_and_the_name_asked_for(
    service: MailService, connect: Connect
) -> None:
    client = await connect()
    await client.line()
    await client.say("STLS")
    async with asyncio.timeout(PATIENCE):
        await client.writer.start_tls(anybody(), server_hostname="mail.example.com")
    await client.say("LANG de")
    facts = await service.session_facts(await the_session(service))
    assert facts is not None and facts.version.startswith("TLS 1.")
    assert facts.language == "Deutsch"
    secured = client.writer.get_extra_info("ssl_object")
    assert isinstance(secured, ssl.SSLObject)
    cipher = secured.cipher()
    assert cipher is not None and facts.cipher == cipher[0]
    assert facts.asked_for == "mail.example.com"
    served = {view.fingerprint for view in await service.certificates()}
    assert facts.fingerprint in served


async def test_a_maildrop_is_shown_as_its_client_sees_it(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, b"one\r\n", b"two!\r\n", b"three\r\n", b"four\r\n")
    client = await connect()
    await client.sign_in()
    await client.say("RETR 1")
    await client.lines()
    await client.say("DELE 2")
    third = (await service.messages("ann"))[2]
    await service.remove_messages("ann", [third.uid])
    await deliver(service, b"five\r\n")
    seen = await service.session_maildrop(await the_session(service))
    assert seen is not None and (seen.count, seen.octets) == (4, 5 + 6)
    assert [(e.number, e.octets, e.seen, e.marked, e.gone) for e in seen.entries] == [
        (1, 5, True, False, False),
        (2, 0, False, True, False),
        (3, 0, False, False, True),
        (4, 6, False, False, False),
    ]
    assert seen.entries[2].unique_id == third.unique_id


async def test_only_the_newest_messages_of_a_long_maildrop_are_shown(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, *(b"%d\r\n" % number for number in range(7)))
    client = await connect()
    await client.sign_in()
    seen = await service.session_maildrop(await the_session(service), most=3)
    assert seen is not None and seen.count == 7
    assert [entry.number for entry in seen.entries] == [5, 6, 7]


async def test_before_sign_in_and_after_the_end_there_is_nothing_to_see(
    service: MailService, connect: Connect
) -> None:
    client = await connect()
    await client.line()
    number = await the_session(service)
    assert await service.session_maildrop(number) is None
    await client.say("QUIT")
    await until(lambda: not service.status().sessions)
    assert await service.session_facts(number) is None
    assert await service.session_maildrop(number) is None


async def test_all_sessions_of_an_account_or_an_address_end_at_once(
    service: MailService, connect: Connect
) -> None:
    first, second, stranger = await connect(), await connect(), await connect()
    await first.sign_in()
    await second.sign_in()
    await stranger.line()
    assert await service.disconnect_account("ann") == 2
    assert await service.disconnect_address("127.0.0.9") == 0
    assert await service.disconnect_address("127.0.0.1") == 1
    await until(lambda: not service.status().sessions)
    reasons = {ended.reason for ended in service.history()}
    assert reasons == {CloseReason.DISCONNECTED_BY_ADMIN}


async def test_who_cannot_be_disconnected_is_told_why(service: MailService) -> None:
    with pytest.raises(Refused, match="There is no account"):
        await service.disconnect_account("nobody")
    with pytest.raises(Refused, match="No session ends: "):
        await service.disconnect_address("somewhere")
