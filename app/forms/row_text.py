"""Lists of rows in words: what one row says, and how two lists differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.forms.words import choice_text, classes_text, spoken, tr
from server_core.config.admission import Verdict
from server_core.config.log import Category, Transport
from server_core.config.schema import Setting

TOLD = 3


def row_words(row: Mapping[str, Any]) -> str:
    """The row in short: ``Deny 192.0.2.0/24``, ``everything.txt``, ``Sign-ins: Critical only``."""
    match row:
        case {"category": category, "classes": classes}:
            return f"{choice_text(Category(category))}: {classes_text(classes)}"
        case {"file": file}:
            return str(file)
        case {"transport": transport, "address": address}:
            return f"{address} ({choice_text(Transport(transport))})"
    return f"{action_words(row)} {row['address']}"


def action_words(row: Mapping[str, Any]) -> str:
    """What a row does; one of a list without actions denies."""
    return choice_text(Verdict(row.get("action", Verdict.DENY)))


def difference(before: object, after: object) -> str:
    """What was added, taken away or changed, the first few of each."""
    old, new = _counted(before), _counted(after)
    parts = [
        _told(tr("added"), (new - old).elements()),
        _told(tr("removed"), (old - new).elements()),
    ]
    said = "; ".join(part for part in parts if part)
    return said or tr("entries edited or moved")


def choice_texts(setting: Setting, before: object, after: object) -> tuple[str, str]:
    """Two choices out of several: a few by name, more as a number and what became of them."""
    old, new = ([str(one) for one in _listed(chosen)] for chosen in (before, after))
    parts = [
        _told(tr("added"), (spoken(setting, one) for one in new if one not in old)),
        _told(tr("removed"), (spoken(setting, one) for one in old if one not in new)),
    ]
    said = "; ".join(part for part in parts if part) or tr("the same in another order")
    told = _chosen(setting, new)
    return _chosen(setting, old), told if len(new) <= TOLD else f"{told}: {said}"


def _chosen(setting: Setting, choices: Sequence[str]) -> str:
    if len(choices) <= TOLD:
        return spoken(setting, choices)
    return tr("{n} chosen").format(n=len(choices))


def _listed(rows: object) -> Sequence[Any]:
    return rows if isinstance(rows, list | tuple) else ()


def _counted(rows: object) -> Counter[str]:
    return Counter(row_words(row) for row in _listed(rows))


def _told(word: str, rows: Iterable[str]) -> str:
    listed = list(rows)
    if not listed:
        return ""
    more = len(listed) - TOLD
    rest = tr(" and {n} more").format(n=more) if more > 0 else ""
    return f"{word} {', '.join(listed[:TOLD])}{rest}"
