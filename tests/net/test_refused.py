"""Refusals of the last hour, by listener and reason."""

from __future__ import annotations

from server_core.events.reasons import RefusalReason, Scope
from server_core.events.views import Refusal, Refusals
from server_core.net.refused import LastHour

DENIED, BANNED = RefusalReason.RULE_DENIED, RefusalReason.BANNED


def refusal(time: float, listener: str = "office", reason: RefusalReason = DENIED) -> Refusal:
    return Refusal(time, "192.0.2.1:4000", listener, reason, Scope.SERVICE, "", 1)


def test_refusals_are_counted_for_each_listener_and_reason() -> None:
    hour = LastHour()
    for each in (refusal(0), refusal(59), refusal(60, reason=BANNED), refusal(61, "branch")):
        hour.note(each)
    assert set(hour.counts(100)) == {
        Refusals("office", DENIED, 2),
        Refusals("office", BANNED, 1),
        Refusals("branch", DENIED, 1),
    }


def test_what_is_older_than_an_hour_no_longer_counts() -> None:
    hour = LastHour()
    hour.note(refusal(59))
    hour.note(refusal(60))
    assert hour.counts(3_599) == (Refusals("office", DENIED, 2),)
    assert hour.counts(3_600) == (Refusals("office", DENIED, 1),)
    assert hour.counts(3_660) == ()


def test_a_flood_for_days_keeps_no_more_than_the_hour() -> None:
    hour = LastHour()
    for minute in range(5_000):
        hour.note(refusal(minute * 60))
    assert hour.counts(4_999 * 60) == (Refusals("office", DENIED, 60),)
