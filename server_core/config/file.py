"""The configuration file: read with every problem's line and key, written whole or not at all."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item, Key, Table

from server_core.config.checking import ConfigRejected, Problem, check, plain
from server_core.config.model import Config
from server_core.config.positions import line_of
from server_core.config.schema import Section, sections_of, settings_of

_HEADER = """\
# The configuration of Postroom. What is left out keeps its default.
# All settings with their ranges and defaults:  postroomctl config reference
# Is this file in order?                        postroomctl config check
"""
_LAST_GOOD, _REJECTED, _NEW = "config.last-good.toml", "config.rejected.toml", ".config.toml.new"
# Written even when they have their default: without them an entry says nothing to its reader.
_TELLING = frozenset({"name", "address", "security"})
_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_KEY = re.compile(r"\s*([\w.\"'-]+)\s*=")
_TABLE = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]")

Fingerprint = tuple[int, int, int]


def load(path: Path) -> Config:
    """The configuration in a file; ConfigRejected names line and key, OSError when unreadable."""
    return parse(path.read_bytes())


def parse(octets: bytes) -> Config:
    """The configuration in the octets of a file, or ConfigRejected."""
    text = _decoded(octets)
    tree = _tree(text)
    try:
        return check(tree)
    except ConfigRejected as rejected:
        raise ConfigRejected(
            sorted(
                (replace(p, line=line_of(p.place, text)) for p in rejected.problems),
                key=lambda problem: problem.line,
            )
        ) from None


def save(path: Path, config: Config) -> None:
    """Write the configuration atomically, comments and order kept, and keep it as last good.

    A file that could not be loaded is kept aside as ``config.rejected.toml``.
    """
    target = path.resolve()
    before = target.read_bytes() if target.exists() else b""
    try:
        parse(before)
    except ConfigRejected:
        _replace(path.with_name(_REJECTED), before)
        before = b""
    octets = render(config, before.decode("utf-8-sig")).encode()
    _replace(target, octets)
    _replace(last_good_of(path), octets)


def render(config: Config, text: str = "") -> str:
    """The text of a file for ``config``: ``text`` (a valid file or nothing) with what differs."""
    if text.strip():
        edited = _edited(text, config)
        if edited is not None:
            return edited
    document = tomlkit.document()
    _write_section(document, config)
    return _HEADER + re.sub(r"\n{3,}", "\n\n", tomlkit.dumps(document))


def last_good_of(path: Path) -> Path:
    """Where the last usable revision of this file is kept."""
    return path.with_name(_LAST_GOOD)


def keep_last_good(path: Path) -> None:
    """Remember the file as it is now; for a file that was edited outside and could be loaded."""
    octets = path.read_bytes()
    kept = last_good_of(path)
    if not kept.exists() or kept.read_bytes() != octets:
        _replace(kept, octets)


def fingerprint(path: Path) -> Fingerprint | None:
    """Differs once the file was written by anybody; None when there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _decoded(octets: bytes) -> str:
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise ConfigRejected([Problem("", "is not UTF-8 text", line)]) from None


