"""Why somebody is refused is for the log alone: the words, the wait and the work are the same."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator

import pytest

from server_core.accounts.verifiers import Hasher
from server_core.config.account_terms import AccountTerms
from server_core.config.signing_in import SECRET_METHODS, TEXT_METHODS, Method
from server_core.events.reasons import SignInReason as R
from server_core.events.types import Level, SignInFailed
from server_core.net.sign_in import SignIn
from server_core.service import MailService
from tests.net.conftest import PASSWORD, Connect, apply, listener, office
from tests.net.sign_ins import CLIENTS

REFUSED = "-ERR [AUTH] Invalid user name or password"
PAST = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC).isoformat()
METHODS = (*TEXT_METHODS, *SECRET_METHODS, Method.SCRAM_SHA_1, Method.SCRAM_SHA_256)
ATTEMPTS = {
    R.WRONG_PASSWORD: ("ann", "wrong"),
    R.UNKNOWN_USER: ("nobody", PASSWORD),
    R.ACCOUNT_DISABLED: ("disabled", PASSWORD),
    R.ACCOUNT_EXPIRED: ("expired", PASSWORD),
    R.LISTENER_BARRED: ("elsewhere", PASSWORD),
    R.NETWORK_BARRED: ("faraway", PASSWORD),
    R.METHOD_BARRED: ("otherwise", PASSWORD),
}


@pytest.fixture
async def town(service: MailService) -> AsyncIterator[MailService]:
    """A server with one account for each reason to be refused."""
    assert service._premises is not None
    directory = service._premises.directory
    config = office(
        listener(),
        plain_methods=METHODS,
        secrets={"keep_for": SECRET_METHODS},
        auth_failure_delay=0.01,
    )
    await apply(service, config)
    terms = {
        "disabled": AccountTerms(),
        "expired": AccountTerms(expires=PAST),
        "elsewhere": AccountTerms(listeners=("another",)),
        "faraway": AccountTerms(networks=("192.0.2.0/24",)),
        "otherwise": AccountTerms(methods=(Method.GSSAPI,)),
    }
    await service.set_password("ann", PASSWORD)
    for user, own in terms.items():
        await service.add_account(user, PASSWORD)
        await asyncio.to_thread(directory.set_terms, f"{user}@localhost", own)
    await service.set_enabled("disabled", False)
    await apply(service, config)
    yield service


@pytest.mark.parametrize("method", METHODS)
async def test_every_refusal_says_waits_and_works_the_same_and_is_logged_apart(
    town: MailService, connect: Connect, monkeypatch: pytest.MonkeyPatch, method: Method
) -> None:
    runs: list[str] = []
    waits: list[float] = []
    fits, delay = Hasher.fits, SignIn.delay

    def counted(self: Hasher, verifier: str, password: bytes) -> bool:
        runs.append(verifier)
        return fits(self, verifier, password)

    def noted(self: SignIn, base: float) -> float:
        waits.append(base)
        return delay(self, base)

    monkeypatch.setattr(Hasher, "fits", counted)
    monkeypatch.setattr(SignIn, "delay", noted)
    ring = town.watch(Level.ERROR)
    for user, password in ATTEMPTS.values():
        client = await connect()
        greeting = await client.line()
        assert await CLIENTS[method](client, greeting, user, password) == REFUSED
        await client.close()
    assert waits == [0.01] * len(ATTEMPTS)
    assert len(runs) == (len(ATTEMPTS) if method in TEXT_METHODS else 0)
    logged = [event.reason for event in ring.drain().events if isinstance(event, SignInFailed)]
    kept = method in TEXT_METHODS  # nothing else is kept where the account's terms do not want it
    assert logged == [*list(ATTEMPTS)[:-1], R.METHOD_BARRED if kept else R.NO_SECRET]


async def test_a_password_remembered_as_right_is_checked_in_full_where_it_opens_nothing(
    town: MailService, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await connect()
    assert (await client.sign_in()).startswith("+OK")
    assert town._premises is not None
    terms = AccountTerms(listeners=("another",))
    await asyncio.to_thread(town._premises.directory.set_terms, "ann@localhost", terms)
    runs: list[str] = []
    fits = Hasher.fits

    def counted(self: Hasher, verifier: str, password: bytes) -> bool:
        runs.append(verifier)
        return fits(self, verifier, password)

    monkeypatch.setattr(Hasher, "fits", counted)
    for _ in range(2):
        client = await connect()
        assert await client.sign_in() == REFUSED
    assert len(runs) == 2
