"""The Dashboard's first card: one honest sentence on whether mail is being served."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from app.bridge.demo_account import DemoAccount
from app.bridge.services import Services
from app.dashboard.tiles import ListenerChip, only_here
from app.look.flow import Strip
from app.look.marks import Mark
from app.look.parts import Card, button, label, monospace, muted, row
from app.look.theme import space
from app.look.words import server_state
from server_core.events.views import ListenerState, ListenerView, ServerState, ServerStatus

CHIP_WIDTH = 268


class StateCard(Card):
    """State in words, what clients should enter, and every listener."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.theme)
        self.setObjectName("dashboard.state")
        theme = services.theme
        self._services = services
        self._mark = Mark(theme, 20)
        self._sentence = label(theme, kind="section", bold=True)
        self._sentence.setObjectName("dashboard.state_sentence")
        self._sentence.setWordWrap(True)
        self._advice = muted(theme)
        self._advice.setWordWrap(True)
        self._change = button(self.tr("Change listeners"), "dashboard.listeners", kind="link")
        self._change.clicked.connect(lambda: services.window.go("listeners"))
        self._strip = Strip(CHIP_WIDTH, fewest=3)
        self._chips: dict[str, ListenerChip] = {}
        first = row(gap="m")
        first.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        first.addWidget(self._sentence, 1)
        second = row(gap="m")
        second.addWidget(self._advice, 1)
        second.addWidget(self._change)
        self.body.addLayout(first)
        self.body.addLayout(second)
        self.body.addWidget(self._strip)

    def show_status(self, status: ServerStatus) -> None:
        """Say how the server is."""
        shape, role, word = server_state(status.state)
        self._mark.show_mark(shape, role)
        sentence = self._state_sentence(status)
        self._sentence.setText(sentence)
        self.setAccessibleName(f"{word}. {sentence}")
        self._advice.setText(self._client_advice(status))
        self._show_chips(status.listeners)

    def _state_sentence(self, status: ServerStatus) -> str:
        if status.state is ServerState.RUNNING and not status.listeners:
            return self.tr("Clients have no address to connect to.")
        if status.state is ServerState.PROBLEMS and not _some_listen(status.listeners):
            return self.tr("Nobody can connect: no listener could start.")
        return {
            ServerState.RUNNING: self.tr("Mail is being served. Everything is running."),
            ServerState.PROBLEMS: self.tr("Mail is being served, but not on every listener."),
            ServerState.PAUSED: self.tr("New connections are not accepted. Open sessions go on."),
            ServerState.STARTING: self.tr("The server is starting."),
            ServerState.STOPPING: self.tr("The server is stopping; sessions are being finished."),
            ServerState.STOPPED: self.tr("The server is stopped. Nobody can fetch mail."),
        }[status.state]

    def _client_advice(self, status: ServerStatus) -> str:
        up = [view for view in status.listeners if view.state is ListenerState.LISTENING]
        if not up:
            return ""
        if all(only_here(view) for view in up):
            return self.tr(
                "Mail programs on this computer can use the addresses below. Other devices cannot "
                "connect yet: every listener is for this computer only."
            )
        return self.tr("In the mail program choose POP3 and enter one of these addresses.")

    def _show_chips(self, views: tuple[ListenerView, ...]) -> None:
        names = [view.name for view in views]
        if names != list(self._chips):
            window, theme = self._services.window, self._services.theme
            self._chips = {
                name: self._chips.get(name) or ListenerChip(theme, window, name) for name in names
            }
            self._strip.show_parts(list(self._chips.values()))
        for view in views:
            self._chips[view.name].show_view(view)


def _some_listen(views: tuple[ListenerView, ...]) -> bool:
    return any(view.state is ListenerState.LISTENING for view in views)


class FirstSteps(Card):
    """What a server without accounts needs first, or how to try a throw-away one."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.theme)
        self.setObjectName("dashboard.first_steps")
        theme = services.theme
        self._services = services
        self._sentence = label(theme, kind="section", bold=True)
        self._sentence.setWordWrap(True)
        self.add = button(self.tr("Add account"), "dashboard.add_account", kind="primary")
        self.add.clicked.connect(lambda: services.window.go("accounts", "add"))
        line = row(gap="l")
        line.addWidget(self._sentence, 1)
        line.addWidget(self.add)
        self.body.addLayout(line)
        if services.demo:
            self.body.addLayout(self._demo_lines(services.demo))

    def show_accounts(self, accounts: int) -> None:
        """Show what is to do while nobody can sign in."""
        if not accounts:
            self._sentence.setText(self.tr("Nobody can sign in yet. Add the first mailbox."))
        elif self._services.demo:
            self._sentence.setText(
                self.tr("Try it: set up one of these accounts in a mail program.")
            )
        self.add.setVisible(not accounts)
        self.setVisible(not accounts or bool(self._services.demo))

    def _demo_lines(self, accounts: tuple[DemoAccount, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(space("xl"))
        grid.setVerticalSpacing(space("s"))
        for line, account in enumerate(accounts):
            theme = self._services.theme
            for place, (title, value) in enumerate(
                ((self.tr("Account"), account.name), (self.tr("Password"), account.password))
            ):
                shown = label(theme, value)
                shown.setFont(monospace(theme))
                shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                shown.setAccessibleName(f"{title}: {value}")
                grid.addWidget(muted(theme, title), line, place * 2)
                grid.addWidget(shown, line, place * 2 + 1)
        grid.setColumnStretch(4, 1)
        return grid
