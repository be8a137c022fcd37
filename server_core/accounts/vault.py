"""The vault: secrets sealed under keys of this home, which lie where others cannot read them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from server_core.accounts.credential_store import NoCredentialStore, credential_store
from server_core.accounts.kept import VaultUnusable
from server_core.accounts.keys import KeyFile, KeyNames, KeyStore, KeysUnusable
from server_core.accounts.patience import NoAnswer, Patience
from server_core.accounts.sealing import NotOpened, SealingKey, key_name, new_key
from server_core.config.signing_in import KeyPlace
from server_core.events.views import SecretsState

_LOG = logging.getLogger(__name__)
PATIENCE_SECONDS = 3.0
LOOK_AGAIN_SECONDS = 30.0
SEAL_AGAIN_SECONDS = 300.0
_RETRY = "Put that right, then have it tried again: postroomctl secrets retry"


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with the key. ``attention``: a person should look at what the text says."""

    state: SecretsState
    place: str
    text: str
    attention: bool = False


_UNUSED = Standing(SecretsState.UNUSED, "", "No password is kept, so there is no key for it.")


class _Held(NamedTuple):
    """A key at hand, and where it lies."""

    key: SealingKey
    store: KeyStore


class Vault:
    """Seals secrets and opens them again. Thread-safe.

    ``unseal``, ``opens``, ``is_current``, ``would_seal`` and the properties never wait. The rest
    may, a few seconds at most, and belongs on a worker. Nothing is read or made before ``open``
    or the first ``seal``.
    """

    def __init__(
        self,
        key_file: Path,
        names_file: Path,
        key_in: KeyPlace,
        *,
        patience: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = KeyFile(key_file)
        self._names_file = names_file
        self._key_in = key_in
        self._patience = Patience(patience)
        self._clock = clock
        self._looked = clock()
        self._stuck = float("-inf")
        self._wanted: frozenset[str] = frozenset()
        self._asking = threading.RLock()  # held while a store is asked, so for seconds
        self._settling = threading.Lock()  # held for a few assignments
        self._asked = self._settled = 0
        self._keys: dict[str, _Held] = {}
        self._store: KeyStore | None = None
        self._current = ""
        self.revision = 0
        """Grows with every change of what can be sealed and opened."""
        self.standing = _UNUSED

    # Never waiting.

    @property
    def problem(self) -> str:
        """Why nothing can be opened, half a sentence; empty when the keys are at hand."""
        if self.standing.state in (SecretsState.USABLE, SecretsState.UNUSED):
            return ""
        return f"the key of the kept passwords is {self.standing.state}"

    def unseal(self, owner: str, sealed: str) -> bytes:
        """The octets again; VaultUnusable when they cannot be had."""
        held = self._keys.get(key_name(sealed))
        if held is None:
            raise VaultUnusable(self.problem or "its key is gone")
        try:
            return held.key.unseal(owner, sealed)
        except NotOpened:
            raise VaultUnusable("it is damaged, or was another account's") from None

    def opens(self, sealed: str) -> bool:
        """Whether the key that it was sealed under is at hand."""
        return key_name(sealed) in self._keys

    def is_current(self, sealed: str) -> bool:
        """Whether it was sealed under the key that seals now."""
        return bool(self._current) and key_name(sealed) == self._current

    @property
    def would_seal(self) -> bool:
        """Whether ``seal`` may succeed; False while the keys cannot be had."""
        states = (SecretsState.USABLE, SecretsState.UNUSED, SecretsState.OPENING)
        stuck = not self._current and self._clock() - self._stuck < SEAL_AGAIN_SECONDS
        return self.standing.state in states and not stuck

    # Waiting.

    def open(self, sealed: Iterable[str] = ()) -> bool:
        """Have the keys at hand, those of what was sealed above all; gives whether they are.

        When a person is asked for a password meanwhile, the keys come whenever that is given.
        """
        with self._asking:
            self._wanted |= {key_name(text) for text in sealed}
            self._asked += 1
            number = self._asked
            self._looked = self._clock()
            if self._store is None:
                self._stand(Standing(SecretsState.OPENING, "", "The key is being read."))
            try:
                self._patience.run(lambda: self._read(number))
            except NoAnswer:
                self._fail(_no_answer())
        return self.standing.state is SecretsState.USABLE

    def look_again(self) -> None:
        """Now and then: open what could not be opened, if nobody has to be asked for that."""
        failed = self.standing.state in (SecretsState.LOCKED, SecretsState.REFUSED)
        if not failed or self._clock() - self._looked < LOOK_AGAIN_SECONDS:
            return
        self._looked = self._clock()

        def answers() -> bool:
            return self._chosen()[0].answers_unasked()

        with suppress(KeysUnusable, NoAnswer):
            if self._patience.run(answers):
                self.open()

    def seal(self, owner: str, octets: bytes) -> str:
        """The octets as only this home can read them; makes a key when there is none."""
        with self._asking:
            if self._store is None and self.would_seal:
                self.open()
            if not self._current:
                self.renew()
            return self._keys[self._current].key.seal(owner, octets)

    def renew(self) -> None:
        """Seal under a new key from here on; VaultUnusable, and then the old one goes on."""
        with self._asking:
            store = self._store
            if store is None or self.standing.state is not SecretsState.USABLE:
                raise VaultUnusable(self.standing.text)
            names = KeyNames.read(self._names_file)
            key = new_key(names.new_name())
            # Named before it is kept, so that a death in between leaves no key nobody knows of.
            self._ask(lambda: names.with_next(key.name).write(self._names_file))
            self._ask(lambda: store.add(key.name, key.octets))
            self._ask(lambda: names.with_sealing(key.name).write(self._names_file))
            with self._settling:
                self._keys = {**self._keys, key.name: _Held(key, store)}
                self._current = key.name
                self.revision += 1

    def retire(self, sealed: Iterable[str], *, wanted: bool) -> None:
        """Forget keys under which nothing is sealed; the one that seals only if not ``wanted``.

        What cannot be forgotten now is forgotten next time.
        """
        with self._asking:
            used = {key_name(text) for text in sealed}
            names = KeyNames.read(self._names_file)
            kept = used | ({self._current} if wanted else set())
            idle = {*names.names, *self._keys} - kept
            if self.standing.state is not SecretsState.USABLE or not idle:
                return
            try:
                for name in idle:
                    self._forget(name, names)
                self._ask(lambda: names.without(idle).write(self._names_file))
            except VaultUnusable as problem:
                _LOG.warning("A key that nothing is sealed under is still there: %s", problem)
            if not self._keys and not wanted:
                self._store = None
                self._stand(_UNUSED)

    # Inside.

    def _chosen(self) -> tuple[KeyStore, Standing]:
        """Where keys are to lie, and how that stands when it can be read."""
        if self._key_in is KeyPlace.FILE:
            return self._file, _usable(self._file)
        try:
            store = credential_store()
        except NoCredentialStore as none:
            if self._key_in is KeyPlace.KEYRING:
                text = f"The key of the kept passwords cannot be had: {none}."
                raise KeysUnusable(SecretsState.REFUSED, text) from None
            return self._file, _only_in_a_file(self._file, none)
        return store, _usable(store)

    def _read(self, number: int) -> None:
        """Read the keys; on a thread that may be left behind, so it settles the outcome itself."""
        try:
            store, standing = self._chosen()
            names = KeyNames.read(self._names_file)
            keys = self._found(store, names)
        except KeysUnusable as problem:
            if number > self._settled:
                self._fail(problem)
            return
        sealing = next((name for name in names.names[:1] if names.is_own(name)), "")
        with self._settling:
            if number <= self._settled:
                return
            self._settled = number
            self._store = store
            self._keys = keys
            self._current = sealing if sealing in keys and keys[sealing].store is store else ""
            self._stuck = float("-inf")
            self.standing = standing
            self.revision += 1

    def _found(self, store: KeyStore, names: KeyNames) -> dict[str, _Held]:
        """All keys of this home, and those of what is sealed wherever they lie."""
        found = store.read({*names.names, *self._wanted})
        for name, held in self._keys.items():
            if name not in found and held.store.place is store.place and names.is_own(name):
                # Emptied while this key was at hand: it goes back, and nothing is lost.
                store.add(name, held.key.octets)
                found[name] = held.key.octets
        keys = _held(found, store)
        lacking = self._wanted - keys.keys()
        other = self._other_than(store) if lacking else None
        return keys if other is None else keys | _held(other.read(lacking), other)

    def _other_than(self, store: KeyStore) -> KeyStore | None:
        """Where keys may lie from when they were to lie elsewhere."""
        if store is not self._file:
            return self._file
        try:
            return credential_store()
        except NoCredentialStore:
            return None

    def _forget(self, name: str, names: KeyNames) -> None:
        held = self._keys.get(name)
        # A key in the credential store may also serve the home that this one is a copy of.
        if held is not None and (held.store.place is KeyPlace.FILE or names.is_own(name)):
            self._ask(lambda: held.store.remove(name))
        with self._settling:
            self._keys = {known: other for known, other in self._keys.items() if known != name}
            if name == self._current:
                self._current = ""
            self.revision += 1

    def _ask(self, job: Callable[[], None]) -> None:
        """Have something done with a store; VaultUnusable when it is not."""
        try:
            self._patience.run(job)
        except (KeysUnusable, NoAnswer) as error:
            problem = error if isinstance(error, KeysUnusable) else _no_answer()
            self._stuck = self._clock()
            self._fail(problem)
            raise VaultUnusable(str(problem)) from None

    def _fail(self, problem: KeysUnusable) -> None:
        """This is how it stands, unless keys are at hand: those go on being used."""
        _LOG.debug("keys: %s", problem)
        if not self._keys:
            text = f"{problem} {_RETRY}"
            self._stand(Standing(problem.state, "", text, attention=True))

    def _stand(self, standing: Standing) -> None:
        with self._settling:
            if standing != self.standing:
                self.standing = standing
                self.revision += 1


def _held(found: Mapping[str, bytes], store: KeyStore) -> dict[str, _Held]:
    return {name: _Held(SealingKey(name, octets), store) for name, octets in found.items()}


def _usable(store: KeyStore) -> Standing:
    text = f"Kept passwords are encrypted with a key in {store.words}."
    return Standing(SecretsState.USABLE, store.place, text)


def _only_in_a_file(file: KeyFile, why: NoCredentialStore) -> Standing:
    text = (
        f"The key of the kept passwords lies in {file.words}, because {why}: whoever can copy "
        "the home can read them. If that is meant, set pop3.secrets.key_in to file."
    )
    return Standing(SecretsState.USABLE, KeyPlace.FILE, text, attention=True)


def _no_answer() -> KeysUnusable:
    text = "The credential store with the key of the kept passwords does not answer."
    return KeysUnusable(SecretsState.LOCKED, text)
