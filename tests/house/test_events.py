"""Promises about events: each prints as one line, tells no secret, and knows why."""

from __future__ import annotations

import dataclasses
from enum import Enum

import pytest

from server_core.config.log import Category
from server_core.events import reasons
from server_core.events.types import Event, Level
from tests.every_event import every_event, filled


@pytest.mark.parametrize("event", every_event())
def test_an_event_prints_as_one_line_of_the_log(event: type[Event]) -> None:
    text = str(filled(event))
    assert text.isprintable() and text
    assert "object at 0x" not in text and f"{event.__name__}(" not in text


@pytest.mark.parametrize("event", every_event())
def test_an_event_is_a_fact_that_never_changes(event: type[Event]) -> None:
    fact = filled(event)
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        fact.time = 0.0
    assert fact.level in Level and isinstance(fact.category, Category)


@pytest.mark.parametrize("event", every_event())
def test_an_event_has_no_place_for_a_secret(event: type[Event]) -> None:
    telling = {"password", "secret", "credential", "response", "challenge", "key"}
    for field in dataclasses.fields(event):
        assert field.name not in telling
        assert "bytes" not in str(field.type) and "Secret" not in str(field.type)


@pytest.mark.parametrize(
    ("reason", "texts"),
    [
        (reasons.CloseReason, reasons.CLOSE_TEXTS),
        (reasons.SignInReason, reasons.SIGN_IN_TEXTS),
        (reasons.UseReason, reasons.USE_TEXTS),
    ],
)
def test_every_reason_has_words(reason: type[Enum], texts: dict[Enum, str]) -> None:
    assert set(texts) == set(reason)
    assert all(text.strip() for text in texts.values())
