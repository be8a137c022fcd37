"""Which entries are wanted, and which rule takes them: the reference's table."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from server_core.config.log import Category, CategoryClasses, Log, LogRule, Sender
from server_core.config.model import Config, Listener, Pop3
from server_core.events.protocol import CapturedLine, ProtocolLine
from server_core.events.types import Event, Level, Noticed, SessionOpened
from server_core.logs.choosing import Choice
from server_core.logs.entry import Entry, entry_of

OPENED = SessionOpened(session=1, listener="office", peer="192.0.2.7:1")
SAID = ProtocolLine(session=1, listener="office", peer="192.0.2.7:1", received=True, line="NOOP")
NOTICED = Noticed(level=Level.INFO, text="hello")


def choice(log: Log | None = None, classes: int | None = None) -> Choice:
    listener = Listener(name="office", log_classes=classes)
    return Choice(Config(log=log or Log(), pop3=Pop3(listeners=(listener,))))


@pytest.mark.parametrize(
    ("log", "listener", "wanted"),
    [
        (Log(), None, [OPENED, NOTICED]),
        (Log(pop3=31), None, [OPENED, SAID, NOTICED]),
        (Log(pop3=16), None, [SAID, NOTICED]),
        (Log(pop3=0), None, [NOTICED]),
        (Log(classes=7), None, [OPENED]),
        (Log(), 0, [NOTICED]),
        (Log(), 31, [OPENED, SAID, NOTICED]),
        (Log(pop3=31), 8, [OPENED, NOTICED]),
    ],
)
def test_service_and_listener_say_which_classes_count(
    log: Log, listener: int | None, wanted: list[Event]
) -> None:
    chosen = choice(log, listener)
    assert [event for event in (OPENED, SAID, NOTICED) if chosen.wants(event)] == wanted
    assert all(chosen.wanted & event.level for event in wanted)


def test_a_category_of_its_own_counts_more_than_service_and_listener() -> None:
    own = (CategoryClasses(category=Category.COMMANDS, classes=31),)
    chosen = choice(Log(categories=own, pop3=0), 0)
    assert chosen.wants(SAID) and not chosen.wants(OPENED)
    assert chosen.wanted & Level.PROTOCOL


def test_protocol_lines_are_not_even_asked_for_while_nobody_wants_them() -> None:
    assert not choice().wanted & Level.PROTOCOL
    assert not choice(Log(pop3=31)).wanted & Level.PROGRESS


def said(
    module: str, level: Level = Level.INFO, host: str = "here", received: bool = False
) -> Entry:
    return Entry(0.0, level, host, module, 0, "text", received=received)


RULES = (
    LogRule(priority=30, file="rest.txt"),
    LogRule(priority=10, module="pop3", classes=7, file="grave.txt"),
    LogRule(priority=20, host="Cellar", file="cellar.txt"),
    LogRule(priority=5, file="never.txt", enabled=False),
)


@pytest.mark.parametrize(
    ("entry", "file"),
    [
        (said("POP3", Level.ERROR), "grave.txt"),
        (said("POP3", Level.INFO), None),
        (said("POP3", Level.ERROR, "cellar"), "grave.txt"),
        (said("SRVLOG", Level.INFO, "cellar"), "cellar.txt"),
        (said("SRVLOG"), "rest.txt"),
        (said("SRVLOG", received=True), "default.txt"),
    ],
)
def test_the_first_rule_that_fits_takes_or_drops_the_entry(entry: Entry, file: str | None) -> None:
    rule = choice(Log(rules=RULES)).rule_for(entry)
    assert (rule.file if rule else None) == file


def test_no_rule_leaves_out_what_is_captured() -> None:
    chosen = choice(Log(rules=(LogRule(classes=15),)))
    assert chosen.rule_for(entry_of(SAID, "here")) is None
    captured = CapturedLine(
        session=1, listener="office", peer="192.0.2.7:1", received=True, line="NOOP"
    )
    rule = chosen.rule_for(entry_of(captured, "here"))
    assert rule and rule.file == "everything.txt"


def test_rules_for_other_servers_take_only_what_was_received() -> None:
    rules = (LogRule(sender=Sender.REMOTE, file="others.txt"),)
    chosen = choice(Log(rules=rules))
    received, own = chosen.rule_for(said("IMAP", received=True)), chosen.rule_for(said("POP3"))
    assert received and received.file == "others.txt"
    assert own and (own.file, own.priority, own.classes) == ("default.txt", 1000, 31)


def test_what_no_rule_takes_is_rolled_over_as_a_rule_for_the_same_file_says() -> None:
    rules = (LogRule(module="SECURITY", classes=2, file="Default.txt", size=100, count=3),)
    caught = choice(Log(rules=rules)).rule_for(said("POP3"))
    assert caught and (caught.file, caught.size, caught.count) == ("Default.txt", 100, 3)


def test_an_entry_says_all_that_json_lines_tell() -> None:
    entry = entry_of(OPENED, "here")
    assert (entry.module, entry.session, entry.category) == ("POP3", 1, "connections")
    assert (entry.event, entry.listener, entry.peer) == ("SessionOpened", "office", "192.0.2.7:1")


@pytest.mark.parametrize("name", ["everything.txt.20260101-000000", "x.20260101-000000.1", "con"])
def test_a_file_is_not_called_like_one_that_was_put_aside_or_a_device(name: str) -> None:
    with pytest.raises(ValidationError):
        LogRule(file=name)
    assert LogRule(file="everything-20260101-000000.txt").file
