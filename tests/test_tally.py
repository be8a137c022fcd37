"""Counters in steps of seconds, minutes and hours, and what of them outlives a run."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.events.log_views import Sample, Span
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


UNREADABLE = ["", "{}", "[]", '{"day": 1, "today": 2}', "\0", "[" * 100_000]
_SAVED = '{"day": "2026-03-14", "numbers": ["connections"], "today": {"connections": 1}, "series": '
UNSOUND = [
    '{"minutes": [[0, 0, -1]], "hours": []}}',
    '{"minutes": [[0, 0, 1e999]], "hours": []}}',
    '{"minutes": [[NaN, 0, 1]], "hours": []}}',
    '{"minutes": [[60, 0, 1], [0, 0, 1]], "hours": []}}',
    '{"minutes": [[0, 0, 1, 1]], "hours": []}}',
]


@pytest.mark.parametrize("text", [*UNREADABLE, *(_SAVED + rest for rest in UNSOUND)])
def test_a_file_nobody_can_read_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "counters.json").write_text(text)
    tally = Tally()
    tally.load(tmp_path / "counters.json")
    tally.take(NOON, totals(1), 0)
    assert tally.today == totals(1)
    assert len(tally.series(Span.MINUTES)) == 1


def test_numbers_of_another_version_are_told_apart_by_name(tmp_path: Path) -> None:
    (tmp_path / "counters.json").write_text(
        f"{_SAVED.replace('connections', 'unheard_of')}"
        f'{{"minutes": [[{NOON}, 2, 7]], "hours": []}}}}'
    )
    tally = Tally()
    tally.load(tmp_path / "counters.json")
    assert tally.series(Span.MINUTES) == (Sample(NOON, 60, 2, Counters()),)


def test_a_clock_set_back_costs_no_counts_and_no_order() -> None:
    tally = Tally()
    for number, moment in enumerate((0.0, 1.0, 2.0, 3.0, 1.5, 2.5), 1):
        tally.take(NOON + moment, totals(number), sessions=number % 4)
    seconds = tally.series(Span.SECONDS)
    assert [(x.time - NOON, x.done.connections, x.sessions) for x in seconds] == [
        (0, 1, 1),
        (1, 4, 3),
        (2, 1, 2),
    ]


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["count", "count", "count", "lag", "restart"]),
        st.integers(-7_200, 7_200),
        st.integers(0, 1_000),
        st.integers(0, 10**12),
    ),
    max_size=30,
)


@given(moves=MOVES)
def test_sums_lose_nothing_and_no_number_is_negative(
    moves: list[tuple[str, int, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("counters") / "counters.json"
    tally, now = Tally(), NOON
    connections = sent = all_connections = all_sent = 0
    for move, seconds, more_connections, more_sent in moves:
        now += seconds
        if move == "restart":
            tally.save(path)
            tally, connections, sent = Tally(), 0, 0
            tally.load(path)
            continue
        connections, all_connections = (
            connections + more_connections,
            all_connections + more_connections,
        )
        sent, all_sent = sent + more_sent, all_sent + more_sent
        if move == "lag":  # a session that ends is for a moment in neither of two sums
            tally.take(now, totals(connections, max(0, sent - 500)), 1)
        tally.take(now, totals(connections, sent), 1)
        for span in Span:
            samples = tally.series(span)
            assert all(min(asdict(sample.done).values()) >= 0 for sample in samples)
            assert sorted(sample.time for sample in samples) == [x.time for x in samples]
    hours = [sample.done for sample in tally.series(Span.HOURS)]
    assert sum(done.connections for done in hours) == all_connections
    assert sum(done.sent_octets for done in hours) == all_sent
