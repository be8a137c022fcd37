"""Where the keys of the vault lie: their names, and the file for computers without a keyring."""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from server_core.accounts.sealing import KEY_OCTETS
from server_core.config.signing_in import KeyPlace
from server_core.durable import remove_file, replace_file
from server_core.events.views import SecretsState

_LOG = logging.getLogger(__name__)
_LARGEST_FILE = 65_536
_HEADER = (
    "# The key that encrypts the passwords Postroom keeps. Whoever has this file and\n"
    "# accounts.sqlite3 can read them: nobody but the owner may.\n"
)


class KeysUnusable(Exception):
    """The keys cannot be had; ``state`` says how it stands, the text is a sentence for a person."""

    def __init__(self, state: SecretsState, text: str) -> None:
        super().__init__(text)
        self.state = state


class KeyStore(Protocol):
    """Keys by name. Every method may wait, for ever where a person is asked; KeysUnusable."""

    place: KeyPlace
    words: str
    """The place as people call it."""

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """Those of the named keys that are there."""

    def add(self, name: str, key: bytes) -> None:
        """Keep a key; it is there to stay on return."""

    def remove(self, name: str) -> None:
        """Forget a key for good; harmless when it is not there."""

    def answers_unasked(self) -> bool:
        """Whether ``read`` would succeed without a person being asked for anything."""


class KeyFile:
    """All keys in one file that only its owner may read."""

    place = KeyPlace.FILE

    def __init__(self, path: Path) -> None:
        self.path = path
        self.words = f"the file {path}"

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """Those of the named keys that are there."""
        wanted = set(names)
        return {name: key for name, key in self._keys().items() if name in wanted}

    def add(self, name: str, key: bytes) -> None:
        """Keep a key; it is there to stay on return."""
        self._write({name: key} | self._keys())

    def remove(self, name: str) -> None:
        """Forget a key for good; the last one takes the file with it."""
        keys = self._keys()
        if keys.pop(name, None) is not None:
            self._write(keys)

    def answers_unasked(self) -> bool:
        """A file never asks."""
        return True

    def _keys(self) -> dict[str, bytes]:
        try:
            with self.path.open("rb") as file:
                self._refuse_if_others_can_read(os.fstat(file.fileno()))
                text = file.read(_LARGEST_FILE).decode("ascii")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._refused(f"cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise self._damaged() from None
        lines = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
        try:
            return {name: decoded(key) for name, key in lines}
        except ValueError:
            raise self._damaged() from None

    def _write(self, keys: dict[str, bytes]) -> None:
        lines = "".join(f"{name} {encoded(key)}\n" for name, key in keys.items())
        try:
            if keys:
                replace_file(self.path, (_HEADER + lines).encode("ascii"), mode=0o600)
            else:
                remove_file(self.path)
        except OSError as error:
            raise self._refused(f"cannot be written: {error.strerror or error}") from None

    def _refuse_if_others_can_read(self, status: os.stat_result) -> None:
        # Windows has no such modes; there the folder of the person keeps others out.
        if sys.platform == "win32":
            return
        if status.st_uid != os.geteuid():
            raise self._refused(
                f"belongs to another user. Put it right with: chown {os.geteuid()} {self.path}"
            )
        if status.st_mode & 0o077:
            raise self._refused(
                f"can be used by others than its owner. Put it right with: chmod 600 {self.path}"
            )

    def _damaged(self) -> KeysUnusable:
        return self._refused(
            "is damaged. Put it back from a backup; or move it away, and kept passwords are "
            "asked for again"
        )

    def _refused(self, why: str) -> KeysUnusable:
        return KeysUnusable(SecretsState.REFUSED, f"The key file {self.path} {why}.")


@dataclass(frozen=True, slots=True)
class KeyNames:
    """The names of the keys a home has made and not forgotten, the one that seals first.

    They are no secret. A name begins with the ``home`` that made the key. A home that was copied
    or moved calls itself anew, so that no two ever share a key to forget; it goes on reading what
    the other made.
    """

    home: str
    names: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> KeyNames:
        """What ``write`` wrote; those of a new home when there is nothing that can be read."""
        try:
            found = json.loads(path.read_text("utf-8"))
            names = tuple(str(name) for name in found["keys"])
            known = cls(str(found["home"]), names)
            moved = found["folder"] != str(path.parent)
        except FileNotFoundError:
            return cls(secrets.token_hex(6))
        except (OSError, ValueError, KeyError, TypeError) as problem:
            _LOG.warning("%s cannot be read, so it is made anew: %s", path, problem)
            return cls(secrets.token_hex(6))
        return replace(known, home=secrets.token_hex(6)) if moved else known

    def write(self, path: Path) -> None:
        """Keep the names; KeysUnusable when the disk refuses."""
        found = {"home": self.home, "folder": str(path.parent), "keys": self.names}
        try:
            replace_file(path, json.dumps(found, indent=1).encode(), mode=0o600)
        except OSError as error:
            text = f"The file {path} cannot be written: {error.strerror or error}."
            raise KeysUnusable(SecretsState.REFUSED, text) from None

    def new_name(self) -> str:
        """A name that no other key has."""
        return f"{self.home}/{secrets.token_hex(8)}"

    def is_own(self, name: str) -> bool:
        """Whether this home made the key."""
        return name.startswith(f"{self.home}/")

    def with_next(self, name: str) -> KeyNames:
        """With a key that does not seal yet."""
        return replace(self, names=(*self.names[:1], name, *self.names[1:]))

    def with_sealing(self, name: str) -> KeyNames:
        """With this key as the one that seals."""
        return replace(self, names=(name, *(x for x in self.names if x != name)))

    def without(self, gone: Iterable[str]) -> KeyNames:
        """Without these."""
        left_out = set(gone)
        return replace(self, names=tuple(x for x in self.names if x not in left_out))


def encoded(key: bytes) -> str:
    """A key as text."""
    return b64encode(key).decode("ascii")


def decoded(text: str) -> bytes:
    """The key that ``encoded`` made text of; ValueError when it is none."""
    key = b64decode(text, validate=True)
    if len(key) != KEY_OCTETS:
        raise ValueError("not a key")
    return key
