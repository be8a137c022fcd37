"""What differs between two configurations, as a review shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server_core.config.layout import ENTRIES, LISTS, SECTIONS, Tree, at, keyed
from server_core.config.model import Config
from server_core.config.schema import Effect, Setting, settings_of


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``before`` is None for an added entry, ``after`` for a removed one."""

    path: str
    title: str
    before: object
    after: object
    effect: Effect


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
