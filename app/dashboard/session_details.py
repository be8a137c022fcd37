"""The details of one session, open or ended: every field in words."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QScrollArea, QWidget

from app.dashboard.history_model import reason_of
from app.dashboard.session_model import messages_of
from app.look.parts import Card, label, muted
from app.look.theme import Theme, space
from app.look.words import date_and_time, duration, number, octets, security, session_state
from server_core.events.views import ClosedSession, SessionView

Fields = list[tuple[str, str]]


def open_fields(view: SessionView) -> Fields:
    """The fields of an open session."""
    tr = QCoreApplication.translate
    now = time.time()
    patience = duration(view.idle_timeout) if view.idle_timeout else tr("Sessions", "no limit")
    return [
        (tr("Sessions", "State"), session_state(view.state)[2]),
        (tr("Sessions", "Account"), view.user or "–"),
        (tr("Sessions", "Address"), view.peer),
        (tr("Sessions", "Listener"), view.listener),
        (tr("Sessions", "Security"), security(view.secure)),
        (tr("Sessions", "Method"), view.method.upper() or "–"),
        (tr("Sessions", "Doing"), view.command or tr("Sessions", "Idle")),
        (tr("Sessions", "Messages"), messages_of(view) or "–"),
        (tr("Sessions", "Marked for deletion"), number(view.marked)),
        (tr("Sessions", "Sent"), octets(view.sent_octets)),
        (tr("Sessions", "Received"), octets(view.received_octets)),
        (tr("Sessions", "Connected since"), date_and_time(view.opened)),
        (tr("Sessions", "Silent for"), duration(now - view.active)),
        (tr("Sessions", "Idle limit"), patience),
        (tr("Sessions", "Errors"), number(view.errors)),
        (tr("Sessions", "Session"), str(view.session)),
    ]


def closed_fields(row: ClosedSession) -> Fields:
    """The fields of an ended session."""
    tr = QCoreApplication.translate
    return [
        (tr("Sessions", "Why it ended"), reason_of(row)),
        (tr("Sessions", "Account"), row.user or "–"),
        (tr("Sessions", "Address"), row.peer),
        (tr("Sessions", "Listener"), row.listener),
        (tr("Sessions", "Security"), security(row.secure)),
        (tr("Sessions", "Method"), row.method.upper() or "–"),
        (tr("Sessions", "Fetched"), number(row.retrieved)),
        (tr("Sessions", "Removed"), number(row.removed)),
        (tr("Sessions", "Sent"), octets(row.sent_octets)),
        (tr("Sessions", "Received"), octets(row.received_octets)),
        (tr("Sessions", "Connected"), date_and_time(row.opened)),
        (tr("Sessions", "Ended"), date_and_time(row.closed)),
        (tr("Sessions", "Lasted"), duration(row.closed - row.opened)),
        (tr("Sessions", "Session"), str(row.session)),
    ]


class SessionDetails(Card):
    """A pane with the fields of the selected session."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, QCoreApplication.translate("Sessions", "Summary"))
        self.setObjectName("sessions.details")
        self._theme = theme
        self._values: list[QLabel] = []
        self._titles: list[str] = []
        self._content = QWidget()
        self._form = QFormLayout(self._content)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(space("l"))
        self._form.setVerticalSpacing(space("s"))
        area = QScrollArea()
        area.setAccessibleName(self.tr("Summary"))
        area.setWidgetResizable(True)
        area.setWidget(self._content)
        self.body.addWidget(area, 1)

    def show_fields(self, fields: Fields) -> None:
        """Show these fields."""
        titles = [title for title, _ in fields]
        if titles != self._titles:
            self._lay_out(titles)
        for shown, (title, value) in zip(self._values, fields, strict=True):
            shown.setText(value)
            shown.setAccessibleName(f"{title}: {value}")

    def _lay_out(self, titles: list[str]) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self._titles, self._values = titles, []
        for title in titles:
            value = label(self._theme)
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._form.addRow(muted(self._theme, title), value)
            self._values.append(value)
