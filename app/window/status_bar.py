"""The bar at the bottom: the server in numbers; each part opens its page."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QFrame, QPushButton

from app.bridge.loop_delay import Delay
from app.dashboard.listener_chips import listening
from app.look.parts import button, row
from app.look.theme import Theme, space
from app.look.words import number, octets
from server_core.events.views import ServerStatus


class StatusBar(QFrame):
    """Six short facts; ``going`` names the page of the one that was clicked."""

    going = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("status_bar")
        self._theme = theme
        self._line = row(self, gap="xs")
        self._line.setContentsMargins(space("s"), 2, space("s"), 2)
        self._listening = self._part("listening", "listeners")
        self._sessions = self._part("sessions", "sessions")
        self._rate = self._part("rate", "dashboard")
        self._line.addStretch(1)
        self._delay = self._part("delay", "dashboard")
        self._disk = self._part("disk", "dashboard")
        self._revision = self._part("revision", "listeners")

    @property
    def is_blank(self) -> bool:
        """Whether nothing was shown yet."""
        return not self._listening.text()

    def show_status(self, status: ServerStatus, rate: float, delay: Delay) -> None:
        """Show how things are now."""
        _tell(
            self._listening,
            self.tr("Listening {count}").format(count=listening(status.listeners)),
        )
        _tell(self._sessions, self.tr("Sessions {count}").format(count=number(status.sessions)))
        _tell(self._rate, self.tr("Out {rate}/s").format(rate=octets(rate)))
        late = QLocale().toString(delay.p99, "f", 1)
        _tell(self._delay, self.tr("Window delay {delay} ms").format(delay=late))
        _tell(self._disk, self.tr("Disk {size} free").format(size=octets(status.free_octets)))
        _tell(self._revision, self.tr("Revision {count}").format(count=number(status.revision)))
        self._delay.setToolTip(
            self.tr("How late this window was at most, in 99 of 100 moments of the last minute")
        )

    def _part(self, name: str, page: str) -> QPushButton:
        made = button("", f"status.{name}")
        made.setFont(self._theme.font("small"))
        made.clicked.connect(lambda: self.going.emit(page))
        self._line.addWidget(made)
        return made


def _tell(part: QPushButton, text: str) -> None:
    if part.text() != text:
        part.setText(text)
        part.setAccessibleName(text)
