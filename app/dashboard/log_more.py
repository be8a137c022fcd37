"""The second row of the log's filter: account, address, listener, event, from and to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from app.dashboard.explanations import EVENTS
from app.dashboard.log_filter import LogFilter
from app.dashboard.log_moments import moment_text, read_moment
from app.look.parts import row

NOT_WRITTEN = ("SessionsProgressed",)


class LogMore(QWidget):
    """``changed`` says that something else was typed; ``problem`` what of it is wrong."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.problem = ""
        self.account = self._field("account", self.tr("Account"), self.tr("Account"))
        self.address = self._field(
            "address", self.tr("Address or network"), self.tr("Address or 192.0.2.0/24")
        )
        self.listener = self._field("listener", self.tr("Listener"), self.tr("Listener"))
        self.event_box = QComboBox()
        self.since = self._field("since", self.tr("From"), self.tr("From 14:00"))
        self.until = self._field("until", self.tr("To"), self.tr("To 2026-03-14 15:30"))
        self.event_box.setObjectName("log.event")
        self.event_box.setAccessibleName(self.tr("Event"))
        self.event_box.addItem(self.tr("All events"), "")
        for event in sorted(set(EVENTS) - {*NOT_WRITTEN}):
            self.event_box.addItem(event, event)
        self.event_box.currentIndexChanged.connect(self.changed)
        line = row(self)
        for widget, share in (
            *((self.account, 3), (self.address, 3), (self.listener, 2)),
            *((self.event_box, 3), (self.since, 2), (self.until, 3)),
        ):
            line.addWidget(widget, share)

    def show_filter(self, wanted: LogFilter) -> None:
        """Show what a filter asks for; what is typed and means the same stays as typed."""
        since, until = self._moments()
        for field, text, same in (
            (self.account, wanted.account, False),
            (self.address, wanted.address, False),
            (self.listener, wanted.listener, False),
            (self.since, moment_text(wanted.since), since == wanted.since),
            (self.until, moment_text(wanted.until), until == wanted.until),
        ):
            if not same and field.text() != text:
                with QSignalBlocker(field):
                    field.setText(text)
        with QSignalBlocker(self.event_box):
            self.event_box.setCurrentIndex(max(0, self.event_box.findData(wanted.event)))

    def filled(self, wanted: LogFilter) -> LogFilter:
        """The filter with what stands in these fields."""
        since, until = self._moments()
        return replace(
            wanted,
            account=self.account.text(),
            address=self.address.text(),
            listener=self.listener.text().strip(),
            event=self.event_box.currentData(),
            since=since,
            until=until,
        )

    def _moments(self) -> tuple[float, float]:
        now, found = datetime.now(), []
        self.problem = ""
        for field, end in ((self.since, False), (self.until, True)):
            try:
                found.append(read_moment(field.text(), now, end=end))
            except ValueError:
                found.append(0.0)
                self.problem = self.tr(
                    "“{typed}” is no moment. Write 14:03, 2026-03-14 14:03 or 2026-03-14."
                ).format(typed=field.text())
        return found[0], found[1]

    def _field(self, name: str, title: str, placeholder: str) -> QLineEdit:
        field = QLineEdit()
        field.setObjectName(f"log.{name}")
        field.setAccessibleName(title)
        field.setPlaceholderText(placeholder)
        field.setClearButtonEnabled(True)
        field.textChanged.connect(self.changed)
        return field
