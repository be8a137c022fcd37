"""Sessions and history follow the events, as Qt's own model tester demands."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QAbstractItemModel, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.dashboard import leaving_rows
from app.dashboard.history_model import HistoryModel, LatestModel, history_columns
from app.dashboard.leaving_rows import LeavingRows
from app.dashboard.session_model import SessionModel, opened_view
from app.dashboard.shown_rows import MOST_HELD, ShownRows
from app.dashboard.source_rows import CAPACITY, FAINTEST
from app.look import motion
from server_core.events.past import closed_session
from server_core.events.reasons import CloseReason
from server_core.events.types import Event, SessionsProgressed
from server_core.events.views import SessionState
from tests.app.happenings import batch, closed, opened, refused, secured, signed_in


def watched(model: QAbstractItemModel) -> QAbstractItemModelTester:
    """Qt's tester; a model that breaks a rule of Qt ends the test."""
    return QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)


@pytest.fixture
def model(qtbot: QtBot) -> SessionModel:
    return SessionModel()


def test_a_session_is_followed_from_its_first_to_its_last_word(model: SessionModel) -> None:
    model.take(batch(opened(1), opened(2)))
    assert [view.state for view in model.rows] == [SessionState.GREETING] * 2
    model.take(batch(secured(1), refused(1), signed_in(1)))
    first = model.rows[0]
    assert (first.user, first.secure, first.errors) == ("ann@example.com", "TLS 1.3", 1)
    assert first.state is SessionState.READING
    model.take(batch(closed(1)))
    assert [view.session for view in model.rows] == [2]


def test_what_opens_and_closes_within_a_batch_never_becomes_a_row(model: SessionModel) -> None:
    told: list[object] = []
    model.changed.connect(lambda: told.append(1))
    model.take(batch(opened(1), signed_in(1), closed(1)))
    assert not told and not model.rows


def test_a_number_that_comes_again_in_a_batch_is_another_session(model: SessionModel) -> None:
    model.take(batch(opened(1)))
    model.take(batch(closed(1), opened(1, time=200.0), signed_in(1)))
    assert [(view.opened, view.user) for view in model.rows] == [(200.0, "ann@example.com")]


def test_progress_of_a_session_that_ended_is_no_news(model: SessionModel) -> None:
    view = opened_view(opened(1))
    model.take(batch(opened(1)))
    model.take(batch(SessionsProgressed(sessions=(replace(view, retrieved=7),))))
    assert model.rows[0].retrieved == 7
    model.take(batch(closed(1), SessionsProgressed(sessions=(view,))))
    assert not model.rows


def test_a_snapshot_does_not_undo_what_came_after_it(model: SessionModel) -> None:
    model.take(batch(opened(1), opened(2)))
    model.expect_snapshot()
    model.take(batch(closed(2), opened(3)))
    model.take_snapshot([opened_view(opened(2)), opened_view(opened(4))])
    assert sorted(view.session for view in model.rows) == [3, 4]


def test_any_order_of_events_ends_with_the_sessions_that_are_open(model: SessionModel) -> None:
    chance = random.Random(7)
    now: set[int] = set()
    number = 0
    for _ in range(60):
        events: list[Event] = []
        for _ in range(chance.randrange(40)):
            if now and chance.random() < 0.5:
                gone = chance.choice(sorted(now))
                now.remove(gone)
                events.append(closed(gone))
            else:
                number += 1
                now.add(number)
                events += [opened(number), signed_in(number)]
        model.take(batch(*events))
        assert {view.session for view in model.rows} == now
        assert all(model.view(view.session) is view for view in model.rows)


@pytest.mark.parametrize(("received", "state"), [(0, "greeting"), (6, "signing in")])
def test_after_a_handshake_it_is_the_servers_turn_or_the_clients(
    model: SessionModel, received: int, state: str
) -> None:
    securing = replace(opened_view(opened(1)), state=SessionState.SECURING)
    model.take(batch(opened(1)))
    model.take_snapshot([replace(securing, received_octets=received)])
    model.take(batch(secured(1)))
    assert model.rows[0].state == state


