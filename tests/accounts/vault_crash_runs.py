"""Run as a program: dies at every step of a change of key in turn.

``python -m tests.accounts.vault_crash_runs FOLDER keyring|file``: FOLDER/seed holds accounts whose
passwords are kept, and what a keyring holds as JSON; for each step a copy of it (FOLDER/1 ...)
meets its end in a process of its own. One JSON line per run on stdout.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from server_core.config.signing_in import KeyPlace, Method
from tests.accounts.conftest import Kept, Office
from tests.accounts.pretend_keyring import NAME, PretendKeyring
from tests.store.crash_runs import DIED, fork
from tests.store.steps import StrikeAt, steps

FEWEST_STEPS = 15


class Entries(dict[tuple[str, str], str]):
    """What a keyring holds, in a file that outlives the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        rows = json.loads(path.read_text()) if path.exists() else []
        super().__init__({(service, name): secret for service, name, secret in rows})

    def save(self) -> None:
        """Write it all, in one go."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps([[*key, secret] for key, secret in self.items()]))
        fresh.rename(self._path)

    def __setitem__(self, key: tuple[str, str], secret: str) -> None:
        super().__setitem__(key, secret)
        self.save()

    def pop(self, *key: object) -> str | None:  # type: ignore[override]
        """Remove an entry for good."""
        secret: str | None = super().pop(*key)  # type: ignore[call-overload]
        self.save()
        return secret


def start(folder: Path, key_in: KeyPlace) -> Kept:
    """The accounts with their vault, as a start of the server opens them."""
    os.environ["PYTHON_KEYRING_BACKEND"] = NAME
    PretendKeyring.world.entries = Entries(folder / "keyring.json")
    return Kept(Office(folder / "accounts.sqlite3"), Method.CRAM_MD5, key_in=key_in, patience=10)


def copied(seed: Path, folder: Path) -> Path:
    """The same home again, which does not know that it is a copy."""
    shutil.copytree(seed, folder)
    names = folder / "vault.json"
    names.write_text(names.read_text().replace(str(seed), str(folder)))
    return folder


def run(folder: Path, key_in: KeyPlace, step: int) -> bool:
    """One run; False when there are not so many steps."""
    child = fork()
    if child == 0:
        status = 1
        try:
            death = StrikeAt(step, lambda name: os._exit(DIED))
            with steps(death):
                kept = start(folder, key_in)
                PretendKeyring.world.before = lambda: death("keyring")
                death.armed = True
                kept.passwords.renew_key()
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps({"folder": str(folder), "status": status}), flush=True)
    return status == DIED


def main() -> None:
    """Run step after step until one run survives."""
    base, key_in = Path(sys.argv[1]), KeyPlace(sys.argv[2])
    step, dies = 0, True
    while dies:
        step += 1
        dies = run(copied(base / "seed", base / str(step)), key_in, step)


if __name__ == "__main__":
    main()
