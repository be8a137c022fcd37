"""The accounts of a home: who may sign in, what proves it, and when they last did."""

from __future__ import annotations

import builtins
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from server_core.accounts import passwords
from server_core.accounts.account import Account, AccountProblem, AccountsUnusable
from server_core.accounts.accounts_file import Record
from server_core.accounts.decoys import Decoys
from server_core.accounts.kept import Keeper, Keeping, Sealer, VaultUnusable
from server_core.accounts.names import check_name, complete, fold, new_store_id
from server_core.accounts.readiness import ready_methods
from server_core.accounts.register import Register
from server_core.accounts.remembered import Remembered
from server_core.accounts.verifiers import Hasher
from server_core.config.account_terms import AccountTerms
from server_core.config.signing_in import Method
from server_core.events.reasons import SignInReason
from server_core.natural_order import natural_order
from server_core.protocol.actions import Secret, Verdict
from server_core.protocol.claims import HeldKeys, HeldSecret

_LOG = logging.getLogger(__name__)
__all__ = ["Account", "AccountProblem", "AccountsUnusable", "Directory"]

_MOST_REMEMBERED = 100_000


class Directory:
    """All accounts, in memory and in one file. Thread-safe.

    ``get``, ``list``, ``main_name``, ``verify_remembered``, ``find``, ``held_secret``,
    ``held_keys``, ``ready``, ``note_sign_in``, ``set_remember`` and the properties never wait and
    may be called on a loop; everything else hashes or writes and belongs on a worker. A change is
    durable when its method returns. Names are complete (``accounts.names.complete``).

    Sign-ins that were noted are written by a thread of the directory's own within a second;
    ``flush`` writes them at once, ``close`` for the last time. What goes wrong in between is told
    to ``on_problem``, a sentence at a time, by default to the log.
    """

    def __init__(
        self,
        path: Path,
        *,
        remember: float = 600,
        on_problem: Callable[[str], None] = _LOG.error,
        hasher: Hasher | None = None,
        clock: Callable[[], float] = time.monotonic,
        vault: Sealer | None = None,
    ) -> None:
        self._on_problem = on_problem
        self._hasher = hasher or Hasher()
        self._keeper = Keeper(self._hasher, vault)
        self._remembered = Remembered(remember, _MOST_REMEMBERED, clock)
        self._register = Register(path, on_problem)
        self._decoys = Decoys(self._register.decoy_key)
        # Held from sealing a secret until it is on disk, and while the key is changed: so nothing
        # is ever kept under a key that was forgotten, or after nobody wants it any more.
        self._sealing = threading.Lock()
        self._counted: tuple[int, int, int] = (-1, 0, 0)
        self.alias_logins = True
        """Whether other addresses of an account are sign-in names too."""
        self.note_sign_in = self._register.note_sign_in
        self.flush = self._register.flush
        self.close = self._register.close

    # Looking after accounts.

    def get(self, name: str) -> Account | None:
        """The account of this complete name, or None."""
        record = self._register.record(fold(name))
        return record.account if record else None

    def list(self) -> builtins.list[Account]:
        """All accounts, by name."""
        accounts = (record.account for record in self._register.records())
        return sorted(accounts, key=lambda account: natural_order(account.name))

    def method_uses(self, now: float) -> dict[str, tuple[int, float]]:
        """How often each method was used in thirty days, and when last (epoch seconds)."""
        return self._register.uses.since(now)

    def record(self, name: str) -> Record | None:
        """The account of this complete name with what of its password can be used now, or None."""
        record = self._register.record(fold(name))
        return self._usable(record) if record is not None else None

    def records(self) -> tuple[Record, ...]:
        """All accounts with what of their passwords can be used now."""
        return tuple(map(self._usable, self._register.records()))

    @property
    def revision(self) -> int:
        """Grows with every change of who can sign in how; signing in is none."""
        vault = self._keeper.vault
        return self._register.revision + (vault.revision if vault is not None else 0)

    def new_name(self, name: str) -> str:
        """The name as an account would have it; AccountProblem when none can, or one has."""
        name = fold(name)
        check_name(name)
        self._register.refuse_taken(name)
        return name

    def add(
        self, name: str, password: str | None, full_name: str = "", *, allow_weak: bool = False
    ) -> Account:
        """Make an account; without a password nobody can sign in to it yet."""
        name = self.new_name(name)
        account = Account(
            name=name,
            store_id=new_store_id(name),
            full_name=full_name,
            enabled=True,
            has_password=password is not None,
            created=time.time(),
        )
        if password is not None:
            octets = passwords.octets(password, allow_weak=allow_weak)
            made = self._keeper.made_of(account.terms, octets)
            with self._sealing:
                kept = self._keeper.with_secret(account, octets, made)
                self._register.insert(Record(account, kept))
        else:
            self._register.insert(Record(account))
        return account

    def set_password(self, name: str, password: str, *, allow_weak: bool = False) -> None:
        """Change the password; the old one is worth nothing from here on, by whatever method."""
        account = self._register.known(name).account
        octets = passwords.octets(password, allow_weak=allow_weak)
        made = self._keeper.made_of(account.terms, octets)
        with self._sealing:
            account = self._register.known(name).account  # its terms may be others by now
            kept = self._keeper.with_secret(account, octets, made)
            self._register.change(
                name, lambda x: Record(replace(x.account, has_password=True), kept)
            )
        self._scrub()
        self._remembered.forget(account.name)

    def set_full_name(self, name: str, full_name: str) -> None:
        """Change the name of the person."""
        self._change_account(name, lambda account: replace(account, full_name=full_name))

    def set_enabled(self, name: str, enabled: bool) -> None:
        """Let the account sign in, or no longer."""
        self._change_account(name, lambda account: replace(account, enabled=enabled))

    def set_terms(self, name: str, terms: AccountTerms) -> None:
        """Change what the account may do; what is no longer needed of its password is dropped."""
        self._set_terms(name, terms, lambda account: replace(account, terms=terms))

    def change(self, name: str, *, full_name: str, enabled: bool, terms: AccountTerms) -> None:
        """Change all that is decided of an account at once, as ``set_terms`` and its kin would."""

        def decided(account: Account) -> Account:
            return replace(account, full_name=full_name, enabled=enabled, terms=terms)

        self._set_terms(name, terms, decided)

    def keep(self, keeping: Keeping) -> None:
        """Keep of passwords from here on what ``keeping`` wants, and drop what it does not.

        What is missing is made at the next sign-in with the password.
        """
        with self._sealing:
            if keeping != self._keeper.keeping:
                self._keeper.keeping = keeping
                self._remembered.clear()
            try:
                trimmed = self._register.change_kept(
                    lambda record: self._keeper.trimmed(record.account.terms, record.kept)
                )
            except AccountsUnusable as error:
                self._on_problem(str(error))
                return
        if trimmed:
            self._scrub()

    def remove(self, name: str) -> Account:
        """Remove the account and give what it was; its mail is the store's to remove."""
        account = self._register.remove(name)
        self._scrub()
        self._remembered.forget(account.name)
        return account

    # Kept passwords.

    @property
    def keeps_secrets(self) -> bool:
        """Whether passwords themselves are to be kept."""
        return bool(self._keeper.keeping.secret_for)

    def sealed(self) -> builtins.list[str]:
        """Every kept password, as the vault sealed it."""
        return [x.kept.sealed for x in self._register.records() if x.kept.sealed]

    def reseal(self) -> None:
        """Have every kept password that can be opened under the key that seals now.

        In one durable step; VaultUnusable or AccountsUnusable, and then nothing changed.
        """
        with self._sealing:
            changed = self._register.change_kept(
                lambda record: self._keeper.resealed(record.account, record.kept)
            )
        if changed:
            self._scrub()

    def secrets_counted(self) -> tuple[int, int]:
        """Of how many accounts the password is kept, and how many of these can be opened."""
        revision = self.revision
        if self._counted[0] != revision:
            vault, sealed = self._keeper.vault, self.sealed()
            readable = sum(map(vault.opens, sealed)) if vault is not None else 0
            self._counted = revision, len(sealed), readable
        return self._counted[1:]

    @property
    def secrets_problem(self) -> str:
        """Why kept passwords cannot be opened, half a sentence; empty when they can."""
        kept, readable = self.secrets_counted()
        vault = self._keeper.vault
        if vault is not None and vault.problem:
            return vault.problem
        return "the key of the kept passwords is gone; set them again" if readable < kept else ""

    def ready(self) -> tuple[frozenset[Method], ...]:
        """The methods that each account could sign in with."""
        return tuple(ready_methods(record) for record in self.records())

    def forget_sign_ins(self) -> None:
        """Remember nobody, so that each is asked for the password once and it can be kept."""
        self._remembered.clear()

    # Who is there?

    def main_name(self, name: str) -> str:
        """The account that this complete name means: itself, or the one it is an address of."""
        name = fold(name)
        return self._register.main_name(name) if self.alias_logins else name

    def verify_remembered(self, name: str, password: Secret) -> Verdict | None:
        """The verdict if this very password was right a short while ago; None: ask ``verify``."""
        record = self._register.record(name)
        verifier = record.kept.verifier if record else None
        if record is None or verifier is None or _refusal(record) is not None:
            return None
        if not self._remembered.knows(name, verifier, password.reveal()):
            return None
        return Verdict(record.account.name, SignInReason.OK)

    def verify(self, name: str, password: Secret) -> Verdict:
        """The verdict, found the long way.

        Every refusal costs one Argon2 run, whatever its reason, so that the time it takes tells
        a stranger nothing. When the password is changed meanwhile, the new one counts.
        """
        name = fold(name)
        octets = passwords.as_sent(password.reveal())
        while True:
            record = self._register.record(name)
            verifier = record.kept.verifier if record else None
            fits = self._hasher.fits(verifier or self._hasher.decoy, octets)
            record = self._register.record(name)
            if (record.kept.verifier if record else None) == verifier:
                break
        reason = _refusal(record) or (SignInReason.OK if fits else SignInReason.WRONG_PASSWORD)
        if record is None or verifier is None or reason is not SignInReason.OK:
            return Verdict(None, reason)
        self._remembered.keep(name, self._renewed(record, verifier, octets), password.reveal())
        return Verdict(record.account.name, reason)

    def find(self, name: str) -> Verdict:
        """Whether the owner of this name may sign in, when others vouch for who it is."""
        record = self._register.record(fold(name))
        refusal = _refusal(record)
        if record is None or refusal not in (None, SignInReason.NO_PASSWORD):
            return Verdict(None, refusal or SignInReason.UNKNOWN_USER)
        return Verdict(record.account.name, SignInReason.OK)

    def held_secret(self, name: str) -> HeldSecret:
        """The password itself where it is kept, else one that nobody knows."""
        name = fold(name)
        record = self._register.record(name)
        refusal = _refusal(record)
        vault = self._keeper.vault
        if record is not None and refusal is None and record.kept.sealed and vault is not None:
            try:
                octets = vault.unseal(record.account.store_id, record.kept.sealed)
            except VaultUnusable as problem:
                _LOG.debug("The kept password of %s cannot be opened: %s", name, problem)
                refusal = SignInReason.SECRET_UNREADABLE
            else:
                return HeldSecret(Verdict(name, SignInReason.OK), Secret(octets))
        verdict = Verdict(None, refusal or SignInReason.NO_SECRET)
        return HeldSecret(verdict, self._decoys.secret())

    def held_keys(self, name: str, hash_name: str) -> HeldKeys:
        """The SCRAM keys for a hash where they are kept, else believable ones."""
        name = fold(name)
        record = self._register.record(name)
        refusal = _refusal(record)
        keys = record.kept.scram.get(hash_name) if record is not None else None
        if refusal is None and keys is not None:
            return HeldKeys(Verdict(name, SignInReason.OK), keys)
        verdict = Verdict(None, refusal or SignInReason.NO_SECRET)
        # A real account that may not sign in shows what it showed while it might.
        decoy = self._decoys.keys(name, hash_name, self._keeper.keeping.iterations)
        return HeldKeys(verdict, keys or decoy)

    def set_remember(self, seconds: float) -> None:
        """Remember sign-ins for so long from now on, those of the past included; 0: not at all."""
        self._remembered.seconds = seconds
        if seconds <= 0:
            self._remembered.clear()

    def _set_terms(
        self, name: str, terms: AccountTerms, decided: Callable[[Account], Account]
    ) -> None:
        account = self._register.known(name).account
        domain = account.name.rpartition("@")[2]
        for alias in (complete(alias, domain) for alias in terms.aliases):
            check_name(alias)
            if alias == account.name:
                raise AccountProblem(f"{alias!r} is the account's own name.")
            self._register.refuse_taken(alias, owner=account.name)

        def changed(record: Record) -> Record:
            kept = self._keeper.trimmed(terms, record.kept)
            return Record(decided(record.account), kept)

        with self._sealing:
            self._register.change(name, changed)
        self._scrub()
        self._remembered.forget(account.name)

    def _change_account(self, name: str, changed: Callable[[Account], Account]) -> None:
        self._register.change(name, lambda x: replace(x, account=changed(x.account)))
        self._remembered.forget(fold(name))

    def _usable(self, record: Record) -> Record:
        """The account without a kept password that the vault cannot open."""
        vault, sealed = self._keeper.vault, record.kept.sealed
        if not sealed or (vault is not None and vault.opens(sealed)):
            return record
        return replace(record, kept=replace(record.kept, sealed=""))

    def _scrub(self) -> None:
        try:
            self._register.scrub()
        except AccountsUnusable as error:
            self._on_problem(str(error))

    def _renewed(self, record: Record, verifier: str, octets: bytes) -> str:
        """The verifier to go on with, after what is kept was brought up to date."""
        account, keeper = record.account, self._keeper
        if not keeper.keeping.upgrade or not keeper.lacks(account.terms, record.kept):
            return verifier
        renewed = keeper.renewed(account.terms, octets, record.kept)
        try:
            with self._sealing:
                current = self._register.record(account.name)
                if current is None or current.kept != record.kept:
                    return verifier
                kept = keeper.with_secret(current.account, octets, renewed)
                self._register.change(account.name, lambda x: replace(x, kept=kept))
        except (AccountProblem, AccountsUnusable) as error:
            self._on_problem(str(error))
            return verifier
        return kept.verifier or verifier


def _refusal(record: Record | None) -> SignInReason | None:
    """Why nobody may sign in, whatever is proved; None when proof is enough."""
    if record is None:
        return SignInReason.UNKNOWN_USER
    if not record.account.enabled:
        return SignInReason.ACCOUNT_DISABLED
    if record.account.terms.has_expired(time.time()):
        return SignInReason.ACCOUNT_EXPIRED
    return SignInReason.NO_PASSWORD if record.kept.verifier is None else None