def test_what_ended_fades_for_a_moment_and_leaves(
    model: SessionModel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = LeavingRows(model)
    model.take(batch(opened(1), opened(2), signed_in(1)))
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    model.take(batch(closed(1)))
    assert [view.session for view in model.rows] == [2]
    open_row, leaving = rows.rows
    assert (leaving.session, leaving.state) == (1, SessionState.CLOSED)
    assert rows.strength(open_row) == rows.strength(leaving) == 1.0
    now += leaving_rows.SECONDS / 2
    assert rows.strength(leaving) == pytest.approx(0.5)
    now += leaving_rows.SECONDS / 2
    qtbot.waitUntil(lambda: rows.rows == [open_row])


def test_a_busy_server_does_not_fill_the_list_with_what_ended(model: SessionModel) -> None:
    rows = LeavingRows(model)
    many = range(1, leaving_rows.MOST + 9)
    model.take(batch(*map(opened, many)))
    model.take(batch(*map(closed, many)))
    assert [view.session for view in rows.rows] == [*many][-leaving_rows.MOST :]


def test_nothing_fades_where_the_system_is_asked_for_rest(
    model: SessionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motion, "allowed", lambda: False)
    rows = LeavingRows(model)
    model.take(batch(opened(1)))
    model.take(batch(closed(1)))
    assert rows.rows == []


def test_history_is_newest_first_and_bounded(qtbot: QtBot) -> None:
    history = HistoryModel()
    for start in range(0, 1_400, 200):
        history.take(batch(*(closed(session) for session in range(start, start + 200))))
    assert len(history.rows) == CAPACITY
    assert [row.session for row in history.rows[:2]] == [1_399, 1_398]


def test_the_top_of_history_is_known_before_all_of_it_is(qtbot: QtBot) -> None:
    history = HistoryModel()
    history.take_snapshot([closed_session(closed(2)), closed_session(closed(1))])
    history.take(batch(closed(2), closed(3), closed(4)))
    assert [row.session for row in history.newest(3)] == [4, 3, 2] and history.newest(0) == []
    assert [row.session for row in history.rows] == [4, 3, 2, 1]
    assert history.newest(3) == history.rows[:3]


def test_history_takes_a_session_once_even_if_the_snapshot_knew_it(qtbot: QtBot) -> None:
    history = HistoryModel()
    history.take_snapshot([closed_session(closed(5))])
    history.take(batch(closed(5), closed(6)))
    assert [row.session for row in history.rows] == [6, 5]


def test_however_a_session_ended_its_row_has_a_mark_and_words(qtbot: QtBot) -> None:
    history = HistoryModel()
    history.take(
        batch(
            *(replace(closed(number), reason=reason) for number, reason in enumerate(CloseReason))
        )
    )
    column = next(c for c in history_columns() if c.mark is not None)
    for row in history.rows:
        assert column.mark is not None and column.mark(row) and column.text(row)


def test_the_latest_sessions_are_open_ones_then_ended_ones(qtbot: QtBot) -> None:
    sessions, history = SessionModel(), HistoryModel()
    latest = LatestModel(sessions, history)
    tester = watched(latest)
    history.take(batch(*(closed(session) for session in range(20))))
    sessions.take(batch(opened(30), opened(31, time=200.0)))
    latest.refresh()
    assert [view.session for view in latest.rows][:4] == [31, 30, 19, 18]
    assert len(latest.rows) == 10
    assert tester.model() is latest


def test_rows_are_found_by_any_of_their_words_and_move_only_when_told(model: SessionModel) -> None:
    rows = ShownRows(model, lambda view: (view.session, view.opened))
    tester = watched(rows)
    rows.sort(1)
    model.take(batch(opened(1), signed_in(1, "zoe@example.com")))
    rows.follow()
    model.take(batch(opened(2), signed_in(2, "ann@example.com")))
    rows.follow()
    kept = QPersistentModelIndex(rows.index(0, 1))
    assert [row.user for row in rows.rows] == ["zoe@example.com", "ann@example.com"]
    rows.settle()
    assert [row.user for row in rows.rows] == ["ann@example.com", "zoe@example.com"]
    assert (kept.row(), kept.data()) == (1, "zoe@example.com")
    rows.look_for("ZOE office")
    assert [row.session for row in rows.rows] == [1] and rows.place_of(1) == 0
    assert tester.model() is rows


def test_of_several_sessions_of_a_number_the_latest_is_meant_or_that_of_a_moment(
    qtbot: QtBot,
) -> None:
    history = HistoryModel()
    for opening, user in ((100.0, "ann"), (500.0, "zoe"), (300.0, "ben")):
        history.take(batch(replace(closed(7, user=user), opened=opening, time=opening + 9)))
    rows = ShownRows(history, lambda row: (row.session, row.opened))
    rows.sort(1)
    assert [row.user for row in rows.rows] == ["ann", "ben", "zoe"]
    assert rows.rows[rows.place_of(7)].user == "zoe"
    assert rows.rows[rows.place_of(7, 301.0)].user == "ben"
    assert rows.place_of(8) == -1


def test_shown_rows_are_those_of_the_source_whatever_happens(model: SessionModel) -> None:
    rows = ShownRows(model, lambda view: (view.session, view.opened))
    tester = watched(rows)
    chance = random.Random(11)
    rows.sort(13, Qt.SortOrder.DescendingOrder)
    for step in range(40):
        known = [view.session for view in model.rows]
        gone = chance.sample(known, chance.randrange(len(known) + 1))
        fresh = range(1_000 * step, 1_000 * step + chance.randrange(9))
        model.take(batch(*map(closed, gone), *map(opened, fresh)))
        settled = chance.random() < 0.5
        rows.settle() if settled else rows.follow()
        there = {row.session for row in rows.rows}
        held = there - {view.session for view in model.rows}
        assert there >= {view.session for view in model.rows}
        assert len(held) <= (0 if settled else MOST_HELD)
    rows.settle()
    numbers = [row.session for row in rows.rows]
    assert numbers == sorted(numbers, reverse=True)
    assert tester.model() is rows


def test_what_is_gone_stays_where_it_was_and_faint_until_rows_may_move(
    model: SessionModel,
) -> None:
    rows = ShownRows(model, lambda view: (view.session, view.opened))
    tester = watched(rows)
    model.take(batch(*(opened(session) for session in range(MOST_HELD + 9))))
    rows.settle()
    model.take(batch(closed(1), opened(100)))
    rows.follow()
    assert [row.session for row in rows.rows[:3]] == [0, 1, 2] and rows.rows[-1].session == 100
    assert [rows.strength(place) for place in range(3)] == [1.0, FAINTEST, 1.0]
    model.take(batch(*(closed(session) for session in range(2, MOST_HELD + 9))))
    rows.follow()
    assert [row.session for row in rows.rows] == [*range(MOST_HELD + 1), 100]
    rows.settle()
    assert [row.session for row in rows.rows] == [0, 100]
    assert rows.strength(1) == 1.0 and tester.model() is rows


def test_however_many_sessions_come_and_go_a_view_hears_of_it_once(model: SessionModel) -> None:
    rows = ShownRows(model, lambda view: (view.session, view.opened))
    rows.sort(13, Qt.SortOrder.DescendingOrder)
    model.take(batch(*(opened(session) for session in range(40))))
    rows.settle()
    selected = QPersistentModelIndex(rows.index(rows.place_of(7), 0))
    heard: list[str] = []
    rows.rowsInserted.connect(lambda *_: heard.append("inserted"))
    rows.layoutChanged.connect(lambda *_: heard.append("moved"))
    rows.rowsRemoved.connect(lambda *_: heard.append("removed"))
    model.take(batch(*(closed(session) for session in range(0, 40, 2)), opened(50), opened(60)))
    rows.settle()
    assert heard == ["inserted", "moved", "removed"]
    assert selected.isValid() and rows.rows[selected.row()].session == 7
    assert [row.session for row in rows.rows[:3]] == [60, 50, 39]


def test_groups_stand_under_headings_that_cannot_be_selected(model: SessionModel) -> None:
    rows = ShownRows(model, lambda view: (view.session, view.opened))
    tester = watched(rows)
    model.take(batch(opened(1), signed_in(1, "zoe@example.com"), opened(2), signed_in(2)))
    model.take(batch(opened(3), signed_in(3), opened(4)))
    rows.sort(13, Qt.SortOrder.DescendingOrder)
    rows.group_by(lambda view: view.user or "nobody")
    shown = [rows.heading(place) or str(row.session) for place, row in enumerate(rows.rows)]
    assert shown == [
        *("ann@example.com  (2)", "3", "2"),
        *("nobody  (1)", "4"),
        *("zoe@example.com  (1)", "1"),
    ]
    selectable = [bool(rows.index(n, 0).flags() & Qt.ItemFlag.ItemIsSelectable) for n in range(3)]
    assert selectable == [False, True, True]
    model.take(batch(closed(3), closed(1)))
    rows.settle()
    assert [rows.heading(n) for n in (0, 2)] == ["ann@example.com  (1)", "nobody  (1)"]
    rows.group_by(None)
    assert [row.session for row in rows.rows] == [4, 2]
    assert tester.model() is rows


def test_frozen_rows_stay_whatever_happens_and_can_still_be_filtered(model: SessionModel) -> None:
    rows = ShownRows(model, lambda view: (view.session, view.opened))
    tester = watched(rows)
    model.take(batch(opened(1), opened(2)))
    rows.freeze(frozen=True)
    model.take(batch(closed(1), opened(3)))
    rows.settle()
    assert [row.session for row in rows.rows] == [1, 2]
    rows.look_for("", lambda view: view.session == 1)
    assert [row.session for row in rows.rows] == [1]
    rows.freeze(frozen=False)
    rows.look_for("")
    assert {row.session for row in rows.rows} == {2, 3}
    assert tester.model() is rows


def test_speed_is_what_was_sent_within_the_last_second(model: SessionModel) -> None:
    view = opened_view(opened(1))
    model.take(batch(opened(1)))
    model.tick()
    model.take(batch(SessionsProgressed(sessions=(replace(view, sent_octets=5_000),))))
    model.tick()
    assert model.speed(view) == 5_000
    model.tick()
    assert model.speed(view) == 0
