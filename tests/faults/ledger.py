"""The oracle: what a server promised about every message, and whether it kept its word."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from tests.faults.letters import Letter, digest_of, token_of

# "On disk within a second", and one second more for a machine with other things to do.
SEEN_PROMISE = 2.0


class State(Enum):
    """What a client may believe about a message."""

    OFFERED = "offered, not acknowledged: there whole or not at all"
    HELD = "acknowledged: there"
    LEAVING = "marked, QUIT sent, not answered: there whole or gone whole"
    GONE = "QUIT answered +OK, or found to be gone: never there again"


@dataclass
class Entry:
    """One message as far as clients know it."""

    letter: Letter
    account: str
    state: State = State.OFFERED
    unique_id: str = ""
    retrieved: float | None = None
    must_be_seen: bool = False


@dataclass(frozen=True)
class Shown:
    """A message as a server showed it to a quiet observer."""

    octets: int
    text: bytes
    seen: bool


class Ledger:
    """All messages of one home. Thread-safe: any client enters here what it did and what it saw.

    ``violations`` collects broken promises, in words.
    """

    def __init__(self, accounts: Iterable[str]) -> None:
        self.violations: list[str] = []
        self.delivered = self.removed = self.retrieved = 0
        self.accounts = tuple(accounts)
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._present: dict[str, set[str]] = {account: set() for account in self.accounts}
        self._tokens: dict[str, dict[str, str]] = {account: {} for account in self.accounts}
        self._asked_for: set[tuple[str, str]] = set()

    def complain(self, text: str) -> None:
        """Note a broken promise."""
        self.violations.append(text)

    def count(self, account: str) -> int:
        """How many messages are there, those in doubt included."""
        return len(self._present[account])

    def token(self, account: str, unique_id: str) -> str:
        """The token of a message that was seen before; empty for others."""
        return self._tokens[account].get(unique_id, "")

    # What clients do.

    def offer(self, account: str, letters: Iterable[Letter]) -> None:
        """A delivery is about to be sent."""
        with self._lock:
            for letter in letters:
                self._entries[letter.token] = Entry(letter, account)
                self._present[account].add(letter.token)

    def acknowledge(self, letters: Iterable[Letter]) -> None:
        """The delivery was acknowledged."""
        with self._lock:
            for letter in letters:
                entry = self._entries[letter.token]
                self.delivered += 1
                # A session may have removed it before the answer came.
                if entry.state is State.OFFERED:
                    entry.state = State.HELD

    def ask_for(self, account: str, unique_id: str) -> None:
        """A RETR is about to be sent."""
        with self._lock:
            self._asked_for.add((account, unique_id))

    def take(self, account: str, unique_id: str, text: bytes, now: float) -> str:
        """A RETR was answered whole; gives the message's token."""
        with self._lock:
            entry = self._recognised(account, unique_id, text)
            if entry is None:
                return ""
            self.retrieved += 1
            entry.retrieved = entry.retrieved or now
            return entry.letter.token

    def begin_removal(self, tokens: Iterable[str]) -> None:
        """A QUIT that removes these is about to be sent."""
        with self._lock:
            for token in tokens:
                if self._entries[token].state is not State.GONE:
                    self._entries[token].state = State.LEAVING

    def finish_removal(self, tokens: Iterable[str]) -> None:
        """That QUIT was answered +OK."""
        with self._lock:
            for token in tokens:
                self.removed += self._entries[token].state is not State.GONE
                self._leave(self._entries[token])

    def may_be_gone(self, account: str, unique_id: str) -> bool:
        """Whether some session removes the message or has removed it."""
        with self._lock:
            token = self._tokens[account].get(unique_id, "")
            return not token or self._entries[token].state in (State.LEAVING, State.GONE)

    # What the observer sees.

    def server_died(self, now: float, *, in_order: bool) -> None:
        """Which Seen flags must have survived; all of them when the server stopped in order."""
        with self._lock:
            for entry in self._entries.values():
                if entry.retrieved is not None:
                    entry.must_be_seen |= in_order or now - entry.retrieved > SEEN_PROMISE
                    entry.retrieved = None

    def compare(self, account: str, shelf: Mapping[str, Shown]) -> None:
        """Hold a mailbox against what was promised; from here on what was in doubt is certain."""
        with self._lock:
            found: set[str] = set()
            for unique_id, shown in shelf.items():
                entry = self._recognised(account, unique_id, shown.text)
                if entry is not None:
                    self._compare_one(entry, shown, doubled=entry.letter.token in found)
                    found.add(entry.letter.token)
            for token in self._present[account] - found:
                entry = self._entries[token]
                if entry.state is State.HELD:
                    self.complain(f"lost: {token} of {account} ({entry.unique_id})")
                self._leave(entry)

    def _leave(self, entry: Entry) -> None:
        entry.state = State.GONE
        self._present[entry.account].discard(entry.letter.token)

    def _compare_one(self, entry: Entry, shown: Shown, *, doubled: bool) -> None:
        token = entry.letter.token
        if doubled:
            self.complain(f"doubled: {token}")
        if entry.state is State.GONE:
            self.complain(f"came back: {token} ({entry.unique_id})")
        if shown.octets != len(shown.text):
            self.complain(f"LIST says {shown.octets} of {len(shown.text)} octets: {token}")
        if entry.must_be_seen and not shown.seen:
            self.complain(f"the Seen flag is lost: {token} ({entry.unique_id})")
        if shown.seen and (entry.account, entry.unique_id) not in self._asked_for:
            self.complain(f"Seen, but nobody asked for it: {token} ({entry.unique_id})")
        entry.state = State.HELD
        entry.must_be_seen = shown.seen

    def _recognised(self, account: str, unique_id: str, text: bytes) -> Entry | None:
        """The entry of a message that came whole, under the one unique-id it ever had."""
        token = token_of(text)
        entry = self._entries.get(token)
        if entry is None or entry.account != account:
            self.complain(f"a stranger in {account}: {unique_id}, {text[:200]!r}")
            return None
        if digest_of(text) != entry.letter.digest:
            self.complain(f"torn: {token} ({unique_id}), {len(text)} octets")
            return None
        if not entry.unique_id:
            entry.unique_id = unique_id
        known = self._tokens[account].setdefault(unique_id, token)
        if entry.unique_id != unique_id or known != token:
            self.complain(f"{token} has {unique_id}; had {entry.unique_id}, that is {known}'s")
        return entry
