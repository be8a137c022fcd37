"""A listener in a few words: its state, where it listens, how it protects, how full it is."""

from __future__ import annotations

import socket

import psutil
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget

from app.bridge.services import WindowRequests
from app.look.marks import Mark
from app.look.parts import IconButton, column, label, monospace, muted, row
from app.look.share import Share
from app.look.theme import Theme
from app.look.words import listener_state, number
from server_core.config.endpoint import Endpoint
from server_core.config.model import Security
from server_core.events.views import ListenerState, ListenerView


def security_words(security: str) -> str:
    """How a listener protects its connections, as mail programs call it."""
    tr = QCoreApplication.translate
    return {
        Security.NONE: tr("Words", "Not encrypted"),
        Security.STARTTLS: tr("Words", "STARTTLS"),
        Security.STARTTLS_REQUIRED: tr("Words", "STARTTLS required"),
        Security.TLS: tr("Words", "TLS"),
    }[Security(security)]


def client_address(listener: ListenerView) -> tuple[str, int]:
    """The server and port a mail program should be given for a listener."""
    host, port = Endpoint.parse(listener.address)
    if host in {"*", "0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return network_address(), port
    return host, port


def network_address() -> str:
    """This computer's address in its network, or its loopback address when it is in none."""
    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            if address.family is socket.AF_INET and not address.address.startswith("127."):
                return str(address.address)
    return "127.0.0.1"


def only_here(listener: ListenerView) -> bool:
    """Whether only programs on this computer can reach the listener."""
    host = Endpoint.parse(listener.address).host
    return host == "::1" or host.startswith("127.")


def listening(views: tuple[ListenerView, ...]) -> str:
    """``2/3``: how many of the listeners that should run do."""
    ended = (ListenerState.OFF, ListenerState.DRAINING)
    wanted = [view for view in views if view.state not in ended]
    up = sum(view.state is ListenerState.LISTENING for view in wanted)
    return f"{number(up)}/{number(len(wanted))}"


class ListenerChip(QFrame):
    """A listener: its state, its name, and what a mail program should be given."""

    def __init__(self, theme: Theme, window: WindowRequests, name: str) -> None:
        super().__init__()
        self._theme, self._window, self._listener = theme, window, name
        self.setObjectName(f"dashboard.listener.{name}")
        self.setProperty("part", "chip")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._mark = Mark(theme)
        self._state = muted(theme, kind="small")
        self._name = QPushButton(name)
        self._name.setObjectName(f"dashboard.listener.{name}.open")
        self._name.setProperty("kind", "link")
        self._name.clicked.connect(self._open)
        self._address = label(theme)
        self._address.setFont(monospace(theme))
        self._lock = QLabel()
        self._security = muted(theme, kind="small")
        self._people = muted(theme, kind="small")
        self._share = Share(theme)
        self._copy = IconButton(
            theme, "copy", self.tr("Copy what a mail program needs"), f"{self.objectName()}.copy"
        )
        self._copy.clicked.connect(self._copy_settings)
        kept = self._copy.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self._copy.setSizePolicy(kept)
        self._settings = ""
        self._lock_icon = "lock"
        self._build()
        theme.changed.connect(self._paint)

    @property
    def buttons(self) -> tuple[QWidget, ...]:
        """What of it the keyboard reaches."""
        return self._name, self._copy

    def show_view(self, view: ListenerView, limit: int) -> None:
        """Show the listener as it is now; ``limit`` sessions are let in at once, 0 for any."""
        shape, role, word = listener_state(view.state)
        self._mark.show_mark(shape, role)
        self._state.setText(word)
        host, port = client_address(view)
        protection = security_words(view.security)
        self._address.setText(self.tr("{host}  port {port}").format(host=host, port=port))
        self._settings = self.tr("POP3 server: {host}\nPort: {port}\nSecurity: {security}").format(
            host=host, port=port, security=protection
        )
        people = self._sessions_words(view.sessions, limit)
        self._people.setText(people)
        self._share.show_share(view.sessions / limit if limit else 0.0)
        self._security.setText(protection)
        self.setToolTip(view.sentence)
        self._copy.setVisible(view.state is ListenerState.LISTENING)
        self._show_lock("unlock" if view.security == Security.NONE else "lock")
        self._name.setAccessibleName(
            self.tr("Listener {name}, {state}, {host} port {port}, {security}, {people}").format(
                name=view.name,
                state=word,
                host=host,
                port=port,
                security=protection,
                people=people,
            )
        )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self._open()

    def _sessions_words(self, sessions: int, limit: int) -> str:
        if not limit:
            return self.tr("{count} sessions").format(count=number(sessions))
        return self.tr("{count} of {limit} sessions").format(
            count=number(sessions), limit=number(limit)
        )

    def _build(self) -> None:
        top = row()
        top.addWidget(self._mark)
        top.addWidget(self._name)
        top.addStretch(1)
        top.addWidget(self._state)
        middle = row()
        middle.addWidget(self._address, 1)
        middle.addWidget(self._copy)
        bottom = row(gap="xs")
        bottom.addWidget(self._lock)
        bottom.addWidget(self._security, 1)
        bottom.addWidget(self._people)
        body = column(self, margin="m", gap="xs")
        for line in (top, middle, bottom):
            body.addLayout(line)
        body.addWidget(self._share)

    def _show_lock(self, icon: str) -> None:
        if icon != self._lock_icon or self._lock.pixmap().isNull():
            self._lock_icon = icon
            self._paint()

    def _paint(self) -> None:
        self._lock.setPixmap(self._theme.icon(self._lock_icon).pixmap(14, 14))

    def _open(self) -> None:
        self._window.go("listeners", self._listener)

    def _copy_settings(self) -> None:
        QGuiApplication.clipboard().setText(self._settings)
        self._window.say(self.tr("Copied. Paste it where the mail program is set up."))
