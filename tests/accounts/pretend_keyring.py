"""A keyring in memory that can be locked, leave one waiting, break, and lose what it is given."""

from __future__ import annotations

import threading
from collections.abc import Callable

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

NAME = f"{__name__}.PretendKeyring"


class World:
    """What the keyring holds, and how it behaves."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.asked = 0
        self.answers = threading.Event()
        self.answers.set()
        self.locked = False
        self.broken = False
        self.forgetful = False
        self.before: Callable[[], None] = lambda: None

    def admit(self) -> None:
        """Let a call through, or not."""
        self.asked += 1
        self.before()
        assert self.answers.wait(20)
        if self.locked:
            raise KeyringLocked("dismissed")
        if self.broken:
            raise ConnectionResetError("the bus is gone")


class PretendKeyring(KeyringBackend):
    """What keyring loads when PYTHON_KEYRING_BACKEND says ``NAME``."""

    world = World()
    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        self.world.admit()
        return self.world.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.world.admit()
        if not self.world.forgetful:
            self.world.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.world.admit()
        if self.world.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("No such password!")
