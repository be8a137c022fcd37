"""Where in a TOML text each key stands, as line numbers; the text must be valid TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping

from server_core.config.checking import Place

_QUOTES = ('"""', "'''", '"', "'")
_OPENING, _CLOSING = "[{", "]}"


def line_of(place: Place, lines: Mapping[Place, int]) -> int:
    """Where the place is set, else where the nearest thing around it begins; 0 at worst."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return 0


def lines_of(text: str) -> dict[Place, int]:
    """The line on which each key, entry of a list, and key in an inline table begins."""
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
            _Values(statement, line, found).assignment(0, table)
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
    if dotted.isidentifier():
        return (dotted,)
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


class _Values:
    """Walks through one assignment without comments, and notes where each thing in it begins."""

    def __init__(self, code: str, line: int, found: dict[Place, int]) -> None:
        self._code = code
        self._line, self._counted = line, 0
        self._found = found

    def assignment(self, position: int, place: Place) -> int:
        """From a key on; gives the position behind its value."""
        equals = self._end_of_key(position)
        for key in _keys(self._code[position:equals].strip()):
            place += (key,)
            self._note(place, position)
        return self._value(self._space(equals + 1), place)

    def _value(self, position: int, place: Place) -> int:
        match self._code[position]:
            case "[":
                return self._array(self._space(position + 1), place)
            case "{":
                position = self._space(position + 1)
                while self._code[position] != "}":
                    position = self._space(self.assignment(position, place), ",")
                return position + 1
            case '"' | "'":
                return _string_end(self._code, position)
            case _:
                while position < len(self._code) and self._code[position] not in ",]}\n":
                    position += 1
                return position

    def _array(self, position: int, place: Place) -> int:
        index = 0
        while self._code[position] != "]":
            self._note((*place, index), position)
            position = self._space(self._value(position, (*place, index)), ",")
            index += 1
        return position + 1

    def _note(self, place: Place, position: int) -> None:
        self._line += self._code.count("\n", self._counted, position)
        self._counted = position
        self._found.setdefault(place, self._line)

    def _space(self, position: int, also: str = "") -> int:
        while position < len(self._code) and self._code[position] in " \t\r\n" + also:
            position += 1
        return position

    def _end_of_key(self, position: int) -> int:
        while self._code[position] != "=":
            quoted = self._code[position] in "\"'"
            position = _string_end(self._code, position) if quoted else position + 1
        return position
