"""Lists of rows in words: what one row says, and how two lists differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from app.forms.words import choice_text, tr
from server_core.config.admission import Verdict

TOLD = 3


def row_words(row: Mapping[str, Any]) -> str:
    """The row in short: ``Deny 192.0.2.0/24``."""
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


def _counted(rows: object) -> Counter[str]:
    listed = rows if isinstance(rows, list | tuple) else ()
    return Counter(row_words(row) for row in listed)


def _told(word: str, rows: Iterable[str]) -> str:
    listed = list(rows)
    if not listed:
        return ""
    more = len(listed) - TOLD
    rest = tr(" and {n} more").format(n=more) if more > 0 else ""
    return f"{word} {', '.join(listed[:TOLD])}{rest}"
