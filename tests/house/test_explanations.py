"""Every event and every reason is explained to the person who looks at the log."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from app.dashboard.explained_reasons import REASONS
from app.dashboard.explanations import EVENTS, UNKNOWN, explanation_of
from app.dashboard.log_rows import log_row, lost_row
from app.dashboard.log_words import EVENT_WORDS
from server_core.events import reasons
from server_core.events.protocol import CapturedLine
from server_core.events.types import Event
from tests.every_event import every_event, filled

WHERE: dict[str, type[StrEnum]] = {
    "SessionClosed": reasons.CloseReason,
    "SignInFailed": reasons.SignInReason,
    "ConnectionRefused": reasons.RefusalReason,
    "MaildropRefused": reasons.UseReason,
    "ListenerFailed": reasons.ListenerProblem,
}


@pytest.mark.parametrize("kind", every_event())
def test_every_event_is_explained(kind: type[Event]) -> None:
    told = explanation_of(log_row(1, filled(kind)))
    assert told is not UNKNOWN
    for sentence in (told.happened, told.do):
        assert sentence[0].isupper() and sentence.endswith(".")


@pytest.mark.parametrize("kind", WHERE)
def test_every_reason_is_explained(kind: str) -> None:
    explained = {reason for event, reason in REASONS if event == kind}
    assert explained == {reason.value for reason in WHERE[kind]}


def test_no_event_with_reasons_is_forgotten() -> None:
    fields: dict[str, Any] = {kind.__name__: kind.__dataclass_fields__ for kind in every_event()}
    listed = {"reason", "problem"}
    telling = {
        name
        for name, declared in fields.items()
        if any(f in declared and declared[f].type not in ("str", str) for f in listed)
    }
    assert telling == set(WHERE)


def test_only_events_that_there_are_have_an_explanation() -> None:
    assert set(EVENTS) == {kind.__name__ for kind in (*every_event(), CapturedLine)}


def test_every_event_has_words_of_its_own() -> None:
    assert set(EVENT_WORDS) == set(EVENTS)
    assert len(set(EVENT_WORDS.values())) == len(EVENT_WORDS)


def test_a_line_that_stands_for_lost_ones_is_explained() -> None:
    assert "skipped" in explanation_of(lost_row(1, 0.0, 5)).happened
