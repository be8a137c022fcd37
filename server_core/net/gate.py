"""Who may come in: rules, limits and bans asked at every accept; one gate for all session loops."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import NamedTuple

from server_core.config.admission import Bans
from server_core.config.model import Config
from server_core.config.networks import parse_address
from server_core.events.reasons import RefusalReason, Scope
from server_core.events.ring import Hub
from server_core.events.types import AddressBanned, BanLifted
from server_core.events.views import BanKind, BanView, MeterView, Refusal, Refusals, RuleUse
from server_core.net.own_networks import own_networks
from server_core.net.refused import RefusalBook
from server_core.policy.access_rules import AccessRules, Decision
from server_core.policy.bans import BanBook
from server_core.policy.failures import Failure
from server_core.policy.flow_control import Admission, FlowControl
from server_core.policy.peers import Address, peer_of
from server_core.protocol.actions import Secret

_FAILURES_KEPT = 100_000
_MARK_OCTETS = 16


class TurnedAway(NamedTuple):
    """A connection that may not come in, and why."""

    reason: RefusalReason


class Pass:
    """The right to be here; given back when the connection ends."""

    __slots__ = ("_admission", "_gate", "address", "decision")

    def __init__(
        self, gate: Gate, admission: Admission, address: Address, decision: Decision
    ) -> None:
        self._gate = gate
        self._admission = admission
        self.address = address
        self.decision = decision

    def release(self) -> None:
        """The connection is over."""
        self._gate.release(self._admission)


class Gate:
    """Thread-safe; every method takes a few microseconds and waits for nothing but its lock.

    Rules and bans go by the clock on the wall, because people give them dates. Flow control goes
    by the monotonic one, so that setting the clock neither opens nor closes the door.
    """

    def __init__(self, config: Config, hub: Hub) -> None:
        self._lock = threading.Lock()
        self._hub = hub
        self._rules = AccessRules(config)
        self._flow = FlowControl(config)
        self._own = own_networks()
        self._book = BanBook(config.bans, self._own)
        self._refusals = RefusalBook(hub)
        self._uses: dict[str, tuple[int, float]] = {}
        self._failures: deque[Failure] = deque(maxlen=_FAILURES_KEPT)
        self._key = secrets.token_bytes(32)
        self.bans_changed = False
        self.on_ban: Callable[[], None] = lambda: None

    def configure(self, config: Config) -> None:
        """Other rules, limits and settings count from now on; counts, bans and sessions stay."""
        rules = AccessRules(config)
        with self._lock:
            self._rules = rules
            self._flow.reconfigure(config)
            self._book.configure(config.bans)

    # At every accept.

    def admit(self, listener: str, host: str, peer: str) -> Pass | TurnedAway:
        """Decide about a new connection from ``host``; ``peer`` is how the log names it."""
        address, now = parse_address(host), time.time()
        with self._lock:
            ban = self._book.turn_away(address, now)
            if ban is not None:
                why = RefusalReason.BANNED, Scope.SERVICE, ban.why
                return self._turn_away(host, Refusal(now, peer, listener, *why, 1))
            decision = self._rules.verdict(address, listener, now)
            if decision.rule is not None:
                matches, _ = self._uses.get(decision.rule.key, (0, 0.0))
                self._uses[decision.rule.key] = matches + 1, now
            if not decision.admitted:
                why = RefusalReason.RULE_DENIED, decision.scope, decision.words
                return self._turn_away(host, Refusal(now, peer, listener, *why, 1))
            admission = self._flow.admit(listener, peer_of(address), decision, time.monotonic())
            if isinstance(admission, Admission):
                return Pass(self, admission, address, decision)
            return self._turn_away(host, Refusal(now, peer, listener, *admission, 1))

    def note_bad_header(self, listener: str, host: str, peer: str, words: str) -> None:
        """A proxy did not say whom it speaks for."""
        why = RefusalReason.PROXY_HEADER, Scope.LISTENER, words
        with self._lock:
            self._turn_away(host, Refusal(time.time(), peer, listener, *why, 1))

    def release(self, admission: Admission) -> None:
        """A connection is over."""
        with self._lock:
            self._flow.release(admission)

    # While somebody signs in.

    def mark(self, password: Secret) -> bytes:
        """What tells equal passwords from different ones, and nothing else, until the restart."""
        octets = password.reveal()
        return hashlib.blake2b(octets, key=self._key, digest_size=_MARK_OCTETS).digest()

    def is_locked(self, account: str, address: Address) -> bool:
        """Whether the account is locked for that address."""
        with self._lock:
            return self._book.is_locked(account, address, time.time())

    def delay(self, address: Address, base: float) -> float:
        """Seconds a refused sign-in waits."""
        with self._lock:
            return self._book.delay(address, base, time.time())

    def failed(self, failure: Failure) -> None:
        """A sign-in failed, or a session ended for wrong commands; bans follow from it."""
        with self._lock:
            self._failures.append(failure)
            made = self._book.note(failure)
        self._announce(made)

    # For people.

    def failures_of(self, account: str, most: int) -> tuple[Failure, ...]:
        """The latest failed sign-ins to an account, newest first."""
        with self._lock:
            failures = list(self._failures)
        found = (failure for failure in reversed(failures) if failure.account == account)
        return tuple(islice(found, most))

    def ban_of(self, address: Address) -> BanView | None:
        """The ban that keeps the address out now."""
        with self._lock:
            return self._book.is_banned(address, time.time())

    def bans(self) -> tuple[BanView, ...]:
        """Bans and locks in force, newest first."""
        with self._lock:
            return self._book.bans(time.time())

    def ban(self, address: str, seconds: float | None, why: str) -> BanView:
        """Keep an address, range or network out; ValueError says what is wrong with it."""
        with self._lock:
            made = self._book.ban(address, seconds, why, time.time())
        self._announce((made,))
        return made

    def unban(self, address: str) -> bool:
        """Lift a ban or lock at once; False when there is none of that name."""
        with self._lock:
            lifted = self._book.unban(address)
            self.bans_changed = self.bans_changed or lifted
        if lifted:
            self._hub.emit(BanLifted(address=address, by_hand=True))
        return lifted

    def replay(self, settings: Bans) -> tuple[BanView, ...]:
        """The bans that the recorded failures would have led to under other settings."""
        with self._lock:
            failures = list(self._failures)
        return BanBook.replay(failures, settings, self._own)

    def meters(self) -> tuple[MeterView, ...]:
        """All limits and their use now."""
        with self._lock:
            return self._flow.meters(time.monotonic())

    def rule_uses(self) -> tuple[RuleUse, ...]:
        """How often rules decided."""
        with self._lock:
            uses = [(key, *use) for key, use in self._uses.items()]
        return tuple(_rule_use(key, matches, last) for key, matches, last in uses)

    def refusals(self) -> tuple[Refusal, ...]:
        """The latest refused connections, newest first."""
        with self._lock:
            return self._refusals.latest()

    def refused_lately(self) -> tuple[Refusals, ...]:
        """How many connections each listener refused within the last hour, and why."""
        with self._lock:
            return self._refusals.hour.counts(time.time())

    @property
    def refused(self) -> int:
        """How many connections were refused since the start."""
        return self._refusals.count

    @property
    def refused_by(self) -> Mapping[RefusalReason, int]:
        """The same by reason."""
        return self._refusals.by_reason

    def limits_for(
        self, listener: str, address: Address, decision: Decision
    ) -> tuple[tuple[MeterView, ...], RefusalReason | None, str]:
        """The limits for an address now, and which of them would keep it out, in words."""
        with self._lock:
            meters, refusal = self._flow.limits_for(
                listener, peer_of(address), decision, time.monotonic()
            )
        if refusal is None:
            return meters, None, ""
        return meters, refusal.reason, refusal.words

    def limits_of(self, ticket: Pass, listener: str) -> tuple[MeterView, ...]:
        """The limits that hold for somebody who is in; none at a listener that was removed."""
        try:
            return self.limits_for(listener, ticket.address, ticket.decision)[0]
        except KeyError:
            return ()

    # Housekeeping.

    def sweep(self) -> None:
        """Once a second: tell what was only counted, and let go of bans whose time is over."""
        now = time.time()
        with self._lock:
            self._refusals.sweep(now)
            lifted = self._book.expire(now)
            self.bans_changed = self.bans_changed or bool(lifted)
        for ban in lifted:
            self._hub.emit(BanLifted(address=ban.address, by_hand=False))

    def remember(self, rows: Iterable[Mapping[str, object]], failures: Iterable[Failure]) -> int:
        """Take up bans and failures of an earlier run; gives how many rows were unreadable."""
        with self._lock:
            self._failures.extend(failures)
            return self._book.from_rows(rows)

    def to_remember(self) -> tuple[list[dict[str, object]], list[Failure]]:
        """What shall survive a restart; says that all changes are known to the caller."""
        with self._lock:
            self.bans_changed = False
            return [dict(row) for row in self._book.to_rows()], list(self._failures)

    def _turn_away(self, host: str, refusal: Refusal) -> TurnedAway:
        self._refusals.note(host, refusal)
        return TurnedAway(refusal.reason)

    def _announce(self, made: Iterable[BanView]) -> None:
        for ban in made:
            self.bans_changed = True
            self._hub.emit(AddressBanned(ban=ban))
            if ban.kind is not BanKind.ACCOUNT:
                self.on_ban()


def _rule_use(key: str, matches: int, last: float) -> RuleUse:
    """A rule's key is its list, action and address, and ``#2`` for a row that says the same."""
    place, _, row = key.partition(": ")
    action, _, address = row.partition(" ")
    return RuleUse(place, action, address.partition(" #")[0], matches, last)
