"""The log: what a filter shows, what memory keeps, what is lost and said."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.dashboard.latest_lines import LatestLines
from app.dashboard.log_filter import Condition, LogFilter, parse_words
from app.dashboard.log_model import FIRST_PIECE, FLOOD, LogModel
from app.dashboard.log_rows import LogRow, log_row, lost_row
from server_core.config.log import Category
from server_core.events.log_views import LoggedLine
from server_core.events.protocol import ProtocolLine
from server_core.events.ring import Batch
from server_core.events.types import Event, Level, SignedIn
from tests.app.happenings import batch, closed, opened, refused, signed_in


def line(session: int, text: str) -> ProtocolLine:
    """A line of a conversation."""
    return ProtocolLine(session=session, listener="office", peer="p", received=True, line=text)


def events(session: int) -> tuple[Event, ...]:
    """One session from beginning to end."""
    failed = refused(session, f"ann{session}@example.com")
    return (opened(session), failed, signed_in(session), closed(session))


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
        and (not wanted.categories or row.category in wanted.categories)
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
        categories=st.sampled_from([(), *((one,) for one in Category), (*Category,)]),
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


def test_lines_that_come_quickly_are_shown_together_and_none_is_lost(qtbot: QtBot) -> None:
    model = LogModel(capacity=50, pace=20)
    model.take(batch(*events(1)))
    assert len(model.rows) == 4, "the first ones are shown at once"
    for session in range(2, 5):
        model.take(batch(*events(session)))
    assert len(model.rows) == 4 and model.kept == 16
    qtbot.waitUntil(lambda: len(model.rows) == 16)
    model.take(batch(*events(5)))
    model.take(batch(*events(6)))
    model.set_paused(True)
    assert [row.session for row in model.rows[::4]] == [1, 2, 3, 4, 5, 6], "came before the pause"
    model.set_paused(False)
    model.take(batch(*events(7)))
    model.take(batch(*events(8)))
    model.set_filter(LogFilter(level=Level.ERROR))
    model.set_filter(LogFilter())
    model.show_now()
    assert [row.session for row in model.rows[::4]] == [*range(1, 9)]


def test_a_flood_is_shown_half_as_often(qtbot: QtBot) -> None:
    model, shown = LogModel(pace=50), list[float]()
    model.rowsInserted.connect(lambda: shown.append(time.perf_counter()))
    model.take(batch(*(event for session in range(FLOOD) for event in events(session))))
    model.take(batch(*events(FLOOD)))
    qtbot.waitUntil(lambda: len(shown) == 2)
    first, second = shown
    assert second - first > 0.09


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


def holding(sessions: int) -> LogModel:
    """A model with four lines of each session."""
    model = LogModel()
    for start in range(1, sessions + 1, 500):
        model.take(batch(*(e for session in range(start, start + 500) for e in events(session))))
    return model


def test_a_hundred_thousand_lines_are_filtered_in_time(qtbot: QtBot) -> None:
    model = holding(25_000)
    assert model.kept == 100_000
    # The time this thread was at work: others on the machine do not make it longer.
    began = time.thread_time()
    model.set_filter(LogFilter(words='ann -"new connection"', address="192.0.2"))
    model.look_through()
    spent = time.thread_time() - began
    assert sum(row.times for row in model.rows) == 75_000
    assert spent < 0.3


def test_the_newest_lines_that_fit_are_there_at_once_and_the_others_follow(qtbot: QtBot) -> None:
    model = holding(5_000)
    model.set_filter(LogFilter(words="invalid"))
    assert model.rows[-1].session == 5_000 and model.searching
    assert sum(row.times for row in model.rows) == FIRST_PIECE // 4
    with qtbot.wait_signal(model.searched):
        pass
    assert sum(row.times for row in model.rows) == 5_000 and not model.searching


def test_another_filter_ends_the_search_for_the_one_before(qtbot: QtBot) -> None:
    model = holding(5_000)
    model.set_filter(LogFilter(words="invalid"))
    model.set_filter(LogFilter(words='"new connection"'))
    model.look_through()
    assert {row.event for row in model.rows} == {"SessionOpened"}
    assert sum(row.times for row in model.rows) == 5_000


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
    pointed = QPersistentModelIndex(latest.index(0, 0))
    latest.take([opened(6), opened(7)])
    assert len(latest.rows) == 5 and latest.rows[pointed.row()].session == 5


def test_a_lost_line_has_a_place_in_time() -> None:
    assert lost_row(1, 5.0, 3).time == 5.0


def test_lines_that_repeat_each_other_are_one_row(model: LogModel) -> None:
    model.take(batch(*(refused(session) for session in range(1, 4))))
    model.take(batch(refused(4), opened(5), refused(6)))
    assert [(row.times, row.session) for row in model.rows] == [(4, 4), (1, 5), (1, 6)]
    assert model.data(model.index(0, 8)).startswith("× 4 ")  # type: ignore[attr-defined]
    model.open_repeats(model.rows[0], opened=True)
    model.take(batch(refused(7)))
    assert [row.session for row in model.rows] == [1, 2, 3, 4, 5, 6, 7]
    model.open_repeats(model.rows[0], opened=False)
    assert [row.times for row in model.rows] == [4, 1, 2]


def test_the_words_of_a_line_are_made_once_and_only_for_those_who_look(
    model: LogModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    words = SignedIn.__str__

    def told(event: SignedIn) -> str:
        made.append(event.session)
        return words(event)

    monkeypatch.setattr(SignedIn, "__str__", told)
    model.take(batch(*(each for n in range(20) for each in (opened(n), signed_in(n), closed(n)))))
    assert model.kept == len(model.rows) == 50 and not made
    assert "logged in" in model.rows[-2].text and "logged in" in model.rows[-2].haystack
    assert made == [19]


def logged(when: float, session: int, text: str) -> LoggedLine:
    """A line as a log file gives it back."""
    return LoggedLine(when, Level.INFO, "mail", "POP3", session, text, event="SessionOpened")


def test_earlier_lines_come_first_and_none_twice(model: LogModel) -> None:
    model.take(batch(opened(7, time=100.75), signed_in(7)))
    text = model.rows[0].text
    lines = [logged(99.0, 6, "a"), logged(100.0, 7, text), logged(100.0, 7, text)]
    assert model.take_earlier([*lines, logged(101.0, 8, "later")]) == 2
    assert [row.session for row in model.rows] == [6, 7, 7, 7]
    assert [row.read for row in model.rows] == [True, True, False, False]
    assert model.take_earlier(lines) == 0


def test_earlier_lines_have_room_of_their_own_that_ends(model: LogModel) -> None:
    def later(*numbers: int) -> Batch:
        return batch(*(opened(n, peer=f"p:{n}", time=1_000.0 + n) for n in numbers))

    model.take(later(*range(1, 51)))
    model.take_earlier([logged(float(n), n, f"line {n}") for n in range(80)])
    state = [(model.kept, model.rows[0].session, model.room_for_earlier)]
    for first in (51, 81):
        model.take(later(*range(first, first + 30)))
        state.append((model.kept, model.rows[0].session, model.room_for_earlier))
    assert state == [(100, 30, False), (100, 60, False), (50, 61, True)]
    assert [row.serial for row in model.rows] == sorted(row.serial for row in model.rows)


def test_a_session_is_told_from_one_of_an_earlier_run_with_its_number(model: LogModel) -> None:
    model.take_earlier([logged(10.0, 7, "begun then")])
    model.take(batch(opened(7), signed_in(7), closed(7)))
    assert model.life_of(7) == (100.0, 117.0)
    assert model.life_of(7, model.rows[0]) == (10.0, 0.0)


@pytest.mark.parametrize(
    ("address", "shown"),
    [("192.0.2.0/24", 2), ("192.0.2.7", 1), ("192.0.2.8-192.0.2.9", 1), ("2001:db8::/32", 1)],
)
def test_an_address_may_be_a_network(address: str, shown: int) -> None:
    peers = ("192.0.2.7:4000", "192.0.2.9:4000", "[2001:db8::7]:4000")
    rows = [log_row(1, opened(1, peer=peer)) for peer in peers]
    assert len(LogFilter(address=address).select(rows)) == shown


def test_only_this_and_not_this() -> None:
    failed = Condition("event", "SignInFailed")
    assert {r.event for r in LogFilter(conditions=(failed,)).select(ROWS)} == {"SignInFailed"}
    both = (failed, Condition("event", "SignedIn"), Condition("session", "3", wanted=False))
    rows = LogFilter(conditions=both).select(ROWS)
    assert len(rows) == 14 and not any(row.session == 3 for row in rows)


def test_from_and_to_are_bounds() -> None:
    rows = LogFilter(since=102.0, until=111.0).select(ROWS)
    assert rows and all(102.0 <= row.time <= 111.0 for row in rows)


def test_an_expression_is_looked_for_in_any_case() -> None:
    rows = LogFilter(words=r"^NEW .*\[192\.", expression=True).select(ROWS)
    assert {row.event for row in rows} == {"SessionOpened"}


def test_a_wrong_expression_says_where_it_is_wrong() -> None:
    wrong = LogFilter(words="ann(", expression=True)
    assert "character 5" in wrong.problem and len(wrong.select(ROWS)) == len(ROWS)
    assert "500" in LogFilter(words="a" * 501, expression=True).problem


def test_an_expression_that_takes_too_long_is_given_up_and_the_log_goes_on(
    model: LogModel,
) -> None:
    told: list[str] = []
    model.gave_up.connect(told.append)
    deep = "(*LIMIT_MATCH=900000000)(a+)+$"
    model.take(batch(*(refused(n, f"{'a' * 60}{n}") for n in range(30))))
    model.set_filter(LogFilter(words=deep, expression=True))
    assert told and not model.filter.expression and len(model.rows) == 30
    model.set_filter(LogFilter(words=deep, expression=True, level=Level.CRITICAL))
    model.set_filter(LogFilter(level=Level.ERROR))
    assert len(model.rows) == 30


@pytest.mark.parametrize("name", ["\u202eevil", "two\nlines", "tab\tnul\0", "\u2028"])
def test_a_hostile_name_stays_one_harmless_line(name: str) -> None:
    row = log_row(1, refused(1, name))
    assert row.text.isprintable() and row.user.isprintable()
