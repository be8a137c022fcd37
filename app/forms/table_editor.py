"""A list of sections as a table: one row an entry of the draft, one column a setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal

from app.bridge.draft_keeper import DraftKeeper
from app.forms.keyed_rows import KeyedRows
from app.forms.words import spoken, tr
from app.look.tables import Column
from server_core.config.schema import Section, settings_of

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Entry:
    """An entry of a list in the draft. ``key`` is its name in paths, even while it is renamed.

    ``status`` is what the page knows about the entry beside its settings.
    """

    key: str
    values: Mapping[str, Any]
    changed: bool = False
    status: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingColumn(Column[Entry]):
    """A column for one setting; an on-off setting becomes a check box in the table."""

    setting: str = ""
    checkable: bool = False


def setting_column(model: type[Section], name: str, width: int) -> SettingColumn:
    """The column of a setting, titled and spoken as it is declared."""
    setting = next(declared for declared in settings_of(model) if declared.name == name)
    checkable = setting.annotation is bool
    return SettingColumn(
        title=tr(setting.title),
        text=lambda entry: "" if checkable else spoken(setting, entry.values[name]),
        width=width,
        setting=name,
        checkable=checkable,
    )


def entry_keys(keeper: DraftKeeper, path: str) -> list[str]:
    """The names under which a list's entries are found in the draft, in its order."""
    section, _, name = path.rpartition(".")
    applied = keeper.config.model_dump(mode="json")
    for step in section.split("."):
        applied = applied[step]
    edits = keeper.draft.edits
    keys = [str(entry["name"]) for entry in applied[name]]
    kept = [key for key in keys if edits.get(f"{path}.{key}", ...) is not None]
    added = [
        place[len(path) + 1 :]
        for place, value in edits.items()
        if place.startswith(f"{path}.") and isinstance(value, Mapping)
    ]
    return kept + added


def entries(keeper: DraftKeeper, path: str) -> list[Entry]:
    """The entries of a list as the draft has them."""
    changed = {change.path for change in keeper.changes}
    made = []
    for key, values in zip(entry_keys(keeper, path), keeper.draft.get(path), strict=True):
        place = f"{path}.{key}"
        is_changed = any(p == place or p.startswith(f"{place}.") for p in changed)
        made.append(Entry(key, values, is_changed))
    return made


class EntriesModel(KeyedRows[Entry]):
    """The table of a list; ``toggled`` carries an entry's key, a setting and its new value."""

    toggled = Signal(str, str, bool)

    def __init__(self, columns: Sequence[Column[Entry]]) -> None:
        super().__init__(columns, lambda entry: entry.key)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        checkable = index.isValid() and self._checked_setting(index.column())
        return flags | Qt.ItemFlag.ItemIsUserCheckable if checkable else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        setting = self._checked_setting(index.column()) if index.isValid() else ""
        if setting and role in (
            Qt.ItemDataRole.CheckStateRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            on = bool(self.rows[index.row()].values[setting])
            if role == Qt.ItemDataRole.CheckStateRole:
                return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
            return f"{self.columns[index.column()].title}: {tr('On') if on else tr('Off')}"
        return super().data(index, role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        setting = self._checked_setting(index.column())
        if not setting or role != Qt.ItemDataRole.CheckStateRole:
            return False
        on = Qt.CheckState(value) is Qt.CheckState.Checked
        self.toggled.emit(self.rows[index.row()].key, setting, on)
        return True

    def _checked_setting(self, column: int) -> str:
        shown = self.columns[column]
        return shown.setting if isinstance(shown, SettingColumn) and shown.checkable else ""
