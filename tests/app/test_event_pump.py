"""The pump hands over everything in order, in batches, and says what was lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from pytestqt.qtbot import QtBot

from app.bridge import event_pump
from app.bridge.event_pump import (
    HIDDEN_MS,
    LARGEST_BATCH,
    SOONEST_MS,
    TURN,
    VISIBLE_MS,
    EventPump,
)
from app.bridge.loop_delay import LoopDelay
from server_core.events.protocol import ProtocolLine
from server_core.events.ring import Batch, Hub, Ring
from server_core.events.types import Level
from tests.app.happenings import opened


@dataclass
class Source:
    """Where events come from, with rings as small as a test wants them."""

    capacity: int = 20_000
    hub: Hub = field(default_factory=Hub)

    def watch(self, levels: Level, capacity: int = 20_000) -> Ring:
        return self.hub.subscribe(levels, min(capacity, self.capacity))

    def unwatch(self, ring: Ring) -> None:
        self.hub.unsubscribe(ring)


def heard(pump: EventPump) -> list[Batch]:
    """The batches as they come."""
    batches: list[Batch] = []
    pump.batch.connect(batches.append)
    return batches


def test_a_tick_without_news_is_silent(qtbot: QtBot) -> None:
    pump = EventPump(Source())
    batches = heard(pump)
    pump.tick()
    assert batches == []


def test_a_flood_comes_in_order_in_batches_that_are_bounded(qtbot: QtBot) -> None:
    source = Source()
    pump = EventPump(source)
    batches = heard(pump)
    for number in range(12_000):
        source.hub.emit(opened(number))
    while sum(len(batch.events) for batch in batches) < 12_000:
        pump.tick()
    assert max(len(batch.events) for batch in batches) <= LARGEST_BATCH
    sessions = [event.session for batch in batches for event in batch.events]  # type: ignore[attr-defined]
    assert sessions == list(range(12_000))


def test_what_the_ring_cannot_hold_is_counted(qtbot: QtBot) -> None:
    source = Source(capacity=40)
    pump = EventPump(source)
    batches = heard(pump)
    for number in range(350):
        source.hub.emit(opened(number))
    pump.tick()
    assert (len(batches[0].events), batches[0].dropped) == (40, 310)


def test_the_more_there_is_the_sooner_the_next_tick_comes(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source()
    pump = EventPump(source)
    works = [0.25 * TURN, 1.5 * TURN, 1.5 * TURN, 10 * TURN, 0.0]
    now = 0.0

    def work(_batch: Batch) -> None:
        nonlocal now
        now += works[0]

    monkeypatch.setattr(event_pump, "time", SimpleNamespace(perf_counter=lambda: now))
    pump.batch.connect(work)
    intervals = []
    while works:
        source.hub.emit(opened(1))
        pump.tick()
        intervals.append(pump.interval)
        del works[0]
    quiet, busier, busy, flooded, quiet_again = intervals
    assert quiet == VISIBLE_MS > busier > busy >= SOONEST_MS == flooded < quiet_again
    pump.set_visible(False)
    pump.tick()
    assert pump.interval == HIDDEN_MS


def test_protocol_lines_are_asked_for_only_while_a_page_wants_them(qtbot: QtBot) -> None:
    source = Source()
    pump = EventPump(source)
    batches = heard(pump)
    assert not source.hub.wanted & Level.PROTOCOL
    pump.want("log", Level.PROTOCOL)
    pump.want("sessions", Level.PROTOCOL | Level.PROGRESS)
    pump.want("log", Level(0))
    assert source.hub.wanted & Level.PROTOCOL
    source.hub.emit(opened(1, time=2.0))
    source.hub.emit(
        ProtocolLine(session=1, listener="l", peer="p", received=True, line="STAT", time=1.0)
    )
    pump.tick()
    assert [event.time for event in batches[0].events] == [1.0, 2.0]
    pump.want("sessions", Level.PROGRESS)
    assert not source.hub.wanted & Level.PROTOCOL


def test_a_stopped_pump_costs_the_server_nothing(qtbot: QtBot) -> None:
    source = Source()
    pump = EventPump(source)
    pump.want("log", Level.PROTOCOL)
    pump.stop()
    assert source.hub.wanted == Level(0)


def test_a_loop_that_is_held_up_is_seen_to_be_late(qtbot: QtBot) -> None:
    delay = LoopDelay()
    delay.start()
    qtbot.waitUntil(lambda: delay.delay().worst > 0.0)
    assert delay.delay().p50 <= delay.delay().p99 <= delay.delay().worst
