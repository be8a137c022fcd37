"""Rules and other computers of the log as rows: their order, their columns, what is doubtful."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.forms.table_editor import Entry, setting_column
from app.forms.words import CLASS_NAMES, CLASS_STEPS, choice_text, spoken, tr
from app.look.tables import Column
from app.look.words import number
from server_core.config.log import ALL_CLASSES, CATCH_ALL, LogRule, Period, RemoteLog
from server_core.config.schema import settings_of

Row = Mapping[str, Any]
_SETTINGS = {setting.name: setting for setting in settings_of(LogRule)}
LAST_RULE: Row = {
    **LogRule().model_dump(mode="json"),
    "priority": CATCH_ALL,
    "classes": ALL_CLASSES,
    "file": "default.txt",
}
"""The rule after all others, as the reference has it."""


def order_of(rows: Sequence[Row]) -> list[int]:
    """The places of the rules, the one that is looked at first in front."""
    return sorted(range(len(rows)), key=lambda place: int(rows[place]["priority"]))


def moved(rows: Sequence[Row], place: int, distance: int) -> tuple[list[dict[str, Any]], int]:
    """The rules with one of them looked at earlier or later, and the place where that is now.

    Priorities stay and their owners change; where two were equal, all get new ones.
    """
    order = order_of(rows)
    here = order.index(place)
    there = min(max(here + distance, 0), len(order) - 1)
    priorities = [int(rows[at]["priority"]) for at in order]
    order.insert(there, order.pop(here))
    if len(set(priorities)) < len(priorities):
        step = max(1, min(10, (CATCH_ALL - 1) // len(order)))
        priorities = [step * number for number, _ in enumerate(order, 1)]
    ordered = zip(order, priorities, strict=True)
    return [{**rows[at], "priority": priority} for at, priority in ordered], there


def unreached(rows: Sequence[Row]) -> str:
    """Which rule never gets an entry because one before it takes them all; empty when none."""
    before: list[Row] = []
    for place in order_of(rows):
        rule = rows[place]
        if not rule["enabled"]:
            continue
        taker = next((each for each in before if _takes_all_of(each, rule)), None)
        if taker is not None:
            text = tr(
                "The rule for {file} (priority {priority}) gets nothing: that for {taker} takes "
                "its entries first."
            )
            return text.format(file=rule["file"], priority=rule["priority"], taker=taker["file"])
        before.append(rule)
    return ""


def _takes_all_of(first: Row, later: Row) -> bool:
    return first["sender"] == later["sender"] and all(
        first[name] == "*" or str(first[name]).lower() == str(later[name]).lower()
        for name in ("host", "module")
    )


def rule_columns() -> tuple[Column[Entry], ...]:
    """The columns of the rules; made when the window is, so that they speak its language."""
    widths = {"enabled": 76, "priority": 72, "file": 150, "sender": 110, "host": 80, "module": 90}
    return (
        *(_column(LogRule, name, width) for name, width in widths.items()),
        _column(LogRule, "classes", 96),
        Column(tr("New file"), _rolling, 180, tip=_rolling),
        Column(tr("Kept"), _kept, 110, tip=_kept),
    )


def remote_columns() -> tuple[Column[Entry], ...]:
    """The columns of other computers, the live state last."""
    widths = {"enabled": 76, "address": 200, "transport": 180, "classes": 96}
    return (
        *(_column(RemoteLog, name, width) for name, width in widths.items()),
        Column(
            tr("State"),
            lambda entry: _told(entry)[2],
            300,
            mark=lambda entry: _told(entry)[:2],
            tip=lambda entry: _told(entry)[2],
        ),
    )


def _told(entry: Entry) -> tuple[str, str, str]:
    return entry.status if isinstance(entry.status, tuple) else ("dash", "neutral", "")


def _column(model: type[LogRule | RemoteLog], name: str, width: int) -> Column[Entry]:
    plain = setting_column(model, name, width)
    match name:
        case "file" | "address":
            return Column(plain.title, plain.text, width, mark=_changed)
        case "classes":
            return Column(plain.title, _classes, width, tip=plain.text)
        case "sender":
            return Column(plain.title, lambda entry: _sender(entry, plain), width)
    return plain


def _sender(entry: Entry, plain: Column[Entry]) -> str:
    fixed = entry.values["priority"] == CATCH_ALL
    return tr("All") if fixed else plain.text(entry)


def _classes(entry: Entry) -> str:
    classes = int(entry.values["classes"])
    if classes not in CLASS_STEPS:
        return tr("Custom")
    if classes in (0, ALL_CLASSES):
        return tr("All") if classes else tr("None")
    return tr("To {name}").format(name=tr(CLASS_NAMES[CLASS_STEPS.index(classes) - 1]).lower())


def _rolling(entry: Entry) -> str:
    """When a new file begins: ``at 5 MB, after 1 day``."""
    rule, said = entry.values, []
    if rule["size"]:
        said.append(tr("at {size}").format(size=_size(rule["size"])))
    if rule["age"]:
        said.append(tr("after {age}").format(age=spoken(_SETTINGS["age"], rule["age"])))
    if rule["period"] != Period.NONE:
        period = choice_text(Period(rule["period"])).lower()
        said.append(tr("each {period}").format(period=period))
    return ", ".join(said) or tr("never")


def _size(kilobytes: int) -> str:
    """The size of a file; whole megabytes as such."""
    if kilobytes % 1024:
        return spoken(_SETTINGS["size"], kilobytes)
    return tr("{n} MB").format(n=number(kilobytes // 1024))


def _kept(entry: Entry) -> str:
    """How many files are kept, for how long, and how."""
    count, days = entry.values["count"], entry.values["days"]
    said = []
    if count:
        said.append(tr("{n} files").format(n=count) if count > 1 else tr("1 file"))
    if days:
        said.append(tr("{n} days").format(n=days) if days > 1 else tr("1 day"))
    said = said or [tr("All")]
    return ", ".join([*said, tr("gzip")] if entry.values["compress"] else said)


def _changed(entry: Entry) -> tuple[str, str] | None:
    return ("circle", "accent") if entry.changed else None


def place_name(values: Row) -> str:
    """What the server calls the destination that this computer is."""
    return f"{values['address']} ({values['transport']})"