def _tree(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigRejected([_syntax_problem(str(error), text)]) from None
    except ValueError:
        raise ConfigRejected([Problem("", "holds a number that is too long")]) from None
    except RecursionError:
        raise ConfigRejected([Problem("", "is nested too deeply")]) from None


def _syntax_problem(said: str, text: str) -> Problem:
    lines = text.split("\n")
    place = _SYNTAX_PLACE.search(said)
    number = int(place[1]) if place and place[1] else len(text.rstrip().split("\n"))
    key = _KEY.match(lines[number - 1])
    tables = [found[1] for line in lines[:number] if (found := _TABLE.match(line))]
    path = ".".join([*tables[-1:], key[1]]) if key else ""
    words = _SYNTAX_PLACE.sub("", said)
    return Problem(path, f"not valid TOML: {words[:1].lower()}{words[1:]}", number)


def _edited(text: str, config: Config) -> str | None:
    """The text with what differs changed; None when it cannot be edited faithfully."""
    try:
        document = tomlkit.parse(text)
        _write_section(document, config)
        edited = tomlkit.dumps(document)
        return edited if parse(edited.encode()) == config else None
    except (TOMLKitError, ConfigRejected, LookupError, TypeError, ValueError, AttributeError):
        return None


def _write_section(table: MutableMapping[str, Any], section: Section) -> None:
    for setting in settings_of(type(section)):
        value = plain(getattr(section, setting.name))
        if setting.name in table:
            if plain(table[setting.name]) != value:
                table[setting.name] = value
        elif value != plain(setting.default):
            _add(table, setting.name, value)
    for part in sections_of(type(section)):
        inner = getattr(section, part.name)
        if part.many:
            default = type(section).model_fields[part.name].default
            if part.name in table or inner != default:
                _write_list(table, part.name, inner)
        elif part.name in table:
            _write_section(table[part.name], inner)
        elif inner != part.kind():
            fresh = _apart(tomlkit.table())
            _write_section(fresh, inner)
            table[part.name] = fresh


def _write_list(table: MutableMapping[str, Any], name: str, sections: tuple[Section, ...]) -> None:
    """Entries keep their place and comments by name; a renamed one by its address."""
    if not sections:
        table[name] = []
        return
    entries = table.get(name)
    if not entries:
        entries = table[name] = tomlkit.aot()
    wanted = [section.model_dump(mode="json") for section in sections]
    kept = _paired([entry.unwrap() for entry in entries], wanted)
    behind = _comments_to_their_entries(entries) if isinstance(entries, AoT) else []
    for index in reversed(range(len(entries))):
        if index not in kept.values():
            del entries[index]
    rows = sorted(kept.values())
    for position, section in enumerate(sections):
        if position in kept:
            _write_section(entries[rows.index(kept[position])], section)
        else:
            entries.append(_new_entry(section, inline=not isinstance(entries, AoT)))
    if behind:
        entries[-1].value.body.extend(behind)


def _comments_to_their_entries(entries: AoT) -> list[tuple[Key | None, Item]]:
    """Let comments above an entry go with it; tomlkit keeps them at the end of the one before.

    Gives what stands behind the last entry, which belongs to whatever follows.
    """
    behind: list[tuple[Key | None, Item]] = []
    for entry in entries:
        above = "".join(item.as_string() for _, item in behind)
        entry.trivia.indent = above + entry.trivia.indent
        body, behind = entry.value.body, []
        while body and body[-1][0] is None:
            behind.insert(0, body.pop())
    return behind


def _add(table: MutableMapping[str, Any], name: str, value: object) -> None:
    """A new key goes behind the last one, before comments that belong to what follows."""
    own = table.value.body if isinstance(table, Table) else []
    keys = [key for key, item in own if key is not None and not isinstance(item, Table | AoT)]
    if isinstance(table, Table) and keys:
        table.value._insert_after(keys[-1], name, tomlkit.item(value))
    else:
        table[name] = value


def _paired(present: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> dict[int, int]:
    """Which wanted entry (by position) goes on in which present one."""
    pairs: dict[int, int] = {}
    for key in ("name", "address"):
        for position, want in enumerate(wanted):
            for index, entry in enumerate(present):
                free = position not in pairs and index not in pairs.values()
                if free and entry.get(key) == want.get(key):
                    pairs[position] = index
    return pairs


def _new_entry(section: Section, *, inline: bool) -> Any:
    entry: Any = tomlkit.inline_table() if inline else _apart(tomlkit.table())
    for setting in settings_of(type(section)):
        value = plain(getattr(section, setting.name))
        if setting.name in _TELLING or value != plain(setting.default):
            entry[setting.name] = value
    return entry


def _apart(table: Table) -> Table:
    """The table with an empty line before its header."""
    table.trivia.indent = "\n"
    return table


def _replace(path: Path, octets: bytes) -> None:
    """Put the octets in the file's place; after a crash it is the old or the new one, whole."""
    fresh = path.with_name(_NEW)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    if sys.platform != "win32":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
