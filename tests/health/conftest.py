"""Real servers in good and bad states, and their findings by id."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server_core.config.model import Config
from server_core.events.health import Finding
from server_core.health.check import Subject
from server_core.home import Home
from server_core.service import MailService
from tests.net.conftest import save_config

PASSWORD = "correct horse"
Start = Callable[[Config], Awaitable[MailService]]


@asynccontextmanager
async def served(home: Path, config: Config) -> AsyncIterator[MailService]:
    """A running server with this configuration."""
    service = MailService(Home(home))
    service.home.prepare()
    save_config(service, config)
    await service.start()
    try:
        yield service
    finally:
        await service.stop(grace=0.2)


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a server in this test's home."""
    async with AsyncExitStack() as running:

        async def started(config: Config) -> MailService:
            return await running.enter_async_context(served(tmp_path / "home", config))

        yield started


async def found(service: MailService) -> dict[str, Finding]:
    """What all checks find now, by id; no id comes twice."""
    findings = await service.check_health()
    by_id = {finding.id: finding for finding in findings}
    assert len(by_id) == len(findings)
    return by_id


async def subject(service: MailService, **changed: Any) -> Subject:
    """What checks look at in this server, partly otherwise."""
    return dataclasses.replace(service._subject(), **changed)
