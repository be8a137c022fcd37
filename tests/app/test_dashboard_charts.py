"""Charts against the numbers that a tally was fed: picture, table, sentence, copy."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from itertools import pairwise

import pytest
from PySide6.QtCore import QPersistentModelIndex
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.dashboard.chart_axes import time_marks, value_marks
from app.dashboard.chart_plot import ChartPlot
from app.dashboard.chart_points import Period, Point, periods, points_of, runs_of
from app.dashboard.chart_table import PointsModel, as_text, columns_of
from app.dashboard.charts import Chart, charts, step_time, summary
from app.look.theme import Choice, Theme
from server_core.events.views import Counters
from server_core.tally import Tally

NOON = datetime(2026, 3, 14, 12, 0).timestamp()
CHARTS = {chart.id: chart for chart in charts()}
PERIODS = {period.id: period for period in periods()}
FIVE_MINUTES, DAY = PERIODS["5min"], PERIODS["24h"]


@pytest.fixture
def tally() -> Tally:
    """Two minutes of a server, a pause of a minute, and half a minute more.

    Every tenth second somebody signs in and fetches 1,000 octets, every thirtieth fails to.
    """
    made = Tally()
    for second in [*range(1, 121), *range(181, 211)]:
        totals = Counters(
            connections=second,
            sign_ins=second // 10,
            failed_sign_ins=second // 30,
            sent_octets=second // 10 * 1_000,
            refused=second // 60 * 3,
            refused_by_rule=second // 60 * 2,
            refused_by_ban=second // 60,
        )
        made.take(NOON + second, totals, sessions=5 if second == 40 else 2)
    return made


def drawn(tally: Tally, chart: Chart, period: Period, now: float = NOON + 211) -> list[Point]:
    """The points of a chart over what the tally has."""
    return points_of(tally.series(period.span), chart.lines, chart.add, period, now)


def test_a_chart_has_a_point_for_every_second_that_was_measured(tally: Tally) -> None:
    points = drawn(tally, CHARTS["sign_ins"], FIVE_MINUTES)
    assert len(points) == 150
    assert points[9] == Point(NOON + 10, (1, 0)) and points[29] == Point(NOON + 30, (1, 1))
    assert points[10].values == (0, 0)


def test_while_the_server_did_not_run_there_is_a_gap(tally: Tally) -> None:
    runs = runs_of(drawn(tally, CHARTS["sessions"], FIVE_MINUTES), FIVE_MINUTES.step)
    assert [(run[0].time - NOON, run[-1].time - NOON) for run in runs] == [(1, 120), (181, 210)]


def test_a_second_that_was_looked_at_late_is_no_gap() -> None:
    late = [Point(float(when), (1,)) for when in (1, 2, 4, 5, 8, 12)]
    assert [len(run) for run in runs_of(late, 1)] == [5, 1]
    assert len(runs_of([Point(0.0, (1,)), Point(120.0, (1,))], 60)) == 2


def test_longer_steps_add_up_what_happened_and_keep_the_most_there_was(tally: Tally) -> None:
    (sign_ins,) = drawn(tally, CHARTS["sign_ins"], DAY)
    assert sign_ins == Point(NOON, (21, 7))
    (sessions,) = drawn(tally, CHARTS["sessions"], DAY)
    assert sessions == Point(NOON, (5,))


def test_what_is_older_than_the_period_is_left_out(tally: Tally) -> None:
    points = drawn(tally, CHARTS["sessions"], FIVE_MINUTES, now=NOON + 400)
    assert points[0].time == NOON + 100


def test_the_sentence_says_the_numbers_of_the_chart(tally: Tally) -> None:
    def said(name: str) -> str:
        return summary(CHARTS[name], FIVE_MINUTES, drawn(tally, CHARTS[name], FIVE_MINUTES))

    stopped = " The server did not run all of this time."
    assert said("sessions") == "Last 5 minutes: 2 now, at most 5 at once (12:00:40)." + stopped
    # What happened while nobody measured is in the first second after it.
    assert said("sign_ins") == (
        "Last 5 minutes: succeeded 21, failed 7; most in a second: 8 (12:03:01)." + stopped
    )
    assert "bytes out 21.0 KB; most in a second: 6.0 KB" in said("sent")
    assert "by a rule 6, by a limit 0, by a ban 3" in said("refused")


def test_a_step_of_long_ago_is_not_called_now() -> None:
    points = [Point(NOON, (8,)), Point(NOON + 600, (4,))]
    said = summary(CHARTS["sessions"], DAY, points)
    assert said.startswith("Last 24 hours: at most 8 at once (") and "now" not in said


def test_sessions_between_two_looks_are_not_denied() -> None:
    said = summary(CHARTS["sessions"], FIVE_MINUTES, [Point(NOON, (0,))])
    assert said == "Last 5 minutes: nobody was connected when it was counted, once a second."


def test_the_sentence_says_so_when_there_is_nothing() -> None:
    quiet = [Point(NOON, (0, 0, 0))]
    refused = CHARTS["refused"]
    assert summary(refused, DAY, quiet) == "Last 24 hours: no connection was refused."
    assert summary(refused, DAY, []) == "Last 24 hours: nothing has been measured yet."


def test_the_table_has_the_numbers_newest_on_top_and_rows_stay_the_rows_they_are(
    tally: Tally,
) -> None:
    chart = CHARTS["sign_ins"]
    model = PointsModel(chart, FIVE_MINUTES)
    points = drawn(tally, chart, FIVE_MINUTES)
    model.take(points[:40])
    shown = [[model.index(row, column).data() for column in range(3)] for row in (0, 10, 11)]
    assert shown == [
        ["12:00:40", "1", "0"],
        ["12:00:30", "1", "1"],
        ["12:00:29", "0", "0"],
    ]
    selected = QPersistentModelIndex(model.index(10, 0))
    assert model.take(points[5:45]) == 5
    assert selected.row() == 15 and selected.data() == "12:00:30"
    assert len(model.rows) == 40 and model.rows[-1] == points[5]


def test_the_table_of_a_longer_period_names_the_day() -> None:
    assert step_time(NOON, DAY) == "12:00"
    assert step_time(NOON, PERIODS["7d"]).startswith("Sat 14 Mar")
    titles = [column.title for column in columns_of(CHARTS["refused"], DAY)]
    assert titles == ["Time", "By a rule", "By a limit", "By a ban"]


@pytest.mark.parametrize("separator", ["\t", ","])
def test_copied_numbers_are_plain_and_read_back(tally: Tally, separator: str) -> None:
    chart = CHARTS["sent"]
    points = drawn(tally, chart, FIVE_MINUTES)
    rows = list(csv.reader(io.StringIO(as_text(chart, points, separator)), delimiter=separator))
    assert rows[0] == ["Time", "Bytes out"] and len(rows) == 151
    assert datetime.fromisoformat(rows[10][0]).timestamp() == NOON + 10
    assert sum(int(row[1]) for row in rows[1:]) == 21_000


@pytest.mark.parametrize("highest", [0, 1, 4, 5, 9, 17, 99, 100, 101, 12_345, 98_765_432])
def test_the_scale_has_few_round_numbers_and_room_for_all(highest: int) -> None:
    marks = value_marks(highest)
    assert marks[0] == 0 and marks[-1] >= highest and 3 <= len(marks) <= 5
    assert len({after - before for before, after in pairwise(marks)}) == 1


@pytest.mark.parametrize("period", periods(), ids=lambda period: period.id)
def test_every_period_has_some_round_times(period: Period) -> None:
    marks = time_marks(period, NOON + 17)
    assert 4 <= len(marks) <= 8
    assert all(NOON + 17 - period.seconds <= when <= NOON + 17 for when, _ in marks)
    assert len({words for _, words in marks}) == len(marks)


@pytest.mark.parametrize("choice", [Choice.LIGHT, Choice.DARK])
def test_a_line_is_painted_where_its_numbers_are_and_not_in_the_gap(
    qtbot: QtBot, tally: Tally, choice: Choice
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme = Theme(application, choice)
    plot = ChartPlot(theme, CHARTS["sessions"])
    qtbot.addWidget(plot)
    plot.resize(600, 180)
    plot.show_points(drawn(tally, CHARTS["sessions"], FIVE_MINUTES), FIVE_MINUTES, NOON + 211)
    picture = plot.grab().toImage()
    ratio = picture.devicePixelRatio()

    def inked(second: float) -> bool:
        x = round(plot.x_of(NOON + second) * ratio)
        accent = theme.color("accent")
        column = (picture.pixelColor(x, y) for y in range(round(150 * ratio)))
        return any(
            abs(ink.red() - accent.red())
            + abs(ink.green() - accent.green())
            + abs(ink.blue() - accent.blue())
            < 60
            for ink in column
        )

    assert inked(60) and inked(100)
    assert not inked(150) and not inked(-20)


def test_pointing_at_a_chart_tells_the_numbers_of_that_moment(qtbot: QtBot, tally: Tally) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    plot = ChartPlot(Theme(application), CHARTS["sessions"])
    qtbot.addWidget(plot)
    plot.resize(600, 180)
    assert plot.words_at(300) == ""
    plot.show_points(drawn(tally, CHARTS["sessions"], FIVE_MINUTES), FIVE_MINUTES, NOON + 211)
    assert plot.words_at(plot.x_of(NOON + 40.5)) == "12:00:40\nOpen at once: 5"
