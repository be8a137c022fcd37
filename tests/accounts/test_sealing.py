"""What is sealed opens under its key, for its owner, unchanged, and in no other case."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from server_core.accounts.sealing import NotOpened, SealingKey, key_name, new_key

PASSWORD = "correct hörse".encode()


@pytest.mark.parametrize("octets", [b"", b"x", PASSWORD, b"\x80" * 64, b"p" * 255])
def test_what_is_sealed_opens_again(octets: bytes) -> None:
    key = new_key("home/1")
    assert key.unseal("ann-1", key.seal("ann-1", octets)) == octets


def test_it_names_its_key_and_tells_nothing_else() -> None:
    key = new_key("home/1")
    sealed = key.seal("ann-1", PASSWORD)
    assert key_name(sealed) == "home/1"
    assert PASSWORD not in b64decode(sealed.rpartition(":")[2])
    assert key.seal("ann-1", PASSWORD) != sealed
    assert len(key.seal("ann-1", b"short")) == len(key.seal("ann-1", b"much longer than that"))


def test_it_opens_for_its_owner_only() -> None:
    key = new_key("home/1")
    with pytest.raises(NotOpened):
        key.unseal("ben-2", key.seal("ann-1", PASSWORD))


def test_it_opens_under_its_key_only_whatever_the_key_calls_itself() -> None:
    sealed = new_key("home/1").seal("ann-1", PASSWORD)
    for other in (new_key("home/1"), new_key("home/2")):
        with pytest.raises(NotOpened):
            other.unseal("ann-1", sealed)


def test_every_changed_octet_is_found() -> None:
    key = SealingKey("home/1", bytes(32))
    head, _, text = key.seal("ann-1", PASSWORD).rpartition(":")
    blob = b64decode(text)
    for place in range(len(blob)):
        changed = bytes(x ^ (number == place) for number, x in enumerate(blob))
        with pytest.raises(NotOpened):
            key.unseal("ann-1", f"{head}:{b64encode(changed).decode()}")


@pytest.mark.parametrize("text", ["", ":", "1:home/1", "1:home/1:", "1:home/1:%", "2:home/1:AAAA"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(NotOpened):
        new_key("home/1").unseal("ann-1", text)
