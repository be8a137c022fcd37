"""Accounts on terms of their own: strangers learn nothing, the log everything, at once."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from server_core.accounts.verifiers import Hasher
from server_core.config.account_terms import AccountTerms
from server_core.config.admission import Bans
from server_core.config.model import Config, Security, Server
from server_core.events.reasons import CloseReason, SignInReason
from server_core.events.ring import Ring
from server_core.events.types import Level, SignedIn, SignInFailed
from server_core.service import MailService
from tests.net.conftest import PASSWORD, Client, Connect, apply, listener, office, until

DELAY = 0.4
STRANGER = "127.0.0.9"
REFUSED = "-ERR [AUTH] Invalid user name or password"
INFO = "info@example.com"


async def decide(service: MailService, *, enabled: bool = True, **terms: Any) -> None:
    await service.change_account(
        "ann", full_name="", enabled=enabled, terms=AccountTerms.model_validate(terms)
    )


async def by_user(client: Client, user: str, password: str) -> str:
    await client.say(f"USER {user}")
    return await client.say(f"PASS {password}")


async def by_plain(client: Client, user: str, password: str) -> str:
    message = b64encode(f"\0{user}\0{password}".encode()).decode()
    return await client.say(f"AUTH PLAIN {message}")


def failures(ring: Ring) -> list[SignInFailed]:
    return [event for event in ring.drain().events if isinstance(event, SignInFailed)]


class Case(NamedTuple):
    """What stands in the way of the right password, and what the log says."""

    reason: SignInReason
    terms: Mapping[str, Any] = MappingProxyType({})
    user: str = "ann"
    password: str = PASSWORD


CASES = [
    Case(SignInReason.WRONG_PASSWORD, password="wrong horse"),
    Case(SignInReason.UNKNOWN_USER, user="nobody"),
    Case(SignInReason.ACCOUNT_DISABLED, {"enabled": False}),
    Case(SignInReason.ACCOUNT_EXPIRED, {"expires": "2001-01-01"}),
    Case(SignInReason.METHOD_BARRED, {"methods": ("login",)}),
    Case(SignInReason.NETWORK_BARRED, {"networks": ("192.0.2.0/24", "127.0.0.10")}),
    Case(SignInReason.LISTENER_BARRED, {"listeners": ("office",)}),
    Case(SignInReason.ACCOUNT_LOCKED),
]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Counts the looks at verifiers, each a run of Argon2."""
    seen: list[str] = []
    fits = Hasher.fits

    def counted(hasher: Hasher, verifier: str, password: bytes) -> bool:
        seen.append(verifier)
        return fits(hasher, verifier, password)

    monkeypatch.setattr(Hasher, "fits", counted)
    return seen


@pytest.mark.parametrize("sign_in", [by_user, by_plain], ids=["USER", "PLAIN"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.reason))
@pytest.mark.usefixtures("strangers")
async def test_every_refusal_is_that_of_a_wrong_password_and_the_log_knows_which(
    service: MailService, connect: Connect, runs: list[str], case: Case, sign_in: Any
) -> None:
    locks = case.reason is SignInReason.ACCOUNT_LOCKED
    config = office(listener(security=Security.NONE), auth_failure_delay=DELAY)
    bans = Bans(account_failures=1 if locks else 0)
    await apply(service, config.model_copy(update={"bans": bans}))
    await decide(service, **case.terms)
    if locks:
        guesser = await connect(source="127.0.0.8")
        await guesser.line()
        await by_user(guesser, "ann", "a guess")
    client = await connect(source=STRANGER)
    await client.line()
    runs.clear()
    ring = service.watch(Level.ERROR)
    began = time.monotonic()
    assert await sign_in(client, case.user, case.password) == REFUSED
    assert time.monotonic() - began >= DELAY
    assert len(runs) == 1, "a refusal costs one look at a verifier, whatever its reason"
    (told,) = failures(ring)
    assert (told.user, told.reason) == (f"{case.user}@localhost", case.reason)


