"""The accounts of a home: who may sign in, with what password, and when they last did."""

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
from server_core.accounts.accounts_file import AccountsFile, Record
from server_core.accounts.flusher import Flusher
from server_core.accounts.names import check_name, fold, new_store_id
from server_core.accounts.remembered import Remembered
from server_core.accounts.verifiers import Hasher, is_verifier
from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Secret, Verdict

_LOG = logging.getLogger(__name__)
__all__ = ["Account", "AccountProblem", "AccountsUnusable", "Directory"]

_MOST_REMEMBERED = 100_000


class Directory:
    """All accounts, in memory and in one file. Thread-safe.

    ``get``, ``list``, ``verify_remembered``, ``note_sign_in`` and ``set_remember`` never wait and
    may be called on a session loop; everything else hashes or writes and belongs on a worker. A
    change is durable when its method returns. Names are complete (``accounts.names.complete``).

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
    ) -> None:
        self._on_problem = on_problem
        self._hasher = hasher or Hasher()
        self._remembered = Remembered(remember, _MOST_REMEMBERED, clock)
        self._file = AccountsFile(path)
        # Lock order: _writing (held over the disk), then _swapping (held for a few assignments).
        self._writing = threading.Lock()
        self._swapping = threading.Lock()
        self._signed_in: set[str] = set()
        self._records = {x.account.name: self._readable(x) for x in self._read()}
        self._flusher = Flusher(self.flush, on_problem)

    def get(self, name: str) -> Account | None:
        """The account of this complete name, or None."""
        record = self._records.get(fold(name))
        return record.account if record else None

    def list(self) -> list[Account]:
        """All accounts, by name."""
        with self._swapping:
            records = tuple(self._records.values())
        return sorted((record.account for record in records), key=lambda account: account.name)

    def add(
        self, name: str, password: str | None, full_name: str = "", *, allow_weak: bool = False
    ) -> Account:
        """Make an account; without a password nobody can sign in to it yet."""
        name = fold(name)
        check_name(name)
        self._refuse_taken(name)
        verifier = None if password is None else self._new_verifier(password, allow_weak)
        with self._writing:
            self._refuse_taken(name)
            account = Account(
                name=name,
                store_id=new_store_id(name),
                full_name=full_name,
                enabled=True,
                has_password=verifier is not None,
                created=time.time(),
            )
            record = Record(account, verifier)
            self._file.insert(record)
            with self._swapping:
                self._records[name] = record
        return account

    def set_password(self, name: str, password: str, *, allow_weak: bool = False) -> None:
        """Change the password; the old one is worth nothing from here on."""
        self._known(name)
        verifier = self._new_verifier(password, allow_weak)
        with self._writing:
            self._write(self._known(name), verifier=verifier)
        self._remembered.forget(fold(name))

    def set_full_name(self, name: str, full_name: str) -> None:
        """Change the name of the person."""
        with self._writing:
            self._write(self._known(name), full_name=full_name)

    def set_enabled(self, name: str, enabled: bool) -> None:
        """Let the account sign in, or no longer."""
        with self._writing:
            self._write(self._known(name), enabled=enabled)
        self._remembered.forget(fold(name))

    def remove(self, name: str) -> Account:
        """Remove the account and give what it was; its mail is the store's to remove."""
        with self._writing:
            account = self._known(name).account
            self._file.delete(account.name)
            with self._swapping:
                del self._records[account.name]
                self._signed_in.discard(account.name)
        self._remembered.forget(account.name)
        return account

    def verify_remembered(self, name: str, password: Secret) -> Verdict | None:
        """The verdict if this very password was right a short while ago; None: ask ``verify``."""
        record = self._records.get(name)
        if record is None or record.verifier is None or not record.account.enabled:
            return None
        if not self._remembered.knows(name, record.verifier, password.reveal()):
            return None
        return Verdict(name, SignInReason.OK)

    def verify(self, name: str, password: Secret) -> Verdict:
        """The verdict, found the long way.

        Every refusal costs one Argon2 run, whatever its reason, so that the time it takes tells
        a stranger nothing. When the password is changed meanwhile, the new one counts.
        """
        name = fold(name)
        octets = password.reveal()
        while True:
            record = self._records.get(name)
            verifier = record.verifier if record else None
            fits = self._hasher.fits(verifier or self._hasher.decoy, octets)
            record = self._records.get(name)
            if (record.verifier if record else None) == verifier:
                break
        reason = _reason(record, fits)
        if record is None or verifier is None or reason is not SignInReason.OK:
            return Verdict(None, reason)
        self._remembered.keep(name, self._renewed(record, verifier, octets), octets)
        return Verdict(name, reason)

    def set_remember(self, seconds: float) -> None:
        """Remember sign-ins for so long from now on, those of the past included; 0: not at all."""
        self._remembered.seconds = seconds
        if seconds <= 0:
            self._remembered.clear()

    def note_sign_in(self, name: str, when: float, peer: str, method: str, listener: str) -> None:
        """Note that the account signed in; on disk within a second."""
        with self._swapping:
            record = self._records.get(name)
            if record is None:
                return
            account = replace(
                record.account,
                last_sign_in=when,
                last_peer=peer,
                last_method=method,
                last_listener=listener,
            )
            self._records[name] = Record(account, record.verifier)
            self._signed_in.add(name)
        self._flusher.wake()

    def flush(self) -> None:
        """Write all noted sign-ins in one transaction; they stay noted when that fails."""
        with self._writing:
            with self._swapping:
                names, self._signed_in = self._signed_in, set()
                accounts = [self._records[name].account for name in names]
            if not accounts:
                return
            try:
                self._file.write_sign_ins(accounts)
            except AccountsUnusable:
                with self._swapping:
                    self._signed_in |= names
                raise

    def close(self) -> None:
        """Write what is noted and close the file; the directory is of no use afterwards."""
        self._flusher.stop()
        try:
            self.flush()
        except AccountsUnusable as error:
            self._on_problem(str(error))
        with self._writing:
            self._file.close()

    def _read(self) -> builtins.list[Record]:
        try:
            return self._file.records()
        except AccountsUnusable:
            self._file.close()
            raise

    def _write(
        self,
        record: Record,
        *,
        full_name: str | None = None,
        enabled: bool | None = None,
        verifier: str | None = None,
    ) -> None:
        """Change what is given, on disk first. ``_writing`` is held."""

        def changed(record: Record) -> Record:
            account = record.account
            kept = verifier or record.verifier
            return Record(
                replace(
                    account,
                    full_name=account.full_name if full_name is None else full_name,
                    enabled=account.enabled if enabled is None else enabled,
                    has_password=kept is not None,
                ),
                kept,
            )

        self._file.update(changed(record))
        with self._swapping:
            # Read again: a sign-in may have been noted while the disk was busy.
            name = record.account.name
            self._records[name] = changed(self._records[name])

    def _renewed(self, record: Record, verifier: str, password: bytes) -> str:
        """The verifier to go on with: a new one when the parameters have moved on since."""
        if not self._hasher.is_outdated(verifier):
            return verifier
        name = record.account.name
        renewed = self._hasher.hash(password)
        try:
            with self._writing:
                current = self._records.get(name)
                if current is None or current.verifier != verifier:
                    return verifier
                self._write(current, verifier=renewed)
        except AccountsUnusable as error:
            self._on_problem(str(error))
            return verifier
        return renewed

    def _new_verifier(self, password: str, allow_weak: bool) -> str:
        return self._hasher.hash(passwords.octets(password, allow_weak=allow_weak))

    def _known(self, name: str) -> Record:
        record = self._records.get(fold(name))
        if record is None:
            raise AccountProblem(f"There is no account {fold(name)!r}.")
        return record

    def _refuse_taken(self, name: str) -> None:
        if name in self._records:
            raise AccountProblem(f"There is an account {name!r} already.")

    def _readable(self, record: Record) -> Record:
        """The record, without its verifier when nothing can read that."""
        if record.verifier is None or is_verifier(record.verifier):
            return record
        self._on_problem(
            f"The stored password of {record.account.name!r} cannot be read; set a new one."
        )
        return Record(replace(record.account, has_password=False), None)


def _reason(record: Record | None, fits: bool) -> SignInReason:
    if record is None:
        return SignInReason.UNKNOWN_USER
    if not record.account.enabled:
        return SignInReason.ACCOUNT_DISABLED
    if record.verifier is None:
        return SignInReason.NO_PASSWORD
    return SignInReason.OK if fits else SignInReason.WRONG_PASSWORD
