"""A draft: edits by path over an applied configuration, which may be wrong for a while."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from server_core.config.changes import Change, changes_between, differences
from server_core.config.checking import ConfigRejected, Problem, check, plain
from server_core.config.layout import (
    ENTRIES,
    LISTS,
    SECTIONS,
    Address,
    NoSuchSetting,
    Tree,
    at,
    branches,
    completed,
    keyed,
    keyed_path,
    leaves,
    listed,
    no_such,
    put,
    section_at,
    setting_at,
    value_at,
    with_whole_rows,
)
from server_core.config.model import Config
from server_core.config.schema import Section, Setting, settings_of

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
    renames it; ``pop3.listeners.NAME.tls.ciphers`` leads through a section of the listener. Lists
    of rows, as ``pop3.access.rules``, are set as a whole; what a row leaves out has its default.
    An edit that says what is applied is no edit.
    """

    def __init__(self, applied: Config) -> None:
        self._base = keyed(applied)
        self._edits: dict[Address, Any] = {}

    @property
    def edits(self) -> Mapping[str, object]:
        """The edits by path; an entry taken away is None, an added one its settings."""
        return MappingProxyType({str(address): value for address, value in self._edits.items()})

    def set(self, path: str, value: object) -> None:
        """Edit a setting, or add or replace a listener or a section; NoSuchSetting for others."""
        address = self._address(path, adding=isinstance(value, Mapping))
        kind = section_at(address)
        if kind is None:
            self._set_field(address, plain(value))
        elif not isinstance(value, Mapping):
            raise TypeError(f"{path} is set to a dict of its settings")
        elif address.key and not address.field:
            self._set_entry(address, plain(value))
        else:
            self._set_section(address, kind, plain(value))

    def remove(self, path: str) -> None:
        """Take a listener away, or put a setting or a section back to its default."""
        address = self._address(path)
        kind = section_at(address)
        if kind is None:
            self._set_field(address, plain(setting_at(address).default))
        elif address.key and not address.field:
            self.discard(path)
            if address.key in self._base_entries(address):
                self._edits[address] = None
        else:
            self._set_section(address, kind, {})

    def discard(self, path: str | None = None) -> None:
        """Forget all edits, or those at and below a path."""
        if path is None:
            self._edits.clear()
            return
        wanted = self._address(path, adding=True)
        self._edits = {
            address: value for address, value in self._edits.items() if not wanted.holds(address)
        }

    def setting(self, path: str) -> Setting:
        """The declaration of a setting; NoSuchSetting for what is none."""
        return setting_at(self._address(path))

    def become(self, wanted: Config) -> None:
        """Edit whatever it takes for the draft to describe ``wanted``."""
        self.discard()
        tree = keyed(wanted)
        for section in SECTIONS:
            for setting in settings_of(SECTIONS[section]):
                address = Address(section, "", setting.name)
                self._set_field(address, value_at(tree, address))
        for section in LISTS:
            for key in at(self._base, section).keys() - at(tree, section).keys():
                self._edits[Address(section, key)] = None
            for key, entry in at(tree, section).items():
                self._set_entry(Address(section, key), entry)

    def get(self, path: str) -> Any:
        """The value in the draft: of a setting, a listener or section (dict), or the listeners."""
        tree = self._tree()
        if path in LISTS:
            found = list(at(tree, path).values())
        elif path in SECTIONS:
            found = at(listed(tree)[0], path)
        else:
            found = value_at(tree, self._address(path))
        return copy.deepcopy(found)

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
        return None if self._edits[address] is None else value_at(settled, address)

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
        tree = branches(self._base)
        for address, value in self._edits.items():
            node = at(tree, address.section)
            if address.field:
                put(node[address.key] if address.key else node, address.field, value)
            elif value is None:
                node.pop(address.key)
            else:
                node[address.key] = branches(value)
        return tree

    def _base_entries(self, address: Address) -> Tree:
        entries: Tree = at(self._base, address.section) if address.key else {}
        return entries

    def _set_entry(self, address: Address, value: Tree) -> None:
        kind = LISTS[address.section]
        entry = self._whole(address, kind, {"name": address.key, **value})
        self.discard(str(address))
        if address.key in self._base_entries(address):
            for field, new in leaves(kind, entry):
                self._set_field(address._replace(field=field), new)
        else:
            self._edits[address] = entry

    def _set_section(self, address: Address, kind: type[Section], value: Tree) -> None:
        prefix = f"{address.field}." if address.field else ""
        for field, new in leaves(kind, self._whole(address, kind, value)):
            self._set_field(address._replace(field=prefix + field), new)

    def _whole(self, address: Address, kind: type[Section], value: Tree) -> Tree:
        """An entry or section with nothing left out; NoSuchSetting for what it does not have."""
        whole = completed(kind, value)
        prefix = f"{address.field}." if address.field else ""
        for field, given in list(leaves(kind, whole)):
            setting = setting_at(address._replace(field=prefix + field))
            put(whole, field, with_whole_rows(setting, given))
        return whole

    def _set_field(self, address: Address, value: Any) -> None:
        value = with_whole_rows(setting_at(address), value)
        entry = address._replace(field="")
        if address.key and entry in self._edits:
            self._edits[entry] = branches(self._edits[entry])
            put(self._edits[entry], address.field, value)
        # As text, for 1 is no more true than 1.0 is.
        elif json.dumps(value_at(self._base, address)) == json.dumps(value):
            self._edits.pop(address, None)
        else:
            self._edits[address] = value

    def _address(self, path: str, *, adding: bool = False) -> Address:
        for section, kind in LISTS.items():
            if path.startswith(f"{section}."):
                return self._entry_address(section, kind, path[len(section) + 1 :], adding)
        if path in SECTIONS:
            return Address(path)
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
        within = [
            Address(section, name, rest[len(name) + 1 :])
            for name in sorted(names, key=len, reverse=True)
            if rest.startswith(f"{name}.")
        ]
        for address in within:
            if address.field in ENTRIES[section] or section_at(address) is not None:
                return address
        if adding and rest:
            return Address(section, rest)
        if within:
            raise no_such(str(within[0]))
        raise NoSuchSetting(
            f"there is no {kind.__name__.lower()} called '{_name_in(rest, section)}'"
        )


def _name_in(rest: str, section: str) -> str:
    """What was meant as the name in a path below a list."""
    for field in sorted(ENTRIES[section], key=len, reverse=True):
        if rest.endswith(f".{field}"):
            return rest.removesuffix(f".{field}")
    return rest.rpartition(".")[0] or rest
