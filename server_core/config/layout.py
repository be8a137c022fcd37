"""Where settings lie: addresses from paths, and the tree with lists of sections by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from server_core.config.checking import Place, all_settings, suggestion
from server_core.config.model import Config
from server_core.config.schema import Kind, Section, Setting, row_of, sections_of, settings_of

Tree = dict[str, Any]


class NoSuchSetting(LookupError):
    """A path that names nothing; the text says so, and what may have been meant."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return self.text


class Address(NamedTuple):
    """A path in parts: a section; ``key`` names an entry of a list, ``field`` what is below.

    In an entry ``field`` may lead through sections of the entry: ``tls.ciphers``, or just ``tls``.
    """

    section: str
    key: str = ""
    field: str = ""

    def __str__(self) -> str:
        return ".".join(part for part in self if part)

    def holds(self, other: Address) -> bool:
        """Whether the other address is this one or lies below it."""
        if self.field:
            return self[:2] == other[:2] and f"{other.field}.".startswith(f"{self.field}.")
        if self.key:
            return self[:2] == other[:2]
        return f"{other.section}.".startswith(f"{self.section}.")


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


def _entry_settings(kind: type[Section]) -> Iterator[tuple[str, Setting]]:
    for setting in settings_of(kind):
        yield setting.name, setting
    for path, inner in _walk(kind, "", many=False).items():
        for setting in settings_of(inner):
            yield f"{path}.{setting.name}", setting


# The settings of each kind of entry, those of its sections included, by their paths in the entry.
ENTRIES: dict[str, dict[str, Setting]] = {
    path: dict(_entry_settings(kind)) for path, kind in LISTS.items()
}
# The sections of each kind of entry, by their paths in the entry.
ENTRY_SECTIONS = {path: _walk(kind, "", many=False) for path, kind in LISTS.items()}


def all_row_names() -> frozenset[str]:
    """The names of all settings that are lists of rows."""
    return frozenset(setting.name for _, setting in all_settings() if setting.kind is Kind.ROWS)


def setting_at(address: Address) -> Setting:
    """The declaration of the setting at an address, or NoSuchSetting."""
    if address.key:
        known = ENTRIES[address.section]
    else:
        known = {setting.name: setting for setting in settings_of(SECTIONS[address.section])}
    if address.field not in known:
        raise no_such(str(address))
    return known[address.field]


def section_at(address: Address) -> type[Section] | None:
    """The kind of section at an address; None for a setting and for what is not there."""
    if not address.field:
        return (LISTS if address.key else SECTIONS).get(address.section)
    return ENTRY_SECTIONS[address.section].get(address.field) if address.key else None


@cache
def _single_sections(kind: type[Section]) -> dict[str, type[Section]]:
    return {part.name: part.kind for part in sections_of(kind) if not part.many}


def leaves(kind: type[Section], tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values in a section's tree with the paths of their settings below the section."""
    inner = _single_sections(kind)
    for name, value in tree.items():
        if name in inner and isinstance(value, Mapping):
            yield from ((f"{name}.{path}", leaf) for path, leaf in leaves(inner[name], value))
        else:
            yield name, value


@cache
def _defaults(kind: type[Section]) -> Tree:
    return kind.model_construct().model_dump(mode="json")


def defaults_of(kind: type[Section]) -> Tree:
    """What a section holds when nothing is said, as plain values."""
    return branches(_defaults(kind))


def completed(kind: type[Section], given: Mapping[str, Any]) -> Tree:
    """The plain values of a section with defaults for what is left out, also in its sections."""
    whole = {**defaults_of(kind), **given}
    for name, inner in _single_sections(kind).items():
        if isinstance(given.get(name), Mapping):
            whole[name] = completed(inner, given[name])
    return whole


def with_whole_rows(setting: Setting, value: Any) -> Any:
    """The value of a setting; rows of a list get their defaults for what they leave out."""
    kind = row_of(setting)
    if kind is None or not isinstance(value, list):
        return value
    return [completed(kind, row) if isinstance(row, Mapping) else row for row in value]


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


def branches(tree: Tree) -> Tree:
    """A copy to put other values into. The values are shared: nobody changes lists in place."""
    return {
        name: branches(value) if isinstance(value, dict) else value for name, value in tree.items()
    }


def listed(tree: Tree) -> tuple[Tree, dict[str, list[str]]]:
    """The tree as a file has it, and for each list the keys of its entries."""
    tree = branches(tree)
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
        if isinstance(step, int):
            names = keys.get(".".join(parts))
            parts.append(names[step] if names is not None else f"#{step + 1}")
        else:
            parts.append(step)
    return ".".join(parts)


def at(tree: Tree, path: str) -> Any:
    """What lies at a path of sections."""
    node: Any = tree
    for step in path.split("."):
        node = node[step]
    return node


def value_at(tree: Tree, address: Address) -> Any:
    """What a tree as ``keyed`` makes it holds at an address."""
    node = at(tree, address.section)
    node = node[address.key] if address.key else node
    return at(node, address.field) if address.field else node


def put(tree: Tree, path: str, value: object) -> None:
    """Replace what lies at a path of sections."""
    parent, _, name = path.rpartition(".")
    (at(tree, parent) if parent else tree)[name] = value
