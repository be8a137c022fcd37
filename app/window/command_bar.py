"""The bar on top: navigation toggle, the server's state, what to do with it, the look."""

from __future__ import annotations

from PySide6.QtCore import QSettings, QSize, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QToolButton

from app.dashboard.listener_chips import listening
from app.look.marks import mark_pixmap
from app.look.parts import IconButton, button, label, row
from app.look.theme import Theme, space
from app.look.words import listener_state, server_state
from app.resources import resource
from app.window.look_menu import LookMenu
from server_core.events.views import ServerState, ServerStatus

BAR_HEIGHT = 56
SERVING = (ServerState.RUNNING, ServerState.PROBLEMS)
BUSY = (ServerState.STARTING, ServerState.STOPPING)


class CommandBar(QFrame):
    """Says what is wanted by signals; the window does it."""

    navigation_toggled = Signal()
    primary = Signal()
    stop_wanted = Signal()
    restart_wanted = Signal()
    state_clicked = Signal()

    def __init__(self, theme: Theme, settings: QSettings) -> None:
        super().__init__()
        self._theme = theme
        self._state = ServerState.STOPPED
        self._shown: object = None
        self.setObjectName("command_bar")
        self.setFixedHeight(BAR_HEIGHT)
        self.toggle = IconButton(theme, "menu", self.tr("Navigation"), "bar.navigation")
        self.pill = button("", "bar.state", kind="pill")
        self.main = button("", "bar.primary")
        self.more = QMenu(self)
        self.stop = self.more.addAction(self.tr("Stop now…"))
        self.restart = self.more.addAction(self.tr("Restart listeners"))
        self.more_button = IconButton(theme, "chevron", self.tr("More for the server"), "bar.more")
        self.look_button = IconButton(theme, "moon", self.tr("Appearance"), "bar.theme")
        self.look = LookMenu(theme, settings, self)
        self._build()
        self.toggle.clicked.connect(self.navigation_toggled)
        self.pill.clicked.connect(self.state_clicked)
        self.main.clicked.connect(self.primary)
        self.stop.triggered.connect(self.stop_wanted)
        self.restart.triggered.connect(self.restart_wanted)
        theme.changed.connect(self._paint)
        self._paint()

    def show_status(self, status: ServerStatus) -> None:
        """Show the server's state and offer what can be done about it."""
        shown = status.state, [(x.name, x.address, x.state) for x in status.listeners]
        if shown == self._shown:
            return
        self._shown = shown
        self._state = status.state
        word = server_state(status.state)[2]
        text = word
        if status.state in SERVING:
            text = self.tr("{state} · listening {count}").format(
                state=word, count=listening(status.listeners)
            )
        self.pill.setText(f" {text}")
        self.pill.setAccessibleName(self.tr("Server: {state}").format(state=text))
        lines = (f"{x.name}: {x.address}, {listener_state(x.state)[2]}" for x in status.listeners)
        self.pill.setToolTip("\n".join(lines) or word)
        self._paint()

    def _build(self) -> None:
        logo = QLabel()
        logo.setPixmap(QIcon(str(resource("icons", "postroom.svg"))).pixmap(QSize(26, 26)))
        self.more_button.setMenu(self.more)
        self.look_button.setMenu(self.look)
        for opens_menu in (self.more_button, self.look_button):
            opens_menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        # The two are one control to the eye: what to do now, and what else there is.
        split = row()
        split.setSpacing(2)
        split.addWidget(self.main)
        split.addWidget(self.more_button)
        line = row(self, gap="m")
        line.setContentsMargins(space("m"), 0, space("l"), 0)
        line.addWidget(self.toggle)
        line.addWidget(logo)
        line.addWidget(label(self._theme, "Postroom", kind="section", bold=True))
        line.addStretch(1)
        line.addWidget(self.pill)
        line.addLayout(split)
        line.addWidget(self.look_button)

    def _paint(self) -> None:
        shape, role, _ = server_state(self._state)
        self.pill.setIcon(
            QIcon(mark_pixmap(shape, self._theme.color(role), 14, self.devicePixelRatioF()))
        )
        text, sign = {
            ServerState.STOPPED: (self.tr("Start"), "play"),
            ServerState.PAUSED: (self.tr("Resume"), "play"),
        }.get(self._state, (self.tr("Pause accepting"), "pause"))
        self.main.setText(f" {text}")
        self.main.setAccessibleName(text)
        self.main.setIcon(self._theme.icon(sign, "text"))
        self.main.setEnabled(self._state not in BUSY)
        self.stop.setEnabled(self._state is not ServerState.STOPPED)
        self.restart.setEnabled(self._state in SERVING)
        icon = "moon" if self._theme.dark else "sun"
        self.look_button.show_icon(icon, self.tr("Appearance"))
