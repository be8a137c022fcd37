"""Garbage is looked for thoroughly only while nothing happens."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.bridge.event_pump import EventPump
from app.bridge.tidying import Tidying
from server_core.events.ring import Batch
from server_core.events.types import Noticed
from tests.app.test_event_pump import Source


class Circle:
    """Garbage that only a thorough look finds once it is old."""

    found = 0

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        Circle.found += 1


@pytest.fixture
def pump(qtbot: QtBot) -> EventPump:
    return EventPump(Source())


@pytest.fixture
def tidying(pump: EventPump) -> Iterator[Tidying]:
    tidying = Tidying(pump)
    yield tidying
    tidying.stop()


def test_python_makes_no_thorough_look_by_itself(tidying: Tidying) -> None:
    assert min(gc.get_threshold()[1:]) > 100_000


def test_a_quiet_moment_is_used(tidying: Tidying) -> None:
    Circle()
    before = Circle.found
    assert tidying.look()
    assert Circle.found == before + 1


def test_a_busy_moment_is_not(tidying: Tidying, pump: EventPump) -> None:
    pump.batch.emit(Batch([Noticed(text="busy")]))
    assert not tidying.look()


def test_a_server_that_is_never_quiet_is_looked_through_after_ten_minutes(
    tidying: Tidying, pump: EventPump
) -> None:
    tidying._looked -= 601
    pump.batch.emit(Batch([Noticed(text="busy")]))
    assert tidying.look()
    assert not tidying.look()


def test_what_python_did_before_comes_back(pump: EventPump) -> None:
    before = gc.get_threshold()
    Tidying(pump).stop()
    assert gc.get_threshold() == before
