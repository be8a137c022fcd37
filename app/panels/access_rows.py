"""The rows of access lists: which lists there are, in which order rows decide, and moving them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.bridge.draft_keeper import DraftKeeper
from app.forms.table_editor import entry_keys
from app.forms.words import tr
from server_core.config.admission import (
    HIGHEST_PRIORITY,
    LOWEST_PRIORITY,
    AccessRule,
    DenyEntry,
    Verdict,
)
from server_core.events.reasons import Scope

Row = Mapping[str, Any]
LISTENERS = "pop3.listeners"
ROOMY_STEP = 10


@dataclass(frozen=True)
class RuleList:
    """One access list. ``place`` is what the server calls it where it names a rule of it."""

    path: str
    title: str
    place: str
    scope: Scope
    section: str = ""  # where its row for everything else is; none for all services
    key: str = ""  # of a listener, its name in paths

    @property
    def written_path(self) -> str:
        """Its path with the name the draft gives its listener, as warnings about it have it."""
        return f"{LISTENERS}.{self.title}.access.rules" if self.key else self.path

    @property
    def spoken(self) -> str:
        """What people call it: a listener may have the service's name."""
        return tr("Listener {name}").format(name=self.title) if self.key else self.title

    @property
    def model(self) -> type[AccessRule] | type[DenyEntry]:
        """What its rows are."""
        return AccessRule if self.section else DenyEntry


def everyone() -> RuleList:
    """The list of denials for all services."""
    return RuleList("access.deny", tr("All services"), "all services", Scope.GLOBAL)


def service() -> RuleList:
    """The rules of POP3."""
    return RuleList("pop3.access.rules", "POP3", "POP3", Scope.SERVICE, "pop3.access")


def of_listener(key: str, name: str) -> RuleList:
    """The rules of a listener; ``key`` is its name in paths."""
    section = f"{LISTENERS}.{key}.access"
    place = f"listener '{name}'"
    return RuleList(f"{section}.rules", name, place, Scope.LISTENER, section, key)


def lists(keeper: DraftKeeper) -> list[RuleList]:
    """All access lists of the draft."""
    keys = entry_keys(keeper, LISTENERS)
    names = [entry["name"] for entry in keeper.draft.get(LISTENERS)]
    own = [of_listener(key, name) for key, name in zip(keys, names, strict=True)]
    return [everyone(), service(), *own]


def action_of(row: Row) -> Verdict:
    """What a row does; a list without actions denies."""
    return Verdict(row.get("action", Verdict.DENY))


def deciding_order(rows: Sequence[Row]) -> list[int]:
    """The places of the rows, the one that decides first in front; deny comes before allow."""
    return sorted(
        range(len(rows)),
        key=lambda place: (
            rows[place].get("priority", HIGHEST_PRIORITY),
            action_of(rows[place]) is Verdict.ALLOW,
        ),
    )


def in_order(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows themselves in deciding order."""
    return [dict(rows[place]) for place in deciding_order(rows)]


def moved(rows: Sequence[Row], place: int, distance: int) -> tuple[list[dict[str, Any]], int]:
    """The rows with one of them decided earlier or later, and the place where that is now."""
    order = deciding_order(rows)
    here = order.index(place)
    there = min(max(here + distance, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    return renumbered([rows[place] for place in order]), there


def added(rows: Sequence[Row], new: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows with more of them, which are looked at after all others."""
    return renumbered([*in_order(rows), *new])


def renumbered(ordered: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows with priorities that say the order they are in: each its own while there are enough.

    More rows than priorities share them; a new one begins only where an allow comes before a deny.
    """
    if not all("priority" in row for row in ordered):
        return [dict(row) for row in ordered]
    if len(ordered) <= LOWEST_PRIORITY:
        step = min(ROOMY_STEP, LOWEST_PRIORITY // max(len(ordered), 1))
        return [{**row, "priority": step * n} for n, row in enumerate(ordered, 1)]
    made: list[dict[str, Any]] = []
    priority = HIGHEST_PRIORITY
    for row in ordered:
        follows_allow = bool(made) and action_of(made[-1]) is Verdict.ALLOW
        if follows_allow and action_of(row) is Verdict.DENY:
            priority += 1
        made.append({**row, "priority": priority})
    return made


def has_own_limits(row: Row) -> bool:
    """Whether a row limits the addresses it lets in."""
    return any(value is not None for value in row.get("flow", {}).values())


def is_over(row: Row, now: datetime) -> bool:
    """Whether a row's time has passed."""
    try:
        moment = datetime.fromisoformat(row["expires"])
    except ValueError:  # none, or one that is not right yet
        return False
    return moment.astimezone() <= now
