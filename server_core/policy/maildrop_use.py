"""Who may have a maildrop open: how many, one at a time, how soon again (RFC 2449 section 8.1)."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from server_core.config.account_terms import AccountTerms
from server_core.config.model import Config
from server_core.events.reasons import UseReason
from server_core.protocol.replies import Code, CommandError
from server_core.protocol.session_policy import LoginDelay


class Holder(Protocol):
    """A session that has a maildrop open, or wants to."""

    def silence(self, now: float) -> float:
        """Seconds since its client's last sign of life; 0.0 while nobody may take it over."""


class Refusal(NamedTuple):
    """The maildrop is not to be had now; ``wait`` is how many seconds are missing, if any."""

    reason: UseReason
    wait: float = 0.0

    def told(self) -> CommandError:
        """What the client hears."""
        match self.reason:
            case UseReason.TOO_MANY:
                return CommandError("Too many connections for user", Code.IN_USE)
            case UseReason.EXCLUSIVE:
                return CommandError("Mailbox is in use", Code.IN_USE)
            case UseReason.TOO_SOON:
                text = "Signed in too soon, try again in %d seconds"
                return CommandError(text, Code.LOGIN_DELAY, values=(math.ceil(self.wait),))


class Occupied(NamedTuple):
    """The maildrop can be had once this silent session has given way."""

    holder: Holder


@dataclass(frozen=True, slots=True)
class UseLimits:
    """What the configuration says for accounts whose terms say nothing; 0 means no limit.

    ``delay`` and ``takeover_after`` are seconds, ``padding`` the quick sign-ins that are forgiven.
    """

    connections: int = 0
    delay: int = 0
    padding: int = 0
    exclusive: bool = False
    takeover_after: int = 0

    @classmethod
    def wanted_by(cls, config: Config) -> UseLimits:
        """The limits of a configuration."""
        server, accounts = config.server, config.pop3.accounts
        return cls(
            connections=accounts.connections,
            delay=accounts.delay,
            padding=accounts.padding,
            exclusive=server.exclusive_lock,
            takeover_after=server.takeover_after,
        )

    def delay_of(self, terms: AccountTerms) -> int:
        """Seconds that have to lie between two sign-ins of an account."""
        return self.delay if terms.delay is None else terms.delay

    def announced(self, accounts: Iterable[AccountTerms]) -> LoginDelay:
        """What strangers are told of the delays of these accounts."""
        delays = {self.delay_of(terms) for terms in accounts} or {self.delay}
        return LoginDelay(max(delays), varies=len(delays) > 1)


class MaildropUse:
    """The open maildrops by account, and when each account may sign in again.

    Times are seconds of one clock that never goes back. A sign-in moves the time at which the
    account is ``due`` by the delay; one that comes early is forgiven while that time is no more
    than the padding ahead, so what was forgiven is regained by waiting.
    """

    def __init__(self, limits: UseLimits) -> None:
        self.limits = limits
        # Nearly everybody holds one, and a set of one takes four times the memory.
        self._open: dict[str, tuple[Holder, ...]] = {}
        self._due: OrderedDict[str, float] = OrderedDict()

    def enter(
        self, account: str, terms: AccountTerms, holder: Holder, now: float
    ) -> Refusal | Occupied | None:
        """Let somebody who proved to own the account have its maildrop; None when it is theirs.

        Whoever is told who occupies it asks again once that session has left.
        """
        holders = self._open.get(account)
        in_use = self._in_use(holders, terms, now) if holders else None
        if isinstance(in_use, Refusal):
            return in_use
        delay = self.limits.delay_of(terms)
        due = self._due_of(account, delay, now) if delay else now
        wait = due - self.limits.padding * delay - now
        if wait > 0:
            return Refusal(UseReason.TOO_SOON, wait)
        if in_use is not None:
            return in_use
        if delay:
            self._note(account, due + delay, now)
        self._open[account] = (*(holders or ()), holder)
        return None

    def standing(self, account: str, terms: AccountTerms, now: float) -> tuple[int, Refusal | None]:
        """How many have the maildrop open, and why one more would be refused; nobody enters."""
        holders = self._open.get(account, ())
        in_use = self._in_use(holders, terms, now) if holders else None
        if isinstance(in_use, Refusal):
            return len(holders), in_use
        delay = self.limits.delay_of(terms)
        due = self._due_of(account, delay, now) if delay else now
        wait = due - self.limits.padding * delay - now
        return len(holders), Refusal(UseReason.TOO_SOON, wait) if wait > 0 else None

    def leave(self, account: str, holder: Holder) -> None:
        """The session has let go of the maildrop."""
        holders = self._open[account]
        if len(holders) == 1:
            del self._open[account]
        else:
            self._open[account] = tuple(other for other in holders if other is not holder)

    def withdraw(self, account: str, terms: AccountTerms, holder: Holder) -> None:
        """The maildrop could not be opened after all: that was no sign-in."""
        self.leave(account, holder)
        if account in self._due:
            self._due[account] -= self.limits.delay_of(terms)

    def may_take_over(self, holder: Holder, now: float) -> bool:
        """Whether a session has been silent for so long that it gives way."""
        return 0 < self.limits.takeover_after <= holder.silence(now)

    def _in_use(
        self, holders: Sequence[Holder], terms: AccountTerms, now: float
    ) -> Refusal | Occupied | None:
        if self.limits.exclusive:
            if all(self.may_take_over(holder, now) for holder in holders):
                return Occupied(holders[0])
            return Refusal(UseReason.EXCLUSIVE)
        most = self.limits.connections if terms.connections is None else terms.connections
        return Refusal(UseReason.TOO_MANY) if 0 < most <= len(holders) else None

    def _due_of(self, account: str, delay: int, now: float) -> float:
        """When the account is due; at most as far ahead as today's settings could have put it."""
        due = max(self._due.get(account, now), now)
        furthest = now + (self.limits.padding + 1) * delay
        if due > furthest:
            self._due[account] = due = furthest
        return due

    def _note(self, account: str, due: float, now: float) -> None:
        """Remember when an account is due, and forget two others whose time is over.

        Looking at two for each that is noted keeps no more than are waiting.
        """
        self._due[account] = due
        self._due.move_to_end(account)
        for _ in range(min(2, len(self._due) - 1)):
            oldest, its_due = self._due.popitem(last=False)
            if its_due > now:
                self._due[oldest] = its_due
