"""What is kept of a password, how it is made, and what the configuration wants kept."""

from __future__ import annotations

import json
import logging
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import scramp

from server_core.accounts.account import Account
from server_core.accounts.saslprep import is_prepared
from server_core.accounts.verifiers import Hasher
from server_core.config.account_terms import AccountTerms
from server_core.config.model import Config
from server_core.config.signing_in import SECRET_METHODS, Method
from server_core.protocol.claims import ScramKeys

_LOG = logging.getLogger(__name__)
SALT_OCTETS = 16
SCRAM_METHODS = {
    Method.SCRAM_SHA_1: "SHA-1",
    Method.SCRAM_SHA_1_PLUS: "SHA-1",
    Method.SCRAM_SHA_256: "SHA-256",
    Method.SCRAM_SHA_256_PLUS: "SHA-256",
}
"""The hash whose keys each of these methods needs."""


class VaultUnusable(Exception):
    """A secret cannot be sealed or opened now; the text is a sentence for a person."""


class Sealer(Protocol):
    """What keeps secrets: the vault."""

    def seal(self, owner: str, octets: bytes) -> str:
        """The octets in a form that only this server can open; may wait; VaultUnusable."""

    def unseal(self, owner: str, sealed: str) -> bytes:
        """The octets again; never waits; VaultUnusable when they cannot be had."""

    def opens(self, sealed: str) -> bool:
        """Whether the key that it was sealed under is at hand; never waits."""

    def is_current(self, sealed: str) -> bool:
        """Whether it was sealed under the key that seals now; never waits."""

    @property
    def would_seal(self) -> bool:
        """Whether ``seal`` may succeed now; never waits."""

    @property
    def problem(self) -> str:
        """Why nothing can be opened, half a sentence; empty when the keys are at hand."""

    @property
    def revision(self) -> int:
        """Grows with every change of what can be sealed and opened."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What proves an account's password: nothing at all without a password.

    ``scram`` is by hash name, ``sealed`` the password itself as the vault sealed it.
    """

    verifier: str | None = field(default=None, repr=False)
    scram: Mapping[str, ScramKeys] = field(default_factory=dict, repr=False)
    sealed: str = field(default="", repr=False)

    def as_text(self) -> str:
        """Everything but the verifier, for the accounts file."""
        return json.dumps(
            {"scram": {n: _coded(k) for n, k in self.scram.items()}}
            | ({"sealed": self.sealed} if self.sealed else {})
        )

    @classmethod
    def from_text(cls, verifier: str | None, text: str) -> Kept:
        """What ``as_text`` wrote; ValueError when it is something else."""
        try:
            found = json.loads(text)
            keys = {str(name): _decoded(value) for name, value in found.get("scram", {}).items()}
            return cls(verifier, keys, str(found.get("sealed", "")))
        except (AttributeError, TypeError, KeyError) as error:
            raise ValueError("not what is kept of a password") from error


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the configuration wants kept of passwords, beside the verifier of each.

    ``scram`` names the hashes, ``secret_for`` the methods that need the password itself.
    """

    scram: frozenset[str] = frozenset()
    iterations: int = 15_000
    secret_for: frozenset[Method] = frozenset()
    upgrade: bool = True

    @classmethod
    def wanted_by(cls, config: Config) -> Keeping:
        """What this configuration's methods need."""
        used = {*config.pop3.secure_methods, *config.pop3.plain_methods}
        kept = config.pop3.secrets
        return cls(
            scram=frozenset(SCRAM_METHODS[method] for method in used & SCRAM_METHODS.keys()),
            iterations=kept.scram_iterations,
            secret_for=frozenset(used.intersection(kept.keep_for)),
            upgrade=kept.upgrade,
        )

    def secret_of(self, terms: AccountTerms) -> bool:
        """Whether an account's password itself is to be kept."""
        return bool(self.secret_for.intersection(terms.methods or SECRET_METHODS))

    def scram_of(self, terms: AccountTerms) -> frozenset[str]:
        """The hashes whose keys are to be kept for an account."""
        own = {SCRAM_METHODS[method] for method in terms.methods if method in SCRAM_METHODS}
        return self.scram & own if terms.methods else self.scram


