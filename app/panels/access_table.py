"""The table of an access list: one row a rule, in deciding order, with what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.bridge.draft_keeper import DraftKeeper
from app.forms.row_text import action_words
from app.forms.table_editor import Entry, setting_column
from app.forms.words import tr
from app.look import words
from app.look.tables import Column
from app.panels import access_rows
from app.panels.access_rows import RuleList
from server_core.config.admission import AccessRule, Verdict
from server_core.config.draft import NoSuchSetting
from server_core.events.views import RuleUse

MARKS = {Verdict.ALLOW: ("circle", "ok"), Verdict.DENY: ("cross", "problem")}
Uses = Mapping[tuple[Verdict, str], RuleUse]


@dataclass(frozen=True)
class RuleStatus:
    """What the page knows about a rule beside its settings; ``number`` is its place in the list."""

    number: int
    use: RuleUse | None = None
    warning: str = ""
    is_over: bool = False


def rows(
    keeper: DraftKeeper, shown: RuleList, uses: Uses, warnings: Mapping[int, str]
) -> list[Entry]:
    """The rules of a list of the draft, the one that decides first on top."""
    listed: Sequence[Mapping[str, Any]] = keeper.draft.get(shown.path)
    is_edited = any(change.path == shown.path for change in keeper.changes)
    applied = Counter(map(_told, _applied(keeper, shown))) if is_edited else Counter()
    now = datetime.now(UTC)
    made = []
    for place in access_rows.deciding_order(listed):
        row = listed[place]
        status = RuleStatus(
            place + 1,
            uses.get((access_rows.action_of(row), row["address"])),
            warnings.get(place + 1, ""),
            access_rows.is_over(row, now),
        )
        is_changed = is_edited and applied[_told(row)] <= 0
        if is_edited:
            applied[_told(row)] -= 1
        made.append(Entry(str(place), row, is_changed, status))
    return made


def status_of(entry: Entry) -> RuleStatus:
    """What the page knows about a rule."""
    assert isinstance(entry.status, RuleStatus)
    return entry.status


def place_of(entry: Entry) -> int:
    """The place of a rule in its list."""
    return int(entry.key)


def columns() -> tuple[Column[Entry], ...]:
    """The columns; made when the window is, so that they speak its language."""
    return (
        Column(
            tr("No."),
            lambda entry: str(status_of(entry).number),
            60,
            mark=lambda entry: ("circle", "accent") if entry.changed else None,
            tip=lambda entry: tr("Changed, not applied yet") if entry.changed else "",
        ),
        setting_column(AccessRule, "enabled", 84),
        Column(
            tr("Action"),
            lambda entry: action_words(entry.values),
            90,
            mark=lambda entry: MARKS[access_rows.action_of(entry.values)],
        ),
        Column(
            tr("Address"),
            lambda entry: str(entry.values["address"]),
            226,
            mark=lambda entry: ("triangle", "attention") if status_of(entry).warning else None,
            tip=lambda entry: status_of(entry).warning,
        ),
        Column(tr("Note"), lambda entry: str(entry.values["note"]), 138),
        Column(
            tr("Expires"),
            _expires,
            150,
            mark=lambda entry: ("dash", "neutral") if status_of(entry).is_over else None,
        ),
        Column(tr("Limits"), _limits, 82),
        Column(tr("Matches"), _matches, 80, number=True, tip=_matches_tip),
        Column(tr("Last match"), _last, 84),
    )


def _applied(keeper: DraftKeeper, shown: RuleList) -> list[dict[str, Any]]:
    try:
        listed: list[dict[str, Any]] = type(keeper.draft)(keeper.config).get(shown.path)
    except NoSuchSetting:  # a listener that was just added
        return []
    return listed


def _told(row: Mapping[str, Any]) -> tuple[object, ...]:
    """All that a row says, to compare it by."""
    return *(row[name] for name in row if name != "flow"), *row.get("flow", {}).values()


def _expires(entry: Entry) -> str:
    expires = str(entry.values["expires"])
    if status_of(entry).is_over:
        return tr("{moment}, over").format(moment=expires)
    return expires or tr("Never")


def _limits(entry: Entry) -> str:
    if access_rows.action_of(entry.values) is Verdict.DENY:
        return "–"
    return tr("Own") if access_rows.has_own_limits(entry.values) else tr("Inherited")


def _matches(entry: Entry) -> str:
    use = status_of(entry).use
    return words.number(use.matches if use is not None else 0)


def _matches_tip(entry: Entry) -> str:
    return tr("How often this rule decided since the server started")


def _last(entry: Entry) -> str:
    use = status_of(entry).use
    return words.moment(use.last) if use is not None and use.last else "–"
