"""Every event there is, and an example of each, for promises that hold for all of them."""

from __future__ import annotations

import dataclasses
import typing
from enum import Enum

from server_core.events import (
    administration,
    certificates,
    health,
    maildrops,
    protocol,
    reasons,
    types,
    views,
)
from server_core.events.types import Event


def every_event(base: type[Event] = Event) -> list[type[Event]]:
    """The types of events that say something."""
    below = [event for child in base.__subclasses__() for event in (child, *every_event(child))]
    return [event for event in below if "__str__" in vars(event)]


def _example(kind: typing.Any) -> typing.Any:
    """Some value of an annotated kind."""
    if typing.get_origin(kind) is tuple:
        return (_example(typing.get_args(kind)[0]),)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return filled(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if typing.get_origin(kind) is not None:  # X | None
        return _example(typing.get_args(kind)[0])
    return {int: 7, float: 7.5, str: "words", bool: True}[kind]


def filled(kind: type) -> typing.Any:
    """An example of a type of events."""
    modules = (types, administration, certificates, health, maildrops, protocol, views, reasons)
    names = {name: value for module in modules for name, value in vars(module).items()}
    kinds = typing.get_type_hints(kind, names)
    return kind(**{field.name: _example(kinds[field.name]) for field in dataclasses.fields(kind)})
