"""How sections and rows stand in the file as inline tables, one row a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import tomlkit
from tomlkit.items import Array, Item, Null

from server_core.config.checking import plain
from server_core.config.layout import completed
from server_core.config.rows import address, paired, whole
from server_core.config.schema import Kind, Section, sections_of, settings_of

# Written even when they have their default: without them an entry says nothing to its reader.
TELLING = frozenset({"name", "address", "security", "action"})
_INDENT = "    "


class _Line(NamedTuple):
    """A row as it stands: what is written above it, its own text, and the comment beside it."""

    above: str
    text: str
    beside: str


def inline_item(section: Section) -> Item:
    """What a section says that is not its default, as an inline table for the file."""
    return tomlkit.value(_text(section))


def rows_item(rows: Sequence[Section], present: object = None) -> Item:
    """Rows as an array for the file; lines of ``present`` that go on keep text and comments."""
    return tomlkit.value(_rows_text(rows, present))


def _text(section: Section) -> str:
    said, below = [], []
    for setting in settings_of(type(section)):
        value = getattr(section, setting.name)
        if setting.kind is Kind.ROWS:
            below.extend([f"{setting.name} = {_rows_text(value)}"] if value else [])
        elif setting.name in TELLING or plain(value) != plain(setting.default):
            said.append(f"{setting.name} = {tomlkit.item(plain(value)).as_string()}")
    for part in sections_of(type(section)):
        inner = getattr(section, part.name)
        if inner != part.kind():
            said.append(f"{part.name} = {_text(inner)}")
    said += below
    return f"{{ {', '.join(said)} }}" if said else "{}"


def _rows_text(rows: Sequence[Section], present: object = None) -> str:
    lines, end = _lines(present) if isinstance(present, Array) else ([], "")
    if not rows and not end:
        return "[]"
    wanted = [row.model_dump(mode="json") for row in rows]
    before = []
    if rows and isinstance(present, Array):
        before = [completed(type(rows[0]), row) for row in plain(present.unwrap())]
    pairs = paired(before, wanted, whole, address)
    text = "[\n"
    for place, row in enumerate(rows):
        old = lines[pairs[place]] if place in pairs else _Line("", "", "")
        same = place in pairs and before[pairs[place]] == wanted[place]
        beside = f"  {old.beside}" if old.beside else ""
        text += f"{old.above}{_INDENT}{old.text if same else _text(row)},{beside}\n"
    return f"{text}{end}]"


def _lines(array: Array) -> tuple[list[_Line], str]:
    """The rows of an array in the file, and the comments behind the last one."""
    lines: list[_Line] = []
    above = ""
    for group in array._value:
        gap = "\n" if group.indent is not None and group.indent.s.count("\n") > 1 else ""
        comment = group.comment.as_string().strip() if group.comment is not None else ""
        if group.value is not None and not isinstance(group.value, Null):
            lines.append(_Line(above + gap, group.value.as_string().strip(), comment))
            above = ""
        elif comment:
            above += f"{gap}{_INDENT}{comment}\n"
    return lines, above
