"""Accounts and their mail as the administrator sees them, whatever strangers wrote."""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.events.types import Level, MessageDelivered
from server_core.home import Home
from server_core.mailroom import _decoded
from server_core.service import MailService, Refused
from server_core.store.backend import Incoming, StoredMessage, StoreFull
from server_core.store.file_store import FileStore

PASSWORD = "correct horse"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[MailService]:
    """An opened home with the account ann, without listeners."""
    async with MailService(Home(tmp_path / "home")).opened() as service:
        await service.add_account("ann", PASSWORD)
        yield service


async def deliver(service: MailService, *messages: bytes) -> None:
    await service.deliver("ann", [Incoming(io.BytesIO(message)) for message in messages])


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (b"Subject: plain", "plain"),
        (b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=", "grüße"),
        ("Subject: grüße".encode(), "grüße"),
        (b"Subject: gr\xfc\xdfe", "gr\ufffd\ufffde"),
        (b"Subject: =?utf-8?b?A?=", "=?utf-8?b?A?="),
        (b"Subject: =?no-such?q?x?=", "=?no-such?q?x?="),
        ("Subject: =?ü?q?x?=".encode(), "=?ü?q?x?="),
        (b"Subject: =?rot13?q?x?=", "=?rot13?q?x?="),
        (b"Subject: =?utf-8?q?a=00b=0D=0AX-Evil:_1?=", "a?b X-Evil: 1"),
        (b"Subject: one\r\n two\r\n\tthree", "one two three"),
        (b"Subject: first\r\nSubject: second", "first"),
        (b"SUBJECT:tight", "tight"),
        (b"X-Nothing: here", ""),
        (b"no header at all", ""),
    ],
)
async def test_a_subject_is_shown_for_people(
    service: MailService, header: bytes, shown: str
) -> None:
    await deliver(service, header + b"\r\n\r\nbody\r\n")
    (message,) = await service.messages("ann")
    assert message.subject == shown


@given(st.one_of(st.text(), st.text("=?bqBQ\x00ü utf8-_/+A1").map(lambda text: f"=?{text}?=")))
def test_no_header_makes_the_list_fail(value: str) -> None:
    assert _decoded(value).isprintable()


@given(st.binary(max_size=300))
def test_no_octets_make_the_list_fail(value: bytes) -> None:
    assert _decoded(value.decode("ascii", "surrogateescape")).isprintable()


async def test_a_header_made_to_waste_time_does_not(service: MailService) -> None:
    await deliver(service, b"Subject: " + b"=?a?q?" * 10_000 + b"\r\n\r\n")
    began = time.perf_counter()
    await service.messages("ann")
    assert time.perf_counter() - began < 1


async def test_a_missing_file_is_named_in_its_row_and_hides_no_other(
    service: MailService,
) -> None:
    await deliver(service, b"Subject: one\r\n\r\n", b"Subject: two\r\n\r\n")
    (first, _) = sorted(service.home.mail.rglob("*.msg"))
    first.unlink()
    one, two = await service.messages("ann")
    assert one.subject == "(The message's file is missing.)"
    assert two.subject == "two"


async def test_a_damaged_mailbox_hides_no_other_account(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    async with MailService(home).opened() as service:
        await service.add_account("ann", PASSWORD)
        await deliver(service, b"Subject: one\r\n\r\n")
    (index,) = home.mail.rglob("index.sqlite3")
    index.write_bytes(b"this is no index" * 1000)
    async with MailService(home).opened() as service:
        await service.add_account("bob", PASSWORD)
        ann, bob = await service.accounts()
        assert (ann.name, ann.messages) == ("ann@localhost", 0)
        assert bob.name == "bob@localhost"
        with pytest.raises(Refused):
            await service.messages("ann")


async def test_what_cannot_be_done_is_refused_in_a_sentence(
    service: MailService, tmp_path: Path
) -> None:
    async def refused(doing: object) -> str:
        with pytest.raises(Refused) as refusal:
            await doing  # type: ignore[misc]
        return str(refusal.value)

    nowhere = tmp_path / "nowhere"
    sentences = [
        await refused(service.add_account("ann", PASSWORD)),
        await refused(service.add_account("two words", PASSWORD)),
        await refused(service.add_account("bob", "x")),
        await refused(service.set_password("nobody", PASSWORD)),
        await refused(service.set_password("ann", "")),
        await refused(service.set_enabled("nobody", False)),
        await refused(service.remove_account("nobody")),
        await refused(service.messages("nobody")),
        await refused(service.remove_messages("nobody", [1])),
        await refused(service.import_mail("ann", nowhere)),
        await refused(service.import_mail("ann", tmp_path, "no-such-format")),
        await refused(service.export_mail("ann", nowhere, "no-such-format")),
    ]
    for sentence in sentences:
        assert sentence[0].isupper() or sentence.startswith(str(tmp_path)), sentence
        assert sentence.endswith("."), sentence


async def test_removed_messages_are_gone_and_the_others_keep_their_numbers_ids(
    service: MailService,
) -> None:
    await deliver(service, *[b"Subject: %d\r\n\r\n" % number for number in range(4)])
    before = await service.messages("ann")
    assert await service.remove_messages("ann", [before[1].uid, 999]) == 1
    after = await service.messages("ann")
    kept = [before[0], before[2], before[3]]
    assert [(one.uid, one.unique_id) for one in after] == [(x.uid, x.unique_id) for x in kept]
    assert [one.number for one in after] == [1, 2, 3]


async def test_mail_goes_out_and_comes_in_again(service: MailService, tmp_path: Path) -> None:
    await deliver(service, b"Subject: one\r\n\r\n.dot\r\n", b"Subject: two\r\n\r\n")
    assert await service.export_mail("ann", tmp_path / "out") == 2
    await service.add_account("bob", PASSWORD)
    assert (await service.import_mail("bob", tmp_path / "out")).delivered == 2
    subjects = [message.subject for message in await service.messages("bob")]
    assert sorted(subjects) == ["one", "two"]


async def test_what_came_before_the_disk_was_full_is_told(
    service: MailService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(600):  # two deliveries and a rest
        (tmp_path / f"{number}.eml").write_bytes(b"Subject: x\r\n\r\nx\r\n")
    deliver, times = FileStore.deliver, []

    def small_disk(store: FileStore, *where: Any) -> list[StoredMessage]:
        times.append(where)
        if len(times) == 2:
            raise StoreFull("no room")
        return deliver(store, *where)

    monkeypatch.setattr(FileStore, "deliver", small_disk)
    ring = service.watch(Level.INFO)
    with pytest.raises(Refused, match="no room"):
        await service.import_mail("ann", tmp_path, "eml")
    told = [event for event in ring.drain().events if isinstance(event, MessageDelivered)]
    assert [event.messages for event in told] == [256]
    assert len(await service.messages("ann")) == 256
