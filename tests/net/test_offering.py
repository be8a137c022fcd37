"""What is offered follows what can work, whoever else looks at it."""

from __future__ import annotations

from server_core.service import MailService
from tests.net.conftest import PASSWORD, Connect


async def _mechanisms(service: MailService, connect: Connect) -> str:
    """What a new client is shown once the house is kept; the window looks just before."""
    assert service.methods()
    await service._running().keep_house()
    client = await connect()
    await client.line()
    await client.say("CAPA")
    return next(line for line in await client.lines() if line.startswith("SASL"))


async def test_a_method_is_offered_while_somebody_could_use_it(
    service: MailService, connect: Connect
) -> None:
    assert "SCRAM-SHA-256" in await _mechanisms(service, connect)
    await service.remove_account("ann")
    assert "SCRAM" not in await _mechanisms(service, connect)
    await service.add_account("ann", PASSWORD)
    assert "SCRAM-SHA-256" in await _mechanisms(service, connect)
