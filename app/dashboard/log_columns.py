"""The columns of the log."""

from __future__ import annotations

import html
import time
from datetime import datetime
from functools import lru_cache

from PySide6.QtCore import QCoreApplication

from app.dashboard.log_rows import LogRow
from app.dashboard.log_words import category_words, event_words, level_words
from app.look.tables import Column
from app.look.words import clock, number, written

FIELD_OF_COLUMN = (
    *("", "level", "category", "session"),
    *("listener", "address", "account", "event", "text"),
)
"""What a filter calls each column; the time has bounds of its own."""
FIRST_HIDDEN = (2, 4, 7)
"""Columns that a person has to ask for, so that the message has room."""


def message_of(row: LogRow) -> str:
    """The text, with how often it came when that was more than once."""
    return f"× {number(row.times)}   {row.text}" if row.times > 1 else row.text


def tip_of(row: LogRow) -> str:
    """The whole text, which Qt must not take for markup, whatever a stranger called itself."""
    return f"<p>{html.escape(row.text)}</p>"


def when_of(row: LogRow) -> str:
    """The time of day, to the millisecond where that is known; the day too when it is over."""
    if row.time < _midnight(int(time.time() // 60)):
        return written(row.time, "d MMM HH:mm:ss")
    return clock(row.time, milliseconds=not row.read)


@lru_cache(1)
def _midnight(minute: int) -> float:
    """When the day began that this minute is of."""
    day = datetime.fromtimestamp(minute * 60)
    return day.replace(hour=0, minute=0).timestamp()


def log_columns() -> tuple[Column[LogRow], ...]:
    """The columns of the log."""
    tr = QCoreApplication.translate
    words, subjects, events = level_words(), category_words(), event_words()

    def mark(row: LogRow) -> tuple[str, str]:
        letter, role, _ = words[row.level]
        return letter, role

    return (
        Column(tr("Log", "Time"), when_of, 128, sort=lambda row: row.serial),
        Column(tr("Log", "Level"), lambda row: words[row.level][2], 92, mark=mark),
        Column(tr("Log", "Category"), lambda row: subjects[row.category], 124),
        Column(tr("Log", "Session"), lambda row: str(row.session or ""), 80, number=True),
        Column(tr("Log", "Listener"), lambda row: row.listener, 76),
        Column(tr("Log", "Address"), lambda row: row.peer, 168),
        Column(tr("Log", "Account"), lambda row: row.user, 152),
        Column(tr("Log", "Event"), lambda row: events.get(row.event, row.event), 152),
        Column(tr("Log", "Message"), message_of, 160, tip=tip_of),
    )
