"""Who has which maildrop open, on all session loops; asked when somebody has signed in."""

from __future__ import annotations

import threading
import time

from server_core.accounts.account import Account
from server_core.config.model import Config
from server_core.policy.maildrop_use import Holder, MaildropUse, Occupied, Refusal, UseLimits


class Maildrops:
    """Thread-safe; every method takes a microsecond or two and waits for nothing but its lock."""

    def __init__(self, config: Config) -> None:
        self._lock = threading.Lock()
        self._use = MaildropUse(UseLimits.wanted_by(config))

    def configure(self, config: Config) -> None:
        """Other limits count from now on; whoever is in stays."""
        limits = UseLimits.wanted_by(config)
        with self._lock:
            self._use.limits = limits

    def enter(self, account: Account, holder: Holder) -> Refusal | Occupied | None:
        """Let a session have the account's maildrop: None; else who is in the way, or why not."""
        with self._lock:
            return self._use.enter(account.name, account.terms, holder, time.monotonic())

    def leave(self, account: str, holder: Holder) -> None:
        """A session has let go of the maildrop."""
        with self._lock:
            self._use.leave(account, holder)

    def withdraw(self, account: Account, holder: Holder) -> None:
        """The maildrop could not be opened after all: that was no sign-in."""
        with self._lock:
            self._use.withdraw(account.name, account.terms, holder)

    def standing(self, account: Account) -> tuple[int, Refusal | None]:
        """How many sessions have the maildrop open, and why one more would be refused now."""
        with self._lock:
            return self._use.standing(account.name, account.terms, time.monotonic())

    def may_take_over(self, holder: Holder) -> bool:
        """Whether a session has been silent for so long that it gives way."""
        with self._lock:
            return self._use.may_take_over(holder, time.monotonic())

    def delay_of(self, account: Account) -> int:
        """Seconds that have to lie between two sign-ins of the account; 0 for none."""
        return self._use.limits.delay_of(account.terms)
