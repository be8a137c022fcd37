"""From a tree of plain values to a Config, or to problems in words for people."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from server_core.config.model import Config
from server_core.config.schema import Kind, Section, Setting, row_of, sections_of, settings_of

Place = tuple[str | int, ...]
AnySection = TypeVar("AnySection", bound=Section)

_NUMBERS = {
    "int_type",
    "int_from_float",
    "float_type",
    "finite_number",
    "greater_than_equal",
    "less_than_equal",
}
_WORDS = {
    "bool_type": "must be true or false",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_unicode": "must be a text without broken characters",
    "tuple_type": "must be a list",
    "model_type": "must be a table of settings",
    "missing": "is missing",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one setting. ``line`` is 0 where there is no file.

    ``place`` says the same as ``path``, with positions in lists instead of names.
    """

    path: str
    text: str
    line: int = 0
    place: Place = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        return ": ".join(part for part in (line, self.path, self.text) if part)


class ConfigRejected(Exception):
    """A configuration cannot be used; ``problems`` says all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def check(tree: Mapping[str, object]) -> Config:
    """The configuration a tree of plain values describes, or ConfigRejected."""
    return checked(Config, tree)


def checked(kind: type[AnySection], tree: Mapping[str, object]) -> AnySection:
    """The section of this kind that a tree of plain values describes, or ConfigRejected."""
    try:
        text = json.dumps(tree, default=str)
    except ValueError:
        raise ConfigRejected([Problem("", "holds a number that is too long")]) from None
    except RecursionError:
        raise ConfigRejected([Problem("", "is nested too deeply")]) from None
    try:
        return kind.model_validate_json(text, strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise ConfigRejected(_problem(details, tree, kind) for details in found) from None


def plain(value: object) -> Any:
    """A value as a file would hold it: texts, numbers, booleans, lists and dicts."""
    return json.loads(json.dumps(value, default=str))


def path_of(place: Place, tree: Mapping[str, object]) -> str:
    """The dotted path of a place: entries of lists go by their names, else by ``#number``."""
    parts: list[str] = []
    node: object = tree
    for step in place:
        node = _below(node, step)
        if isinstance(step, str):
            parts.append(step)
            continue
        name = node.get("name") if isinstance(node, Mapping) else None
        parts.append(name if isinstance(name, str) and name else f"#{step + 1}")
    return ".".join(parts)


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean …?`` when a known word is near, else nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def all_settings(
    section: type[Section] = Config, prefix: str = ""
) -> Iterator[tuple[str, Setting]]:
    """Every declared setting with its path; ``NAME`` stands for an entry's name."""
    for setting in settings_of(section):
        yield prefix + setting.name, setting
    for part in sections_of(section):
        name = f"{part.name}.NAME" if part.many else part.name
        yield from all_settings(part.kind, f"{prefix}{name}.")


def _problem(details: ErrorDetails, tree: Mapping[str, object], root: type[Section]) -> Problem:
    place: Place = details["loc"]
    context = details.get("ctx", {})
    if details["type"] == "rule":
        place += tuple(context["place"])
        return Problem(path_of(place, tree), str(context["text"]), place=place)
    section, setting, end = _declared(place, root)
    if details["type"] == "extra_forbidden":
        text = _unknown(str(place[-1]), section)
    elif details["type"] in _NUMBERS:
        whole = setting is not None and int in (setting.annotation, *get_args(setting.annotation))
        text = f"must be {'a whole number' if whole else 'a number'}{_range(setting)}"
    else:
        text = _text(details["type"], context, details["input"])
    if setting is not None and setting.kind is Kind.ADDRESSES and end < len(place):
        text = f"entry {int(place[end]) + 1}: {text}"
    place = place[:end]
    return Problem(path_of(place, tree), text, place=place)


def _text(kind: str, context: Mapping[str, Any], value: object) -> str:
    match kind:
        case "enum":
            choices = str(context["expected"]).replace("'", "").replace(" or ", ", ")
            return f"choose one of {choices}" + suggestion(str(value), choices.split(", "))
        case "too_long":
            return f"must have at most {context['max_length']} entries"
        case "string_too_long":
            return f"must be at most {context['max_length']} characters long"
        case "value_error":
            return str(context["error"])
        case _:
            return _WORDS.get(kind, f"cannot be used ({kind.replace('_', ' ')})")


def _range(setting: Setting | None) -> str:
    if setting is None or setting.minimum is None or setting.maximum is None:
        return ""
    return f" from {setting.minimum:g} to {setting.maximum:.15g}"


def _unknown(key: str, section: type[Section]) -> str:
    here = suggestion(key, section.model_fields)
    if not here:
        elsewhere = [path for path, setting in all_settings() if setting.name == key]
        here = f"; it belongs to {elsewhere[0].rpartition('.')[0]}" if elsewhere else ""
    return f"there is no such setting{here}"


def _declared(place: Place, root: type[Section]) -> tuple[type[Section], Setting | None, int]:
    """The section a place lies in, the setting when it names one, and how much of it is known."""
    section = root
    setting: Setting | None = None
    for position, step in enumerate(place):
        if isinstance(step, int):
            row = row_of(setting) if setting is not None else section
            if row is None:
                return section, setting, position
            section, setting = row, None
            continue
        part = next((part for part in sections_of(section) if part.name == step), None)
        if part is not None:
            section = part.kind
            continue
        setting = next((s for s in settings_of(section) if s.name == step), None)
        if setting is None:
            break
    return section, setting, len(place)


def _below(node: object, step: str | int) -> object:
    if isinstance(node, Mapping):
        return node.get(step)
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node):
        return node[step]
    return None
