"""The filter bar of the Sessions page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPaintEvent, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from app.dashboard.session_filter import Grouping, SessionFilter
from app.look.filter_field import FilterField
from app.look.parts import button, row
from app.look.words import session_state
from server_core.events.views import SessionState

LEAST_WORDS, LEAST_CHOICE = 120, 88


class Narrow(QComboBox):
    """A choice that may be narrower than its text, which then ends in dots; the tip has it all."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setMinimumWidth(LEAST_CHOICE)
        self.setToolTip(title)
        self.currentTextChanged.connect(lambda text: self.setToolTip(f"{title}: {text}"))

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        kind = QStyle.ComplexControl.CC_ComboBox
        room = self.style().subControlRect(kind, option, part, self).width()
        full = option.currentText
        option.currentText = self.fontMetrics().elidedText(full, Qt.TextElideMode.ElideRight, room)
        painter = QStylePainter(self)
        painter.drawComplexControl(kind, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class Choices(Narrow):
    """A choice among what ``source`` offers whenever somebody looks; the first means any."""

    def __init__(self, name: str, title: str, every: str, source: Callable[[], Iterable[str]]):
        super().__init__(name, title)
        self._every, self._source = every, source
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContentsOnFirstShow)
        self.setMinimumContentsLength(11)
        self.addItem(every, "")

    def choose(self, value: str) -> None:
        """Have a value chosen, whether it is on offer now or not."""
        if value and self.findData(value) < 0:
            self.addItem(value, value)
        self.setCurrentIndex(max(0, self.findData(value)))

    def showPopup(self) -> None:
        self._fill()
        super().showPopup()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._fill()
        super().focusInEvent(event)

    def _fill(self) -> None:
        chosen = str(self.currentData() or "")
        values = sorted({*self._source()} | {chosen} - {""}, key=str.casefold)
        with QSignalBlocker(self):
            self.clear()
            self.addItem(self._every, "")
            for value in values:
                if value:
                    self.addItem(value, value)
            self.setCurrentIndex(max(0, self.findData(chosen)))


class SessionBar(QWidget):
    """What to show and how; ``changed`` carries the filter, ``grouped`` the Grouping."""

    changed = Signal(object)
    grouped = Signal(object)

    def __init__(
        self, listeners: Callable[[], Iterable[str]], accounts: Callable[[], Iterable[str]]
    ) -> None:
        super().__init__()
        self.filter = SessionFilter()
        self._group = Grouping.NONE
        self.words = FilterField()
        self.listener = Choices(
            "sessions.by_listener", self.tr("Listener"), self.tr("All listeners"), listeners
        )
        self.account = Choices(
            "sessions.by_account", self.tr("Account"), self.tr("All accounts"), accounts
        )
        self.encrypted = Narrow("sessions.by_security", self.tr("Encryption"))
        self.state = Narrow("sessions.by_state", self.tr("State"))
        self.grouping = Narrow("sessions.group", self.tr("Group by"))
        self.clear = button(self.tr("Clear filters"), "sessions.clear", kind="link")
        self._fill()
        self._build()
        self._connect()

    def show_filter(self, wanted: SessionFilter) -> None:
        """Use this filter and show it in the fields."""
        self.words.setText(wanted.words)
        self.listener.choose(wanted.listener)
        self.account.choose(wanted.account)
        self.encrypted.setCurrentIndex(self.encrypted.findData(wanted.encrypted))
        self.state.setCurrentIndex(self.state.findData(wanted.state))
        self._use(wanted)

    def clear_filters(self) -> None:
        """Show every row again."""
        self.show_filter(SessionFilter())

    def fit(self, *, has_accounts: bool, has_states: bool) -> None:
        """Offer only what the rows shown can be asked."""
        self._offer_accounts(offered=has_accounts)
        self.account.setVisible(has_accounts)
        self.encrypted.setVisible(has_accounts)
        self.state.setVisible(has_states)

    def _offer_accounts(self, *, offered: bool) -> None:
        """Where rows have no account they are not grouped by it; later they are again."""
        place = self.grouping.findData(Grouping.ACCOUNT)
        model = self.grouping.model()
        assert isinstance(model, QStandardItemModel)
        model.item(place).setEnabled(offered)
        with QSignalBlocker(self.grouping):
            if not offered and self.grouping.currentIndex() == place:
                self.grouping.setCurrentIndex(0)
            elif offered and self._group is Grouping.ACCOUNT:
                self.grouping.setCurrentIndex(place)

    def _fill(self) -> None:
        self.words.setObjectName("sessions.filter")
        self.words.setMinimumWidth(LEAST_WORDS)
        self.words.setAccessibleName(self.tr("Filter sessions"))
        self.words.setPlaceholderText(self.tr("Filter: account, address …"))
        for encrypted, text in (
            (None, self.tr("Any encryption")),
            (True, self.tr("Encrypted")),
            (False, self.tr("Not encrypted")),
        ):
            self.encrypted.addItem(text, encrypted)
        self.state.addItem(self.tr("Any state"), None)
        for state in SessionState:
            if state is not SessionState.CLOSED:
                self.state.addItem(session_state(state)[2], state)
        for grouping, text in (
            (Grouping.NONE, self.tr("Not grouped")),
            (Grouping.ACCOUNT, self.tr("By account")),
            (Grouping.ADDRESS, self.tr("By address")),
            (Grouping.LISTENER, self.tr("By listener")),
        ):
            self.grouping.addItem(text, grouping)

    def _build(self) -> None:
        line = row(self)
        # Where room is scarce the words come down to their least first, then the choices.
        line.addWidget(self.words, 1)
        for choice in (self.listener, self.account, self.encrypted, self.state, self.grouping):
            line.addWidget(choice)
        line.addWidget(self.clear)
        self.clear.hide()

    def _connect(self) -> None:
        self.words.textChanged.connect(self._read)
        for choice in (self.listener, self.account, self.encrypted, self.state):
            choice.currentIndexChanged.connect(self._read)
        self.grouping.currentIndexChanged.connect(self._regroup)
        self.clear.clicked.connect(self.clear_filters)

    def _regroup(self) -> None:
        self._group = Grouping(self.grouping.currentData())
        self.grouped.emit(self._group)

    def _read(self) -> None:
        state = self.state.currentData()
        self._use(
            replace(
                self.filter,
                words=self.words.text().strip(),
                listener=str(self.listener.currentData() or ""),
                account=str(self.account.currentData() or ""),
                encrypted=self.encrypted.currentData(),
                state=SessionState(state) if state else None,
            )
        )

    def _use(self, wanted: SessionFilter) -> None:
        self.clear.setVisible(wanted.narrow)
        if wanted != self.filter:
            self.filter = wanted
            self.changed.emit(wanted)
