"""Rounds of checks: bounded in time, one never stops another, and what they tell."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from server_core import health_methods
from server_core.events.health import FindingState, HealthChecked, HealthGroup
from server_core.events.types import Level
from server_core.health.check import Check, Seen, Subject, attention, fine
from server_core.health.rounds import Rounds
from tests.health.conftest import PASSWORD, Start, found
from tests.net.conftest import listener, office, until


def check(name: str, look: object, seconds: float = 10) -> Check:
    """A row with a function of the test's own."""
    return Check(name, HealthGroup.STORAGE, name, look, seconds)  # type: ignore[arg-type]


def well(_: Subject) -> Iterator[Seen]:
    yield fine("It is well.")


def broken(_: Subject) -> Iterator[Seen]:
    yield attention("The first half.")
    raise OSError("the disk is on fire")


async def test_a_check_that_fails_keeps_what_it_saw_and_stops_no_other(start: Start) -> None:
    service = await start(office(listener()))
    rounds = Rounds((check("broken", broken), check("well", well)))
    found = await rounds.run(service._subject())
    rounds.close()
    assert [one.state for one in found] == [
        FindingState.ATTENTION,
        FindingState.NOT_CHECKED,
        FindingState.OK,
    ]
    assert "the disk is on fire" in found[1].sentence


async def test_a_check_that_hangs_is_not_checked_in_time_and_not_begun_twice(start: Start) -> None:
    service = await start(office(listener()))
    go_on, begun = threading.Event(), []

    def hangs(_: Subject) -> Iterator[Seen]:
        begun.append(1)
        yield fine("It came so far.")
        go_on.wait(30)

    rounds = Rounds((check("hangs", hangs, seconds=0.05), check("well", well)))
    try:
        began = time.monotonic()
        first = await rounds.run(service._subject())
        assert time.monotonic() - began < 5
        again = await rounds.run(service._subject())
    finally:
        go_on.set()
        rounds.close()
    states = [one.state for one in first]
    assert states == [FindingState.OK, FindingState.NOT_CHECKED, FindingState.OK]
    assert "0.05 seconds" in first[1].sentence and "earlier" in again[0].sentence
    assert len(begun) == 1


async def test_a_round_that_is_under_way_at_the_end_begins_no_other_check(start: Start) -> None:
    service = await start(office(listener()))
    begun, go_on = threading.Event(), threading.Event()

    def waits(_: Subject) -> Iterator[Seen]:
        begun.set()
        go_on.wait(30)
        yield fine("It came so far.")

    rounds = Rounds((check("waits", waits), check("well", well)))
    round_ = asyncio.create_task(rounds.run(service._subject()))
    await asyncio.to_thread(begun.wait, 30)
    closing = asyncio.create_task(asyncio.to_thread(rounds.close))
    await until(lambda: rounds._closed)
    go_on.set()
    assert await round_ == ()
    await closing


async def test_who_asks_during_a_round_gets_that_round(start: Start) -> None:
    service = await start(office(listener()))
    one, other = await asyncio.gather(service.check_health(), service.check_health())
    assert one is other


async def test_checks_run_by_themselves_after_the_start_and_after_a_change(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_methods, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(health_methods, "LOOK_SECONDS", 0.01)
    service = await start(office(listener()))
    ring = service.watch(Level.INFO)
    await until(lambda: bool(service.findings()))
    before = service.findings()
    draft = service.draft()
    draft.set("pop3.max_errors", 7)
    await service.apply(draft, origin="test")
    await until(lambda: service.findings() is not before)
    heard: list[object] = []

    def told() -> bool:
        heard.extend(e for e in ring.drain().events if isinstance(e, HealthChecked))
        return bool(heard)

    await until(told)


async def test_the_report_can_be_had_without_names_and_addresses(start: Start) -> None:
    service = await start(office(listener(address="*:0")))
    await service.add_account("annabel", None)
    await service.add_account("ben", PASSWORD)
    await found(service)
    whole, short = service.health_report(), service.health_report(shortened=True)
    assert "annabel@localhost" in whole and "Reachable" in whole and "PROBLEM" not in whole
    assert PASSWORD not in whole
    assert "annabel" not in short and "a…@l…" in short and str(service.home.root) not in short


async def test_the_event_tells_the_first_problem_in_its_own_words() -> None:
    event = HealthChecked(problems=1, attention=2, first="It is dead.")
    assert str(event) == "health checked: 1 problem, 2 to look at; It is dead."
    assert str(HealthChecked(problems=0, attention=0)).endswith("everything looks right")
