"""A session is no more work than was agreed, and whoever makes it more is told what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.work.command import no_counting_because
from tests.work.measures import MEASURES, Measure
from tests.work.verdict import Verdict, read, verdicts, write

each_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)


@each_measure
def test_a_session_is_no_more_work_than_agreed(
    measure: Measure, tmp_path: Path, counted: list[Verdict]
) -> None:
    obstacle = no_counting_because(measure)
    if obstacle.endswith("not installed") and os.environ.get("CI"):
        pytest.fail(obstacle)
    if obstacle:
        pytest.skip(obstacle)
    found = verdicts(
        measure.name,
        measure.unit,
        read()[measure.name],
        measure.count(tmp_path),
    )
    counted += found
    too_much = [str(verdict) for verdict in found if verdict.is_too_much]
    assert not too_much, "\n".join(too_much)


@each_measure
def test_every_scenario_has_its_baseline(measure: Measure) -> None:
    wanted = [name for scenario in measure.scenarios for name in scenario.names()]
    assert list(read()[measure.name]) == wanted


def test_baselines_are_read_as_they_were_written(tmp_path: Path) -> None:
    baselines = {"system calls": {"poll": 41.5, "poll under TLS": 83.25}, "calls": {"poll": 1.0}}
    write(baselines, tmp_path / "baselines.toml")
    assert read(tmp_path / "baselines.toml") == baselines


def test_more_than_a_tenth_more_is_too_much_and_says_what_to_do() -> None:
    (much,) = verdicts("calls", "calls", {"poll": 1000.0}, {"poll": 1101.0})
    assert much.is_too_much
    assert str(much) == (
        "calls, poll: 1101.0 calls a session, baseline 1000.0 (+10.1%): more than 10% above;"
        " if that is meant, type: python3 dev.py guard --renew"
    )


def test_up_to_a_tenth_more_or_less_is_let_pass() -> None:
    found = verdicts("calls", "calls", {"a": 1000.0, "b": 1000.0}, {"a": 1099.0, "b": 901.0})
    assert not any(verdict.is_too_much or verdict.is_much_less for verdict in found)


def test_much_less_fails_nothing_and_asks_for_a_lower_baseline() -> None:
    (less,) = verdicts("calls", "calls", {"poll": 1000.0}, {"poll": 800.0})
    assert not less.is_too_much
    assert "lower the baseline: python3 dev.py guard --renew" in str(less)
