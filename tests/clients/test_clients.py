"""Stock clients fetch their mail: whole, over every wire, kept or deleted, and only what is new."""

from __future__ import annotations

import pytest

from tests.clients.conftest import Box, Client, Wire
from tests.clients.curl import Curl
from tests.clients.fetchmail import Fetchmail
from tests.clients.mpop import Mpop
from tests.clients.neomutt import Neomutt
from tests.clients.programs import require
from tests.clients.stock_poplib import Poplib
from tests.corpus import as_served, corpus, sample_messages

pytestmark = pytest.mark.clients

CLIENTS: tuple[Client, ...] = (Curl(), Mpop(), Fetchmail(), Neomutt(), Poplib())


@pytest.fixture(params=CLIENTS, ids=lambda client: type(client).__name__.lower())
def client(request: pytest.FixtureRequest) -> Client:
    """Each client that is installed; on a build machine all of them have to be."""
    chosen: Client = request.param
    require(chosen.program)
    return chosen


@pytest.mark.parametrize("wire", Wire)
def test_a_client_fetches_every_message_octet_for_octet(
    client: Client, wire: Wire, box: Box
) -> None:
    box.wire = wire
    box.server.deliver(box.account, corpus().values())
    _compare(client, client.fetch(box, keep=True), corpus())


@pytest.mark.parametrize("wire", Wire)
def test_a_client_fetches_the_sample_mails_octet_for_octet(
    client: Client, wire: Wire, box: Box
) -> None:
    samples = sample_messages()
    if not samples:
        pytest.skip("the sample mails are not here; POSTROOM_SAMPLE_MAIL names their folder")
    box.wire = wire
    box.server.deliver(box.account, samples.values())
    _compare(client, client.fetch(box, keep=True), samples)


@pytest.mark.parametrize("wire", Wire)
def test_a_second_run_fetches_only_what_is_new(client: Client, wire: Wire, box: Box) -> None:
    box.wire = wire
    first, second = dict(list(corpus().items())[:3]), dict(list(corpus().items())[3:5])
    box.server.deliver(box.account, first.values())
    _compare(client, client.fetch(box, keep=True), first)
    assert box.server.left(box.account) == len(first)
    assert client.fetch(box, keep=True) == []
    box.server.deliver(box.account, second.values())
    _compare(client, client.fetch(box, keep=True), second)
    assert box.server.left(box.account) == len(first) + len(second)


@pytest.mark.parametrize("wire", Wire)
def test_what_a_client_deletes_after_download_is_gone(client: Client, wire: Wire, box: Box) -> None:
    box.wire = wire
    messages = dict(list(corpus().items())[:5])
    box.server.deliver(box.account, messages.values())
    _compare(client, client.fetch(box, keep=False), messages)
    assert box.server.left(box.account) == 0
    assert client.fetch(box, keep=False) == []


def _compare(client: Client, fetched: list[bytes], wanted: dict[str, bytes]) -> None:
    """Every message once, as it was put in, but for the client's own changes."""
    kept = {name: client.changed(as_served(message)) for name, message in wanted.items()}
    assert [name for name, message in kept.items() if message not in fetched] == []
    assert [message for message in fetched if message not in kept.values()] == []
    assert len(fetched) == len(kept)
