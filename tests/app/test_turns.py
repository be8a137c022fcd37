"""Work in pieces: one in each turn, and what is newer in place of what is left."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from app.bridge.turns import Turns


@pytest.mark.parametrize("apart", [0, 5])
def test_other_work_goes_between_the_pieces(qtbot: QtBot, apart: int) -> None:
    parent = QObject()
    turns, done = Turns(parent, apart), list[str]()

    def piece(name: str) -> None:
        done.append(name)
        QTimer.singleShot(0, parent, partial(done.append, "other"))

    turns.begin(partial(piece, "a"), partial(piece, "b"))
    assert turns.busy and not done
    qtbot.waitUntil(lambda: len(done) == 4)
    assert done == ["a", "other", "b", "other"]
    assert not turns.busy


def test_newer_pieces_take_the_place_of_what_is_left(qtbot: QtBot) -> None:
    parent = QObject()
    turns, done = Turns(parent), list[str]()

    def first() -> None:
        done.append("a")
        turns.begin(partial(done.append, "c"))

    turns.begin(first, partial(done.append, "b"))
    qtbot.waitUntil(lambda: len(done) == 2)
    qtbot.wait(20)
    assert done == ["a", "c"]


@pytest.mark.parametrize("end", ["stop", "nothing"])
def test_nothing_is_done_any_more_once_it_is_stopped(qtbot: QtBot, end: str) -> None:
    parent = QObject()
    turns, done = Turns(parent), list[str]()
    turns.begin(partial(done.append, "a"))
    if end == "stop":
        turns.stop()
    else:
        turns.begin()
    qtbot.wait(20)
    assert not done and not turns.busy
