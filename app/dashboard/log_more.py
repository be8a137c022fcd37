"""The second row of the log's filter: session, account, address, listener, event, from and to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from app.dashboard.log_filter import LogFilter
from app.dashboard.log_moments import moment_text, read_moment
from app.dashboard.log_words import event_words
from app.look.parts import row
from server_core.natural_order import natural_order

NOT_WRITTEN = ("SessionsProgressed",)
SESSION_NUMBER = "[0-9]{0,10}"


class LogMore(QWidget):
    """``changed`` says that something else was typed; ``problem`` what of it is wrong."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.problem = ""
        self.session = self._field("session", self.tr("Session"), self.tr("Session"))
        self.session.setValidator(QRegularExpressionValidator(SESSION_NUMBER, self))
        self.account = self._field("account", self.tr("Account"), self.tr("Account"))
        self.address = self._field("address", self.tr("Address or network"), self.tr("Address"))
        self.listener = self._box("listener", self.tr("Listener"), self.tr("Listener"))
        self.event_box = self._box("event", self.tr("Event"), self.tr("Event"))
        self.since = self._field("since", self.tr("From"), self.tr("From 14:00"))
        self.until = self._field("until", self.tr("To"), self.tr("To 14:30"))
        hint = self.tr("A time such as 14:03, a day such as 2026-03-14, or both.")
        for field in (self.since, self.until):
            field.setToolTip(hint)
        words = {event: text for event, text in event_words().items() if event not in NOT_WRITTEN}
        for event, text in sorted(words.items(), key=lambda pair: pair[1].casefold()):
            self.event_box.addItem(text, event)
        line = row(self)
        line.addWidget(self.session, 2)
        for wide in (self.account, self.address, self.listener, self.event_box):
            line.addWidget(wide, 3)
        line.addWidget(self.since, 3)
        line.addWidget(self.until, 3)

    def offer_listeners(self, names: Iterable[str]) -> None:
        """Let these be chosen; the one chosen stays chosen."""
        chosen = str(self.listener.currentData())
        with QSignalBlocker(self.listener):
            while self.listener.count() > 1:
                self.listener.removeItem(1)
            for name in sorted({*names, chosen} - {""}, key=natural_order):
                self.listener.addItem(name, name)
            self.listener.setCurrentIndex(self.listener.findData(chosen))

    def show_filter(self, wanted: LogFilter) -> None:
        """Show what a filter asks for; what is typed and means the same stays as typed."""
        since, until = self._moments()
        for field, text, same in (
            (self.session, str(wanted.session or ""), False),
            (self.account, wanted.account, False),
            (self.address, wanted.address, False),
            (self.since, moment_text(wanted.since), since == wanted.since),
            (self.until, moment_text(wanted.until), until == wanted.until),
        ):
            if not same and field.text() != text:
                with QSignalBlocker(field):
                    field.setText(text)
        for box, value in ((self.listener, wanted.listener), (self.event_box, wanted.event)):
            with QSignalBlocker(box):
                if box.findData(value) < 0:
                    box.addItem(value, value)
                box.setCurrentIndex(box.findData(value))

    def filled(self, wanted: LogFilter) -> LogFilter:
        """The filter with what stands in these fields."""
        since, until = self._moments()
        return replace(
            wanted,
            session=int(self.session.text() or 0),
            account=self.account.text(),
            address=self.address.text(),
            listener=self.listener.currentData(),
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

    def _box(self, name: str, title: str, every: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(f"log.{name}")
        box.setAccessibleName(title)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.addItem(every, "")
        box.currentIndexChanged.connect(self.changed)
        return box

    def _field(self, name: str, title: str, placeholder: str) -> QLineEdit:
        field = QLineEdit()
        field.setObjectName(f"log.{name}")
        field.setAccessibleName(title)
        field.setPlaceholderText(placeholder)
        field.setClearButtonEnabled(True)
        field.textChanged.connect(self.changed)
        return field
