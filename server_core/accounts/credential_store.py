"""Keys in the credential store of the system: Secret Service, KWallet, Keychain, or Windows'.

``keyring`` is imported late: it takes a third of a second, and most homes never need it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from server_core.accounts.keys import KeysUnusable, decoded, encoded
from server_core.config.signing_in import KeyPlace
from server_core.events.views import SecretsState

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_LOG = logging.getLogger(__name__)
SERVICE = "Postroom"
_SECRET_SERVICE = "keyring.backends.SecretService"
# What is taken without anybody having chosen it, and the name people know it by.
_SYSTEMS_OWN = {
    _SECRET_SERVICE: "the system's keyring",
    "keyring.backends.libsecret": "the system's keyring",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "the login keychain",
    "keyring.backends.Windows": "Windows' Credential Manager",
}
# Plain text, a password typed on a console, nothing at all, or no telling which of several.
_NEVER = (
    "keyrings.alt",
    "keyring.backends.null",
    "keyring.backends.fail",
    "keyring.backends.chain",
)


class NoCredentialStore(Exception):
    """There is none that can be trusted with a key; the text says why, half a sentence."""


def credential_store() -> CredentialStore:
    """The one that keyring's own configuration names, else the best of the system's own.

    May wait: looking for one asks the session's message bus.
    """
    try:
        backend = _configured() or _best()
    except Exception as problem:  # noqa: BLE001 - whatever backends do when they are looked for
        text = f"the keyring cannot be used ({type(problem).__name__})"
        raise NoCredentialStore(text) from None
    if backend is None:
        raise NoCredentialStore("no credential store of the system can be reached")
    kinds = type(backend).__mro__
    if any(kind.__module__.startswith(_NEVER) for kind in kinds):
        name = f"{kinds[0].__module__}.{kinds[0].__qualname__}"
        raise NoCredentialStore(f"the keyring that is configured, {name}, does not keep secrets")
    return CredentialStore(backend)


def _configured() -> KeyringBackend | None:
    from keyring import core  # noqa: PLC0415

    return core.load_env() or core.load_config()


def _best() -> KeyringBackend | None:
    from keyring import backend  # noqa: PLC0415

    backend.get_all_keyring()  # imports those there are
    viable = backend.KeyringBackend.get_viable_backends()
    found = [kind for kind in viable if kind.__module__.startswith(tuple(_SYSTEMS_OWN))]
    return max(found, key=backend.by_priority)() if found else None


class CredentialStore:
    """Each key is an entry of its own, named after the home that made it."""

    place = KeyPlace.KEYRING

    def __init__(self, backend: KeyringBackend) -> None:
        self._backend = backend
        self._module = type(backend).__module__
        self.name = f"{self._module}.{type(backend).__qualname__}"
        self.words = next(
            (words for module, words in _SYSTEMS_OWN.items() if self._module.startswith(module)),
            f"the keyring {self._module}",
        )

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """Those of the named keys that are there."""
        found = {}
        for name in names:
            key = self._key(name)
            if key is not None:
                found[name] = key
        return found

    def add(self, name: str, key: bytes) -> None:
        """Keep a key, and look whether it is kept."""
        with self._explained():
            self._backend.set_password(SERVICE, name, encoded(key))
        if self._key(name) != key:
            raise KeysUnusable(SecretsState.REFUSED, f"A key put into {self.words} is not there.")

    def remove(self, name: str) -> None:
        """Forget a key for good; harmless when it is not there."""
        with self._explained():
            if self._backend.get_password(SERVICE, name) is not None:
                self._backend.delete_password(SERVICE, name)

    def answers_unasked(self) -> bool:
        """Whether it is open. Only the Secret Service can tell without a prompt."""
        if sys.platform != "linux" or not self._module.startswith(_SECRET_SERVICE):
            return False
        import secretstorage  # noqa: PLC0415

        with self._explained(), closing(secretstorage.dbus_init()) as bus:
            return not secretstorage.Collection(bus).is_locked()

    def _key(self, name: str) -> bytes | None:
        with self._explained():
            text = self._backend.get_password(SERVICE, name)
        try:
            return decoded(text) if text is not None else None
        except ValueError:
            _LOG.warning("The entry %s of %s in %s is no key.", name, SERVICE, self.words)
            return None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from keyring import errors  # noqa: PLC0415

        try:
            yield
        except (errors.KeyringLocked, errors.InitError):
            text = f"The key of the kept passwords is in {self.words}, which is locked."
            raise KeysUnusable(SecretsState.LOCKED, text) from None
        except Exception as problem:  # noqa: BLE001 - each backend has errors of its own
            text = f"{self.words} cannot be used: {type(problem).__name__}: {problem}."
            raise KeysUnusable(SecretsState.REFUSED, text[:1].upper() + text[1:]) from None
