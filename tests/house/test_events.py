"""Promises about events: each prints as one line, tells no secret, and knows why."""

from __future__ import annotations

import dataclasses
import typing
from enum import Enum

import pytest

from server_core.config.log import Category
from server_core.events import certificates, health, maildrops, protocol, reasons, types, views
from server_core.events.types import Event, Level


def _all_events(base: type[Event] = Event) -> list[type[Event]]:
    below = [event for child in base.__subclasses__() for event in (child, *_all_events(child))]
    return [event for event in below if "__str__" in vars(event)]


def _example(kind: typing.Any) -> typing.Any:
    """Some value of an annotated kind."""
    if typing.get_origin(kind) is tuple:
        return (_example(typing.get_args(kind)[0]),)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _filled(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if typing.get_origin(kind) is not None:  # X | None
        return _example(typing.get_args(kind)[0])
    return {int: 7, float: 7.5, str: "words", bool: True}[kind]


def _filled(kind: type) -> typing.Any:
    modules = (types, certificates, health, maildrops, protocol, views, reasons)
    names = {name: value for module in modules for name, value in vars(module).items()}
    kinds = typing.get_type_hints(kind, names)
    return kind(**{field.name: _example(kinds[field.name]) for field in dataclasses.fields(kind)})


@pytest.mark.parametrize("event", _all_events())
def test_an_event_prints_as_one_line_of_the_log(event: type[Event]) -> None:
    text = str(_filled(event))
    assert text.isprintable() and text
    assert "object at 0x" not in text and f"{event.__name__}(" not in text


@pytest.mark.parametrize("event", _all_events())
def test_an_event_is_a_fact_that_never_changes(event: type[Event]) -> None:
    fact = _filled(event)
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        fact.time = 0.0
    assert fact.level in Level and isinstance(fact.category, Category)


@pytest.mark.parametrize("event", _all_events())
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
