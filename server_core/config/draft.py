"""A draft: edits by path over an applied configuration, which may be wrong for a while."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from server_core.config.checking import (
    ConfigRejected,
    Place,
    Problem,
    all_settings,
    check,
    plain,
    suggestion,
)
from server_core.config.model import Config
from server_core.config.schema import Effect, Section, Setting, sections_of, settings_of

__all__ = [
    "Change",
    "ConfigRejected",
    "Draft",
    "NoSuchSetting",
    "Problem",
    "changes_between",
]

Tree = dict[str, Any]


class NoSuchSetting(LookupError):
    """A path that names nothing; the text says so, and what may have been meant."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return self.text


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
    return tuple(_differences(_keyed(before), _keyed(after)))


class _Address(NamedTuple):
    """A path in parts: a section; ``key`` names an entry of a list, ``field`` a setting."""

    section: str
    key: str = ""
    field: str = ""

    def __str__(self) -> str:
        return ".".join(part for part in self if part)


class _Layout:
    """Where settings may lie: single sections, and lists of sections whose entries have names."""

    def __init__(self) -> None:
        self.sections: dict[str, type[Section]] = {}
        self.lists: dict[str, type[Section]] = {}
        self._walk(Config, "")

    def _walk(self, section: type[Section], prefix: str) -> None:
        for part in sections_of(section):
            path = prefix + part.name
            (self.lists if part.many else self.sections)[path] = part.kind
            if not part.many:
                self._walk(part.kind, f"{path}.")


_LAYOUT = _Layout()


class Draft:
    """Edits over ``applied``. Values are plain: texts, numbers, booleans, lists, dicts.

    A path is ``pop3.max_errors``, or ``pop3.listeners.NAME.security`` where NAME is the name in
    the applied configuration, or the one an added listener came with, even while the draft
    renames it. An edit that says what is applied is no edit.
    """

    def __init__(self, applied: Config) -> None:
        self._base = _keyed(applied)
        self._edits: dict[_Address, Any] = {}

    @property
    def edits(self) -> Mapping[str, object]:
        """The edits by path; an entry taken away is None, an added one its settings."""
        return MappingProxyType({str(address): value for address, value in self._edits.items()})

    def set(self, path: str, value: object) -> None:
        """Edit a setting, or add or replace a listener; NoSuchSetting for a wrong path."""
        address = self._address(path, adding=isinstance(value, Mapping))
        if address.key and not address.field:
            if not isinstance(value, Mapping):
                raise TypeError(f"{path} is set to a dict of its settings")
            self._set_entry(address, plain(value))
        else:
            self._set_field(address, plain(value))

    def remove(self, path: str) -> None:
        """Take a listener away, or put a setting back to its default."""
        address = self._address(path)
        if address.key and not address.field:
            self.discard(path)
            if address.key in self._base_entries(address):
                self._edits[address] = None
        else:
            self._set_field(address, plain(_setting(address).default))

    def discard(self, path: str | None = None) -> None:
        """Forget all edits, or those at and below a path."""
        if path is None:
            self._edits.clear()
            return
        wanted = self._address(path, adding=True)
        for address in list(self._edits):
            if address == wanted or (not wanted.field and address[:2] == wanted[:2]):
                del self._edits[address]

    def become(self, wanted: Config) -> None:
        """Edit whatever it takes for the draft to describe ``wanted``."""
        self.discard()
        tree = _keyed(wanted)
        for section in _LAYOUT.sections:
            for setting in settings_of(_LAYOUT.sections[section]):
                self._set_field(
                    _Address(section, "", setting.name), _at(tree, section)[setting.name]
                )
        for section in _LAYOUT.lists:
            for key in _at(self._base, section).keys() - _at(tree, section).keys():
                self._edits[_Address(section, key)] = None
            for key, entry in _at(tree, section).items():
                self._set_entry(_Address(section, key), entry)

    def get(self, path: str) -> Any:
        """The value in the draft: of a setting, a listener (dict), a section, or the listeners."""
        tree = self._tree()
        if path in _LAYOUT.lists:
            return list(_at(tree, path).values())
        if path in _LAYOUT.sections:
            return _at(_listed(tree)[0], path)
        address = self._address(path)
        node = _at(tree, address.section)
        if address.key:
            node = node[address.key]
        return node[address.field] if address.field else node

    def checked(self) -> Config:
        """The configuration the draft describes, or ConfigRejected."""
        tree, keys = _listed(self._tree())
        try:
            return check(tree)
        except ConfigRejected as rejected:
            raise ConfigRejected(
                replace(problem, path=_path(problem.place, keys)) for problem in rejected.problems
            ) from None

    def problems(self) -> tuple[Problem, ...]:
        """What keeps the draft from being applied."""
        try:
            self.checked()
        except ConfigRejected as rejected:
            return rejected.problems
        return ()

    def changes(self) -> tuple[Change, ...]:
        """What applying would change, in the order of the declarations."""
        return tuple(_differences(self._base, self._settled()))

    def rebase(self, applied: Config) -> None:
        """Continue over another applied configuration; edits it fulfils or outdates go away."""
        settled = self._settled()
        edits = {address: self._settled_value(address, settled) for address in self._edits}
        self._base = _keyed(applied)
        self._edits = {}
        for address, value in edits.items():
            self._replay(address, value)

    def _replay(self, address: _Address, value: Any) -> None:
        entries = self._base_entries(address)
        if address.field:
            if not address.key or address.key in entries:
                self._set_field(address, value)
        elif value is None:
            if address.key in entries:
                self._edits[address] = None
        elif value != entries.get(value.get("name")):
            self._set_entry(address, value)

    def _settled_value(self, address: _Address, settled: Tree) -> Any:
        value = self._edits[address]
        if value is None:
            return None
        node = _at(settled, address.section)
        node = node[address.key] if address.key else node
        return node[address.field] if address.field else node

    def _settled(self) -> Tree:
        """The draft's tree, in the form checking gives it when it has no problem."""
        tree = self._tree()
        try:
            checked = check(_listed(tree)[0]).model_dump(mode="json")
        except ConfigRejected:
            return tree
        for path in _LAYOUT.lists:
            entries = _at(checked, path)
            _put(checked, path, dict(zip(_at(tree, path), entries, strict=True)))
        return checked

    def _tree(self) -> Tree:
        tree = copy.deepcopy(self._base)
        for address, value in self._edits.items():
            node = _at(tree, address.section)
            if not address.key:
                node[address.field] = value
            elif address.field:
                node[address.key][address.field] = value
            elif value is None:
                node.pop(address.key)
            else:
                node[address.key] = dict(value)
        return tree

    def _base_entries(self, address: _Address) -> Tree:
        entries: Tree = _at(self._base, address.section) if address.key else {}
        return entries

    def _set_entry(self, address: _Address, value: Tree) -> None:
        kind = _LAYOUT.lists[address.section]
        for name in value:
            _setting(address._replace(field=name))
        defaults = {setting.name: plain(setting.default) for setting in settings_of(kind)}
        entry = {**defaults, "name": address.key, **value}
        self.discard(str(address))
        if address.key in self._base_entries(address):
            for name, new in entry.items():
                self._set_field(address._replace(field=name), new)
        else:
            self._edits[address] = entry

    def _set_field(self, address: _Address, value: Any) -> None:
        _setting(address)
        entry = address._replace(field="")
        if address.key and entry in self._edits:
            self._edits[entry] = {**self._edits[entry], address.field: value}
            return
        node = _at(self._base, address.section)
        node = node[address.key] if address.key else node
        if node[address.field] == value and type(node[address.field]) is type(value):
            self._edits.pop(address, None)
        else:
            self._edits[address] = value

    def _address(self, path: str, *, adding: bool = False) -> _Address:
        for section, kind in _LAYOUT.lists.items():
            if path.startswith(f"{section}."):
                return self._entry_address(section, kind, path[len(section) + 1 :], adding)
        section, _, field = path.rpartition(".")
        if section not in _LAYOUT.sections:
            raise _no_such(path)
        _setting(address := _Address(section, "", field))
        return address

    def _entry_address(
        self, section: str, kind: type[Section], rest: str, adding: bool
    ) -> _Address:
        """A name may hold dots, so the names that exist decide where it ends."""
        names = {a.key for a in self._edits if a.section == section} | set(
            _at(self._tree(), section)
        )
        if rest in names:
            return _Address(section, rest)
        name, _, field = rest.rpartition(".")
        if name in names:
            _setting(address := _Address(section, name, field))
            return address
        if adding and rest:
            return _Address(section, rest)
        raise NoSuchSetting(f"there is no {kind.__name__.lower()} called '{name or rest}'")


