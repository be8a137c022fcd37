"""The vault against a real Secret Service: in use, locked, emptied, restored."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from server_core.events.views import SecretsState, SecretsView
from tests.faults.server import Server
from tests.keyring.conftest import Desktop, run

ANN, BOB = "ann@example.org", "bob@example.org"


def standing(server: Server, verb: str = "secrets_status") -> tuple[SecretsState, int, int]:
    """The state, of how many accounts passwords are kept, and of how many they can be read."""
    view: SecretsView = server.ask(verb)
    return view.state, view.kept, view.readable


def cram_md5(server: Server) -> tuple[int, str]:
    """For how many accounts CRAM-MD5 works, and why it is not offered."""
    (view,) = (view for view in server.ask("methods") if view.method == "cram-md5")
    return view.ready, view.problem


def test_the_key_is_written_read_renewed_and_removed(desktop: Desktop, home: Path) -> None:
    (first,) = desktop.hand("names")
    assert not (home / "vault.key").exists()
    with Server(home) as server:
        assert standing(server) == (SecretsState.USABLE, 2, 2)
        assert server.ask("secrets_status").place == "keyring"
        assert cram_md5(server) == (2, "")
        assert server.ask("status").problems == ()
        assert standing(server, "rotate_key") == (SecretsState.USABLE, 2, 2)
        (second,) = desktop.hand("names")
        assert second != first
        server.ask("change_config", edits={"pop3.secrets.keep_for": []})
        assert standing(server) == (SecretsState.UNUSED, 0, 0)
        assert desktop.hand("names") == []


@pytest.mark.parametrize("how", ["locked by hand", "never unlocked"])
def test_a_locked_keyring_keeps_nobody_from_starting_and_works_once_it_is_unlocked(
    desktop: Desktop, home: Path, how: str
) -> None:
    if how == "locked by hand":
        desktop.hand("lock")
    else:
        desktop.stop_keyring()
        desktop.start_keyring(unlocked=False)
    with Server(home) as server:
        (problem,) = server.ask("status").problems
        assert "which is locked" in problem
        assert cram_md5(server) == (0, "the key of the kept passwords is locked")
        server.signed_in(ANN).close()
        assert standing(server, "retry_vault") == (SecretsState.LOCKED, 2, 0)
        desktop.hand("unlock")
        assert standing(server, "retry_vault") == (SecretsState.USABLE, 2, 2)
        assert cram_md5(server) == (2, "")
        assert server.ask("status").problems == ()


def test_a_keyring_that_was_unlocked_is_found_so_without_asking_anybody(
    desktop: Desktop, home: Path
) -> None:
    desktop.hand("lock")
    stood = json.loads(run("tests.keyring.lookout", str(home)))
    assert stood == [SecretsState.LOCKED, SecretsState.LOCKED, SecretsState.USABLE]


def test_an_emptied_keyring_asks_for_the_passwords_again_and_loses_nothing_else(
    desktop: Desktop, home: Path
) -> None:
    desktop.hand("empty")
    with Server(home) as server:
        assert standing(server) == (SecretsState.MISSING, 2, 0)
        (problem,) = server.ask("status").problems
        assert "of 2 accounts is gone" in problem
        assert cram_md5(server)[0] == 0
        server.ask("set_password", name=ANN, password="battery staple")
        assert cram_md5(server) == (1, "")
        server.signed_in(BOB).close()
        assert standing(server) == (SecretsState.USABLE, 2, 2)
        assert cram_md5(server) == (2, "")
        assert server.ask("status").problems == ()
        assert len(desktop.hand("names")) == 1


def test_a_restored_keyring_makes_the_old_secrets_work_again(
    desktop: Desktop, home: Path, tmp_path: Path
) -> None:
    backup = shutil.copytree(desktop.keyrings, tmp_path / "backup")
    desktop.hand("empty")
    with Server(home) as server:
        assert standing(server) == (SecretsState.MISSING, 2, 0)
        desktop.stop_keyring()
        shutil.rmtree(desktop.keyrings)
        shutil.copytree(backup, desktop.keyrings)
        desktop.start_keyring(unlocked=True)
        assert standing(server, "retry_vault") == (SecretsState.USABLE, 2, 2)
        assert cram_md5(server) == (2, "")


def test_the_self_test_names_the_keyring_and_leaves_nothing_in_it(desktop: Desktop) -> None:
    report = json.loads(run("server_core.ctl.main", "--self-test"))
    (check,) = (check for check in report["checks"] if check["name"] == "credential store")
    assert check["verdict"] == "passed"
    assert check["found"] == "keyring.backends.SecretService.Keyring: written, read and deleted"
    assert desktop.hand("names") == []
