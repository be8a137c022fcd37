"""Who may have a maildrop open: sessions, the lock, and sign-ins that come too soon."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.config.account_terms import USUAL, AccountTerms
from server_core.config.model import Config
from server_core.events.reasons import UseReason
from server_core.policy.maildrop_use import MaildropUse, Occupied, Refusal, UseLimits

ANN, BOB = "ann@example.com", "bob@example.com"
TOO_MANY = Refusal(UseReason.TOO_MANY)
EXCLUSIVE = Refusal(UseReason.EXCLUSIVE)


@dataclass(eq=False)
class Session:
    """Somebody whose last sign of life was at ``heard``; None while it may not be taken from."""

    heard: float | None = 0.0

    def silence(self, now: float) -> float:
        return 0.0 if self.heard is None else now - self.heard


def enter(use: MaildropUse, now: float = 0.0, terms: AccountTerms = USUAL) -> object:
    return use.enter(ANN, terms, Session(), now)


def test_the_limits_are_the_configurations() -> None:
    assert UseLimits.wanted_by(Config()) == UseLimits(
        connections=16, delay=0, padding=3, exclusive=False, takeover_after=60
    )


# --- sessions of one account ----------------------------------------------------------------------


def test_one_session_more_than_the_limit_is_refused_and_one_that_leaves_makes_room() -> None:
    use = MaildropUse(UseLimits(connections=2))
    first = Session()
    assert use.enter(ANN, USUAL, first, 0.0) is None
    assert enter(use) is None
    assert enter(use) == TOO_MANY
    assert use.enter(BOB, USUAL, Session(), 0.0) is None
    use.leave(ANN, first)
    assert enter(use) is None
    assert enter(use) == TOO_MANY


def test_zero_sessions_means_any_number() -> None:
    use = MaildropUse(UseLimits(connections=0))
    assert [enter(use) for _ in range(3_000)] == [None] * 3_000


@pytest.mark.parametrize(("own", "room"), [(1, 1), (3, 3), (0, 50), (None, 2)])
def test_an_account_can_have_a_limit_of_its_own(own: int | None, room: int) -> None:
    use = MaildropUse(UseLimits(connections=2))
    terms = AccountTerms(connections=own)
    assert [enter(use, terms=terms) for _ in range(50)].count(None) == room


def test_nothing_is_kept_of_accounts_that_nobody_reads() -> None:
    use = MaildropUse(UseLimits(connections=2))
    sessions = [Session() for _ in range(2)]
    for session in sessions:
        assert use.enter(ANN, USUAL, session, 0.0) is None
    for session in sessions:
        use.leave(ANN, session)
    assert not use._open and not use._due


# --- one session at a time ------------------------------------------------------------------------


def test_with_the_lock_a_second_session_is_refused_until_the_first_has_left() -> None:
    use = MaildropUse(UseLimits(connections=16, exclusive=True))
    holder = Session()
    assert use.enter(ANN, USUAL, holder, 0.0) is None
    assert enter(use, now=1e6) == EXCLUSIVE
    use.leave(ANN, holder)
    assert enter(use) is None


@pytest.mark.parametrize(
    ("silent", "after", "given"),
    [(59.999, 60, False), (60.0, 60, True), (1e6, 60, True), (1e6, 0, False)],
)
def test_a_session_silent_for_long_enough_gives_way(silent: float, after: int, given: bool) -> None:
    use = MaildropUse(UseLimits(exclusive=True, takeover_after=after))
    holder = Session(heard=0.0)
    assert use.enter(ANN, USUAL, holder, 0.0) is None
    assert enter(use, now=silent) == (Occupied(holder) if given else EXCLUSIVE)
    assert use.may_take_over(holder, silent) is given


def test_nobody_takes_over_from_a_session_that_is_busy() -> None:
    use = MaildropUse(UseLimits(exclusive=True, takeover_after=60))
    assert use.enter(ANN, USUAL, Session(heard=None), 0.0) is None
    assert enter(use, now=1e6) == EXCLUSIVE


def test_being_told_who_is_in_the_way_gives_nothing_yet() -> None:
    use = MaildropUse(UseLimits(exclusive=True, takeover_after=60, delay=10))
    holder = Session()
    assert use.enter(ANN, USUAL, holder, 0.0) is None
    assert [enter(use, now=100) for _ in range(9)] == [Occupied(holder)] * 9
    use.leave(ANN, holder)
    assert enter(use, now=100) is None


def test_where_the_lock_came_later_all_earlier_sessions_have_to_be_silent() -> None:
    use = MaildropUse(UseLimits(connections=16))
    sessions = [Session(heard=0.0), Session(heard=50.0)]
    for session in sessions:
        assert use.enter(ANN, USUAL, session, 50.0) is None
    use.limits = UseLimits(exclusive=True, takeover_after=60)
    assert enter(use, now=100) == EXCLUSIVE
    for _ in sessions:
        occupied = enter(use, now=110)
        assert isinstance(occupied, Occupied)
        use.leave(ANN, occupied.holder)
    assert enter(use, now=110) is None


# --- too soon -------------------------------------------------------------------------------------


def times_let_in(use: MaildropUse, *times: float, terms: AccountTerms = USUAL) -> list[bool]:
    return [enter(use, now, terms) is None for now in times]


def test_without_padding_the_delay_is_exact() -> None:
    use = MaildropUse(UseLimits(delay=60))
    assert times_let_in(use, 0, 0, 59.999, 60, 119.999, 120) == [1, 0, 0, 1, 0, 1]


def test_somebody_too_early_is_told_how_long_to_wait() -> None:
    use = MaildropUse(UseLimits(delay=60))
    enter(use, 0)
    assert enter(use, 45) == Refusal(UseReason.TOO_SOON, 15)
    assert enter(use, 45) == Refusal(UseReason.TOO_SOON, 15), "asking in vain costs nothing"


def test_quick_sign_ins_are_forgiven_and_regained_with_time() -> None:
    use = MaildropUse(UseLimits(delay=60, padding=3))
    assert times_let_in(use, 0, 1, 2, 3, 4) == [1, 1, 1, 1, 0]
    assert times_let_in(use, 59.9, 60, 61, 119.9, 120) == [0, 1, 0, 0, 1]
    assert times_let_in(use, 240, 240, 241) == [1, 1, 0], "two were regained in two delays"
    assert times_let_in(use, 9_999, 9_999, 9_999, 9_999, 9_999) == [1, 1, 1, 1, 0]


@pytest.mark.parametrize(("own", "let_in"), [(None, False), (0, True), (10, True), (100, False)])
def test_an_account_can_have_a_delay_of_its_own(own: int | None, let_in: bool) -> None:
    use = MaildropUse(UseLimits(delay=60))
    assert times_let_in(use, 0, 30, terms=AccountTerms(delay=own)) == [True, let_in]


def test_a_shorter_delay_counts_for_those_who_wait_already() -> None:
    use = MaildropUse(UseLimits(delay=86_400, padding=2))
    times_let_in(use, 0, 0, 0)
    use.limits = UseLimits(delay=10)
    assert times_let_in(use, 1, 10.999, 11, 12) == [0, 0, 1, 0]


def test_a_maildrop_that_could_not_be_opened_was_no_sign_in() -> None:
    use = MaildropUse(UseLimits(connections=1, delay=60))
    session = Session()
    assert use.enter(ANN, USUAL, session, 0.0) is None
    use.withdraw(ANN, USUAL, session)
    assert enter(use, 1.0) is None


def test_a_refusal_for_the_crowd_is_no_sign_in() -> None:
    use = MaildropUse(UseLimits(connections=1, delay=60))
    holder = Session()
    use.enter(ANN, USUAL, holder, 0.0)
    assert enter(use, 60.0) == TOO_MANY
    use.leave(ANN, holder)
    assert enter(use, 60.0) is None


def test_what_is_remembered_of_sign_ins_is_no_more_than_the_accounts_that_wait() -> None:
    use = MaildropUse(UseLimits(delay=10))
    for second in range(5_000):
        assert use.enter(f"{second}@example.com", USUAL, Session(), float(second)) is None
    assert len(use._due) <= 22


@given(
    st.integers(1, 50),
    st.integers(0, 4),
    st.lists(st.integers(0, 20), max_size=60),
)
def test_in_any_span_there_are_no_more_sign_ins_than_delays_and_padding(
    delay: int, padding: int, pauses: list[int]
) -> None:
    use = MaildropUse(UseLimits(delay=delay, padding=padding))
    now, let_in = 0, []
    for pause in pauses:
        now += pause
        if enter(use, now) is None:
            let_in.append(now)
    for first, start in enumerate(let_in):
        for last, end in enumerate(let_in[first:], first):
            assert last - first <= padding + (end - start) // delay
