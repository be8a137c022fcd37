"""postroomctl secrets, on the files and through a running server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ctl.conftest import Console

KEEP = ("config", "set", "pop3.secrets.keep_for", "cram-md5")


def status(console: Console) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(console.done("secrets", "status", "--json"))
    return found


@pytest.fixture
def keeping(either: Console) -> Console:
    """A home without a keyring that keeps ann's password."""
    either.done(*KEEP)
    either.done("account", "add", "ann", "--password-stdin", stdin="long enough\n")
    return either


def test_nothing_is_kept_before_somebody_wants_it(either: Console) -> None:
    either.done("account", "add", "ann", "--password-stdin", stdin="long enough\n")
    found = status(either)
    assert (found["state"], found["kept"], found["place"]) == ("not used", 0, "")
    assert "no key to renew" in either.refused("secrets", "rotate")
    assert not (either.home / "vault.key").exists()


def test_a_key_in_a_file_is_told_and_renewed(keeping: Console) -> None:
    found = status(keeping)
    assert (found["state"], found["place"], found["kept"], found["readable"]) == (
        *("usable", "file"),
        *(1, 1),
    )
    key_file = keeping.home / "vault.key"
    assert str(key_file) in found["sentence"]
    before = key_file.read_bytes()
    said = keeping.done("secrets", "rotate")
    assert "key in the file: usable" in said and "readable of 1" in said
    assert key_file.read_bytes() != before
    assert status(keeping)["readable"] == 1


def test_a_key_file_that_others_can_read_is_refused_with_the_fix_and_tried_again(
    console: Console,
) -> None:
    console.done(*KEEP)
    console.done("account", "add", "ann", "--password-stdin", stdin="long enough\n")
    key_file = console.home / "vault.key"
    key_file.chmod(0o644)
    assert status(console)["state"] == "refused"
    assert f"chmod 600 {key_file}" in console.refused("secrets", "retry")
    key_file.chmod(0o600)
    assert "usable" in console.done("secrets", "retry")


def test_a_lost_key_file_is_told_and_setting_the_password_again_is_enough(
    console: Console,
) -> None:
    console.done(*KEEP)
    console.done("account", "add", "ann", "--password-stdin", stdin="long enough\n")
    (console.home / "vault.key").unlink()
    assert status(console)["state"] == "key missing"
    console.done("account", "set-password", "ann", "--password-stdin", stdin="long enough\n")
    assert (status(console)["state"], status(console)["readable"]) == ("usable", 1)


def test_what_nobody_wants_any_more_is_dropped_with_its_key(keeping: Console) -> None:
    status(keeping)
    keeping.done("config", "set", "pop3.secrets.keep_for", "[]")
    found = status(keeping)
    assert (found["state"], found["kept"]) == ("not used", 0)
