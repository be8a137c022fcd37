"""The accounts in memory and on disk: found by name or another address, changed one by one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from server_core.accounts.account import Account, AccountProblem, AccountsUnusable
from server_core.accounts.accounts_file import AccountsFile, Record
from server_core.accounts.flusher import Flusher
from server_core.accounts.kept import Kept
from server_core.accounts.method_use import MethodUse
from server_core.accounts.names import complete, fold
from server_core.accounts.verifiers import is_verifier

_LOG = logging.getLogger(__name__)


class Register:
    """All accounts. Thread-safe; ``record``, ``records``, ``main_name`` and ``note_sign_in`` never
    wait, everything else waits for the disk and is durable when it returns.

    Sign-ins that were noted are written by a thread of the register's own within a second.
    """

    def __init__(self, path: Path, on_problem: Callable[[str], None] = _LOG.error) -> None:
        self._on_problem = on_problem
        self._file = AccountsFile(path)
        # Lock order: _writing (held over the disk), then _swapping (held for a few assignments).
        self._writing = threading.Lock()
        self._swapping = threading.Lock()
        self._signed_in: set[str] = set()
        try:
            self._records = {x.account.name: self._readable(x) for x in self._file.records()}
            self.decoy_key = self._file.decoy_key()
            self.uses = MethodUse(self._file.method_uses())
        except AccountsUnusable:
            self._file.close()
            raise
        self._aliases = _aliases_of(self._records.values())
        self.revision = 0
        """Grows with every change but a sign-in."""
        self._flusher = Flusher(self.flush, on_problem)

    def record(self, name: str) -> Record | None:
        """The account of this main name, folded, or None."""
        return self._records.get(name)

    def known(self, name: str) -> Record:
        """The account of this complete name; AccountProblem when there is none."""
        record = self._records.get(fold(name))
        if record is None:
            raise AccountProblem(f"There is no account {fold(name)!r}.")
        return record

    def records(self) -> tuple[Record, ...]:
        """All accounts."""
        with self._swapping:
            return tuple(self._records.values())

    def main_name(self, name: str) -> str:
        """The main name of the account that has this folded name as another address."""
        return self._aliases.get(name, name)

    def refuse_taken(self, name: str, *, owner: str = "") -> None:
        """AccountProblem when somebody but ``owner`` signs in with this complete name."""
        if name in self._records and name != owner:
            raise AccountProblem(f"There is an account {name!r} already.")
        if self._aliases.get(name, owner) != owner:
            raise AccountProblem(f"{name!r} is another address of {self._aliases[name]!r}.")

    def insert(self, record: Record) -> None:
        """Add an account."""
        name = record.account.name
        with self._writing:
            self.refuse_taken(name)
            self._file.insert(record)
            self._swap(name, record)

    def change(self, name: str, changed: Callable[[Record], Record]) -> None:
        """Replace an account by what ``changed`` makes of it, on disk first.

        Called twice, so it must give the same both times; what it gives is not written when
        nothing differs.
        """
        with self._writing:
            before = self.known(name)
            if changed(before) == before:
                return
            self._file.update([changed(before)])
            # Read again: a sign-in may have been noted while the disk was busy.
            name = before.account.name
            self._swap(name, changed(self._records[name]))

    def change_kept(self, changed: Callable[[Record], Kept]) -> bool:
        """Replace what is kept of passwords by what ``changed`` makes of it; all or none.

        Gives whether anything differs.
        """
        with self._writing:
            made = {record.account.name: changed(record) for record in self.records()}
            kept = {name: x for name, x in made.items() if x != self._records[name].kept}
            if not kept:
                return False
            self._file.update(replace(self._records[name], kept=x) for name, x in kept.items())
            with self._swapping:
                for name, x in kept.items():
                    self._records[name] = replace(self._records[name], kept=x)
                self.revision += 1
        return True

    def scrub(self) -> None:
        """Leave nothing on disk of what was replaced or removed."""
        with self._writing:
            self._file.scrub()

    def remove(self, name: str) -> Account:
        """Remove the account and give what it was."""
        with self._writing:
            account = self.known(name).account
            self._file.delete(account.name)
            with self._swapping:
                del self._records[account.name]
                self._signed_in.discard(account.name)
                self._reindex()
        return account

    def note_sign_in(self, name: str, when: float, peer: str, method: str, listener: str) -> None:
        """Note that the account signed in; on disk within a second."""
        with self._swapping:
            record = self._records.get(name)
            if record is None:
                return
            account = record.account.signed_in(when, peer, method, listener)
            self._records[name] = Record(account, record.kept)
            self._signed_in.add(name)
            self.uses.note(method, when)
        self._flusher.wake()

    def flush(self) -> None:
        """Write all noted sign-ins in one transaction; they stay noted when that fails."""
        with self._writing:
            with self._swapping:
                names, self._signed_in = self._signed_in, set()
                accounts = [self._records[name].account for name in names]
                uses = self.uses.changed()
            if not accounts:
                return
            try:
                self._file.write_sign_ins(accounts, uses)
            except AccountsUnusable:
                with self._swapping:
                    self._signed_in |= names
                    self.uses.keep(uses)
                raise

    def close(self) -> None:
        """Write what is noted and close the file; the register is of no use afterwards."""
        self._flusher.stop()
        try:
            self.flush()
        except AccountsUnusable as error:
            self._on_problem(str(error))
        with self._writing:
            self._file.close()

    def _swap(self, name: str, record: Record) -> None:
        with self._swapping:
            self._records[name] = record
            self._reindex()

    def _reindex(self) -> None:
        self._aliases = _aliases_of(self._records.values())
        self.revision += 1

    def _readable(self, record: Record) -> Record:
        """The record, without its verifier when nothing can read that."""
        if record.kept.verifier is None or is_verifier(record.kept.verifier):
            return record
        self._on_problem(
            f"The stored password of {record.account.name!r} cannot be read; set a new one."
        )
        return record.without_password()


def _aliases_of(records: Iterable[Record]) -> dict[str, str]:
    """Main names by other address; one without a domain is in the account's own."""
    aliases: dict[str, str] = {}
    for record in records:
        name = record.account.name
        domain = name.rpartition("@")[2]
        aliases.update((complete(alias, domain), name) for alias in record.account.terms.aliases)
    return aliases