@pytest.mark.parametrize(
    "terms",
    [
        {"methods": ("user-pass",)},
        {"networks": ("10.0.0.0/8", "127.0.0.0/8")},
        {"listeners": ("pop3", "office")},
        {"expires": "2999-01-01"},
    ],
    ids=lambda terms: next(iter(terms)),
)
async def test_within_its_terms_an_account_is_used_as_ever(
    service: MailService, connect: Connect, terms: dict[str, Any]
) -> None:
    await decide(service, **terms)
    assert (await (await connect()).sign_in()).startswith("+OK")


async def test_terms_act_on_the_very_next_sign_in_and_end_no_session(
    service: MailService, connect: Connect
) -> None:
    steps: list[tuple[dict[str, Any], bool]] = [
        ({}, True),
        ({"methods": ("plain",)}, False),
        ({"methods": ("user-pass",)}, True),
        ({"listeners": ("gone",)}, False),
        ({"expires": "2001-01-01"}, False),
        ({"enabled": False}, False),
        ({}, True),
    ]
    open_all_along = await connect()
    assert (await open_all_along.sign_in()).startswith("+OK")
    for terms, works in steps:
        await decide(service, **terms)
        assert (await (await connect()).sign_in()).startswith("+OK" if works else REFUSED), terms
        assert (await open_all_along.say("NOOP")).startswith("+OK")


@pytest.mark.parametrize("enabled", [True, False])
async def test_sessions_end_when_that_is_asked_for(
    service: MailService, connect: Connect, enabled: bool
) -> None:
    client = await connect()
    await client.sign_in()
    await service.change_account(
        "ann", full_name="", enabled=enabled, terms=AccountTerms(), disconnect=True
    )
    assert await client.rest() == b""
    await until(lambda: service.status().sessions == 0)
    reason = CloseReason.DISCONNECTED_BY_ADMIN if enabled else CloseReason.ACCOUNT_DISABLED
    assert service.history()[0].reason is reason


@pytest.mark.parametrize("sign_in", [by_user, by_plain], ids=["USER", "PLAIN"])
async def test_another_address_signs_in_and_only_the_main_name_is_told(
    service: MailService, connect: Connect, sign_in: Any
) -> None:
    await decide(service, aliases=(INFO, "office"))
    ring = service.watch(Level.up_to(Level.INFO))
    for user in (INFO, "INFO@Example.com", "office", "office@localhost"):
        client = await connect()
        await client.line()
        assert (await sign_in(client, user, PASSWORD)).startswith("+OK"), user
    assert {view.user for view in await service.sessions()} == {"ann@localhost"}
    client = await connect()
    await client.line()
    assert await sign_in(client, INFO, "wrong horse") == REFUSED
    events = ring.drain().events
    told = [event for event in events if isinstance(event, SignedIn | SignInFailed)]
    assert [event.user for event in told] == ["ann@localhost"] * 5
    assert not any(INFO in str(event) for event in events)


@pytest.mark.usefixtures("strangers")
async def test_guesses_at_another_address_lock_the_account_itself(
    service: MailService, connect: Connect
) -> None:
    bans = Bans(failures=1000, account_failures=2)
    config = office(listener(), max_auth_errors=0).model_copy(update={"bans": bans})
    await apply(service, config)
    await decide(service, aliases=(INFO,))
    client = await connect(source=STRANGER)
    await client.line()
    for user in (INFO, "ann"):
        await by_user(client, user, f"a guess at {user}")
    (lock,) = service.bans()
    assert lock.address == "ann@localhost"
    assert await by_user(client, INFO, PASSWORD) == REFUSED


async def test_other_addresses_are_sign_in_names_only_while_the_server_says_so(
    service: MailService, connect: Connect
) -> None:
    async def answer() -> str:
        client = await connect()
        await client.line()
        return await by_user(client, INFO, PASSWORD)

    def settings(*, allowed: bool) -> Config:
        server = Server(allow_alias_logins=allowed)
        return office(listener()).model_copy(update={"server": server})

    await decide(service, aliases=(INFO,))
    ring = service.watch(Level.ERROR)
    await apply(service, settings(allowed=False))
    assert await answer() == REFUSED
    (told,) = failures(ring)
    assert (told.user, told.reason) == (INFO, SignInReason.UNKNOWN_USER)
    await apply(service, settings(allowed=True))
    assert (await answer()).startswith("+OK")
    await decide(service)
    assert await answer() == REFUSED
