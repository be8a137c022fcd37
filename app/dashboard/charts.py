"""The charts of the Dashboard, once each: their lines, and what they say in one sentence."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.dashboard.chart_points import Add, Line, Period, Point, runs_of
from app.look.words import number, octets, written

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Chart:
    """What one chart shows. ``words`` writes a value, ``nothing`` says that all of it was 0.

    ``add`` joins samples into a longer step: what happened is added up, of what there was at one
    time the most is kept.
    """

    id: str
    title: str
    lines: tuple[Line, ...]
    words: Callable[[int], str]
    nothing: str
    add: Add = operator.add


def charts() -> tuple[Chart, ...]:
    """All charts, in their order."""
    tr = QCoreApplication.translate
    return (
        Chart(
            "sessions",
            tr("Charts", "Sessions"),
            (Line(tr("Charts", "Open at once"), "circle", "accent", lambda x: x.sessions),),
            number,
            tr("Charts", "nobody was connected when it was counted, once a second"),
            max,
        ),
        Chart("sign_ins", tr("Charts", "Sign-ins"), _sign_ins(), number, _no_sign_ins()),
        Chart(
            "sent",
            tr("Charts", "Sent"),
            (Line(tr("Charts", "Bytes out"), "circle", "accent", lambda x: x.done.sent_octets),),
            octets,
            tr("Charts", "nothing was sent"),
        ),
        Chart(
            "refused",
            tr("Charts", "Refused connections"),
            _refusals(),
            number,
            tr("Charts", "no connection was refused"),
        ),
    )


def _sign_ins() -> tuple[Line, ...]:
    tr = QCoreApplication.translate
    return (
        Line(tr("Charts", "Succeeded"), "square", "ok", lambda x: x.done.sign_ins),
        Line(tr("Charts", "Failed"), "triangle", "problem", lambda x: x.done.failed_sign_ins),
    )


def _no_sign_ins() -> str:
    return QCoreApplication.translate("Charts", "nobody signed in or tried to")


def _refusals() -> tuple[Line, ...]:
    tr = QCoreApplication.translate
    return (
        Line(tr("Charts", "By a rule"), "diamond", "accent", lambda x: x.done.refused_by_rule),
        Line(
            tr("Charts", "By a limit"), "triangle", "attention", lambda x: x.done.refused_by_limit
        ),
        Line(tr("Charts", "By a ban"), "square", "problem", lambda x: x.done.refused_by_ban),
    )


def summary(chart: Chart, period: Period, points: Sequence[Point]) -> str:
    """The chart in a sentence or two, for those who do not see it."""
    tr = QCoreApplication.translate
    if not points:
        return tr("Charts", "Last {period}: nothing has been measured yet.").format(
            period=period.title
        )
    said = _most_words(chart, period, points)
    sentence = tr("Charts", "Last {period}: {what}.").format(period=period.title, what=said)
    if len(runs_of(points, period.step)) > 1:
        return sentence + " " + tr("Charts", "The server did not run all of this time.")
    return sentence


def _most_words(chart: Chart, period: Period, points: Sequence[Point]) -> str:
    tr = QCoreApplication.translate
    busiest = max(points, key=lambda point: sum(point.values))
    if not any(busiest.values):
        return chart.nothing
    when = step_time(busiest.time, period)
    if chart.add is max:
        at_most = tr("Charts", "at most {most} at once ({time})").format(
            most=chart.words(busiest.values[0]), time=when
        )
        if period.step > 1:  # the last step holds the most there was in it, not what there is
            return at_most
        now = tr("Charts", "{now} now").format(now=chart.words(points[-1].values[0]))
        return f"{now}, {at_most}"
    most = tr("Charts", "most in {step}: {most} ({time})").format(
        step=period.step_words, most=chart.words(sum(busiest.values)), time=when
    )
    return "; ".join((_total_words(chart, points), most))


def _total_words(chart: Chart, points: Sequence[Point]) -> str:
    totals = [sum(column) for column in zip(*(point.values for point in points), strict=True)]
    return ", ".join(
        f"{line.title.lower()} {chart.words(total)}"
        for line, total in zip(chart.lines, totals, strict=True)
    )


def step_time(when: float, period: Period) -> str:
    """When a step began: the time of day, and the date where a period has several days."""
    from_day = "ddd d MMM " if period.seconds > DAY else ""
    return written(when, from_day + ("HH:mm:ss" if period.step < 60 else "HH:mm"))
