"""Who is kept out for a while, and why: addresses that guess, accounts that are guessed at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from server_core.config.admission import HIGHEST_PRIORITY, Bans, Verdict
from server_core.config.networks import Network
from server_core.events.views import BanKind, BanView
from server_core.policy.access_rules import AccessTable, Rule
from server_core.policy.ban_records import Ban, Offence, Row, is_offence, offence_of_row
from server_core.policy.failures import Failure, FailureWindows, evidence, summary
from server_core.policy.peers import Address, network_text, peer_network, peer_of

LONGEST_DELAY = 8.0
MOST_BANS = 10_000
_DELAYS = 5  # half a second has doubled to the longest delay by then
_MOST_DOUBLINGS = 30
_LONGEST_NAME = 100
_LOOPBACK = (Network.parse("127.0.0.0/8"), Network.parse("::1"))

Key = TypeVar("Key")
Value = TypeVar("Value")


class BanBook:
    """Bans of addresses and networks, locks of accounts. Its owner holds one lock around it.

    ``now`` is seconds since the epoch. Trusted networks, ``own`` addresses of this computer and
    loopback are never counted, banned or delayed.
    """

    def __init__(self, settings: Bans, own: Iterable[Network] = ()) -> None:
        self._own = (*_LOOPBACK, *own)
        self._automatic: OrderedDict[Address, Ban] = OrderedDict()  # by peer
        self._manual: dict[Network, Ban] = {}
        self._manual_table = _table(())
        self._locks: OrderedDict[str, Ban] = OrderedDict()  # by account
        # By peer, remembered beyond the ban.
        self._offences: OrderedDict[Address, Offence] = OrderedDict()
        self._by_peer: FailureWindows[Address] = FailureWindows()
        self._by_account: FailureWindows[str] = FailureWindows()
        self.configure(settings)

    def configure(self, settings: Bans) -> None:
        """Count by other settings from now on; bans in force stay."""
        self._settings = settings
        trusted = [Network.parse(text) for text in settings.trusted]
        self._trusted = _table((network, 0.0) for network in (*self._own, *trusted))

    def is_trusted(self, address: Address) -> bool:
        """Whether the address is never counted, banned or delayed."""
        return self._trusted.decide(address, 0.0) is not None

    def failure(
        self, address: Address, account: str, listener: str, password_mark: bytes, now: float
    ) -> tuple[BanView, ...]:
        """Note a failed sign-in; gives the bans and locks it leads to."""
        return self.note(Failure(now, address, listener, account[:_LONGEST_NAME], password_mark))

    def wrong_commands(self, address: Address, listener: str, now: float) -> tuple[BanView, ...]:
        """Note a session ended for wrong commands; gives the ban it leads to."""
        return self.note(Failure(now, address, listener, wrong_commands=True))

    def note(self, failure: Failure) -> tuple[BanView, ...]:
        """Note what went wrong; gives the bans and locks it leads to."""
        settings = self._settings
        if failure.wrong_commands and not settings.count_wrong_commands:
            return ()
        if self.is_trusted(failure.address) or self._find(failure.address, failure.time):
            return ()
        made = (self._note_peer(failure), self._note_account(failure))
        return tuple(ban.view() for ban in made if ban is not None)

    def is_banned(self, address: Address, now: float) -> BanView | None:
        """The ban that keeps the address out."""
        ban = self._find(address, now)
        return None if ban is None else ban.view()

    def turn_away(self, address: Address, now: float) -> BanView | None:
        """The ban that keeps a connection of this address out, which counts it."""
        ban = self._find(address, now)
        if ban is None:
            return None
        ban.blocked += 1
        return ban.view()

    def is_locked(self, account: str, address: Address, now: float) -> bool:
        """Whether nobody may sign in to the account from there."""
        lock = self._locks.get(account[:_LONGEST_NAME])
        return lock is not None and not lock.is_over(now) and not self.is_trusted(address)

    def delay(self, address: Address, base: float, now: float) -> float:
        """Seconds to wait before a failed sign-in is answered: from ``base``, doubling."""
        if self.is_trusted(address):
            return 0.0
        failed = len(self._by_peer.recent(peer_of(address), now, self._settings.window))
        longest = max(base, LONGEST_DELAY)
        return min(base * 2.0 ** min(max(failed - 1, 0), _MOST_DOUBLINGS), longest)

    def ban(self, address: str, seconds: float | None, why: str, now: float) -> BanView:
        """Keep an address, range or network out; None is for ever. Again: from now on anew.

        ValueError says what is wrong with the address.
        """
        network = Network.parse(address)
        first, last = (network.version, network.first), (network.version, network.last)
        if self.is_trusted(first) and self.is_trusted(last):
            whole = network_text(network)
            if any(own.covers(first) and own.covers(last) for own in self._own):
                raise ValueError(f"{whole} is this computer itself, which is never banned")
            raise ValueError(
                f"{whole} is trusted and never banned; take it from the trusted networks first"
            )
        until = 0.0 if seconds is None else now + seconds
        ban = Ban(network_text(network), network, BanKind.MANUAL, why, now, until)
        before = self._manual.get(network)
        if before is None and network == peer_network(first):
            before = self._automatic.pop(peer_of(first), None)
        if before is not None and not before.is_over(now):
            ban.since, ban.evidence = before.since, before.evidence
            ban.times, ban.blocked = before.times, before.blocked
        self._manual[network] = ban
        self._compile_manual()
        return ban.view()

    def unban(self, address: str) -> bool:
        """Lift the ban of this address or network, or the lock of this account; False: no such.

        What led to it is forgotten as well.
        """
        if self._locks.pop(address, None) is not None:
            self._by_account.forget(address)
            return True
        try:
            network = Network.parse(address)
        except ValueError:
            return False
        first = (network.version, network.first)
        lifted = self._manual.pop(network, None)
        if lifted is not None:
            self._compile_manual()
        if network in (peer_network(first), Network(*first, network.first)):
            lifted = self._automatic.pop(peer_of(first), None) or lifted
            self._by_peer.forget(peer_of(first))
            self._offences.pop(peer_of(first), None)
        return lifted is not None

    def expire(self, now: float) -> tuple[BanView, ...]:
        """Take away what is over; gives it."""
        lifted = [
            *_take_ended(self._automatic, now),
            *_take_ended(self._locks, now),
            *(manual := _take_ended(self._manual, now)),
        ]
        if manual:
            self._compile_manual()
        for peer, offence in list(self._offences.items()):
            if offence.until + self._settings.longest <= now:
                del self._offences[peer]
        return tuple(ban.view() for ban in lifted)

    def bans(self, now: float) -> tuple[BanView, ...]:
        """Bans and locks in force, newest first."""
        found = [*self._automatic.values(), *self._manual.values(), *self._locks.values()]
        found.sort(key=lambda ban: ban.since, reverse=True)
        return tuple(ban.view() for ban in found if not ban.is_over(now))

    @property
    def remembered(self) -> int:
        """How many peers and accounts have failures that may still count."""
        return len(self._by_peer) + len(self._by_account)

    def to_rows(self) -> list[Row]:
        """Everything that shall survive a restart, as plain values."""
        found = (*self._automatic.values(), *self._manual.values(), *self._locks.values())
        return [
            *(ban.row() for ban in found),
            *(offence.row() for offence in self._offences.values()),
        ]

    def from_rows(self, rows: Iterable[Mapping[str, object]]) -> int:
        """Take up what ``to_rows`` gave; gives the number of rows nobody can understand."""
        damaged = 0
        for row in rows:
            try:
                if is_offence(row):
                    peer, offence = offence_of_row(row)
                    _put(self._offences, peer, offence)
                else:
                    self._restore(Ban.of_row(row))
            except ValueError:
                damaged += 1
        self._compile_manual()
        return damaged

    @classmethod
    def replay(
        cls, failures: Iterable[Failure], settings: Bans, own: Iterable[Network] = ()
    ) -> tuple[BanView, ...]:
        """The bans and locks these failures would have led to under other settings."""
        book = cls(settings, own)
        made: list[BanView] = []
        for failure in sorted(failures, key=lambda failure: failure.time):
            made.extend(book.note(failure))
        return tuple(made)

    def _find(self, address: Address, now: float) -> Ban | None:
        ban = self._automatic.get(peer_of(address))
        if ban is None or ban.is_over(now):
            rule = self._manual_table.decide(address, now)
            ban = None if rule is None else self._manual[rule.network]
        return None if ban is None or self.is_trusted(address) else ban

    def _note_peer(self, failure: Failure) -> Ban | None:
        settings, peer = self._settings, peer_of(failure.address)
        failures = self._count(self._by_peer, peer, failure, settings.window, settings.failures)
        if not settings.enabled or len(failures) < settings.failures:
            return None
        now = failure.time
        past = self._offences.get(peer)
        times = 1 if past is None or past.until + settings.longest <= now else past.times + 1
        seconds = settings.duration * 2 ** min(times - 1, _MOST_DOUBLINGS)
        until = now + min(seconds, settings.longest)
        network, why, shown = peer_network(peer), summary(failures), evidence(failures)
        address = network_text(network)
        ban = Ban(address, network, BanKind.AUTOMATIC, why, now, until, shown, times)
        _put(self._automatic, peer, ban)
        _put(self._offences, peer, Offence(address, times, until))
        self._by_peer.forget(peer)
        return ban

    def _note_account(self, failure: Failure) -> Ban | None:
        settings, account, now = self._settings, failure.account, failure.time
        lock = self._locks.get(account)
        if not account or not settings.account_failures or (lock and not lock.is_over(now)):
            return None
        failures = self._count(
            self._by_account, account, failure, settings.account_window, settings.account_failures
        )
        if len(failures) < settings.account_failures:
            return None
        why, until = summary(failures), now + settings.account_duration
        lock = Ban(account, None, BanKind.ACCOUNT, why, now, until, evidence(failures))
        _put(self._locks, account, lock)
        self._by_account.forget(account)
        return lock

    def _count(
        self, windows: FailureWindows[Key], key: Key, failure: Failure, window: int, enough: int
    ) -> Sequence[Failure]:
        """The failures that count, this one with them; none when it repeats one of them."""
        if not self._settings.count_same_password:
            recent = windows.recent(key, failure.time, window)
            if any(failure.repeats(other) for other in recent):
                return ()
        return windows.add(key, failure, window, max(enough, _DELAYS))

    def _restore(self, ban: Ban) -> None:
        if ban.network is None:
            _put(self._locks, ban.address, ban)
        elif ban.kind is BanKind.MANUAL:
            self._manual[ban.network] = ban
        else:
            _put(self._automatic, peer_of((ban.network.version, ban.network.first)), ban)

    def _compile_manual(self) -> None:
        self._manual_table = _table((network, ban.until) for network, ban in self._manual.items())


def _table(networks: Iterable[tuple[Network, float]]) -> AccessTable:
    """Networks with the moments until which they count, 0.0 for ever."""
    return AccessTable(
        Rule(Verdict.DENY, network, HIGHEST_PRIORITY, until or None, "")
        for network, until in networks
    )


def _put(kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    """Keep one more, as the newest; who guesses from very many addresses pushes out the oldest."""
    kept.pop(key, None)
    while len(kept) >= MOST_BANS:
        kept.popitem(last=False)
    kept[key] = value


def _take_ended(kept: dict[Key, Ban], now: float) -> list[Ban]:
    """Take away the bans that are over."""
    return [kept.pop(key) for key in [key for key, ban in kept.items() if ban.is_over(now)]]
