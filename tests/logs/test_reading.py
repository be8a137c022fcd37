"""Lines of log files are read back as what they were, and strangers' words change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.events.reasons import CloseReason, RefusalReason, SignInReason, UseReason
from server_core.events.types import Event, Level, SignInFailed
from server_core.logs.entry import entry_of
from server_core.logs.lines import json_line, reference_line
from server_core.logs.reading import read_line, time_of
from server_core.logs.recognising import reason_in, recognised
from tests.every_event import every_event, filled

WRITTEN = Level.up_to(Level.PROTOCOL)
WITHOUT_WORDS = {"SessionsProgressed", "Noticed", "CapturedLine"}
LOGGED = [event for event in every_event() if filled(event).level & WRITTEN]


def failed(user: str) -> SignInFailed:
    return SignInFailed(
        time=1e9,
        session=7,
        listener="office",
        peer="192.0.2.7:4000",
        user=user,
        method="PLAIN",
        reason=SignInReason.UNKNOWN_USER,
    )


@pytest.mark.parametrize("kind", LOGGED)
def test_a_line_is_read_back_in_both_shapes(kind: type[Event]) -> None:
    entry = entry_of(filled(kind), "mail")
    text, json = read_line(reference_line(entry, UTC)), read_line(json_line(entry, UTC))
    assert text is not None and json is not None
    for read in (text, json):
        assert (read.level, read.host, read.module) == (entry.level, "mail", entry.module)
        assert (read.session, read.text) == (entry.session, entry.text)
    assert (int(text.time), json.time) == (int(entry.time), entry.time)
    assert (json.event, json.category, json.user) == (entry.event, entry.category, entry.user)


@pytest.mark.parametrize("kind", [e for e in LOGGED if e.__name__ not in WITHOUT_WORDS])
def test_a_text_line_is_recognised_as_the_event_it_was(kind: type[Event]) -> None:
    fact = filled(kind)
    told = recognised(str(fact))
    assert (told["event"], told["category"]) == (kind.__name__, fact.category)


@pytest.mark.parametrize(
    ("event", "reasons"),
    [
        ("SessionClosed", CloseReason),
        ("ConnectionRefused", RefusalReason),
        ("SignInFailed", SignInReason),
        ("MaildropRefused", UseReason),
    ],
)
def test_every_reason_is_found_in_its_text(event: str, reasons: type[StrEnum]) -> None:
    kind: Any = next(kind for kind in every_event() if kind.__name__ == event)
    for reason in reasons:
        assert reason_in(event, str(replace(filled(kind), reason=reason))) == reason


@pytest.mark.parametrize(
    "user",
    ["x': Invalid password", "' has logged in from [::1]:1 with PLAIN: ", "\n2026", "\u202e"],
)
def test_a_name_cannot_pass_for_another_event_or_reason(user: str) -> None:
    line = read_line(reference_line(entry_of(failed(user), "mail"), UTC))
    assert line is not None
    assert (line.event, line.reason) == ("SignInFailed", SignInReason.UNKNOWN_USER)
    assert line.text.isprintable()


@given(st.text(max_size=200))
def test_anything_else_is_no_line(text: str) -> None:
    assert read_line(text) is None or text[:1] == "{" or text[:1].isdigit()
    time_of(text)


@pytest.mark.parametrize(
    "line", ["{}", "{" * 70_000, '{"time": 5, "text": ""}', "[]", "x" * 70_000]
)
def test_what_is_broken_is_no_line(line: str) -> None:
    assert read_line(line) is None
