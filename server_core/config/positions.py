"""Where in a TOML text each key stands, as line numbers; the text must be valid TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from server_core.config.checking import Place

_QUOTES = ('"""', "'''", '"', "'")
_OPENING, _CLOSING = "[{", "]}"


def line_of(place: Place, text: str) -> int:
    """Where the place is set, else where the nearest thing around it begins; 0 at worst."""
    lines = _lines(text)
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return 0


def _lines(text: str) -> dict[Place, int]:
    found: dict[Place, int] = {}
    entries: dict[Place, int] = {}
    table: Place = ()
    for line, statement in _statements(text):
        if statement.startswith("[["):
            table = _resolved(_keys(statement.strip("[]")), entries)
            entries[table] = entries.get(table, -1) + 1
            found.setdefault(table, line)
            table += (entries[table],)
        elif statement.startswith("["):
            table = _resolved(_keys(statement.strip("[]")), entries)
            found[table] = line
        else:
            here = table
            for key in _keys(_before_equals(statement)):
                here += (key,)
                found.setdefault(here, line)
            continue
        for length in range(1, len(table) + 1):
            found.setdefault(table[:length], line)
    return found


def _resolved(keys: Place, entries: dict[Place, int]) -> Place:
    """A header's keys, with the entry it continues put in behind the name of each list."""
    place: Place = ()
    for position, key in enumerate(keys, 1):
        place += (key,)
        if place in entries and position < len(keys):
            place += (entries[place],)
    return place


def _keys(dotted: str) -> Place:
    """``a."b.c"`` as its parts; TOML's own reader knows the quoting."""
    node: object = tomllib.loads(f"{dotted} = 0")
    keys: list[str] = []
    while isinstance(node, dict):
        key, node = next(iter(node.items()))
        keys.append(key)
    return tuple(keys)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each header or assignment without comments, and the line it begins on."""
    position, line = 0, 1
    while position < len(text):
        end, code = _statement_end(text, position)
        if code.strip():
            yield line, code.strip()
        line += text.count("\n", position, end)
        position = end


def _statement_end(text: str, start: int) -> tuple[int, str]:
    """Behind the line end that closes the statement, and the statement without comments."""
    position, depth, code = start, 0, ""
    while position < len(text):
        character = text[position]
        following = position + 1
        if character == "#":
            following = text.find("\n", position)
            following = len(text) if following < 0 else following
            position = following
            continue
        if character in "\"'":
            following = _string_end(text, position)
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character == "\n" and depth == 0:
            return following, code
        code += text[position:following]
        position = following
    return position, code


def _string_end(text: str, start: int) -> int:
    quote = next(quote for quote in _QUOTES if text.startswith(quote, start))
    position = start + len(quote)
    while position < len(text):
        if text[position] == "\\" and quote[0] == '"':
            position += 2
        elif text.startswith(quote, position):
            position += len(quote)
            # A closing triple may be preceded by one or two quotes of the text itself.
            while len(quote) == 3 and text.startswith(quote[0], position):
                position += 1
            return position
        else:
            position += 1
    return position


def _before_equals(statement: str) -> str:
    position = 0
    while position < len(statement) and statement[position] != "=":
        quoted = statement[position] in "\"'"
        position = _string_end(statement, position) if quoted else position + 1
    return statement[:position]
