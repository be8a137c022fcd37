"""postroomctl kerberos test says in a sentence whether tickets can be accepted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ctl.conftest import Console, console, either, serve
from tests.kerberos.realm import OURS, SERVICE, Realm

__all__ = ["console", "either", "serve"]

pytestmark = pytest.mark.clients


@pytest.fixture
def key_file(realm: Realm) -> Path:
    return realm.key_file("console", SERVICE)


def test_a_key_file_is_tried_before_it_is_configured(either: Console, key_file: Path) -> None:
    said = either.done("kerberos", "test", "--key-file", str(key_file))
    ready, principal = said.splitlines()
    assert ready.startswith("Tickets for pop that fit a key of ") and principal.strip() == SERVICE


def test_what_is_configured_is_tried(either: Console, key_file: Path) -> None:
    said = either("kerberos", "test")
    assert (said.status, said.err) == (1, "") and said.out.startswith("There is no key file ")
    either.done("config", "set", "pop3.kerberos.key_file", str(key_file))
    assert either("kerberos", "test").status == 0
    said = either("kerberos", "test", "--principal", f"pop/other@{OURS}", "--json")
    view = json.loads(said.out)
    assert (said.status, view["ok"], view["principals"]) == (1, False, [SERVICE])
    assert view["sentence"].endswith(f" has no key for pop/other@{OURS}.")


def test_a_principal_of_another_service_is_refused(either: Console) -> None:
    assert "write it like pop/" in either.refused("kerberos", "test", "--principal", "imap/a")
