"""What people do to the server is told in the log: who, through what, and to whom."""

from __future__ import annotations

import getpass

import pytest

from server_core.acting import ORIGIN
from server_core.events.administration import Administered
from server_core.events.ring import Ring
from server_core.events.types import Level
from server_core.service import MailService
from tests.control.test_endpoint import ask, endpoint, service

__all__ = ["endpoint", "service"]


def told(ring: Ring) -> list[Administered]:
    return [event for event in ring.drain().events if isinstance(event, Administered)]


@pytest.mark.usefixtures("endpoint")
async def test_deeds_are_told_with_their_author_and_the_way_they_came(
    service: MailService,
) -> None:
    await service.add_account("ann", "correct horse")
    ring = service.watch(Level.INFO)
    await ask(service, "set_enabled", name="ann", enabled=False)
    ORIGIN.set("window")
    await service.ban("192.0.2.7", 60, "guessing")
    await ask(service, "unban", address="192.0.2.7")
    me = getpass.getuser()
    assert [str(event) for event in told(ring)] == [
        f"administrator {me} (console): suspended 'ann@localhost'",
        f"administrator {me} (window): banned 192.0.2.7",
        f"administrator {me} (console): lifted the ban of 192.0.2.7",
    ]


async def test_what_was_not_done_is_not_told(service: MailService) -> None:
    ring = service.watch(Level.INFO)
    assert not await service.unban("192.0.2.7")
    assert not await service.disconnect(7)
    assert told(ring) == []
