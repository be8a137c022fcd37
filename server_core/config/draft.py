"""A draft: edits by path over an applied configuration, which may be wrong for a while."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from server_core.config.changes import Change, changes_between, differences
from server_core.config.checking import ConfigRejected, Problem, check, plain
from server_core.config.layout import (
    LISTS,
    SECTIONS,
    Address,
    NoSuchSetting,
    Tree,
    at,
    keyed,
    keyed_path,
    listed,
    no_such,
    put,
    setting_at,
)
from server_core.config.model import Config
from server_core.config.schema import Section, settings_of

__all__ = [
    "Change",
    "ConfigRejected",
    "Draft",
    "NoSuchSetting",
    "Problem",
    "changes_between",
]


class Draft:
    """Edits over ``applied``. Values are plain: texts, numbers, booleans, lists, dicts.

    A path is ``pop3.max_errors``, or ``pop3.listeners.NAME.security`` where NAME is the name in
    the applied configuration, or the one an added listener came with, even while the draft
    renames it. An edit that says what is applied is no edit.
    """

    def __init__(self, applied: Config) -> None:
        self._base = keyed(applied)
        self._edits: dict[Address, Any] = {}

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
            self._set_field(address, plain(setting_at(address).default))

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
        tree = keyed(wanted)
        for section in SECTIONS:
            for setting in settings_of(SECTIONS[section]):
                self._set_field(Address(section, "", setting.name), at(tree, section)[setting.name])
        for section in LISTS:
            for key in at(self._base, section).keys() - at(tree, section).keys():
                self._edits[Address(section, key)] = None
            for key, entry in at(tree, section).items():
                self._set_entry(Address(section, key), entry)

    def get(self, path: str) -> Any:
        """The value in the draft: of a setting, a listener (dict), a section, or the listeners."""
        tree = self._tree()
        if path in LISTS:
            return list(at(tree, path).values())
        if path in SECTIONS:
            return at(listed(tree)[0], path)
        address = self._address(path)
        node = at(tree, address.section)
        if address.key:
            node = node[address.key]
        return node[address.field] if address.field else node

    def checked(self) -> Config:
        """The configuration the draft describes, or ConfigRejected."""
        tree, keys = listed(self._tree())
        try:
            return check(tree)
        except ConfigRejected as rejected:
            raise ConfigRejected(
                replace(problem, path=keyed_path(problem.place, keys))
                for problem in rejected.problems
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
        return tuple(differences(self._base, self._settled()))

    def rebase(self, applied: Config) -> None:
        """Continue over another applied configuration; edits it fulfils or outdates go away."""
        settled = self._settled()
        edits = {address: self._settled_value(address, settled) for address in self._edits}
        self._base = keyed(applied)
        self._edits = {}
        for address, value in edits.items():
            self._replay(address, value)

    def _replay(self, address: Address, value: Any) -> None:
        entries = self._base_entries(address)
        if address.field:
            if not address.key or address.key in entries:
                self._set_field(address, value)
        elif value is None:
            if address.key in entries:
                self._edits[address] = None
        elif value != entries.get(value.get("name")):
            self._set_entry(address, value)

    def _settled_value(self, address: Address, settled: Tree) -> Any:
        value = self._edits[address]
        if value is None:
            return None
        node = at(settled, address.section)
        node = node[address.key] if address.key else node
        return node[address.field] if address.field else node

    def _settled(self) -> Tree:
        """The draft's tree, in the form checking gives it when it has no problem."""
        tree = self._tree()
        try:
            checked = check(listed(tree)[0]).model_dump(mode="json")
        except ConfigRejected:
            return tree
        for path in LISTS:
            entries = at(checked, path)
            put(checked, path, dict(zip(at(tree, path), entries, strict=True)))
        return checked

    def _tree(self) -> Tree:
        tree = copy.deepcopy(self._base)
        for address, value in self._edits.items():
            node = at(tree, address.section)
            if not address.key:
                node[address.field] = value
            elif address.field:
                node[address.key][address.field] = value
            elif value is None:
                node.pop(address.key)
            else:
                node[address.key] = dict(value)
        return tree

    def _base_entries(self, address: Address) -> Tree:
        entries: Tree = at(self._base, address.section) if address.key else {}
        return entries

    def _set_entry(self, address: Address, value: Tree) -> None:
        kind = LISTS[address.section]
        for name in value:
            setting_at(address._replace(field=name))
        defaults = {setting.name: plain(setting.default) for setting in settings_of(kind)}
        entry = {**defaults, "name": address.key, **value}
        self.discard(str(address))
        if address.key in self._base_entries(address):
            for name, new in entry.items():
                self._set_field(address._replace(field=name), new)
        else:
            self._edits[address] = entry

    def _set_field(self, address: Address, value: Any) -> None:
        setting_at(address)
        entry = address._replace(field="")
        if address.key and entry in self._edits:
            self._edits[entry] = {**self._edits[entry], address.field: value}
            return
        node = at(self._base, address.section)
        node = node[address.key] if address.key else node
        if node[address.field] == value and type(node[address.field]) is type(value):
            self._edits.pop(address, None)
        else:
            self._edits[address] = value

    def _address(self, path: str, *, adding: bool = False) -> Address:
        for section, kind in LISTS.items():
            if path.startswith(f"{section}."):
                return self._entry_address(section, kind, path[len(section) + 1 :], adding)
        section, _, field = path.rpartition(".")
        if section not in SECTIONS:
            raise no_such(path)
        setting_at(address := Address(section, "", field))
        return address

    def _entry_address(self, section: str, kind: type[Section], rest: str, adding: bool) -> Address:
        """A name may hold dots, so the names that exist decide where it ends."""
        names = at(self._tree(), section)
        if rest in names or (adding and Address(section, rest) in self._edits):
            return Address(section, rest)
        name, _, field = rest.rpartition(".")
        if name in names:
            setting_at(address := Address(section, name, field))
            return address
        if adding and rest:
            return Address(section, rest)
        raise NoSuchSetting(f"there is no {kind.__name__.lower()} called '{name or rest}'")
