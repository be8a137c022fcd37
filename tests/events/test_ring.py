"""Rings under many writers: order kept, losses counted, nothing twice."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.events.ring import Batch, Hub, Ring
from server_core.events.types import AddressBanned, BanLifted, Level, Noticed

WRITERS = 4


def event(writer: int, number: int) -> Noticed:
    return Noticed(source=str(writer), text=str(number))


@given(
    capacity=st.integers(1, 8),
    steps=st.lists(st.one_of(st.just("put"), st.none(), st.integers(0, 9)), max_size=60),
)
def test_a_ring_counts_what_it_loses(capacity: int, steps: list[str | int | None]) -> None:
    ring = Ring(Level.WARNING, capacity)
    kept: list[int] = []
    lost = told = number = 0
    for step in steps:
        if step == "put":
            ring.put(event(0, number))
            kept.append(number)
            number += 1
            lost += len(kept) > capacity
            del kept[:-capacity]
            continue
        limit = step if isinstance(step, int) else None
        batch = ring.drain(limit)
        taken = [int(one.text) for one in batch.events if isinstance(one, Noticed)]
        assert taken == kept[:limit]
        del kept[: len(taken)]
        told += batch.dropped
        assert told == lost


@pytest.mark.parametrize("capacity", [50, 100_000])
def test_many_writers_keep_their_order_and_every_loss_is_counted(capacity: int) -> None:
    each = 5000
    hub = Hub()
    ring = hub.subscribe(Level.WARNING, capacity)
    ready = threading.Barrier(WRITERS + 1)

    def write(writer: int) -> None:
        ready.wait()
        for number in range(each):
            hub.emit(event(writer, number))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    ready.wait()
    seen: dict[str, list[int]] = {str(number): [] for number in range(WRITERS)}
    dropped = 0
    running = True
    while running:
        running = any(thread.is_alive() for thread in threads)
        batch = ring.drain(97 if running else None)
        dropped += batch.dropped
        for one in batch.events:
            assert isinstance(one, Noticed)
            seen[one.source].append(int(one.text))
    for numbers in seen.values():
        assert numbers == sorted(set(numbers))
    assert sum(map(len, seen.values())) + dropped == WRITERS * each
    assert dropped == 0 or capacity == 50


def test_readers_come_and_go_while_others_write() -> None:
    hub = Hub()
    stays = hub.subscribe(Level.WARNING)
    done = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        while not done.is_set():
            hub.emit(event(0, written))
            written += 1

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(30):
        guest = hub.subscribe(Level.WARNING)
        while not guest.drain().events:
            assert writer.is_alive()
        hub.unsubscribe(guest)
    done.set()
    writer.join(10)
    batch = stays.drain()
    rest = stays.drain()
    assert len(batch.events) + batch.dropped + len(rest.events) + rest.dropped == written
    hub.unsubscribe(stays)
    assert hub.wanted == Level(0)


def test_a_reader_gets_the_levels_it_asked_for_and_no_other() -> None:
    hub = Hub()
    errors = hub.subscribe(Level.ERROR)
    everything = hub.subscribe(Level.up_to(Level.INFO))
    assert hub.wanted == Level.up_to(Level.INFO)
    hub.emit(Noticed(level=Level.ERROR, text="bad"))
    hub.emit(Noticed(level=Level.INFO, text="fine"))
    hub.emit(Noticed(level=Level.PROTOCOL, text="unheard"))
    assert [str(one) for one in errors.drain().events] == ["bad"]
    assert [str(one) for one in everything.drain().events] == ["bad", "fine"]
    hub.unsubscribe(everything)
    hub.emit(Noticed(level=Level.ERROR, text="late"))
    assert everything.drain().events == []
    assert hub.wanted == Level.ERROR


def test_a_batch_gives_events_of_one_type_in_their_order() -> None:
    first, lifted, second = event(0, 1), BanLifted(address="192.0.2.7", by_hand=True), event(0, 2)
    batch = Batch((first, lifted, second))
    assert batch.of(Noticed) == [first, second] and batch.of(BanLifted) == [lifted]
    assert not batch.of(AddressBanned) and batch.types == {Noticed, BanLifted}
    assert not Batch(()).types and batch == Batch((first, lifted, second))
