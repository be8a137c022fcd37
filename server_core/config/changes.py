"""What differs between two configurations, as a review shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server_core.config.layout import ENTRIES, LISTS, SECTIONS, Tree, at, keyed
from server_core.config.model import Config
from server_core.config.schema import Effect, Setting, settings_of

_TOLD = 3
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``before`` is None for an added entry, ``after`` for a removed one."""

    path: str
    title: str
    before: object
    after: object
    effect: Effect

    def __str__(self) -> str:
        """In one line for the log: of lists what was added and removed, long texts cut."""
        old, new = self.before, self.after
        if isinstance(old, list) and isinstance(new, list):
            words = _rows_changed(old, new)
        else:
            words = f"{_value(old)} -> {_value(new)}"
        return f"{self.path}: {words}"


def changes_between(before: Config, after: Config) -> tuple[Change, ...]:
    """What differs between two configurations, in the order of the declarations."""
    return tuple(differences(keyed(before), keyed(after)))


def differences(before: Tree, after: Tree) -> Iterator[Change]:
    """What differs between two trees as ``keyed`` makes them."""
    for section, kind in SECTIONS.items():
        declared = {setting.name: setting for setting in settings_of(kind)}
        yield from _changed(declared, section, "", at(before, section), at(after, section))
    for section, kind in LISTS.items():
        old, new = at(before, section), at(after, section)
        for key in [*old, *(key for key in new if key not in old)]:
            path, title = f"{section}.{key}", f"{kind.__name__} '{key}'"
            if key not in new or key not in old:
                yield Change(path, title, old.get(key), new.get(key), Effect.REBINDS)
            else:
                yield from _changed(ENTRIES[section], path, f"{title}: ", old[key], new[key])


def _changed(
    declared: Mapping[str, Setting], path: str, title: str, before: Tree, after: Tree
) -> Iterator[Change]:
    for field, setting in declared.items():
        old, new = at(before, field), at(after, field)
        if old != new:
            yield Change(f"{path}.{field}", title + setting.title, old, new, setting.effect)


def _rows_changed(before: list[object], after: list[object]) -> str:
    parts = [
        _some("added", [row for row in after if row not in before]),
        _some("removed", [row for row in before if row not in after]),
    ]
    return ", ".join(part for part in parts if part) or "in another order"


def _some(what: str, rows: list[object]) -> str:
    told = "; ".join(map(_value, rows[:_TOLD]))
    more = f" and {len(rows) - _TOLD} more" if len(rows) > _TOLD else ""
    return f"{what} {told}{more}" if rows else ""


def _value(value: object) -> str:
    """One value; of an entry what it says, leaving out what is empty."""
    if isinstance(value, Mapping):
        told = {key: _value(one) for key, one in value.items() if one not in ("", None)}
        said = (f"{key}={words}" for key, words in told.items() if words != "()")
        text = f"({', '.join(said)})"
    elif isinstance(value, list):
        text = ", ".join(map(_value, value)) or "none"
    else:
        text = "none" if value in ("", None) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
