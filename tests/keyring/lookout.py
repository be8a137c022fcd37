"""Run as a program inside a session with a locked keyring: a vault that looks now and then.

``python -m tests.keyring.lookout HOME`` unlocks the keyring in between and prints how it stood.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import secretstorage

from server_core.accounts.vault import LOOK_AGAIN_SECONDS, Vault
from server_core.config.signing_in import KeyPlace
from server_core.home import Home
from tests.accounts.conftest import Clock
from tests.keyring.hand import unlock


def main() -> None:
    """Look while it is locked, and after it was unlocked."""
    home, clock = Home(Path(sys.argv[1])), Clock()
    vault = Vault(home.key_file, home.key_names_file, KeyPlace.AUTO, clock=clock)
    vault.open()
    stood = [vault.standing.state]
    for unlocking in (False, True):
        if unlocking:
            unlock(secretstorage.dbus_init())
        clock.now += LOOK_AGAIN_SECONDS
        vault.look_again()
        stood.append(vault.standing.state)
    print(json.dumps(stood))


if __name__ == "__main__":
    main()
