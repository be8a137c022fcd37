"""Who is kept out for a while: edges, trust, growth, persistence, and a count by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.config.admission import Bans
from server_core.config.networks import Network, parse_address
from server_core.events.views import BanKind, BanView
from server_core.policy.bans import MOST_BANS, BanBook
from server_core.policy.failures import MOST_KEPT, Failure
from server_core.policy.peers import Address, peer_of

STRANGER, OTHER = parse_address("203.0.113.7"), parse_address("203.0.113.8")
THREE = Bans(failures=3, window=60, duration=100, longest=350, account_failures=0)


def fail(
    book: BanBook,
    now: float,
    address: tuple[int, int] = STRANGER,
    *,
    account: str = "ann@example.com",
    password: str = "",
) -> tuple[BanView, ...]:
    """A failed sign-in, with a password never tried before unless one is named."""
    mark = (password or f"guess at {now}").encode()
    return book.failure(address, account, "pop3", mark, now)


def banned(book: BanBook, now: float = 0.0, address: tuple[int, int] = STRANGER) -> BanView:
    for _ in range(2):
        assert fail(book, now, address, account=f"{_}") == ()
    (ban,) = fail(book, now, address)
    return ban


def test_the_last_allowed_failure_leads_to_a_ban_that_says_why() -> None:
    book = BanBook(THREE)
    assert fail(book, 0.0) == ()
    assert fail(book, 30.0, account="bob@example.com") == ()
    assert book.is_banned(STRANGER, 30.0) is None
    made = fail(book, 45.0)
    assert made == (
        BanView(
            "203.0.113.7",
            BanKind.AUTOMATIC,
            "3 failed sign-ins",
            since=45.0,
            until=145.0,
            evidence=(
                "3 failed sign-ins within 45 seconds",
                "accounts tried: ann@example.com (2), bob@example.com (1)",
                "from: 203.0.113.7 (3)",
                "listeners: pop3 (3)",
            ),
        ),
    )
    assert book.is_banned(STRANGER, 45.0) == made[0]
    assert book.is_banned(OTHER, 45.0) is None


def test_a_failure_is_forgotten_at_the_very_moment() -> None:
    in_time, too_late = BanBook(THREE), BanBook(THREE)
    for book, last in ((in_time, 59.5), (too_late, 60.0)):
        fail(book, 0.0)
        fail(book, 1.0)
        assert bool(fail(book, last)) is (book is in_time)


def test_a_ban_ends_at_the_very_moment() -> None:
    book = BanBook(THREE)
    ban = banned(book)
    assert book.is_banned(STRANGER, 99.5)
    assert book.expire(99.5) == ()
    assert book.is_banned(STRANGER, 100.0) is None
    assert book.bans(100.0) == ()
    assert book.expire(100.0) == (ban,)
    assert book.expire(100.0) == ()


def test_each_further_ban_lasts_twice_as_long_up_to_the_longest() -> None:
    book, now, lengths = BanBook(THREE), 0.0, []
    for _ in range(4):
        ban = banned(book, now)
        lengths.append((ban.until - ban.since, ban.count))
        now = ban.until
        book.expire(now)
    assert lengths == [(100, 1), (200, 2), (350, 3), (350, 4)]
    assert banned(book, now + 350).count == 1  # it behaved for as long as the longest ban


def test_a_device_with_an_old_password_is_not_banned_for_repeating_it() -> None:
    book = BanBook(THREE)
    for second in range(50):
        assert fail(book, float(second), password="old") == ()
    strict = BanBook(THREE.model_copy(update={"count_same_password": True}))
    assert [bool(fail(strict, 0.0, password="old")) for _ in range(3)] == [False, False, True]


def test_the_same_password_for_many_accounts_is_guessing() -> None:
    book = BanBook(THREE)
    assert [bool(fail(book, 0.0, account=name, password="x")) for name in "abc"] == [0, 0, 1]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "192.168.1.5", "198.51.100.1"]
)
def test_the_trusted_are_never_counted_banned_or_delayed(address: str) -> None:
    settings = THREE.model_copy(
        update={"trusted": ("192.168.1.0/24",), "account_failures": 3, "count_wrong_commands": True}
    )
    book = BanBook(settings, own=[Network.parse("198.51.100.1")])
    trusted = parse_address(address)
    assert book.is_trusted(trusted)
    for second in range(20):
        assert fail(book, float(second), trusted) == ()
        assert book.wrong_commands(trusted, "pop3", float(second)) == ()
    assert book.delay(trusted, 0.5, 20.0) == 0.0
    assert book.bans(20.0) == ()
    listed = address.startswith("192.168.")
    why = "take it from the trusted networks" if listed else "this computer itself"
    with pytest.raises(ValueError, match=why):
        book.ban(address, None, "", 20.0)
    book.ban("0.0.0.0/0", None, "", 20.0)
    book.ban("::/0", None, "", 20.0)
    assert book.is_banned(trusted, 20.0) is None
    assert book.is_banned(STRANGER, 20.0)


def test_ipv6_is_banned_by_networks_of_64_bits() -> None:
    book = BanBook(THREE)
    fail(book, 0.0, parse_address("2001:db8::1"))
    fail(book, 0.0, parse_address("2001:db8::2"), password="b")
    (ban,) = fail(book, 0.0, parse_address("2001:db8::3"), password="c")
    assert ban.address == "2001:db8::/64"
    assert book.is_banned(parse_address("2001:db8::ffff"), 0.0)
    assert book.is_banned(parse_address("2001:db8:0:1::1"), 0.0) is None
    assert book.unban("2001:db8::7")
    assert book.is_banned(parse_address("2001:db8::ffff"), 0.0) is None


def test_the_delay_doubles_per_address_to_eight_seconds() -> None:
    book = BanBook(THREE.model_copy(update={"failures": 100}))
    delays = []
    for _ in range(7):
        fail(book, 0.0, account=f"{_}")
        delays.append(book.delay(STRANGER, 0.5, 0.0))
    assert delays == [0.5, 1, 2, 4, 8, 8, 8]
    assert book.delay(OTHER, 0.5, 0.0) == 0.5
    assert book.delay(STRANGER, 0.0, 0.0) == 0.0
    assert book.delay(STRANGER, 10.0, 0.0) == 10.0
    assert book.delay(STRANGER, 0.5, 60.0) == 0.5


def test_nothing_is_banned_by_itself_when_that_is_off_but_delays_stay() -> None:
    book = BanBook(THREE.model_copy(update={"enabled": False}))
    for number in range(10):
        assert fail(book, 0.0, account=f"{number}") == ()
    assert book.delay(STRANGER, 0.5, 0.0) == 8.0
    assert book.ban("203.0.113.7", 10, "by hand", 0.0).kind is BanKind.MANUAL


def test_wrong_commands_count_only_when_asked_for() -> None:
    lenient, strict = BanBook(THREE), BanBook(THREE.model_copy(update={"count_wrong_commands": 1}))
    for book in (lenient, strict):
        fail(book, 0.0)
        book.wrong_commands(STRANGER, "pop3", 0.0)
    assert lenient.wrong_commands(STRANGER, "pop3", 0.0) == ()
    (ban,) = strict.wrong_commands(STRANGER, "pop3", 0.0)
    assert ban.why == "1 failed sign-in and 2 sessions full of wrong commands"


def test_an_account_is_locked_for_strangers_only() -> None:
    settings = Bans(
        failures=100,
        account_failures=3,
        account_window=60,
        account_duration=90,
        trusted=("10.0.0.0/8",),
    )
    book = BanBook(settings)
    made = [fail(book, 0.0, parse_address(f"203.0.113.{n}")) for n in range(3)]
    assert made[:2] == [(), ()]
    (lock,) = made[2]
    assert (lock.kind, lock.address, lock.until) == (BanKind.ACCOUNT, "ann@example.com", 90.0)
    assert lock.evidence[2] == "from: 203.0.113.0 (1), 203.0.113.1 (1), 203.0.113.2 (1)"
    assert book.is_locked("ann@example.com", OTHER, 89.5)
    assert not book.is_locked("ann@example.com", OTHER, 90.0)
    assert not book.is_locked("bob@example.com", OTHER, 0.0)
    assert not book.is_locked("ann@example.com", parse_address("10.1.1.1"), 0.0)
    assert book.is_banned(OTHER, 0.0) is None
    assert book.unban("ann@example.com")
    assert not book.is_locked("ann@example.com", OTHER, 0.0)


def test_networks_are_banned_by_hand_for_a_while_or_for_ever() -> None:
    book = BanBook(THREE)
    book.ban("203.0.113.0/24", 50, "noisy", 0.0)
    forever = book.ban("198.51.100.1-198.51.100.9", None, "old foes", 0.0)
    assert forever.until == 0.0
    assert forever.address == "198.51.100.1-198.51.100.9"
    assert book.is_banned(STRANGER, 49.0)
    assert book.is_banned(STRANGER, 50.0) is None
    assert book.is_banned(parse_address("198.51.100.9"), 1e9)
    assert [ban.address for ban in book.expire(50.0)] == ["203.0.113.0/24"]
    assert not book.unban("198.51.100.0/28")
    assert book.unban("198.51.100.1-198.51.100.9")
    assert book.is_banned(parse_address("198.51.100.9"), 1e9) is None
    assert not book.unban("nobody")
    with pytest.raises(ValueError, match="not an IP address"):
        book.ban("nobody", None, "", 0.0)


def test_making_a_ban_permanent_keeps_its_evidence() -> None:
    book = BanBook(THREE)
    automatic = banned(book)
    assert book.turn_away(STRANGER, 10.0)
    ban = book.ban("203.0.113.7", None, "enough", 20.0)
    assert (ban.evidence, ban.since, ban.blocked) == (automatic.evidence, 0.0, 1)
    assert book.bans(1e9) == (ban,)


def test_only_connections_turned_away_are_counted() -> None:
    book = BanBook(THREE)
    banned(book)
    assert book.turn_away(OTHER, 1.0) is None
    book.is_banned(STRANGER, 1.0)
    for _ in range(3):
        assert book.turn_away(STRANGER, 1.0)
    (ban,) = book.bans(1.0)
    assert ban.blocked == 3


def test_who_is_unbanned_begins_anew() -> None:
    book = BanBook(THREE)
    banned(book)
    assert book.unban("203.0.113.7")
    assert not book.unban("203.0.113.7")
    assert book.is_banned(STRANGER, 0.0) is None
    assert book.bans(0.0) == ()
    assert banned(book).count == 1


def test_other_settings_leave_bans_in_force_but_never_for_the_trusted() -> None:
    book = BanBook(THREE)
    banned(book)
    book.configure(THREE.model_copy(update={"failures": 50}))
    assert book.is_banned(STRANGER, 1.0)
    book.configure(THREE.model_copy(update={"trusted": ("203.0.113.0/24",)}))
    assert book.is_banned(STRANGER, 1.0) is None


def test_bans_survive_a_restart_as_plain_rows() -> None:
    book = BanBook(THREE.model_copy(update={"account_failures": 3}))
    banned(book)
    for number in range(3):
        fail(book, 5.0, parse_address(f"2001:db8:{number}::1"))
    book.ban("198.51.100.0/24", None, "old foes", 5.0)
    book.turn_away(STRANGER, 6.0)
    rows = json.loads(json.dumps(book.to_rows()))
    again = BanBook(THREE)
    assert again.from_rows(rows) == 0
    assert again.bans(6.0) == book.bans(6.0)
    assert len(again.bans(6.0)) == 3
    assert again.is_locked("ann@example.com", OTHER, 6.0)
    assert again.is_banned(parse_address("198.51.100.7"), 6.0)
    again.expire(100.0)
    assert banned(again, 100.0).count == 2  # it still knows whom it has met before


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "friendly"},
        {"address": "nowhere"},
        {"since": "yesterday"},
        {"until": float("nan")},
        {"times": float("inf")},
        {"evidence": None},
        {"why": 7},
    ],
)
def test_a_damaged_row_costs_only_itself(change: dict[str, object]) -> None:
    book = BanBook(THREE)
    book.ban("198.51.100.0/24", None, "old foes", 5.0)
    (row,) = book.to_rows()
    again = BanBook(THREE)
    assert again.from_rows([row | change, {}, row]) == 2
    assert again.bans(6.0) == book.bans(6.0)


def test_a_flood_of_addresses_cannot_fill_memory_nor_lift_manual_bans() -> None:
    book = BanBook(THREE.model_copy(update={"failures": 1, "account_failures": 2}))
    book.ban("203.0.113.7", None, "", 0.0)
    for number in range(MOST_KEPT + 10):
        fail(book, 0.0, (4, 2**24 * 11 + number), account=f"{number}")
    assert len(book.bans(0.0)) == MOST_BANS + 1
    assert book.is_banned(STRANGER, 0.0)
    assert book.remembered == MOST_KEPT  # accounts that failed once
    fail(book, 1e6, OTHER)
    assert book.remembered == 1


def test_addresses_that_failed_once_are_kept_up_to_a_bound() -> None:
    book = BanBook(THREE)
    for number in range(MOST_KEPT + 10):
        fail(book, 0.0, (4, 2**24 * 11 + number))
    assert book.remembered == MOST_KEPT


def test_a_replay_tells_what_other_settings_would_have_done() -> None:
    record = [
        Failure(float(t), address, "pop3", "ann@example.com", f"{t}".encode())
        for t in range(0, 300, 20)
        for address in (STRANGER, OTHER)
        if address == STRANGER or t < 60
    ]
    assert BanBook.replay(record, THREE.model_copy(update={"failures": 4})) == ()
    made = BanBook.replay(reversed(record), THREE)
    assert sorted((ban.address, ban.since, ban.until) for ban in made) == [
        ("203.0.113.7", 40.0, 140.0),
        ("203.0.113.7", 180.0, 380.0),
        ("203.0.113.8", 40.0, 140.0),
    ]


# By hand: all failures are kept and counted anew each time.


@dataclass
class ByHand:
    settings: Bans
    failures: list[Failure] = field(default_factory=list)
    cleared: dict[object, int] = field(default_factory=dict)
    bans: dict[Address, tuple[float, int]] = field(default_factory=dict)
    locks: dict[str, float] = field(default_factory=dict)
    skipped: set[int] = field(default_factory=set)

    def banned(self, peer: Address, now: float) -> bool:
        return peer in self.bans and now < self.bans[peer][0]

    def locked(self, account: str, now: float) -> bool:
        return account in self.locks and now < self.locks[account]

    def note(self, failure: Failure) -> None:
        peer, now, settings = peer_of(failure.address), failure.time, self.settings
        if self.banned(peer, now):
            return
        locked = self.locked(failure.account, now)
        self.failures.append(failure)
        if self._enough(("peer", peer), failure, settings.window, settings.failures):
            until, times = self.bans.get(peer, (0.0, 0))
            times = times + 1 if now < until + settings.longest else 1
            length = min(settings.duration * 2 ** (times - 1), settings.longest)
            self.bans[peer] = (now + length, times)
        if locked:
            self.skipped.add(id(failure))
        elif self._enough(
            ("account", failure.account),
            failure,
            settings.account_window,
            settings.account_failures,
        ):
            self.locks[failure.account] = now + settings.account_duration

    def _enough(self, key: tuple[str, object], last: Failure, window: int, most: int) -> bool:
        """Count from the last ban on; of equal passwords within the window one counts."""
        counted: list[Failure] = []
        fresh = False
        for failure in self.failures[self.cleared.get(key, 0) :]:
            about = peer_of(failure.address) if key[0] == "peer" else failure.account
            if about != key[1] or (key[0] == "account" and id(failure) in self.skipped):
                continue
            fresh = self.settings.count_same_password or not any(
                peer_of(other.address) == peer_of(failure.address)
                and other.account == failure.account
                and other.password_mark == failure.password_mark
                and failure.time - other.time < window
                for other in counted
            )
            if fresh:
                counted.append(failure)
        if fresh and sum(last.time - failure.time < window for failure in counted) >= most:
            self.cleared[key] = len(self.failures)
            return True
        return False


settings = st.builds(
    Bans,
    failures=st.integers(1, 4),
    window=st.sampled_from([10, 20]),
    duration=st.sampled_from([10, 15]),
    longest=st.sampled_from([15, 40]),
    count_same_password=st.booleans(),
    account_failures=st.integers(1, 4),
    account_window=st.sampled_from([10, 30]),
    account_duration=st.sampled_from([10, 20]),
)
tries = st.tuples(
    st.sampled_from([0.0, 0.5, 1.0, 5.0, 10.0]),
    st.sampled_from(["203.0.113.7", "203.0.113.8", "2001:db8::1", "2001:db8::2"]),
    st.sampled_from(["ann", "bob"]),
    st.sampled_from([b"1", b"2", b"3"]),
)


@given(settings, st.lists(tries, max_size=40), st.booleans())
def test_bans_and_locks_are_those_of_a_count_by_hand(
    chosen: Bans, todo: list[tuple[float, str, str, bytes]], tidy: bool
) -> None:
    book, hand, now = BanBook(chosen), ByHand(chosen), 0.0
    for wait, host, account, mark in todo:
        now += wait
        if tidy:
            book.expire(now)
        address = parse_address(host)
        book.failure(address, account, "pop3", mark, now)
        hand.note(Failure(now, address, "pop3", account, mark))
        for peer in {peer_of(address), *hand.bans}:
            ban = book.is_banned(peer, now)
            assert (ban is not None) is hand.banned(peer, now)
            if ban is not None:
                assert (ban.until, ban.count) == hand.bans[peer]
        for name in ("ann", "bob"):
            assert book.is_locked(name, address, now) is hand.locked(name, now)
