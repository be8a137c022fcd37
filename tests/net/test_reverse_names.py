"""Names of addresses: asked for once, kept for a while, harmless, and never waited for long."""

from __future__ import annotations

import asyncio
import threading

import pytest

from server_core.net import reverse_names
from server_core.net.reverse_names import AT_ONCE, KEPT, LONGEST, MOST_ASKED, ReverseNames, harmless


class Network:
    """A network's names; counts what it is asked, and hangs until it is let go on."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.asked: list[str] = []
        self.go_on = threading.Event()
        if not hangs:
            self.go_on.set()

    def name(self, address: str) -> str:
        self.asked.append(address)
        self.go_on.wait(10)
        if address == "nobody":
            raise OSError("no name")
        return f"Host-{address}.Example."


async def test_a_name_is_asked_for_once_and_kept() -> None:
    network = Network()
    names = ReverseNames(network.name)
    assert names.known("1") is None
    told = await asyncio.gather(names.name("1"), names.name("1"))
    assert set(told) == {"host-1.example"}
    assert (names.known("1"), await names.name("1")) == ("host-1.example", "host-1.example")
    assert (await names.name("nobody"), names.known("nobody")) == ("", "")
    assert network.asked == ["1", "nobody"]
    names.close()


async def test_names_are_asked_for_again_when_their_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reverse_names, "FRESH_SECONDS", 0.0)
    network = Network()
    names = ReverseNames(network.name)
    await names.name("1")
    assert names.known("1") is None
    await names.name("1")
    assert network.asked == ["1", "1"]
    names.close()


async def test_no_more_names_are_kept_than_there_is_room_for() -> None:
    names = ReverseNames(Network().name)
    for number in range(KEPT + 1):
        await names.name(str(number))
    assert (names.known("0"), names.known("1")) == (None, "host-1.example")
    names.close()


async def test_a_resolver_that_hangs_is_not_waited_for_and_its_answer_is_found_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reverse_names, "PATIENCE", 0.05)
    monkeypatch.setattr(reverse_names, "UNNAMED_SECONDS", 0.0)
    network = Network(hangs=True)
    names = ReverseNames(network.name)
    answers = await asyncio.gather(*(names.name(str(n)) for n in range(MOST_ASKED)))
    assert answers == [""] * MOST_ASKED
    assert len(network.asked) == AT_ONCE
    network.go_on.set()
    monkeypatch.setattr(reverse_names, "PATIENCE", 10.0)
    assert await names.name("0") == "host-0.example"
    assert await names.name("99") == "host-99.example"
    assert network.asked.count("0") == 1
    names.close()


async def test_only_so_many_names_are_asked_for_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reverse_names, "PATIENCE", 0.05)
    network = Network(hangs=True)
    names = ReverseNames(network.name)
    await asyncio.gather(*(names.name(str(n)) for n in range(MOST_ASKED + 1)))
    assert (names.known(str(MOST_ASKED - 1)), names.known(str(MOST_ASKED))) == ("", None)
    network.go_on.set()
    names.close()


async def test_after_a_rest_names_are_looked_up_again() -> None:
    names = ReverseNames(Network().name)
    await names.name("1")
    names.close()
    assert await names.name("2") == "host-2.example"
    names.close()


async def test_what_is_no_address_has_no_name() -> None:
    names = ReverseNames()
    assert await names.name("many addresses") == ""
    names.close()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Mail.Example.", "mail.example"),
        ("xn--mller-kva.example", "xn--mller-kva.example"),
        ("evil\u202egnp.exe\r\n<b>", "evil?gnp.exe???b?"),
        ("=cmd|'!A0", "?cmd???a0"),
        ("a" * 300, "a" * LONGEST),
    ],
)
def test_a_hostile_name_is_made_harmless(told: str, shown: str) -> None:
    assert harmless(told) == shown
