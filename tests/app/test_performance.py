"""The Performance page: threads are a setting of the draft, figures follow the real pool."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from app.bridge.loop_delay import Delay
from app.look.marks import StateLabel
from app.panels.performance import PerformancePage
from app.panels.performance_meters import (
    SECONDS_KEPT,
    Meter,
    Minute,
    advice,
    delay_state,
    wait_text,
)
from server_core.config.listening import Threads
from server_core.config.schema import settings_of
from server_core.events.views import WorkersView
from tests.app.desk import Desk, child, nameless, working_desk

CALM = Delay(p50=0.4, p99=3.0, worst=12.0)


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


def opened(desk: Desk, qtbot: QtBot, delay: Delay = CALM) -> PerformancePage:
    page = PerformancePage(desk.services, lambda: delay)
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    page.refresh()
    return page


def view(*, most: int = 3, maximum: int = 20) -> WorkersView:
    return WorkersView(
        minimum=2,
        maximum=maximum,
        threads=5,
        busy=1,
        queued=0,
        longest_wait=0.0,
        most_busy=most,
    )


async def test_both_thread_settings_are_on_the_page_and_edit_the_draft(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    assert list(page.threads.form.names()) == [one.name for one in settings_of(Threads)]
    assert nameless(page) == []
    child(page, QSpinBox, "pop3.threads.maximum").setValue(40)
    assert desk.services.keeper.draft.edits == {"pop3.threads.maximum": 40}
    assert desk.service.workers().maximum == 20
    await desk.services.keeper.apply()
    assert desk.service.workers().maximum == 40
    page.look()
    assert "40 at most" in child(page, Meter, "workers.busy").accessibleName()


async def test_what_is_kept_in_memory_is_set_here_too(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    child(page, QSpinBox, "storage.cached_mailboxes").setValue(512)
    assert desk.services.keeper.draft.edits == {"storage.cached_mailboxes": 512}
    page.show_target("storage.remember_sign_ins")
    await desk.until(child(page, QSpinBox, "storage.remember_sign_ins").hasFocus)


async def test_a_peak_below_the_start_is_said_at_its_field(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    child(page, QSpinBox, "pop3.threads.maximum").setValue(1)
    message = child(page, QWidget, "pop3.threads.maximum.message")
    assert "less than the threads at start" in message.accessibleName()


async def test_work_and_its_queue_are_seen_while_they_last(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    keeper, go_on = desk.services.keeper, threading.Event()
    keeper.set("pop3.threads.minimum", 1)
    keeper.set("pop3.threads.maximum", 1)
    await keeper.apply()
    jobs = [desk.service._opened().workers.submit(go_on.wait, 10) for _ in range(5)]
    try:
        # The thread that is one too many may take a job before it goes.
        await desk.until(jobs[0].running)
        page.look()
        assert int(child(page, Meter, "workers.busy").figure()) >= 1
        assert int(child(page, Meter, "workers.queued").figure()) >= 3
    finally:
        go_on.set()
    for job in jobs:
        job.result(timeout=5)
    queued = child(page, Meter, "workers.queued")

    def is_empty() -> bool:
        page.look()
        return queued.figure() == "0"

    await desk.until(is_empty)


async def test_loops_are_named_and_the_delay_is_said_in_words(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    assert child(page, QLabel, "workers.loop").text().startswith(desk.service.status().session_loop)
    assert child(page, StateLabel, "workers.delay_words").text().startswith("Smooth")
    late = opened(desk, qtbot, Delay(p50=4.0, p99=250.0, worst=900.0))
    assert child(late, StateLabel, "workers.delay_words").text().startswith("Long pauses")


async def test_a_server_that_is_stopped_has_no_figures(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    await desk.service.stop(grace=0)
    page.look()
    assert child(page, Meter, "workers.busy").figure() == "–"
    assert "does not run" in child(page, StateLabel, "workers.advice").text()


async def test_an_idle_timeout_leads_to_its_listener(desk: Desk, qtbot: QtBot) -> None:
    page, gone = opened(desk, qtbot), []
    desk.services.window.going.connect(lambda *place: gone.append(place))
    child(page, QPushButton, "workers.timeout.local").click()
    assert gone == [("listeners", "local.idle_timeout")]
    desk.services.keeper.set("pop3.listeners.local.name", "office")
    await desk.services.keeper.apply()
    child(page, QPushButton, "workers.timeout.office").click()
    assert gone[1:] == [("listeners", "office.idle_timeout")]


def test_the_advice_says_whether_there_are_enough_threads() -> None:
    assert advice(view(), 0.0) == (
        "circle",
        "ok",
        "The busiest minute used 3 of 20 threads. Nothing waited.",
    )
    assert advice(view(), 0.2)[1] == "info"
    crowded = advice(view(most=20), 2.5)
    assert crowded[1] == "attention" and "2.5" in crowded[2] and "at peak" in crowded[2]


def test_a_wait_is_forgotten_after_a_minute() -> None:
    minute = Minute()
    for wait in (0.5, *[0.0] * (SECONDS_KEPT - 1)):
        minute.take(WorkersView(2, 20, 2, 0, 0, wait, 0))
    assert minute.whole and minute.longest_wait == 0.5
    minute.take(view())
    assert minute.longest_wait == 0.0


def test_a_delay_is_judged_by_its_worst_hundredth() -> None:
    states = [delay_state(Delay(1.0, p99, 500.0))[1] for p99 in (19.0, 20.0, 100.0)]
    assert states == ["ok", "info", "attention"]


def test_waits_are_short_words() -> None:
    assert [
        wait_text(wait).replace("\N{NO-BREAK SPACE}", " ") for wait in (0, 0.0004, 0.12, 1.4)
    ] == [
        "0 ms",
        "0.4 ms",
        "120 ms",
        "1.4 s",
    ]
