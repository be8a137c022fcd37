"""Who gets in, over real sockets: rules, limits, bans and proxies."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest

from server_core.config.admission import (
    AccessRule,
    Bans,
    DenyEntry,
    Flow,
    FlowOverride,
    GlobalAccess,
    ListenerAccess,
    Otherwise,
    ServiceAccess,
    Verdict,
)
from server_core.config.listening import Proxy, ProxyMode, Threads
from server_core.config.model import Config, Pop3, Security
from server_core.config.networks import parse_address
from server_core.events.reasons import CloseReason, RefusalReason, Scope
from server_core.events.types import AddressBanned, BanLifted, ConnectionRefused, Level
from server_core.net.own_networks import own_networks
from server_core.service import MailService, Refused
from tests.net.conftest import PASSWORD, Client, Connect, apply, listener, office, until

HERE = "127.0.0.0/8"
LATER = "-ERR [SYS/TEMP] Too many connections, try again later"


def deny(address: str = HERE) -> AccessRule:
    return AccessRule(action=Verdict.DENY, address=address)


def allow(address: str = HERE, **more: object) -> AccessRule:
    return AccessRule.model_validate({"action": Verdict.ALLOW, "address": address, **more})


def admission(config: Config, **sections: object) -> Config:
    return Config.model_validate({**dict(config), **sections})


def with_flow(**limits: int) -> Config:
    return office(listener(), flow=Flow.model_validate(limits))


async def test_a_denied_address_hears_nothing(service: MailService, connect: Connect) -> None:
    ring = service.watch(Level.WARNING)
    await apply(service, office(listener(), access=ServiceAccess(rules=(deny(),))))
    assert await (await connect()).rest() == b""
    (event,) = (e for e in ring.drain().events if isinstance(e, ConnectionRefused))
    assert (event.reason, event.scope) == (RefusalReason.RULE_DENIED, Scope.SERVICE)
    assert event.rule == "rule 1 of POP3: deny 127.0.0.0/8"
    assert service.refusals()[0].reason is RefusalReason.RULE_DENIED
    assert service.status().counters.refused == 1


async def test_a_listeners_allow_lifts_the_services_deny(
    service: MailService, connect: Connect
) -> None:
    own = listener(access=ListenerAccess(rules=(allow("127.0.0.1"),)))
    await apply(service, office(own, access=ServiceAccess(rules=(deny(),))))
    assert (await (await connect()).sign_in()).startswith("+OK")
    assert await (await connect(source="127.0.0.2")).rest() == b""
    uses = {(use.scope, use.action): use.matches for use in service.rule_uses()}
    assert uses == {("listener 'pop3'", "allow"): 1, ("POP3", "deny"): 1}


async def test_a_global_deny_holds_until_the_service_allows(
    service: MailService, connect: Connect
) -> None:
    everywhere = GlobalAccess(deny=(DenyEntry(address=HERE),))
    await apply(service, admission(office(listener()), access=everywhere))
    assert await (await connect()).rest() == b""
    lifted = office(listener(), access=ServiceAccess(rules=(allow(),)))
    await apply(service, admission(lifted, access=everywhere))
    assert (await (await connect()).line()).startswith("+OK")


async def test_applying_a_rule_cuts_no_open_session(service: MailService, connect: Connect) -> None:
    client = await connect()
    await client.sign_in()
    await apply(service, office(listener(), access=ServiceAccess(otherwise=Verdict.DENY)))
    assert (await client.say("NOOP")).startswith("+OK")
    assert await (await connect()).rest() == b""


async def test_one_more_than_the_limit_is_asked_to_try_later(
    service: MailService, connect: Connect
) -> None:
    await apply(service, with_flow(max_connections=2))
    first, second = await connect(), await connect()
    assert (await first.line()).startswith("+OK")
    assert (await second.line()).startswith("+OK")
    assert await (await connect()).line() == LATER
    await first.close()
    await until(lambda: service.status().sessions == 1)
    assert (await (await connect()).line()).startswith("+OK")


async def test_implicit_tls_listeners_close_without_a_word(
    service: MailService, connect: Connect
) -> None:
    secure = listener("secure", Security.TLS)
    await apply(service, office(secure, flow=Flow(max_connections=1)))
    await connect("secure", tls=True)
    assert await (await connect("secure")).rest() == b""


async def test_the_limit_of_one_address_leaves_room_for_others(
    service: MailService, connect: Connect
) -> None:
    await apply(service, with_flow(max_connections_per_peer=1))
    await (await connect()).line()
    assert await (await connect()).line() == LATER
    assert (await (await connect(source="127.0.0.2")).line()).startswith("+OK")
    assert service.refusals()[0].reason is RefusalReason.MAX_PER_ADDRESS


async def test_a_rules_own_limits_replace_those_of_one_address(
    service: MailService, connect: Connect
) -> None:
    generous = allow(flow=FlowOverride(max_connections_per_peer=2))
    config = office(
        listener(),
        flow=Flow(max_connections_per_peer=1),
        access=ServiceAccess(rules=(generous,)),
    )
    await apply(service, config)
    for _ in range(2):
        assert (await (await connect()).line()).startswith("+OK")
    assert await (await connect()).line() == LATER


async def test_new_connections_are_counted_in_the_interval(
    service: MailService, connect: Connect
) -> None:
    await apply(service, with_flow(max_new=3, interval=86_400))
    for _ in range(3):
        client = await connect()
        assert (await client.line()).startswith("+OK")
        await client.say("QUIT")
    assert await (await connect()).line() == LATER
    used = {(meter.scope, meter.limit): meter.used for meter in service.meters()}
    assert used["POP3", "max_new"] == 3


async def test_trying_an_address_names_the_deciding_rule(service: MailService) -> None:
    config = office(listener(), access=ServiceAccess(rules=(deny("192.168.1.50"),)))
    await apply(service, config)
    trial = service.try_address("192.168.1.50", "pop3")
    assert not trial.admitted
    assert "rule 1 of POP3: deny 192.168.1.50" in trial.sentence
    assert service.try_address("192.168.1.51", "pop3").admitted
    assert service.try_address("192.168.1.50", "pop3", config=office(listener())).admitted
    with pytest.raises(Refused, match="not an IP address"):
        service.try_address("nowhere", "pop3")
    with pytest.raises(Refused, match="no listener"):
        service.try_address("127.0.0.1", "elsewhere")


async def fail(client: Client, times: int) -> None:
    await client.line()
    for number in range(times):
        await client.say("USER ann")
        await client.say(f"PASS wrong {number}")


async def test_this_computers_own_addresses_are_trusted() -> None:
    host = "127.0.0.1"
    assert any(network.covers(parse_address(host)) for network in own_networks())


@pytest.fixture
async def guarded(strangers: None, service: MailService) -> MailService:
    await service.stop()
    await service.start()
    config = admission(office(listener(), max_auth_errors=0), bans=Bans(failures=3))
    await apply(service, config)
    return service


async def test_an_address_that_guesses_is_banned_and_unbanned_at_once(
    guarded: MailService, connect: Connect
) -> None:
    ring = guarded.watch(Level.up_to(Level.INFO))
    client = await connect(source="127.0.0.9")
    await fail(client, 3)
    (ban,) = guarded.bans()
    assert (ban.address, ban.blocked) == ("127.0.0.9", 0)
    assert "ann@localhost" in " ".join(ban.evidence)
    await client.rest()
    await until(lambda: guarded.status().sessions == 0)
    assert guarded.history()[0].reason is CloseReason.BANNED
    assert await (await connect(source="127.0.0.9")).rest() == b""
    assert guarded.bans()[0].blocked == 1
    assert await guarded.unban("127.0.0.9")
    assert (await (await connect(source="127.0.0.9")).line()).startswith("+OK")
    kinds = [type(e) for e in ring.drain().events if isinstance(e, AddressBanned | BanLifted)]
    assert kinds == [AddressBanned, BanLifted]


async def test_this_computer_is_never_banned(guarded: MailService, connect: Connect) -> None:
    await fail(await connect(), 10)
    assert guarded.bans() == ()


async def test_the_same_wrong_password_counts_once(guarded: MailService, connect: Connect) -> None:
    client = await connect(source="127.0.0.9")
    await client.line()
    for _ in range(10):
        await client.say("USER ann")
        await client.say("PASS the old one")
    assert guarded.bans() == ()


async def test_bans_outlive_the_server(guarded: MailService, connect: Connect) -> None:
    await guarded.ban("127.0.0.8", 3600, "too curious")
    await guarded.stop()
    await guarded.start()
    (ban,) = guarded.bans()
    assert (ban.address, ban.why) == ("127.0.0.8", "too curious")
    assert await (await connect(source="127.0.0.8")).rest() == b""


async def test_a_ban_file_nobody_can_read_is_set_aside(guarded: MailService) -> None:
    await guarded.stop()
    guarded.home.bans_file.write_text("{ not json")
    await guarded.start()
    assert guarded.bans() == ()
    assert guarded.home.bans_file.with_suffix(".rejected.json").exists()


async def test_no_password_gets_into_the_ban_file(guarded: MailService, connect: Connect) -> None:
    client = await connect(source="127.0.0.9")
    await client.line()
    await client.say("USER ann")
    await client.say("PASS canary-4711")
    await guarded.stop()
    kept = guarded.home.bans_file.read_text()
    assert "canary-4711" not in kept
    assert json.loads(kept)["failures"][0]["account"] == "ann@localhost"


async def test_replaying_tells_what_other_settings_would_have_done(
    guarded: MailService, connect: Connect
) -> None:
    await fail(await connect(source="127.0.0.9"), 2)
    assert await guarded.replay_bans(Bans(failures=3)) == ()
    (ban,) = await guarded.replay_bans(Bans(failures=2))
    assert ban.address == "127.0.0.9"


async def test_a_locked_account_opens_for_trusted_networks_only(
    guarded: MailService, connect: Connect
) -> None:
    bans = Bans(failures=1000, account_failures=2, trusted=("127.0.0.7",))
    await apply(guarded, admission(office(listener(), max_auth_errors=0), bans=bans))
    stranger = await connect(source="127.0.0.9")
    await fail(stranger, 2)
    await stranger.say("USER ann")
    assert (await stranger.say(f"PASS {PASSWORD}")).startswith("-ERR [AUTH]")
    friend = await connect(source="127.0.0.7")
    assert (await friend.sign_in()).startswith("+OK")


async def test_trusting_an_address_lifts_its_ban_for_good(
    guarded: MailService, connect: Connect
) -> None:
    await fail(await connect(source="127.0.0.9"), 3)
    await guarded.trust("127.0.0.9")
    assert guarded.config.bans.trusted == ("127.0.0.9",)
    client = await connect(source="127.0.0.9")
    await fail(client, 5)
    assert guarded.bans() == ()


PROXY = b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 110\r\n"


def behind_proxy(mode: ProxyMode, trusted: tuple[str, ...] = (HERE,)) -> Config:
    return office(listener(proxy=Proxy(mode=mode, trusted=trusted, timeout=1)))


async def test_a_trusted_proxy_says_whom_it_speaks_for(
    service: MailService, connect: Connect
) -> None:
    await apply(service, behind_proxy(ProxyMode.REQUIRED))
    client = await connect()
    client.writer.write(PROXY + b"USER ann\r\n")
    assert (await client.line()).startswith("+OK")
    assert (await client.line()).startswith("+OK")
    (view,) = await service.sessions()
    assert view.peer == "192.0.2.7:56324"
    trial = service.try_address("192.0.2.7", "pop3")
    assert any(meter.used == 1 for meter in trial.limits)


async def test_a_header_in_pieces_is_put_together(service: MailService, connect: Connect) -> None:
    await apply(service, behind_proxy(ProxyMode.REQUIRED))
    client = await connect()
    for octet in PROXY:
        client.writer.write(bytes((octet,)))
        await client.writer.drain()
        await asyncio.sleep(0)
    assert (await client.line()).startswith("+OK")


@pytest.mark.parametrize("begin", [b"", b"USER ann\r\n", b"PROXY TCP4 nonsense\r\n"])
async def test_without_the_header_nobody_gets_in_where_it_is_required(
    service: MailService, connect: Connect, begin: bytes
) -> None:
    await apply(service, behind_proxy(ProxyMode.REQUIRED))
    client = await connect()
    client.writer.write(begin)
    with contextlib.suppress(ConnectionResetError):
        assert await client.rest() == b""
    assert service.refusals()[0].reason is RefusalReason.PROXY_HEADER


async def test_only_trusted_addresses_may_send_the_header(
    service: MailService, connect: Connect
) -> None:
    await apply(service, behind_proxy(ProxyMode.REQUIRED, ("192.0.2.0/24",)))
    assert await (await connect()).rest() == b""
    await apply(service, behind_proxy(ProxyMode.OPTIONAL, ("192.0.2.0/24",)))
    assert (await (await connect()).line()).startswith("+OK")


async def test_threads_follow_the_configuration_at_once(service: MailService) -> None:
    await apply(service, office(listener(), threads=Threads(minimum=5, maximum=7)))
    assert (service.workers().minimum, service.workers().maximum) == (5, 7)
    assert service.workers().threads >= 5


async def test_a_listener_may_keep_everybody_else_out(
    service: MailService, connect: Connect
) -> None:
    closed = listener(access=ListenerAccess(otherwise=Otherwise.DENY))
    await apply(service, office(closed))
    assert await (await connect()).rest() == b""
    assert isinstance(service.config.pop3, Pop3)
