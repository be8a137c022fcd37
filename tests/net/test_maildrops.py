"""One maildrop, many sessions: limits, the lock, take-overs and sign-ins that come too soon."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from server_core.accounts.account import Account
from server_core.config.account_terms import AccountTerms
from server_core.config.model import Config, Pop3, Server
from server_core.config.signing_in import SignInLimits
from server_core.events.maildrops import MaildropRefused
from server_core.events.reasons import CloseReason, UseReason
from server_core.events.types import Level, SignInFailed
from server_core.net import data_plane
from server_core.net.custody import Custody
from server_core.net.maildrops import Maildrops
from server_core.service import MailService
from server_core.store.file_store import FileStore
from server_core.store.snapshot import Snapshot
from tests.net.conftest import PASSWORD, Client, Connect, apply, deliver, let_pass, listener, until
from tests.net.test_ends import LARGE, SMALL, Gate, gone, vanish

BUSY = "-ERR [IN-USE] Mailbox is in use"
THREADS = 8


def limited(*, exclusive: bool = False, after: int = 60, **accounts: int) -> Config:
    """A configuration with these limits at sign-in."""
    return Config(
        server=Server(exclusive_lock=exclusive, takeover_after=after),
        pop3=Pop3(
            listeners=(listener(),),
            auth_failure_delay=0,
            accounts=SignInLimits.model_validate(accounts),
        ),
    )


async def signed_in(connect: Connect) -> Client:
    client = await connect()
    assert (await client.sign_in()).startswith("+OK")
    return client


async def refused(connect: Connect) -> str:
    client = await connect()
    return await client.sign_in()


# --- sessions of one account ----------------------------------------------------------------------


async def test_one_session_more_than_the_limit_is_told_so_and_not_held_against_it(
    service: MailService, connect: Connect
) -> None:
    await apply(service, limited(connections=2))
    ring = service.watch(Level.up_to(Level.INFO))
    first, _ = [await signed_in(connect) for _ in range(2)]
    third = await connect()
    assert await third.sign_in() == "-ERR [IN-USE] Too many connections for user"
    (view,) = [view for view in await service.sessions() if not view.user]
    assert view.errors == 0
    (told,) = [e for e in ring.drain().events if isinstance(e, MaildropRefused | SignInFailed)]
    assert isinstance(told, MaildropRefused)
    assert (told.user, told.reason) == ("ann@localhost", UseReason.TOO_MANY)
    assert service.status().counters.failed_sign_ins == 0
    await first.say("QUIT")
    await until(lambda: service.status().sessions == 2)
    await third.say("USER ann")
    assert (await third.say(f"PASS {PASSWORD}")).startswith("+OK")


async def test_an_account_can_have_a_limit_of_its_own(
    service: MailService, connect: Connect
) -> None:
    await apply(service, limited(connections=1))
    assert service._premises is not None
    directory = service._premises.directory
    await asyncio.to_thread(directory.set_terms, "ann@localhost", AccountTerms(connections=2))
    for _ in range(2):
        await signed_in(connect)
    assert (await refused(connect)).startswith("-ERR [IN-USE]")


async def test_a_wrong_password_does_not_learn_that_the_mailbox_is_in_use(
    service: MailService, connect: Connect
) -> None:
    await apply(service, limited(connections=1))
    await signed_in(connect)
    client = await connect()
    await client.line()
    await client.say("USER ann")
    assert (await client.say("PASS wrong")).startswith("-ERR [AUTH]")


async def test_a_mailbox_that_could_not_be_opened_is_not_held(
    service: MailService, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply(service, limited(connections=1, delay=3600, padding=0))

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    client = await connect()
    with monkeypatch.context() as patch:
        patch.setattr(FileStore, "open_cached", lambda *_: None)
        patch.setattr(FileStore, "open", fail)
        assert (await client.sign_in()).startswith("-ERR [SYS/PERM]")
    await client.say("USER ann")
    assert (await client.say(f"PASS {PASSWORD}")).startswith("+OK")


async def test_who_goes_while_the_mailbox_is_opened_holds_nothing(
    service: MailService, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply(service, limited(exclusive=True))
    with monkeypatch.context() as patch:
        patch.setattr(FileStore, "open_cached", lambda *_: None)
        opening = Gate(patch, FileStore, "open")
        client = await connect()
        client.send("USER ann", f"PASS {PASSWORD}")
        await opening.reached()
        vanish(client)
        opening.open.set()
        await gone(service)
    await signed_in(connect)


# --- one session at a time ------------------------------------------------------------------------


async def test_with_the_lock_a_second_session_waits_for_the_first_to_leave(
    service: MailService, connect: Connect
) -> None:
    await apply(service, limited(exclusive=True))
    holder = await signed_in(connect)
    assert await refused(connect) == BUSY
    let_pass(service, 59)
    assert await refused(connect) == BUSY
    assert (await holder.say("QUIT")).startswith("+OK")
    await until(lambda: not service._plane._maildrops._use._open)  # type: ignore[union-attr]
    await signed_in(connect)


async def test_a_silent_session_gives_way_and_what_it_marked_stays(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, SMALL)
    await apply(service, limited(exclusive=True))
    holder = await signed_in(connect)
    await holder.say("DELE 1")
    let_pass(service, 60)
    newcomer = await signed_in(connect)
    assert await newcomer.say("STAT") == f"+OK 1 {len(SMALL)}"
    assert await holder.rest() == b""
    await until(lambda: bool(service.history()))
    assert service.history()[0].reason is CloseReason.TAKEN_OVER


async def test_zero_seconds_of_silence_mean_that_nobody_gives_way(
    service: MailService, connect: Connect
) -> None:
    await apply(service, limited(exclusive=True, after=0))
    await signed_in(connect)
    let_pass(service, 500)
    assert await refused(connect) == BUSY


async def test_of_many_who_want_a_silent_sessions_place_one_gets_it(
    service: MailService, connect: Connect
) -> None:
    await apply(service, limited(exclusive=True))
    holder = await signed_in(connect)
    let_pass(service, 60)
    clients = [await connect() for _ in range(8)]
    answers = await asyncio.gather(*(client.sign_in() for client in clients))
    assert await holder.rest() == b""
    assert sum(answer.startswith("+OK") for answer in answers) == 1
    assert answers.count(BUSY) == 7


@pytest.fixture
def two_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_plane, "loops_wanted", lambda: 2)


async def test_sessions_of_different_loops_give_way_to_each_other(
    two_loops: None, service: MailService, connect: Connect
) -> None:
    await apply(service, limited(exclusive=True))
    for _ in range(12):
        let_pass(service, 60)
        await signed_in(connect)
    await until(lambda: service.status().sessions == 1)
    past = {session.reason for session in service.history()}
    assert past == {CloseReason.TAKEN_OVER}
    assert await refused(connect) == BUSY


@pytest.mark.parametrize("busy", ["update", "read"])
async def test_nobody_takes_over_while_a_worker_is_busy_for_the_client(
    service: MailService, connect: Connect, monkeypatch: pytest.MonkeyPatch, busy: str
) -> None:
    await deliver(service, SMALL)
    await apply(service, limited(exclusive=True))
    holder = await signed_in(connect)
    method = (Snapshot, "remove") if busy == "update" else (FileStore, "open")
    gate = Gate(monkeypatch, *method)
    if busy == "update":
        holder.send("DELE 1", "QUIT")
    else:
        monkeypatch.setattr(FileStore, "open_cached", lambda *_: None)
        await holder.say("QUIT")
        holder = await connect()
        holder.send("USER ann", f"PASS {PASSWORD}")
    await gate.reached()
    let_pass(service, 500)
    assert await refused(connect) == BUSY
    gate.open.set()
    assert "+OK" in (await holder.line())


def standing_still(service: MailService) -> Callable[[], bool]:
    """Tells when nothing has gone out for a while: all there is room for on the way is taken."""
    seen: deque[int] = deque(maxlen=30)

    def still() -> bool:
        seen.append(service.status().counters.sent_octets)
        return len(seen) == seen.maxlen and len(set(seen)) == 1

    return still


async def test_a_transfer_that_goes__broken_off_and_one_that_stalls_is(
    service: MailService, connect: Connect
) -> None:
    await deliver(service, LARGE)
    await apply(service, limited(exclusive=True))
    holder = await signed_in(connect)
    holder.writer.transport.pause_reading()  # type: ignore[attr-defined]
    holder.send(*["RETR 1"] * 20)
    await until(lambda: service.status().counters.sent_octets > 100_000)
    await until(standing_still(service))
    let_pass(service, 59)
    assert await refused(connect) == BUSY
    let_pass(service, 1)
    await signed_in(connect)
    await until(lambda: bool(service.history()))
    assert CloseReason.TAKEN_OVER in {past.reason for past in service.history()}


async def test_who_spoke_up_in_the_last_moment_keeps_the_mailbox(
    service: MailService, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply(service, limited(exclusive=True))
    holder = await signed_in(connect)
    let_pass(service, 60)
    monkeypatch.setattr(Maildrops, "may_take_over", lambda *_: False)
    assert await refused(connect) == BUSY
    assert (await holder.say("NOOP")).startswith("+OK")


async def test_a_newcomer_that_goes_while_it_waits_holds_nothing(
    service: MailService, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply(service, limited(exclusive=True))
    holder = await signed_in(connect)
    let_pass(service, 60)
    answer: Future[bool] = Future()
    asked = threading.Event()

    def told_later(self: Custody) -> Future[bool]:
        asked.set()
        return answer

    monkeypatch.setattr(Custody, "give_way", told_later)
    client = await connect()
    client.send("USER ann", f"PASS {PASSWORD}")
    assert await asyncio.to_thread(asked.wait, 10)
    vanish(client)
    (board,) = [board for _, board in service._plane._boards]  # type: ignore[union-attr]
    await until(lambda: any(session.is_over for session in board.live.values()))
    await holder.say("QUIT")
    answer.set_result(True)
    await gone(service)
    assert not service._plane._maildrops._use._open  # type: ignore[union-attr]


# --- too soon -------------------------------------------------------------------------------------


async def test_quick_sign_ins_are_forgiven_and_one_more_is_asked_to_wait(
    service: MailService, connect: Connect
) -> None:
    await apply(service, limited(delay=60, padding=2))
    for _ in range(3):
        await signed_in(connect)
    assert await refused(connect) == (
        "-ERR [LOGIN-DELAY] Signed in too soon, try again in 60 seconds"
    )
    let_pass(service, 60)
    await signed_in(connect)
    assert (await refused(connect)).startswith("-ERR [LOGIN-DELAY]")


async def test_who_comes_too_soon_is_told_of_and_not_punished(
    service: MailService, connect: Connect
) -> None:
    await apply(service, limited(delay=60, padding=0))
    ring = service.watch(Level.up_to(Level.INFO))
    await signed_in(connect)
    client = await connect()
    await client.sign_in()
    for _ in range(20):
        await client.say("USER ann")
        assert (await client.say(f"PASS {PASSWORD}")).startswith("-ERR [LOGIN-DELAY]")
    events = ring.drain().events
    reasons = {event.reason for event in events if isinstance(event, MaildropRefused)}
    assert reasons == {UseReason.TOO_SOON}
    assert not [event for event in events if isinstance(event, SignInFailed)]
    assert service.bans() == ()


async def test_capa_follows_when_an_accounts_delay_changes(
    service: MailService, connect: Connect
) -> None:
    await apply(service, limited(delay=60))
    assert service._premises is not None and service._plane is not None
    directory = service._premises.directory
    await service.add_account("bob", PASSWORD)
    await asyncio.to_thread(directory.set_terms, "bob@localhost", AccountTerms(delay=900))
    await service._plane.keep_house()
    client = await connect()
    await client.line()
    await client.say("CAPA")
    assert "LOGIN-DELAY 900 USER" in await client.lines()
    await client.say("USER ann")
    await client.say(f"PASS {PASSWORD}")
    await client.say("CAPA")
    assert "LOGIN-DELAY 60" in await client.lines()


@pytest.mark.parametrize("typed", ["jürgen", "JU\u0308RGEN", "ｊürgen"])
async def test_a_name_and_a_password_are_the_same_however_they_were_typed(
    service: MailService, connect: Connect, typed: str
) -> None:
    await service.add_account("jürgen", "pässwörd ①")
    client = await connect()
    await client.line()
    client.writer.write(f"UTF8\r\nUSER {typed}\r\nPASS pa\u0308sswo\u0308rd 1\r\n".encode())
    answers = [await client.line() for _ in range(3)]
    assert answers[-1].startswith("+OK Mailbox"), answers


# --- threads --------------------------------------------------------------------------------------


class Visitor:
    """A session that is silent for ever."""

    def silence(self, now: float) -> float:
        return 0.0


def all_at_once(work: Callable[[], None]) -> None:
    start = threading.Barrier(THREADS)

    def visit() -> None:
        start.wait()
        work()

    threads = [threading.Thread(target=visit) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    ("config", "most"), [(limited(connections=3), 3), (limited(exclusive=True), 1)]
)
def test_never_more_than_the_limit_hold_it_whatever_the_threads_do(
    config: Config, most: int
) -> None:
    maildrops = Maildrops(config)
    ann = account()
    inside: list[Visitor] = []
    seen: list[int] = []

    def visit() -> None:
        for _ in range(2_000):
            visitor = Visitor()
            if maildrops.enter(ann, visitor) is None:
                inside.append(visitor)
                seen.append(len(inside))
                inside.remove(visitor)
                maildrops.leave(ann.name, visitor)

    all_at_once(visit)
    assert seen and max(seen) <= most
    assert not maildrops._use._open


def test_of_all_who_come_at_once_exactly_the_padding_gets_in() -> None:
    maildrops = Maildrops(limited(delay=3600, padding=5, connections=0))
    ann = account()
    answers: list[bool] = []
    all_at_once(lambda: answers.append(maildrops.enter(ann, Visitor()) is None))
    assert answers.count(True) == 6


def account() -> Account:
    return Account(
        name="ann@example.com",
        store_id="ann-1",
        full_name="",
        enabled=True,
        has_password=True,
        created=0.0,
    )
