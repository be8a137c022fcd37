"""Garbage is looked for on the window's thread alone, and thoroughly only while nothing happens."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEventLoop, QObject, QTimer
from pytestqt.qtbot import QtBot

from app.bridge.event_pump import EventPump
from app.bridge.tidying import Tidying
from server_core.events.ring import Batch
from server_core.events.types import Noticed
from tests.app.test_event_pump import Source

SECONDS = 60
MUCH = 20_000

# Says on which threads Python collected while there was an application.
PROGRAM = """
import gc, sys, threading
from PySide6.QtWidgets import QApplication
from app import __main__, bootstrap

threads = set()

def note(phase, info):
    if QApplication.instance() is not None:
        threads.add(threading.current_thread().name)

gc.callbacks.append(note)
gc.set_threshold(50, 1_000_000)
status = __main__.main()
print("collected on", *sorted(threads))
sys.exit(status)
"""


class Circle:
    """Garbage that only a look finds."""

    found = 0

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        Circle.found += 1


class Part(QObject):
    """A part of a window that lies in a circle."""

    def __init__(self) -> None:
        super().__init__()
        self.me = self


def in_a_thread(work: Callable[[], object]) -> None:
    """Have it done by another thread, and wait."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture
def pump(qtbot: QtBot) -> EventPump:
    return EventPump(Source())


@pytest.fixture
def eager(qtbot: QtBot) -> Iterator[None]:
    """Python as keen to collect as it can be, on every thread."""
    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    gc.enable()
    yield
    gc.disable()
    gc.set_threshold(*before)


@pytest.fixture
def tidying(eager: None, pump: EventPump) -> Iterator[Tidying]:
    tidying = Tidying()
    tidying.settle(pump)
    yield tidying
    tidying.stop()


def test_a_part_of_a_window_is_never_destroyed_on_another_thread(tidying: Tidying) -> None:
    ended: list[threading.Thread] = []
    parts = [Part()]
    weakref.finalize(parts[0], lambda: ended.append(threading.current_thread()))

    def let_go() -> None:
        parts.clear()
        assert len([[] for _ in range(MUCH)]) == MUCH

    in_a_thread(let_go)
    assert not ended
    assert tidying.look()
    assert ended == [threading.main_thread()]


def test_the_program_collects_on_its_windows_thread_alone(tmp_path: Path) -> None:
    options = ["--demo", "--home", str(tmp_path / "home")]
    picture = ["--screenshot", "sessions", str(tmp_path / "sessions.png")]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *options, *picture],
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "collected on MainThread"


def test_python_makes_no_look_by_itself(tidying: Tidying) -> None:
    before = Circle.found
    for _ in range(MUCH):
        Circle()
    assert Circle.found == before


def test_much_young_garbage_goes_even_while_the_server_is_busy(
    tidying: Tidying, pump: EventPump, qtbot: QtBot
) -> None:
    pump.batch.emit(Batch([Noticed(text="busy")]))
    before = Circle.found

    def some_is_found() -> bool:
        for _ in range(MUCH):  # Python counts what is new less what went meanwhile
            Circle()
        return Circle.found > before

    qtbot.waitUntil(some_is_found, timeout=SECONDS * 1000)


def test_a_little_young_garbage_may_lie(tidying: Tidying) -> None:
    tidying.look()
    before = Circle.found
    Circle()
    assert not tidying.glance()
    assert Circle.found == before


def test_a_loop_inside_an_event_is_no_moment_to_look(tidying: Tidying) -> None:
    looks: list[bool] = []

    def run(act: Callable[[], object]) -> None:
        loop = QEventLoop()
        QTimer.singleShot(0, act)
        QTimer.singleShot(0, loop.quit)
        loop.exec()

    run(lambda: looks.append(tidying.look()))
    run(lambda: run(lambda: looks.append(tidying.look())))
    assert looks == [True, False]


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


def test_what_python_did_before_comes_back(eager: None, pump: EventPump) -> None:
    before = gc.get_freeze_count()
    tidying = Tidying()
    tidying.settle(pump)
    assert not gc.isenabled() and gc.get_freeze_count() > before
    tidying.stop()
    assert gc.isenabled() and gc.get_freeze_count() <= before


def test_python_does_not_collect_in_a_test_that_may_open_windows(qtbot: QtBot) -> None:
    assert not gc.isenabled()


def test_python_collects_as_ever_in_other_tests() -> None:
    assert gc.isenabled()
