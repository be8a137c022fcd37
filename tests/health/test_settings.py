"""Checks of what was set: the configuration's file, and the terms of single accounts."""

from __future__ import annotations

import asyncio
import os

import pytest

from server_core.config.account_terms import AccountTerms
from server_core.config.model import Security
from server_core.events.health import FindingState
from tests.health.conftest import PASSWORD, Start, found
from tests.net.conftest import listener, office, save_config

OK, ATTENTION = FindingState.OK, FindingState.ATTENTION


async def test_a_file_that_cannot_be_used_is_a_problem_with_its_line(start: Start) -> None:
    service = await start(office(listener()))
    assert (await found(service))["config"].state is OK
    await asyncio.to_thread(service.home.config_file.write_text, "[pop3]\nbanner = 1\n", "utf-8")
    finding = (await found(service))["config"]
    assert finding.state is FindingState.PROBLEM and "config.toml" in finding.sentence
    assert "line 2" in finding.details[0]


async def test_a_file_that_is_gone_is_a_problem(start: Start) -> None:
    service = await start(office(listener()))
    service.home.config_file.unlink()
    assert (await found(service))["config"].state is FindingState.PROBLEM


async def test_a_changed_file_waits_for_a_decision_while_a_draft_is_open(start: Start) -> None:
    service = await start(office(listener()))
    service.hold_outside_edits = True
    wanted = office(listener(security=Security.NONE))
    await asyncio.to_thread(save_config, service, wanted)
    assert (await found(service))["config"].state is ATTENTION
    await service.use_file()
    assert (await found(service))["config"].state is OK


async def test_a_file_that_cannot_be_written_needs_a_look(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await start(office(listener()))
    monkeypatch.setattr(os, "access", lambda *_: False)  # a file's mode is nothing to root
    assert (await found(service))["config"].state is ATTENTION


async def test_terms_that_shut_an_account_out_are_told_with_its_name(start: Start) -> None:
    service = await start(office(listener()))
    await service.add_account("ann", PASSWORD)
    terms = AccountTerms(listeners=("gone",))
    await service.change_account("ann", full_name="", enabled=True, terms=terms)
    finding = (await found(service))["accounts.terms"]
    assert (finding.state, finding.target) == (ATTENTION, "ann@localhost")
    assert finding.sentence.startswith("ann@localhost: There is none of these listeners")
    await service.set_enabled("ann", False)
    assert "accounts.terms" not in await found(service)
