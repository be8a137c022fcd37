"""How sections and rows stand in the file as inline tables, one row a line.

Lists may have thousands of rows, which tomlkit takes seconds to read; so rows pass it by as text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import tomlkit
from tomlkit.items import Item, Trivia

from server_core.config.checking import plain
from server_core.config.layout import all_row_names, completed
from server_core.config.rows import address, paired, whole
from server_core.config.schema import Kind, Section, sections_of, settings_of

# Written even when they have their default: without them an entry says nothing to its reader.
TELLING = frozenset({"name", "address", "security", "action"})
_INDENT = "    "
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|'
    r"'''.*?'{3,5}|"
    r'"(?:\\.|[^"\\])*"|'
    r"'[^']*'|#[^\n]*|\n|[\[\]{},]|"
    r"""[^"'#\n\[\]{},]+""",
    re.DOTALL,
)
_ROWS_KEY = re.compile(rf"(?:.*[.\s])?(?:{'|'.join(all_row_names())})\s*=\s*")


class Written(Item):
    """A value that stands in the file as the given text."""

    def __init__(self, text: str) -> None:
        super().__init__(Trivia())
        self._text = text

    def as_string(self) -> str:
        """The text."""
        return self._text

    def unwrap(self) -> object:
        """What the text means."""
        return tomllib.loads(f"value = {self._text}")["value"]

    @property
    def value(self) -> str:
        """The text, too: tomlkit keeps it as the plain value and never looks at it."""
        return self._text

    @property
    def discriminant(self) -> int:
        """The kind of value; that of texts."""
        return 11


class _Line(NamedTuple):
    """A row as it stands: what is written above it, its own text, and the comment beside it."""

    above: str
    text: str
    beside: str


def inline_item(section: Section) -> Item:
    """What a section says that is not its default, as an inline table for the file."""
    return Written(_text(section))


def rows_item(rows: Sequence[Section], present: Item | None = None) -> Item:
    """Rows as an array for the file; lines of ``present`` that go on keep text and comments."""
    return Written(_rows_text(rows, present))


def without_rows(text: str) -> tuple[str, dict[str, str]]:
    """The text of a file with a word for each list of rows, and the lists' texts by those words."""
    mark = "rows"
    while mark in text:
        mark += "-"
    taken: dict[str, str] = {}
    left: list[str] = []
    list_text, depth, before = "", 0, ""
    for token in _TOKEN.findall(text):
        if not depth and not (token == "[" and _ROWS_KEY.fullmatch(before)):
            left.append(token)
        else:
            list_text += token
            depth += (token in "[{") - (token in "]}") if len(token) == 1 else 0
            if not depth:
                word = f"{mark}{len(taken)}"
                taken[word], list_text = list_text, ""
                left.append(f'"{word}"')
        before = token
    return "".join(left), taken


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


def _rows_text(rows: Sequence[Section], present: Item | None = None) -> str:
    lines, end = _lines(present.as_string()) if present is not None else ([], "")
    if not rows and not end:
        return "[]"
    wanted = [row.model_dump(mode="json") for row in rows]
    before = []
    if rows and present is not None:
        before = [completed(type(rows[0]), row) for row in plain(present.unwrap())]
    pairs = paired(before, wanted, whole, address)
    written = ["[\n"]
    for place, row in enumerate(rows):
        old = lines[pairs[place]] if place in pairs else _Line("", "", "")
        same = place in pairs and before[pairs[place]] == wanted[place]
        beside = f"  {old.beside}" if old.beside else ""
        written.append(f"{old.above}{_INDENT}{old.text if same else _text(row)},{beside}\n")
    return f"{''.join(written)}{end}]"


def _lines(text: str) -> tuple[list[_Line], str]:
    """The rows in the text of an array, and the comments behind the last one."""
    lines: list[_Line] = []
    above, row, depth, ends = "", "", 0, 0
    for token in _inside(text):
        depth += (token in "[{") - (token in "]}") if len(token) == 1 else 0
        if depth or row:
            above += "\n" if not row and ends > 1 else ""
            row += token
            if not depth:
                lines.append(_Line(above, row, ""))
                above, row, ends = "", "", 0
        elif token == "\n":
            ends += 1
        elif token.startswith("#"):
            comment = token.rstrip()
            if lines and not ends and not above:
                lines[-1] = lines[-1]._replace(beside=comment)
            else:
                gap = "\n" if ends > 1 else ""
                above, ends = f"{above}{gap}{_INDENT}{comment}\n", 0
    return lines, above


def _inside(text: str) -> Iterator[str]:
    """The tokens between the brackets of an array."""
    tokens: list[str] = _TOKEN.findall(text.strip())
    yield from tokens[1:-1]
