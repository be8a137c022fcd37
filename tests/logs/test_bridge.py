"""What developers log arrives among the events, short and on one line."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from server_core.events.ring import Hub, Ring
from server_core.events.types import Level, Noticed
from server_core.logs.bridge import LogBridge
from server_core.protocol.actions import Secret


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def ring(hub: Hub) -> Ring:
    return hub.subscribe(Level.up_to(Level.PROTOCOL))


@pytest.fixture
def log(hub: Hub) -> Iterator[logging.Logger]:
    log = logging.getLogger("tests.bridge")
    log.propagate = False
    log.setLevel(logging.DEBUG)
    bridge = LogBridge(hub)
    log.addHandler(bridge)
    yield log
    log.removeHandler(bridge)


def noticed(ring: Ring) -> list[Noticed]:
    return [event for event in ring.drain().events if isinstance(event, Noticed)]


def test_warnings_and_graver_records_arrive_with_their_gravity(
    log: logging.Logger, ring: Ring
) -> None:
    log.debug("not this")
    log.info("nor this")
    log.warning("disk %s at %d %%", "/", 91)
    log.error("worse")
    log.critical("worst")
    events = noticed(ring)
    assert [event.level for event in events] == [Level.WARNING, Level.ERROR, Level.CRITICAL]
    assert str(events[0]) == "tests.bridge: disk / at 91 %"


def test_of_a_traceback_the_last_line_arrives(log: logging.Logger, ring: Ring) -> None:
    try:
        raise KeyError("mailbox")
    except KeyError:
        log.exception("opening failed")
    assert [event.text for event in noticed(ring)] == ["opening failed: KeyError: 'mailbox'"]


def test_long_and_broken_texts_become_one_bounded_line(log: logging.Logger, ring: Ring) -> None:
    log.warning("first\nsecond\t\u202ethird")
    log.warning("x" * 100_000)
    first, second = noticed(ring)
    assert first.text == "first second ?third"
    assert len(second.text) == 500
    assert second.text.endswith("x…")


def test_a_record_that_does_not_fit_its_arguments_fails_nobody(hub: Hub, ring: Ring) -> None:
    record = logging.LogRecord(
        "tests.bridge", logging.WARNING, __file__, 7, "%d messages", ("many",), None
    )
    LogBridge(hub).handle(record)
    assert "test_bridge.py line 7" in noticed(ring)[0].text


def test_a_secret_stays_one(log: logging.Logger, ring: Ring) -> None:
    log.warning("checking %r for %s", Secret(b"canary"), "ann")
    assert noticed(ring)[0].text == "checking Secret(…) for ann"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("server_core.logs.destination", "logs"),
        ("asyncio", "asyncio"),
        ("aiosmtpd.x", "aiosmtpd.x"),
    ],
)
def test_a_line_names_the_part_of_the_server_not_a_file(hub: Hub, name: str, source: str) -> None:
    ring = hub.subscribe(Level.WARNING)
    LogBridge(hub).emit(logging.LogRecord(name, logging.WARNING, "x.py", 1, "words", (), None))
    assert [event.source for event in noticed(ring)] == [source]
