"""The columns of the log, and how its levels look."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.dashboard.log_rows import LogRow
from app.look.tables import Column
from app.look.words import clock, date_and_time, number
from server_core.events.types import Level

FIELD_OF_COLUMN = (
    *("", "level", "category", "session"),
    *("listener", "address", "account", "event", "text"),
)
"""What a filter calls each column; the time has bounds of its own."""
FIRST_HIDDEN = (4, 7)
"""Columns that a person has to ask for, so that the message has room."""


def level_words() -> dict[Level, tuple[str, str, str]]:
    """Letter, colour role and word of each level, gravest first."""
    tr = QCoreApplication.translate
    return {
        Level.CRITICAL: ("C", "problem", tr("Log", "Critical")),
        Level.ERROR: ("E", "problem", tr("Log", "Error")),
        Level.WARNING: ("W", "attention", tr("Log", "Warning")),
        Level.INFO: ("I", "info", tr("Log", "Info")),
        Level.PROTOCOL: ("P", "neutral", tr("Log", "Protocol")),
    }


def message_of(row: LogRow) -> str:
    """The text, with how often it came when that was more than once."""
    return f"× {number(row.times)}   {row.text}" if row.times > 1 else row.text


def when_of(row: LogRow) -> str:
    """The time of day to the millisecond, as far as it is known; the day too for what was read."""
    return date_and_time(row.time) if row.read else clock(row.time, milliseconds=True)


def log_columns() -> tuple[Column[LogRow], ...]:
    """The columns of the log."""
    tr = QCoreApplication.translate
    words = level_words()

    def mark(row: LogRow) -> tuple[str, str]:
        letter, role, _ = words[row.level]
        return letter, role

    return (
        Column(tr("Log", "Time"), when_of, 104, sort=lambda row: row.serial),
        Column(tr("Log", "Level"), lambda row: words[row.level][2], 92, mark=mark),
        Column(tr("Log", "Category"), lambda row: row.category.value.capitalize(), 108),
        Column(tr("Log", "Session"), lambda row: str(row.session or ""), 76, number=True),
        Column(tr("Log", "Listener"), lambda row: row.listener, 76),
        Column(tr("Log", "Address"), lambda row: row.peer, 136),
        Column(tr("Log", "Account"), lambda row: row.user, 152),
        Column(tr("Log", "Event"), lambda row: row.event, 136),
        Column(tr("Log", "Message"), message_of, 240, tip=lambda row: row.text),
    )