def _setting(address: _Address) -> Setting:
    kind = _LAYOUT.lists[address.section] if address.key else _LAYOUT.sections[address.section]
    for setting in settings_of(kind):
        if setting.name == address.field:
            return setting
    raise _no_such(str(address))


def _no_such(path: str) -> NoSuchSetting:
    known = [name for name, _ in all_settings()]
    return NoSuchSetting(f"there is no setting {path}{suggestion(path, known)}")


def _keyed(config: Config) -> Tree:
    """The configuration as plain values, lists of sections as dicts by name."""
    tree = config.model_dump(mode="json")
    for path in _LAYOUT.lists:
        _put(tree, path, {entry["name"]: entry for entry in _at(tree, path)})
    return tree


def _listed(tree: Tree) -> tuple[Tree, dict[str, list[str]]]:
    """The tree as a file has it, and for each list the keys of its entries."""
    tree = copy.deepcopy(tree)
    keys: dict[str, list[str]] = {}
    for path in _LAYOUT.lists:
        entries = _at(tree, path)
        keys[path] = list(entries)
        _put(tree, path, list(entries.values()))
    return tree, keys


def _path(place: Place, keys: Mapping[str, list[str]]) -> str:
    parts: list[str] = []
    for step in place:
        parts.append(step if isinstance(step, str) else keys[".".join(parts)][step])
    return ".".join(parts)


def _differences(before: Tree, after: Tree) -> Iterator[Change]:
    for section, kind in _LAYOUT.sections.items():
        yield from _changed(kind, section, "", _at(before, section), _at(after, section))
    for section, kind in _LAYOUT.lists.items():
        old, new = _at(before, section), _at(after, section)
        for key in [*old, *(key for key in new if key not in old)]:
            path, title = f"{section}.{key}", f"{kind.__name__} '{key}'"
            if key not in new or key not in old:
                yield Change(path, title, old.get(key), new.get(key), Effect.REBINDS)
            else:
                yield from _changed(kind, path, f"{title}: ", old[key], new[key])


def _changed(
    kind: type[Section], path: str, title: str, before: Tree, after: Tree
) -> Iterator[Change]:
    for setting in settings_of(kind):
        old, new = before[setting.name], after[setting.name]
        if old != new:
            yield Change(f"{path}.{setting.name}", title + setting.title, old, new, setting.effect)


def _at(tree: Tree, path: str) -> Any:
    node: Any = tree
    for step in path.split("."):
        node = node[step]
    return node


def _put(tree: Tree, path: str, value: object) -> None:
    parent, _, name = path.rpartition(".")
    (_at(tree, parent) if parent else tree)[name] = value
