"""The editor of a moment: a box that says whether there is one, and its date and time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import QDateTime, QSignalBlocker, Qt, QTime
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QCheckBox, QDateTimeEdit

from app.forms.editor import Editor, Report, in_a_row, named, well_behaved
from app.forms.words import tr
from server_core.config.schema import Setting

WIDTH = 170
CALENDAR = (300, 240)
DAYS_AT_FIRST = 30
AS_WRITTEN = "yyyy-MM-dd HH:mm"


def moment_editor(setting: Setting, name: str, report: Report) -> Editor:
    """A box and a date; unticked means never. A moment in another zone is shown in this one's."""
    box, field = QCheckBox(tr("On")), QDateTimeEdit()
    named(box, f"{name}.wanted", f"{setting.title}: on a date")
    named(field, name, setting.title)
    well_behaved(field)
    field.setCalendarPopup(True)
    field.setDisplayFormat(AS_WRITTEN)
    field.setFixedWidth(WIDTH)
    calendar = field.calendarWidget()
    calendar.setMinimumSize(*CALENDAR)
    for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
        calendar.setWeekdayTextFormat(day, QTextCharFormat())  # red is for what is wrong
    told: list[str] = [""]

    def tell() -> None:
        field.setEnabled(box.isChecked())
        told[0] = field.dateTime().toString(AS_WRITTEN) if box.isChecked() else ""
        report(told[0])

    def show(value: Any) -> None:
        if value != told[0] or box.isChecked() is not bool(value):
            told[0] = value
            with QSignalBlocker(box), QSignalBlocker(field):
                box.setChecked(bool(value))
                field.setDateTime(_shown(value))
        field.setEnabled(box.isChecked())

    with QSignalBlocker(field):
        field.setDateTime(_shown(""))
    field.setEnabled(False)
    box.toggled.connect(tell)
    field.dateTimeChanged.connect(tell)
    return Editor(in_a_row(box, field), show)


def _shown(value: str) -> QDateTime:
    """The moment on the clock of this computer; some days from now when there is none."""
    try:
        return QDateTime.fromSecsSinceEpoch(int(datetime.fromisoformat(value).timestamp()))
    except (ValueError, OverflowError, OSError):
        midnight = QDateTime.currentDateTime().addDays(DAYS_AT_FIRST)
        midnight.setTime(QTime(0, 0))
        return midnight