class Keeper:
    """Makes what is kept of passwords. ``made_of`` and ``renewed`` hash, so they take their time;
    ``with_secret`` and ``resealed`` may wait for the vault's key; the rest is quick.
    """

    def __init__(self, hasher: Hasher, vault: Sealer | None) -> None:
        self.hasher = hasher
        self.vault = vault
        self.keeping = Keeping()

    def made_of(self, terms: AccountTerms, octets: bytes) -> Kept:
        """What is wanted of a new password but the secret."""
        return self._with_scram(terms, octets, Kept(self.hasher.hash(octets)))

    def renewed(self, terms: AccountTerms, octets: bytes, kept: Kept) -> Kept:
        """The same password brought up to date: outdated parts anew, missing ones added."""
        verifier = kept.verifier
        if verifier is None or self.hasher.is_outdated(verifier):
            verifier = self.hasher.hash(octets)
        return self._with_scram(terms, octets, replace(kept, verifier=verifier))

    def with_secret(self, account: Account, octets: bytes, kept: Kept) -> Kept:
        """With the password itself, sealed, where that is wanted, and without what is not."""
        kept = self.trimmed(account.terms, kept)
        if not self.keeping.secret_of(account.terms) or self._is_current(kept.sealed):
            return kept
        return replace(kept, sealed=self._sealed(account, octets) or kept.sealed)

    def resealed(self, account: Account, kept: Kept) -> Kept:
        """With the secret under the key that seals now, if it can be opened."""
        vault = self.vault
        if vault is None or vault.is_current(kept.sealed) or not vault.opens(kept.sealed):
            return kept
        try:
            octets = vault.unseal(account.store_id, kept.sealed)
        except VaultUnusable as problem:
            _LOG.warning("The kept password of %s cannot be opened: %s", account.name, problem)
            return kept
        return replace(kept, sealed=vault.seal(account.store_id, octets))

    def lacks(self, terms: AccountTerms, kept: Kept) -> bool:
        """Whether something wanted is missing or outdated, so that the password would help."""
        if kept.verifier is not None and self.hasher.is_outdated(kept.verifier):
            return True
        if not self.keeping.scram_of(terms) <= kept.scram.keys():
            return True
        if self.vault is None or not self.keeping.secret_of(terms):
            return False
        return self.vault.would_seal and not self.vault.is_current(kept.sealed)

    def trimmed(self, terms: AccountTerms, kept: Kept) -> Kept:
        """Without what nobody wants any more."""
        wanted = self.keeping.scram_of(terms)
        scram = {name: keys for name, keys in kept.scram.items() if name in wanted}
        return Kept(kept.verifier, scram, kept.sealed if self.keeping.secret_of(terms) else "")

    def _with_scram(self, terms: AccountTerms, octets: bytes, kept: Kept) -> Kept:
        if not is_prepared(octets.decode()):
            return kept
        lacking = self.keeping.scram_of(terms) - kept.scram.keys()
        made = {name: self._scram_keys(name, octets) for name in lacking}
        return replace(kept, scram={**kept.scram, **made})

    def _is_current(self, sealed: str) -> bool:
        return bool(sealed) and self.vault is not None and self.vault.is_current(sealed)

    def _sealed(self, account: Account, octets: bytes) -> str:
        """The password sealed, or nothing with a word in the log: it is set all the same."""
        if self.vault is None:
            return ""
        try:
            return self.vault.seal(account.store_id, octets)
        except VaultUnusable as problem:
            text = "The password of %s is not kept for other methods: %s"
            _LOG.warning(text, account.name, problem)
            return ""

    def _scram_keys(self, hash_name: str, octets: bytes) -> ScramKeys:
        salt, stored, server, iterations = scramp.ScramMechanism(
            f"SCRAM-{hash_name}"
        ).make_auth_info(
            octets.decode(),
            iteration_count=self.keeping.iterations,
            salt=secrets.token_bytes(SALT_OCTETS),
        )
        return ScramKeys(salt, iterations, stored, server)


def _coded(keys: ScramKeys) -> list[str | int]:
    octets = (keys.salt, keys.stored_key, keys.server_key)
    salt, stored, server = (b64encode(part).decode("ascii") for part in octets)
    return [keys.iterations, salt, stored, server]


def _decoded(value: list[str | int]) -> ScramKeys:
    iterations, *octets = value
    salt, stored, server = (b64decode(str(part), validate=True) for part in octets)
    return ScramKeys(salt, int(iterations), stored, server)
