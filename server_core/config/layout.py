"""Where settings lie: addresses from paths, and the tree with lists of sections by name."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

from server_core.config.checking import Place, all_settings, suggestion
from server_core.config.model import Config
from server_core.config.schema import Section, Setting, sections_of, settings_of

Tree = dict[str, Any]


class NoSuchSetting(LookupError):
    """A path that names nothing; the text says so, and what may have been meant."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return self.text


class Address(NamedTuple):
    """A path in parts: a section; ``key`` names an entry of a list, ``field`` a setting."""

    section: str
    key: str = ""
    field: str = ""

    def __str__(self) -> str:
        return ".".join(part for part in self if part)


def _walk(section: type[Section], prefix: str, *, many: bool) -> dict[str, type[Section]]:
    found: dict[str, type[Section]] = {}
    for part in sections_of(section):
        path = prefix + part.name
        if part.many == many:
            found[path] = part.kind
        if not part.many:
            found.update(_walk(part.kind, f"{path}.", many=many))
    return found


SECTIONS = _walk(Config, "", many=False)
LISTS = _walk(Config, "", many=True)


def setting_at(address: Address) -> Setting:
    """The declaration of the setting at an address, or NoSuchSetting."""
    kind = LISTS[address.section] if address.key else SECTIONS[address.section]
    for setting in settings_of(kind):
        if setting.name == address.field:
            return setting
    raise no_such(str(address))


def no_such(path: str) -> NoSuchSetting:
    """What to raise for a path, with the nearest one that exists."""
    known = [name for name, _ in all_settings()]
    return NoSuchSetting(f"there is no setting {path}{suggestion(path, known)}")


def keyed(config: Config) -> Tree:
    """The configuration as plain values, lists of sections as dicts by name."""
    tree = config.model_dump(mode="json")
    for path in LISTS:
        put(tree, path, {entry["name"]: entry for entry in at(tree, path)})
    return tree


def listed(tree: Tree) -> tuple[Tree, dict[str, list[str]]]:
    """The tree as a file has it, and for each list the keys of its entries."""
    tree = copy.deepcopy(tree)
    keys: dict[str, list[str]] = {}
    for path in LISTS:
        entries = at(tree, path)
        keys[path] = list(entries)
        put(tree, path, list(entries.values()))
    return tree, keys


def keyed_path(place: Place, keys: Mapping[str, list[str]]) -> str:
    """The path of a place, with the keys of entries instead of their positions."""
    parts: list[str] = []
    for step in place:
        parts.append(step if isinstance(step, str) else keys[".".join(parts)][step])
    return ".".join(parts)


def at(tree: Tree, path: str) -> Any:
    """What lies at a path of sections."""
    node: Any = tree
    for step in path.split("."):
        node = node[step]
    return node


def put(tree: Tree, path: str, value: object) -> None:
    """Replace what lies at a path of sections."""
    parent, _, name = path.rpartition(".")
    (at(tree, parent) if parent else tree)[name] = value
