"""Why somebody can or cannot sign in: one obstacle after the other, on a real server."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server_core.config.admission import AccessRule, Flow, ServiceAccess, Verdict
from server_core.config.model import Security, Server
from server_core.config.networks import parse_address
from server_core.config.signing_in import Method, SignInLimits
from server_core.events.health import Step, StepState
from server_core.policy.failures import Failure
from server_core.refusals import Refused
from server_core.service import MailService
from tests.health.conftest import PASSWORD, Start
from tests.net.conftest import listener, office

HERE = "127.0.0.1"


async def told(service: MailService, account: str = "ann", address: str = HERE) -> dict[str, Step]:
    """The steps by id."""
    return {step.id: step for step in service.explain_sign_in(account, address)}


def blocked(steps: dict[str, Step]) -> list[str]:
    """What stands in the way, the conclusion left out."""
    return [step.id for step in [*steps.values()][:-1] if step.state is StepState.OBSTACLE]


async def ready(start: Start, **pop3: object) -> MailService:
    """A server with the account ann."""
    service = await start(office(listener(security=Security.NONE), **pop3))
    await service.add_account("ann", PASSWORD)
    return service


@asynccontextmanager
async def connected(
    service: MailService, user: str = "ann", password: str = PASSWORD
) -> AsyncIterator[bytes]:
    """Somebody who signs in, or tries to; gives the last answer."""
    port = int(service.listeners()[0].address.rpartition(":")[2])
    reader, writer = await asyncio.open_connection(HERE, port)
    await reader.readline()
    writer.write(f"USER {user}\r\nPASS {password}\r\n".encode())
    await reader.readline()
    try:
        yield await reader.readline()
    finally:
        writer.close()


async def test_nothing_stands_in_the_way_where_all_is_well(start: Start) -> None:
    steps = await told(await ready(start))
    assert blocked(steps) == []
    assert steps["conclusion"].state is StepState.OK
    assert "ann@localhost can sign in" in steps["conclusion"].sentence


@pytest.mark.parametrize(
    ("passwords", "same"), [("one one", True), ("one two", False), ("one", False)]
)
async def test_the_same_wrong_password_each_time_is_told(
    start: Start, passwords: str, same: bool
) -> None:
    service = await ready(start)
    for password in passwords.split():
        async with connected(service, password=f"wrong {password}"):
            pass
    steps = await told(service)
    assert ("Each time it was the same password" in steps["failures"].sentence) is same
    assert len(steps["failures"].details) == len(passwords.split())
    assert all(line.endswith(": invalid password") for line in steps["failures"].details)
    assert ("goes on sending the same" in steps["conclusion"].sentence) is same


async def test_a_failure_for_a_reason_that_is_gone_is_told_as_one(start: Start) -> None:
    service = await ready(start)
    await service.set_enabled("ann", False)
    async with connected(service):
        pass
    assert blocked(await told(service)) == ["account"]
    await service.set_enabled("ann", True)
    conclusion = (await told(service))["conclusion"]
    assert conclusion.state is StepState.ATTENTION
    assert "account is suspended. If that was put in order since, try" in conclusion.sentence


async def test_reasons_are_kept_over_a_restart(start: Start) -> None:
    service = await ready(start)
    async with connected(service, password="wrong one"):
        pass
    await service.stop(grace=0.2)
    kept = json.loads(service.home.bans_file.read_text())
    assert [row["reason"] for row in kept["failures"]] == ["wrong_password"]
    for row in kept["failures"]:
        del row["reason"]  # as an earlier version wrote it
    service.home.bans_file.write_text(json.dumps(kept))
    await service.start()
    steps = await told(service)
    assert steps["failures"].details[0].endswith("at 'pop3'")
    assert "the password was probably wrong" in steps["conclusion"].sentence


async def test_without_an_address_what_depends_on_it_is_said_to_be_unknown(start: Start) -> None:
    steps = await told(await ready(start), address="")
    assert steps["rules"].state is StepState.UNKNOWN
    assert "Name an address" in steps["conclusion"].sentence


async def test_a_listener_that_failed_is_in_the_way(start: Start) -> None:
    with socket.create_server((HERE, 0)) as other:
        taken = f"{HERE}:{other.getsockname()[1]}"
        service = await start(office(listener(address=taken)))
        await service.add_account("ann", PASSWORD)
        steps = await told(service)
    assert blocked(steps) == ["listener"] and "is used by" in steps["listener"].sentence


async def test_a_stopped_server_is_in_the_way(start: Start) -> None:
    service = await ready(start)
    await service.stop(grace=0)
    async with service.opened():
        steps = await told(service)
    assert blocked(steps) == ["listener"] and "Start the server" in steps["conclusion"].sentence


async def test_the_rule_that_decides_is_named(start: Start) -> None:
    deny = AccessRule(action=Verdict.DENY, address="10.0.0.0/8", note="branch")
    steps = await told(await ready(start, access=ServiceAccess(rules=(deny,))), address="10.1.2.3")
    assert blocked(steps) == ["rules"]
    assert "rule 1 of POP3: deny 10.0.0.0/8 (branch)" in steps["conclusion"].sentence
    assert steps["conclusion"].page == "access"


async def test_a_full_limit_is_in_the_way(start: Start) -> None:
    service = await ready(start, flow=Flow(max_connections_per_peer=1))
    async with connected(service):
        steps = await told(service)
    assert blocked(steps) == ["limits"]


async def test_a_ban_is_in_the_way(start: Start) -> None:
    service = await ready(start)
    await service.ban("10.1.2.3", None, "by hand")
    steps = await told(service, address="10.1.2.3")
    assert blocked(steps) == ["ban"] and "by hand" in steps["ban"].sentence


async def test_an_account_that_is_not_there_ends_the_questions(start: Start) -> None:
    steps = await told(await ready(start), account="bob")
    assert blocked(steps) == ["account"] and "password" not in steps
    assert "spelling" in steps["conclusion"].sentence


async def test_a_suspended_account_is_in_the_way(start: Start) -> None:
    service = await ready(start)
    await service.set_enabled("ann", False)
    assert blocked(await told(service)) == ["account"]


@pytest.mark.parametrize(
    ("terms", "step"),
    [
        ({"expires": "2020-01-01"}, "account"),
        ({"networks": ("10.0.0.0/8",)}, "network"),
        ({"listeners": ("elsewhere",)}, "at"),
        ({"methods": (Method.APOP,)}, "methods"),
    ],
)
async def test_the_terms_of_an_account_are_in_the_way(
    start: Start, terms: dict[str, object], step: str
) -> None:
    service = await ready(start)
    view = await service.account("ann")
    wanted = view.terms.model_copy(update=terms)
    await service.change_account("ann", full_name="", enabled=True, terms=wanted)
    assert step in blocked(await told(service))


async def test_another_address_of_an_account_is_followed(start: Start) -> None:
    service = await ready(start)
    view = await service.account("ann")
    wanted = view.terms.model_copy(update={"aliases": ("info",)})
    await service.change_account("ann", full_name="", enabled=True, terms=wanted)
    steps = await told(service, account="info")
    assert blocked(steps) == [] and "info@localhost means this account" in steps["account"].sentence


async def test_a_locked_account_is_in_the_way(start: Start) -> None:
    service = await ready(start)
    for number in range(service.config.bans.account_failures):
        where = parse_address(f"198.51.100.{number + 1}")
        service._running().gate.failed(Failure(time.time(), where, "pop3", "ann@localhost"))
    assert blocked(await told(service, address="203.0.113.1")) == ["lock"]


async def test_a_missing_password_is_in_the_way(start: Start) -> None:
    service = await ready(start)
    await service.add_account("bare", None)
    assert blocked(await told(service, account="bare")) == ["password", "methods"]


async def test_methods_that_work_only_once_encrypted_are_told(start: Start) -> None:
    service = await start(office(listener(), plain_methods=()))
    await service.add_account("ann", PASSWORD)
    steps = await told(service)
    assert steps["methods"].state is StepState.ATTENTION
    assert any(
        detail.startswith("CRAM-MD5: Passwords are not kept") for detail in steps["methods"].details
    )


async def test_the_latest_failures_are_shown_and_point_at_the_password(start: Start) -> None:
    service = await ready(start)
    for _ in range(6):
        async with connected(service, password="wrong") as answer:
            assert answer.startswith(b"-ERR")
    steps = await told(service, address="")  # the address is that of the latest try
    assert len(steps["failures"].details) == 5
    assert "127.0.0.1 is where the latest try came from" in steps["listener"].sentence
    assert "the password was wrong. Write the right one" in steps["conclusion"].sentence


async def test_a_mailbox_in_use_is_in_the_way(start: Start) -> None:
    config = office(listener(security=Security.NONE))
    exclusive = Server(exclusive_lock=True)
    service = await start(config.model_copy(update={"server": exclusive}))
    await service.add_account("ann", PASSWORD)
    async with connected(service):
        steps = await told(service)
    assert blocked(steps) == ["mailbox"] and "1 session has it open" in steps["mailbox"].sentence


async def test_the_time_between_sign_ins_is_in_the_way(start: Start) -> None:
    service = await ready(start, accounts=SignInLimits(delay=600, padding=0))
    async with connected(service):
        pass
    steps = await told(service)
    assert blocked(steps) == ["mailbox"] and "Wait" in steps["conclusion"].sentence


async def test_all_that_stands_in_the_way_is_named_in_the_conclusion(start: Start) -> None:
    deny = ServiceAccess(rules=(AccessRule(action=Verdict.DENY, address="10.0.0.0/8"),))
    service = await ready(start, access=deny)
    await service.set_enabled("ann", False)
    steps = await told(service, address="10.1.2.3")
    assert "After that, see to: account" in steps["conclusion"].sentence


async def test_questions_that_make_no_sense_are_refused(start: Start) -> None:
    service = await ready(start)
    with pytest.raises(Refused, match="not an IP address"):
        service.explain_sign_in("ann", "somewhere")
    with pytest.raises(Refused, match="no listener called"):
        service.explain_sign_in("ann", "", "nowhere")
