"""A directory on a real file, with Argon2 parameters that cost next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import argon2
import pytest

from server_core.accounts.directory import Directory
from server_core.accounts.kept import Keeping
from server_core.accounts.kept_passwords import KeptPasswords
from server_core.accounts.vault import Vault
from server_core.accounts.verifiers import OWASP, Hasher
from server_core.config.model import Config, Pop3
from server_core.config.signing_in import DEFAULT_SECURE, TLS_METHODS, KeyPlace, Method, Secrets
from server_core.events.reasons import SignInReason
from tests.accounts.pretend_keyring import NAME, PretendKeyring, World


def cheap(memory: int = 8) -> argon2.Parameters:
    return argon2.Parameters(
        type=OWASP.type,
        version=OWASP.version,
        salt_len=OWASP.salt_len,
        hash_len=OWASP.hash_len,
        time_cost=1,
        memory_cost=memory,
        parallelism=1,
    )


class CountingHasher(Hasher):
    """The real thing, which also notes what each check was made of."""

    def __init__(self, parameters: argon2.Parameters) -> None:
        super().__init__(parameters)
        self.checked: list[argon2.Parameters] = []

    def fits(self, verifier: str, password: bytes) -> bool:
        self.checked.append(argon2.extract_parameters(verifier))
        return super().fits(verifier, password)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def config(
    *keep_for: Method, methods: tuple[Method, ...] = DEFAULT_SECURE, **secrets: object
) -> Config:
    """A configuration that keeps passwords for these methods."""
    kept = Secrets.model_validate({"keep_for": keep_for, **secrets})
    plain = tuple(method for method in methods if method not in TLS_METHODS)
    return Config(pop3=Pop3(secrets=kept, secure_methods=methods, plain_methods=plain))


@dataclass
class Office:
    """A directory with what stands around it."""

    path: Path
    hasher: Hasher = field(default_factory=lambda: CountingHasher(cheap()))
    clock: Clock = field(default_factory=Clock)
    problems: list[str] = field(default_factory=list)

    def open(self, vault: Vault | None = None) -> Directory:
        return Directory(
            self.path,
            remember=600,
            on_problem=self.problems.append,
            hasher=self.hasher,
            clock=self.clock,
            vault=vault,
        )

    def vault(self, key_in: KeyPlace = KeyPlace.AUTO, *, patience: float = 10) -> Vault:
        folder = self.path.parent
        return Vault(
            folder / "vault.key",
            folder / "vault.json",
            key_in,
            patience=patience,
            clock=self.clock,
        )


class Kept:
    """A directory with its vault, as premises open them."""

    def __init__(
        self, office: Office, *keep_for: Method, key_in: KeyPlace = KeyPlace.AUTO, patience: float
    ) -> None:
        self.vault = office.vault(key_in, patience=patience)
        self.directory = office.open(self.vault)
        self.passwords = KeptPasswords(self.directory, self.vault)
        self.keep_for(*keep_for)
        self.passwords.open()

    def keep_for(self, *methods: Method) -> None:
        """Keep passwords for these methods from here on."""
        self.directory.keep(Keeping.wanted_by(config(*methods)))
        self.passwords.follow()

    def ready(self, name: str) -> frozenset[Method]:
        """The methods this account could sign in with."""
        names = [record.account.name for record in self.directory.records()]
        return self.directory.ready()[names.index(name)]

    def secret(self, name: str) -> bytes | None:
        """The kept password of an account."""
        held = self.directory.held_secret(name)
        return held.secret.reveal() if held.verdict.reason is SignInReason.OK else None


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A credential store of our own, as if it were the system's."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", NAME)
    monkeypatch.setattr(PretendKeyring, "world", world := World())
    yield world
    world.answers.set()


@pytest.fixture
def kept(office: Office) -> Iterator[Callable[..., Kept]]:
    """Opens the accounts with the vault, as often as wanted, like one start after the other."""
    opened: list[Kept] = []

    def start(*keep_for: Method, key_in: KeyPlace = KeyPlace.AUTO, patience: float = 10) -> Kept:
        if opened:
            opened[-1].directory.close()
        opened.append(Kept(office, *keep_for, key_in=key_in, patience=patience))
        return opened[-1]

    yield start
    if opened:
        opened[-1].directory.close()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "accounts.sqlite3")


@pytest.fixture
def directory(office: Office) -> Iterator[Directory]:
    directory = office.open()
    yield directory
    directory.close()
