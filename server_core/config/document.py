"""The document of the configuration file: what differs is written, comments and order stay."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, InlineTable, Item, Key, Table

from server_core.config.checking import plain
from server_core.config.inline_text import TELLING, Written, inline_item, rows_item
from server_core.config.layout import completed
from server_core.config.rows import address, name, paired
from server_core.config.schema import Kind, Section, Setting, row_of, sections_of, settings_of

Place = MutableMapping[str, Any]  # a document, or a table of whatever form in it
Lines = list[tuple[Key | None, Item]]


def write_section(table: Place, section: Section, *, inline: bool = False) -> None:
    """Make a table say what a section says; new sections in it are ``inline`` or have headers."""
    for setting in settings_of(type(section)):
        value = getattr(section, setting.name)
        if setting.kind is Kind.ROWS:
            _write_rows(table, setting, value)
        else:
            _write_value(table, setting, plain(value))
    for part in sections_of(type(section)):
        inner = getattr(section, part.name)
        if part.many:
            default = type(section).model_fields[part.name].default
            if part.name in table or inner != default:
                _write_list(table, part.name, inner)
        elif part.name in table:
            _rewrite(table, part.name, inner, inline=inline)
        elif inner != part.kind():
            if inline:
                _add(table, part.name, inline_item(inner))
            else:
                _add_table(table, part.name, inner)


def put_rows_back(table: Place, rows: Mapping[str, str]) -> None:
    """Put the texts of lists of rows where their words stand."""
    for key, value in list(table.items()):
        if isinstance(value, str) and value in rows:
            table[key] = Written(rows[value])
        elif isinstance(value, MutableMapping):
            put_rows_back(value, rows)
        elif isinstance(value, list):
            for entry in value:
                if isinstance(entry, MutableMapping):
                    put_rows_back(entry, rows)


def _rewrite(table: Place, key: str, section: Section, *, inline: bool) -> None:
    present = table[key]
    said_something = bool(present)
    write_section(present, section, inline=inline)
    if said_something and not present and isinstance(present, InlineTable):
        table[key] = tomlkit.inline_table()


def _write_value(table: Place, setting: Setting, value: object) -> None:
    if setting.name not in table:
        if value != plain(setting.default):
            _add(table, setting.name, value)
    elif value is None:
        del table[setting.name]
    elif plain(table[setting.name]) != value:
        table[setting.name] = value


def _write_rows(table: Place, setting: Setting, rows: tuple[Section, ...]) -> None:
    present, kind = table.get(setting.name), row_of(setting)
    if present is None:
        if rows:
            _add(table, setting.name, rows_item(rows))
        return
    assert kind is not None
    before = [completed(kind, row) for row in plain(present.unwrap())]
    wanted = [row.model_dump(mode="json") for row in rows]
    if before == wanted:
        return
    if not isinstance(present, AoT):
        table[setting.name] = rows_item(rows, present)
    elif rows and _in_order(paired(before, wanted, address), len(rows)):
        _write_list(table, setting.name, rows)
    else:
        del table[setting.name]
        _add(table, setting.name, rows_item(rows))


def _in_order(pairs: dict[int, int], count: int) -> bool:
    """Whether what goes on keeps its order, and everything new comes behind it."""
    going_on = [pairs[place] for place in range(count) if place in pairs]
    return going_on == sorted(going_on) and set(pairs) == set(range(len(pairs)))


def _write_list(table: Place, key: str, sections: tuple[Section, ...]) -> None:
    """Entries keep their place and comments by name; a renamed one by its address."""
    if not sections:
        table[key] = []
        return
    entries = table.get(key)
    if not entries:
        entries = table[key] = tomlkit.aot()
    wanted = [section.model_dump(mode="json") for section in sections]
    signs = (name, address) if "name" in wanted[0] else (address,)
    kept = paired([entry.unwrap() for entry in entries], wanted, *signs)
    behind = _comments_to_their_entries(entries) if isinstance(entries, AoT) else []
    for index in sorted(set(range(len(entries))) - set(kept.values()), reverse=True):
        del entries[index]
    rows = {index: row for row, index in enumerate(sorted(kept.values()))}
    for place, section in enumerate(sections):
        if place in kept:
            write_section(entries[rows[kept[place]]], section, inline=True)
        elif isinstance(entries, AoT):
            entries.append(_new_entry(section))
        else:
            entries.append(inline_item(section))
    if behind:
        entries[-1].value.body.extend(behind)


def _comments_to_their_entries(entries: AoT) -> Lines:
    """Let comments above an entry go with it; tomlkit keeps them at the end of the one before.

    Gives what stands behind the last entry, which belongs to whatever follows.
    """
    behind: Lines = []
    for entry in entries:
        above = "".join(item.as_string() for _, item in behind)
        entry.trivia.indent = above + entry.trivia.indent
        behind = _taken_from_end(entry)
    return behind


def _taken_from_end(table: Table) -> Lines:
    """What stands behind the last key of a table and of the tables in it, taken out."""
    body = table.value.body
    if body and isinstance(body[-1][1], AoT):
        return _taken_from_end(body[-1][1][-1])
    if body and isinstance(body[-1][1], Table):
        return _taken_from_end(body[-1][1])
    behind: Lines = []
    while body and body[-1][0] is None:
        behind.insert(0, body.pop())
    return behind


def _add(table: Place, key: str, value: object) -> None:
    """A new key goes behind the last one, before comments that belong to what follows."""
    last = _last_key(table)
    if last is not None and isinstance(table, Table):
        table.value._insert_after(last, key, tomlkit.item(value))
    else:
        table[key] = value


def _add_table(table: Place, key: str, section: Section) -> None:
    """A new section with a header of its own goes where no comment comes between others."""
    if isinstance(table, InlineTable):
        table[key] = inline_item(section)
        return
    fresh = _apart(tomlkit.table())
    write_section(fresh, section)
    last = _last_key(table)
    if last is not None and isinstance(table, Table):
        table.value._insert_after(last, key, fresh)
        return
    behind = _taken_from_end(table) if isinstance(table, Table) else []
    table[key] = fresh
    fresh.value.body.extend(behind)


def _last_key(table: Place) -> Key | None:
    own = table.value.body if isinstance(table, Table) else []
    keys = [key for key, item in own if key is not None and not isinstance(item, Table | AoT)]
    return keys[-1] if keys else None


def _new_entry(section: Section) -> Table:
    entry = _apart(tomlkit.table())
    for setting in settings_of(type(section)):
        value = plain(getattr(section, setting.name))
        if setting.name in TELLING and setting.kind is not Kind.ROWS:
            entry[setting.name] = value
    write_section(entry, section, inline=True)
    return entry


def _apart(table: Table) -> Table:
    """The table with an empty line before its header."""
    table.trivia.indent = "\n"
    return table
