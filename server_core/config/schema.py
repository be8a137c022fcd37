"""How a setting is declared, once: value, bounds, words and effect in one place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError


class Effect(StrEnum):
    """When a change of a setting is felt."""

    NOW = "now"
    NEW_CONNECTIONS = "new connections"
    REBINDS = "rebinds"
    NEW_HANDSHAKES = "new handshakes"
    NEXT_START = "next start"


class Unit(StrEnum):
    """What a number counts."""

    NONE = ""
    SECONDS = "s"
    OCTETS = "octets"
    MAILBOXES = "mailboxes"
    KILOBYTES = "KB"


class Kind(StrEnum):
    """What a value stands for, where its type alone does not say."""

    PLAIN = "plain"
    LIMIT = "limit"  # a number; 0 means there is none
    ENDPOINT = "endpoint"  # an address and a port
    MOMENT = "moment"  # a date, or a date and a time; empty means never
    ROWS = "rows"  # a list of sections without names, set as a whole
    CLASSES = "classes"  # a sum of log classes
    ADDRESSES = "addresses"  # a list of addresses, ranges and networks
    CERTIFICATE = "certificate"  # the name of a certificate; empty for the server's own
    CIPHERS = "ciphers"  # a list of ciphers in OpenSSL's words
    FILE = "file"  # the path of a file


class Section(BaseModel):
    """A frozen group of settings that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Part(NamedTuple):
    """A section inside another; ``many`` when it is a list of them, each with a name."""

    name: str
    kind: type[Section]
    many: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting, as forms, search and the reference read it."""

    name: str
    title: str
    help: str
    effect: Effect
    unit: Unit
    kind: Kind
    default: Any
    annotation: Any
    minimum: float | None
    maximum: float | None


def setting(
    default: Any,
    title: str,
    help: str,  # noqa: A002 - the word every reader of a declaration expects
    *,
    effect: Effect,
    unit: Unit = Unit.NONE,
    kind: Kind = Kind.PLAIN,
    **bounds: Any,
) -> Any:
    """A pydantic field with its words; ``bounds`` are pydantic's (``ge``, ``max_length`` …)."""
    return Field(
        default,
        title=title,
        description=help,
        json_schema_extra={"effect": effect.value, "unit": unit.value, "kind": kind.value},
        **bounds,
    )


@cache
def settings_of(section: type[Section]) -> tuple[Setting, ...]:
    """The settings a section declares, in order; nested sections and lists of them are left out."""
    return tuple(_settings(section))


def effect_of_change(before: Section, after: Section) -> Effect | None:
    """The gravest effect among the settings that differ, or None when nothing does."""
    order = (
        Effect.REBINDS,
        Effect.NEXT_START,
        Effect.NEW_HANDSHAKES,
        Effect.NEW_CONNECTIONS,
        Effect.NOW,
    )
    changed = {
        declared.effect
        for declared in settings_of(type(after))
        if getattr(before, declared.name) != getattr(after, declared.name)
    }
    return next((effect for effect in order if effect in changed), None)


def _settings(section: type[Section]) -> Iterator[Setting]:
    for name, field in section.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and "effect" in extra:
            yield Setting(
                name=name,
                title=field.title or name,
                help=field.description or "",
                effect=Effect(str(extra["effect"])),
                unit=Unit(str(extra["unit"])),
                kind=Kind(str(extra["kind"])),
                default=field.get_default(call_default_factory=True),
                annotation=field.annotation,
                minimum=_bound(field, "ge"),
                maximum=_bound(field, "le"),
            )


def _passes(checks: TypeAdapter[Any], value: object) -> bool:
    try:
        checks.validate_python(value)
    except ValidationError:
        return False
    return True


def _bound(field: FieldInfo, name: str) -> float | None:
    for constraint in field.metadata:
        if hasattr(constraint, name):
            return float(getattr(constraint, name))
    return None


@cache
def sections_of(section: type[Section]) -> tuple[Part, ...]:
    """The sections inside a section, in order: single ones and lists of them."""
    return tuple(_parts(section))


def row_of(setting: Setting) -> type[Section] | None:
    """The section that each row of a setting is; None when the setting has no rows."""
    return get_args(setting.annotation)[0] if setting.kind is Kind.ROWS else None


@cache
def choices_of(annotation: Any) -> tuple[StrEnum, ...]:
    """What a setting, or each part of it, picks from: the choices its checks let pass."""
    several = get_origin(annotation) is tuple
    part = get_args(annotation)[0] if several else annotation
    bare = getattr(part, "__origin__", part)  # a checked choice is its choice
    if not (isinstance(bare, type) and issubclass(bare, StrEnum)):
        return ()
    return tuple(choice for choice in bare if _passes(TypeAdapter(part), choice))


def misplaced(text: str, *place: str | int) -> PydanticCustomError:
    """What a rule between settings raises: ``text`` for people, ``place`` below the section."""
    return PydanticCustomError("rule", "{text}", {"text": text, "place": place})


def _parts(section: type[Section]) -> Iterator[Part]:
    declared = {setting.name for setting in _settings(section)}
    for name, field in section.model_fields.items():
        if name in declared:
            continue
        inner = get_args(field.annotation)
        kind = inner[0] if inner else field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield Part(name, kind, bool(inner))
