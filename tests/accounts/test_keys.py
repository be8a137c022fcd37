"""The key file keeps others out and is whole or absent; names are of one home only."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from server_core.accounts.keys import KeyFile, KeyNames, KeysUnusable
from server_core.events.views import SecretsState

KEY, OTHER = bytes(range(32)), bytes(32)
posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.key"


def test_keys_are_kept_read_and_forgotten(path: Path) -> None:
    KeyFile(path).add("home/1", KEY)
    KeyFile(path).add("home/2", OTHER)
    assert KeyFile(path).read(["home/1", "home/2", "home/3"]) == {"home/1": KEY, "home/2": OTHER}
    KeyFile(path).remove("home/1")
    KeyFile(path).remove("home/1")
    assert KeyFile(path).read(["home/1", "home/2"]) == {"home/2": OTHER}
    KeyFile(path).remove("home/2")
    assert list(path.parent.iterdir()) == []
    assert KeyFile(path).read(["home/2"]) == {}


@posix
def test_only_its_owner_can_read_it_whatever_lay_there(path: Path) -> None:
    stale = path.with_name(".vault.key.new")
    stale.write_text("left by a crash")
    stale.chmod(0o666)
    KeyFile(path).add("home/1", KEY)
    assert path.stat().st_mode & 0o777 == 0o600


def refusal(path: Path) -> str:
    with pytest.raises(KeysUnusable) as refused:
        KeyFile(path).read(["home/1"])
    assert refused.value.state is SecretsState.REFUSED
    assert str(path) in str(refused.value)
    return str(refused.value)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o601, 0o620, 0o777])
def test_a_file_that_others_can_use_is_refused_with_the_fix(path: Path, mode: int) -> None:
    KeyFile(path).add("home/1", KEY)
    path.chmod(mode)
    said = refusal(path)
    assert f"chmod 600 {path}" in said
    with pytest.raises(KeysUnusable):
        KeyFile(path).add("home/2", OTHER)
    path.chmod(0o600)
    assert KeyFile(path).read(["home/1"]) == {"home/1": KEY}


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root may give files away"
)
def test_a_file_of_another_user_is_refused_with_the_fix(path: Path) -> None:
    KeyFile(path).add("home/1", KEY)
    shutil.chown(path, 65_534)
    assert f"chown 0 {path}" in refusal(path)


@pytest.mark.parametrize("octets", [b"rubbish", b"home/1 AAAA", b"home/1 x y", b"\xff\xfe", b"a %"])
def test_a_damaged_file_is_refused_and_stays_as_it_is(path: Path, octets: bytes) -> None:
    path.write_bytes(octets)
    path.chmod(0o600)
    assert "backup" in refusal(path)
    with pytest.raises(KeysUnusable):
        KeyFile(path).add("home/2", OTHER)
    assert path.read_bytes() == octets


def test_a_disk_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable, match="cannot be written"):
        KeyFile(tmp_path / "gone" / "vault.key").add("home/1", KEY)


def test_names_survive_and_the_one_that_seals_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    names = KeyNames.read(path)
    first, second = names.new_name(), names.new_name()
    names.with_sealing(first).with_next(second).write(path)
    again = KeyNames.read(path)
    assert again.names == (first, second)
    assert again.is_own(first) and again.is_own(second)
    assert again.with_sealing(second).without([first]).names == (second,)


def test_a_copied_home_reads_the_keys_of_the_first_but_makes_its_own(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    path = tmp_path / "first" / "vault.json"
    names = KeyNames.read(path)
    names.with_sealing(name := names.new_name()).write(path)
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    copied = KeyNames.read(tmp_path / "second" / "vault.json")
    assert copied.names == (name,)
    assert not copied.is_own(name)
    assert copied.is_own(copied.new_name())


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"home": "x", "keys": 7}', "\0"])
def test_names_that_cannot_be_read_are_made_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vault.json"
    path.write_text(text)
    assert KeyNames.read(path).names == ()
