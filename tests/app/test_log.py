"""The log: what a filter shows, what memory keeps, what is lost and said."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.dashboard.log_filter import LogFilter, parse_words
from app.dashboard.log_model import LatestLines, LogModel
from app.dashboard.log_rows import LogRow, log_row, lost_row
from server_core.config.log import Category
from server_core.events.protocol import ProtocolLine
from server_core.events.types import Event, Level
from tests.app.happenings import batch, closed, opened, refused, signed_in


def line(session: int, text: str) -> ProtocolLine:
    """A line of a conversation."""
    return ProtocolLine(session=session, listener="office", peer="p", received=True, line=text)


def events(session: int) -> tuple[Event, ...]:
    """One session from beginning to end."""
    return (opened(session), refused(session), signed_in(session), closed(session))


ROWS = [
    log_row(number, event)
    for number, event in enumerate(e for session in range(1, 9) for e in events(session))
]


def fits(row: LogRow, wanted: LogFilter) -> bool:
    """What a filter means, said in the plainest way."""
    must, must_not = parse_words(wanted.words)
    text = f"{row.text}\n{row.user}\n{row.peer}\n{row.listener}".lower()
    return (
        int(row.level) <= int(wanted.level)
        and (wanted.category is None or row.category == wanted.category)
        and wanted.session in (0, row.session)
        and wanted.account.strip().lower() in row.user.lower()
        and wanted.address.strip().lower() in row.peer.lower()
        and all(word in text for word in must)
        and not any(word in text for word in must_not)
    )


@given(
    st.builds(
        LogFilter,
        words=st.sampled_from(["", "ann", "-closing", '"new connection" -x', "invalid", "-", '"']),
        level=st.sampled_from(list(Level)),
        category=st.sampled_from([None, *Category]),
        session=st.integers(0, 9),
        account=st.sampled_from(["", " ANN", "nobody"]),
        address=st.sampled_from(["", "192.0.2", "::1"]),
    )
)
def test_a_filter_shows_exactly_the_rows_that_fit(wanted: LogFilter) -> None:
    assert wanted.select(ROWS) == [row for row in ROWS if fits(row, wanted)]


@pytest.mark.parametrize(
    ("typed", "wanted", "unwanted"),
    [
        ("", [], []),
        ("Ann -Bob", ["ann"], ["bob"]),
        ('"log in" -"signed off"', ["log in"], ["signed off"]),
        ('"open phrase', ["open phrase"], []),
        ("- a", ["a"], []),
    ],
)
def test_words_are_read_as_typed(typed: str, wanted: list[str], unwanted: list[str]) -> None:
    assert parse_words(typed) == (wanted, unwanted)


@pytest.fixture
def model(qtbot: QtBot) -> LogModel:
    made = LogModel(capacity=50)
    mode = QAbstractItemModelTester.FailureReportingMode.Fatal
    made.setProperty("tester", QAbstractItemModelTester(made, mode))
    return made


def test_a_batch_is_inserted_at_once(model: LogModel) -> None:
    calls: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _, first, last: calls.append((first, last)))
    model.take(batch(*events(1), *events(2)))
    assert calls == [(0, 7)]


def test_memory_keeps_the_newest_lines_whatever_is_shown(model: LogModel) -> None:
    model.set_filter(LogFilter(level=Level.ERROR))
    for session in range(1, 40):
        model.take(batch(*events(session)))
    assert model.kept == 50
    assert [row.session for row in model.rows] == list(range(28, 40))
    model.set_filter(LogFilter())
    assert len(model.rows) == 50


def test_a_pause_loses_nothing(model: LogModel) -> None:
    model.take(batch(*events(1)))
    model.set_paused(True)
    model.take(batch(*events(2)))
    assert (len(model.rows), model.waiting) == (4, 4)
    model.set_paused(False)
    assert [row.session for row in model.rows] == [1] * 4 + [2] * 4


def test_a_pause_longer_than_memory_goes_on_with_what_is_kept(model: LogModel) -> None:
    model.take(batch(*events(1)))
    model.set_paused(True)
    for session in range(2, 60):
        model.take(batch(*events(session)))
    model.set_paused(False)
    assert len(model.rows) == 50 and model.rows[-1].session == 59


def test_what_was_lost_is_a_line_that_no_filter_hides(model: LogModel) -> None:
    model.set_filter(LogFilter(level=Level.CRITICAL, words="nothing like it"))
    model.take(batch(opened(1), dropped=1204))
    assert [row.lost for row in model.rows] == [1204]
    assert "1" in model.rows[0].text and "204" in model.rows[0].text


def test_protocol_lines_are_kept_only_while_they_are_asked_for(model: LogModel) -> None:
    model.take(batch(line(1, "STAT")))
    model.records_protocol = True
    model.take(batch(line(1, "LIST")))
    model.set_filter(LogFilter(level=Level.PROTOCOL))
    assert [row.text for row in model.rows] == ["<< LIST"]


def test_a_hundred_thousand_lines_are_filtered_in_time(qtbot: QtBot) -> None:
    model = LogModel()
    for start in range(1, 25_001, 500):
        model.take(batch(*(e for session in range(start, start + 500) for e in events(session))))
    assert model.kept == 100_000
    began = time.perf_counter()
    model.set_filter(LogFilter(words='ann -"new connection"', address="192.0.2"))
    assert len(model.rows) == 75_000
    assert time.perf_counter() - began < 0.3


def test_the_latest_lines_are_the_newest_facts_newest_on_top(qtbot: QtBot) -> None:
    latest = LatestLines(5)
    mode = QAbstractItemModelTester.FailureReportingMode.Fatal
    latest.setProperty("tester", QAbstractItemModelTester(latest, mode))
    latest.take([opened(1), line(1, "STAT"), signed_in(1)])
    assert [row.text[:7] for row in latest.rows] == ["account", "new con"]
    latest.take([opened(2), opened(3), opened(4), opened(5)])
    latest.take([])
    assert [row.session for row in latest.rows] == [5, 4, 3, 2, 1]
    assert sorted(row.serial for row in latest.rows) == [1, 2, 3, 4, 5]


def test_a_lost_line_has_a_place_in_time() -> None:
    assert lost_row(1, 5.0, 3).time == 5.0
