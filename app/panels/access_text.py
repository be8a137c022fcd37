"""Access rules as lines of text, to paste, keep and carry to another server.

A line is ``allow 192.0.2.0/24``, followed by what differs from the default: ``off``,
``expires=2026-12-31``, limits as ``max_new=10``, and a note behind ``#``. An address alone will do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.forms.words import tr
from server_core.config.admission import AccessRule, DenyEntry, FlowOverride, Verdict
from server_core.config.draft import Draft
from server_core.config.model import Config

_RANGE = re.compile(r"\s*-\s*")
LIMITS = tuple(FlowOverride.model_fields)
NOTHING = Config()
PRIORITY = int(AccessRule.model_fields["priority"].default)


@dataclass
class Reading:
    """What lines say: rows to add, and the lines that are wrong with the reason."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)


def read(text: str, model: type[AccessRule] | type[DenyEntry], otherwise: Verdict) -> Reading:
    """Read lines; ``otherwise`` is what a line does that does not say so. Empty lines do not count.

    Lines as other programs write them are read too: words may be parted by commas.
    """
    reading = Reading()
    read_rows: list[tuple[str, dict[str, Any]]] = []
    for line in text.splitlines():
        words, _, note = line.partition("#")
        if not words.strip():
            continue
        try:
            read_rows.append((line.strip(), _row(words, note.strip(), model, otherwise)))
        except ValueError as problem:
            reading.wrong.append((line.strip(), str(problem)))
    problems = problems_of([row for _, row in read_rows], model)
    for place, (line, row) in enumerate(read_rows):
        if place in problems:
            reading.wrong.append((line, next(iter(problems[place].values()))))
        else:
            reading.rows.append(row)
    return reading


def problems_of(
    rows: list[dict[str, Any]], model: type[AccessRule] | type[DenyEntry]
) -> dict[int, dict[str, str]]:
    """What is wrong with rows: their places, and for each the fields with a reason."""
    path = "pop3.access.rules" if model is AccessRule else "access.deny"
    draft = Draft(NOTHING)
    draft.set(path, rows)
    found: dict[int, dict[str, str]] = {}
    for problem in draft.problems():
        number, _, name = problem.path.removeprefix(f"{path}.#").partition(".")
        if number.isdigit():
            found.setdefault(int(number) - 1, {}).setdefault(name, problem.text)
    return found


def written(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows as lines; ``read`` makes the same rows of them, in this order."""
    return "".join(f"{_line(row)}\n" for row in rows)


def _row(
    text: str, note: str, model: type[AccessRule] | type[DenyEntry], otherwise: Verdict
) -> dict[str, Any]:
    words = _RANGE.sub("-", text).replace(",", " ").replace(";", " ").split()
    action: Verdict = otherwise
    if words[0].lower() in set(Verdict):
        action = Verdict(words.pop(0).lower())
    if not words:
        raise ValueError(tr("the address is missing"))
    row: dict[str, Any] = {"address": words.pop(0), "enabled": True, "note": note, "expires": ""}
    limits: dict[str, int | None] = dict.fromkeys(LIMITS)
    for word in words:
        _take_word(word, row, limits)
    if model is AccessRule:
        return {"action": action.value, **row, "priority": PRIORITY, "flow": limits}
    if action is Verdict.ALLOW:
        raise ValueError(tr("addresses can only be denied for all services"))
    if any(value is not None for value in limits.values()):
        raise ValueError(tr("a denied address has no limits"))
    return row


def _take_word(word: str, row: dict[str, Any], limits: dict[str, int | None]) -> None:
    name, equals, value = word.partition("=")
    if word.lower() == "off":
        row["enabled"] = False
    elif name == "expires" and equals:
        row["expires"] = value.replace("T", " ")
    elif name in LIMITS and value.isascii() and value.isdigit():
        limits[name] = int(value)
    else:
        raise ValueError(tr("‘{word}’ means nothing here; a note begins with #").format(word=word))


def _line(row: Mapping[str, Any]) -> str:
    words = [str(row.get("action", Verdict.DENY.value)), str(row["address"]).replace(" ", "")]
    if not row["enabled"]:
        words.append("off")
    if row["expires"]:
        words.append(f"expires={row['expires'].replace(' ', 'T')}")
    limits = row.get("flow", {})
    words += [f"{name}={value}" for name, value in limits.items() if value is not None]
    if row["note"]:
        words.append(f"# {row['note']}")
    return " ".join(words)
