"""The configuration file: read with every problem's line and key, written whole or not at all."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from server_core.config.checking import ConfigRejected, Problem, check
from server_core.config.document import put_rows_back, write_section
from server_core.config.inline_text import without_rows
from server_core.config.model import Config
from server_core.config.positions import line_of, lines_of
from server_core.durable import replace_file

_HEADER = """\
# The configuration of Postroom. What is left out keeps its default.
# All settings with their ranges and defaults:  postroomctl config reference
# Is this file in order?                        postroomctl config check
"""
_LAST_GOOD, _REJECTED = "config.last-good.toml", "config.rejected.toml"
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
        lines = lines_of(text)
        raise ConfigRejected(
            sorted(
                (replace(p, line=line_of(p.place, lines)) for p in rejected.problems),
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
    write_section(document, config)
    return re.sub(r"\n{3,}", "\n\n", _HEADER + tomlkit.dumps(document))


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
        rest, rows = without_rows(text)
        document = tomlkit.parse(rest)
        put_rows_back(document, rows)
        write_section(document, config)
        edited = tomlkit.dumps(document)
        return edited if parse(edited.encode()) == config else None
    except (TOMLKitError, ConfigRejected, LookupError, TypeError, ValueError, AttributeError):
        return None


def _replace(path: Path, octets: bytes) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    replace_file(path, octets, mode=mode)
