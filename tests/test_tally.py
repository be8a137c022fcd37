"""Counters in steps of seconds, minutes and hours, and what of them outlives a run."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from server_core.events.log_views import Span
from server_core.events.views import Counters
from server_core.tally import Tally

NOON = datetime(2026, 3, 14, 12, 0).timestamp()


def totals(connections: int, sent: int = 0) -> Counters:
    return Counters(connections=connections, sent_octets=sent)


def test_what_happened_is_added_up_in_steps() -> None:
    tally = Tally()
    for second in range(120):
        tally.take(NOON + second, totals(second + 1, 10 * (second + 1)), sessions=second % 7)
    seconds, minutes = tally.series(Span.SECONDS), tally.series(Span.MINUTES)
    assert [sample.done.connections for sample in seconds] == [1] * 120
    assert [(x.time, x.step, x.sessions) for x in minutes] == [(NOON, 60, 6), (NOON + 60, 60, 6)]
    assert [x.done.sent_octets for x in minutes] == [600, 600]
    (hour,) = tally.series(Span.HOURS)
    assert hour.done == tally.today == totals(120, 1200)


def test_every_series_has_an_end() -> None:
    tally = Tally()
    for hour in range(800):
        tally.take(NOON + 3600 * hour, totals(hour), 0)
    lengths = [len(tally.series(span)) for span in Span]
    assert lengths == [300, 800, 720]
    assert tally.series(Span.HOURS)[-1].time == NOON + 3600 * 799


def test_a_server_that_starts_anew_counts_on() -> None:
    tally = Tally()
    tally.take(NOON, totals(5), 0)
    tally.take(NOON + 1, totals(2), 0)
    assert tally.today == totals(7)


def test_a_new_day_begins_at_zero() -> None:
    tally = Tally()
    tally.take(NOON, totals(5), 0)
    tally.take(NOON + 13 * 3600, totals(6), 0)
    assert tally.today == totals(1)


def test_today_minutes_and_hours_outlive_a_restart(tmp_path: Path) -> None:
    first, second = Tally(), Tally()
    first.take(NOON, totals(5, 100), 3)
    first.save(tmp_path / "counters.json")
    second.load(tmp_path / "counters.json")
    second.take(NOON + 61, totals(2, 1), 1)
    assert second.today == totals(7, 101)
    assert [x.done.connections for x in second.series(Span.MINUTES)] == [5, 2]
    assert [x.done.connections for x in second.series(Span.HOURS)] == [7]
    assert len(second.series(Span.SECONDS)) == 1


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"day": 1, "today": 2}', "\0"])
def test_a_file_nobody_can_read_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "counters.json").write_text(text)
    tally = Tally()
    tally.load(tmp_path / "counters.json")
    tally.take(NOON, totals(1), 0)
    assert tally.today == totals(1)
