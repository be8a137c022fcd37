"""The process dies at every step of a change of key: every secret stays readable."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from server_core.accounts.sealing import key_name
from server_core.config.signing_in import KeyPlace
from server_core.events.views import SecretsState
from tests.accounts.pretend_keyring import PretendKeyring, World
from tests.accounts.vault_crash_runs import FEWEST_STEPS, start
from tests.store.crash_runs import DIED

PEOPLE = {f"user{number}@example.com": f"canary number {number}" for number in range(5)}


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.parametrize("key_in", [KeyPlace.KEYRING, KeyPlace.FILE])
def test_death_at_any_step_of_a_change_of_key_leaves_every_secret_readable(
    tmp_path: Path, keyring: World, key_in: KeyPlace
) -> None:
    (tmp_path / "seed").mkdir()
    seed = start(tmp_path / "seed", key_in)
    for name, password in PEOPLE.items():
        seed.directory.add(name, password)
    before = {key_name(text) for text in seed.directory.sealed()}
    seed.directory.close()
    program = [sys.executable, "-m", "tests.accounts.vault_crash_runs", str(tmp_path), key_in]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120, check=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [run["status"] for run in found] == [DIED] * (len(found) - 1) + [0]
    # Fewer steps than this and the runs would no longer strike at what matters.
    assert len(found) >= FEWEST_STEPS
    under = [verified(Path(run["folder"]), key_in) for run in found]
    assert before in under and under[-1] != before


def verified(folder: Path, key_in: KeyPlace) -> set[str]:
    """Every secret opens, under one key that is the only one left; gives its name."""
    kept = start(folder, key_in)
    assert {name: kept.secret(name) for name in PEOPLE} == {
        name: password.encode() for name, password in PEOPLE.items()
    }
    assert kept.passwords.view().state is SecretsState.USABLE
    used = {key_name(text) for text in kept.directory.sealed()}
    in_keyring = {name for _, name in PretendKeyring.world.entries}
    key_file = folder / "vault.key"
    lines = key_file.read_text().splitlines() if key_file.exists() else []
    in_file = {line.split()[0] for line in lines if not line.startswith("#")}
    assert len(used) == 1
    assert (in_keyring, in_file) == ((used, set()) if key_in == KeyPlace.KEYRING else (set(), used))
    assert json.loads((folder / "vault.json").read_text())["keys"] == [*used]
    kept.directory.close()
    return used
