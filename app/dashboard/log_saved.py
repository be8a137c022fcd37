"""Filters of the log that are kept: the one in use, and those with a name."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from PySide6.QtCore import QCoreApplication, QSettings

from app.dashboard.log_filter import FIELDS, Condition, LogFilter
from server_core.config.log import Category
from server_core.events.types import Level

MOST_NAMED = 50
_LAST, _NAMED = "log/filter", "log/filters"


def written(kept: LogFilter) -> dict[str, object]:
    """A filter as JSON can hold it; a session and moments of today mean nothing tomorrow."""
    fields = asdict(replace(kept, session=0, since=0.0, until=0.0))
    return fields | {"level": int(kept.level), "categories": [c.value for c in kept.categories]}


def read(fields: object) -> LogFilter:
    """The filter that was written; what is not understood is left out."""
    if not isinstance(fields, dict):
        return LogFilter()
    try:
        return LogFilter(
            words=str(fields["words"]),
            expression=bool(fields["expression"]),
            level=Level(fields["level"]).log_class if fields["level"] in _LEVELS else Level.INFO,
            categories=tuple(c for c in Category if c.value in fields["categories"]),
            account=str(fields["account"]),
            address=str(fields["address"]),
            listener=str(fields["listener"]),
            event=str(fields["event"]),
            conditions=tuple(
                Condition(str(each["field"]), str(each["value"]), wanted=bool(each["wanted"]))
                for each in fields["conditions"]
                if each["field"] in FIELDS
            ),
        )
    except (KeyError, TypeError, ValueError):
        return LogFilter()


_LEVELS = (1, 2, 4, 8, 16)


class SavedFilters:
    """Keeps filters in the window's settings."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def last(self) -> LogFilter:
        """The filter that was in use last."""
        return read(self._load(_LAST))

    def keep(self, used: LogFilter) -> None:
        """Remember the filter in use."""
        self._settings.setValue(_LAST, json.dumps(written(used)))

    def named(self) -> dict[str, LogFilter]:
        """The filters with a name, in the order of their names."""
        kept = self._load(_NAMED)
        if not isinstance(kept, dict):
            return {}
        return {name: read(kept[name]) for name in sorted(kept, key=str.casefold)[:MOST_NAMED]}

    def save(self, name: str, kept: LogFilter) -> None:
        """Give a filter a name; one that had it before is replaced. ValueError when too many."""
        known = self.named()
        if name not in known and len(known) >= MOST_NAMED:
            raise ValueError(
                QCoreApplication.translate(
                    "Log", "At most {n} filters can be saved. Forget one first."
                ).format(n=MOST_NAMED)
            )
        self._store(known | {name: kept})

    def forget(self, name: str) -> None:
        """Remove a named filter."""
        self._store({each: kept for each, kept in self.named().items() if each != name})

    def _store(self, named: dict[str, LogFilter]) -> None:
        every = {name: written(kept) for name, kept in named.items()}
        self._settings.setValue(_NAMED, json.dumps(every))

    def _load(self, key: str) -> object:
        try:
            return json.loads(str(self._settings.value(key, "null")))
        except ValueError:
            return None
