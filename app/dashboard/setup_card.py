"""What is left to set up before people can fetch their mail, each step with its button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from app.bridge.demo_account import DemoAccount
from app.bridge.services import Services
from app.dashboard.figures import nearest_end
from app.dashboard.health_words import page_word
from app.dashboard.listener_chips import client_address, only_here, security_words
from app.dashboard.tab_order import in_order
from app.look.marks import Mark
from app.look.parts import Card, button, label, monospace, muted
from app.look.theme import Theme, size, space
from server_core.config.model import Security
from server_core.events.views import (
    CertificateView,
    ListenerState,
    ListenerView,
    ServerState,
    ServerStatus,
)

DONE, OPEN = ("circle", "ok"), ("ring", "neutral")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it is done, what it is about, and where its button leads."""

    id: str
    done: bool
    title: str
    sentence: str
    action: str
    page: str
    target: str = ""


class SetupCard(Card):
    """The steps of a first day; gone once all of them are done or somebody puts it away."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.theme, "")
        self.setObjectName("dashboard.setup")
        self._services = services
        self._steps: tuple[Step, ...] = ()
        self._marks: dict[str, Mark] = {}
        self._buttons: dict[str, QPushButton] = {}
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._sentences: dict[str, QLabel] = {}
        self._sentence = label(services.theme, kind="section", bold=True)
        self._sentence.setWordWrap(True)
        self.away = button(self.tr("Hide"), "dashboard.hide_setup", kind="link")
        self.away.setAccessibleName(self.tr("Hide the steps that are left"))
        self.heading.addWidget(self._sentence, 1)
        self.heading.addWidget(self.away)
        self.body.addLayout(self.heading)
        self._grid = _grid()
        self.body.addLayout(self._grid)

    @property
    def left(self) -> int:
        """How many steps are not done."""
        return sum(not step.done for step in self._steps)

    def show_status(
        self, status: ServerStatus, certificates: Sequence[CertificateView], *, tried: bool
    ) -> None:
        """Show what is done and what is left; ``tried`` tells that somebody has signed in."""
        steps = self._steps_of(status, certificates, tried=tried)
        if steps == self._steps:
            return
        first, self._steps = not self._steps, steps
        self._sentence.setText(
            self.tr("A few steps are left until everybody can fetch mail.")
            if status.accounts
            else self.tr("Nobody can sign in yet. Add the first mailbox.")
        )
        self.setAccessibleName(self._sentence.text())
        self.away.setVisible(bool(status.accounts))
        for place, step in enumerate(steps):
            if first:
                self._add(place, step)
            self._marks[step.id].show_mark(*(DONE if step.done else OPEN))
            self._marks[step.id].setAccessibleName(
                self.tr("Done") if step.done else self.tr("To do")
            )
            self._buttons[step.id].setVisible(not step.done)
            self._sentences[step.id].setText(step.sentence)
            shown = not (step.done and status.accounts)
            self._grid.setRowMinimumHeight(place, size("control") if shown else 0)
            for part in self._rows[step.id]:
                part.setVisible(shown)
        if first:
            in_order(self.away, *self._buttons.values())

    def _steps_of(
        self, status: ServerStatus, certificates: Sequence[CertificateView], *, tried: bool
    ) -> tuple[Step, ...]:
        up = [view for view in status.listeners if view.state is ListenerState.LISTENING]
        encrypted = [view for view in up if view.security != Security.NONE]
        # A server that is stopped or paused has none; what was done before is done.
        serving = status.state in (ServerState.RUNNING, ServerState.PROBLEMS)
        before = {step.id: step.done for step in self._steps if not serving}
        served = nearest_end(certificates) is not None and bool(encrypted)
        reached = any(not only_here(view) for view in up)
        return (
            Step(
                "account",
                status.accounts > 0,
                self.tr("Mailboxes"),
                self.tr("Every person who fetches mail needs an account."),
                self.tr("Add account"),
                "accounts",
                "add",
            ),
            Step(
                "listener",
                before.get("listener", reached),
                self.tr("A listener in the network"),
                self.tr(
                    "Other devices can connect only where a listener is not for this computer."
                ),
                page_word("listeners"),
                "listeners",
            ),
            Step(
                "certificate",
                before.get("certificate", served),
                self.tr("A certificate"),
                self.tr("Passwords and mail are encrypted once a listener serves a certificate."),
                page_word("certs"),
                "certs",
            ),
            self._last_step(up, tried=tried),
        )

    def _last_step(self, up: Sequence[ListenerView], *, tried: bool) -> Step:
        text = self.tr(
            "Set up a mail program, or see what one would meet with Try it on Listeners."
        )
        if up:
            # What most people want: reached by others, and encrypted from the first octet.
            best = min(up, key=lambda view: (only_here(view), view.security != Security.TLS))
            host, port = client_address(best)
            text = self.tr(
                "Give a mail program the server {host}, port {port} ({security}). Try it, on "
                "Listeners, shows what it would meet."
            ).format(host=host, port=port, security=security_words(best.security))
        return Step(
            "try",
            tried,
            self.tr("A first sign-in"),
            text,
            page_word("listeners"),
            "listeners",
        )

    def _add(self, place: int, step: Step) -> None:
        theme = self._services.theme
        mark = Mark(theme)
        self._marks[step.id] = mark
        sentence = self._sentences[step.id] = muted(theme)
        sentence.setWordWrap(True)
        kind = "primary" if place == 0 else ""
        name = "dashboard.add_account" if step.id == "account" else f"dashboard.setup.{step.id}"
        opens = button(step.action, name, kind=kind)
        opens.clicked.connect(lambda: self._services.window.go(step.page, step.target))
        self._buttons[step.id] = opens
        title = label(theme, step.title, bold=True)
        self._rows[step.id] = (mark, title, sentence)
        self._grid.addWidget(mark, place, 0)
        self._grid.addWidget(title, place, 1)
        self._grid.addWidget(sentence, place, 2)
        self._grid.addWidget(opens, place, 3)


class DemoCard(Card):
    """The accounts of a throw-away server, to be tried."""

    def __init__(self, theme: Theme, accounts: Sequence[DemoAccount]) -> None:
        super().__init__(theme, self.tr("Try it: set up one of these accounts in a mail program."))
        self.setObjectName("dashboard.demo")
        grid = QGridLayout()
        grid.setHorizontalSpacing(space("xl"))
        grid.setVerticalSpacing(space("s"))
        for line, account in enumerate(accounts):
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
        self.body.addLayout(grid)


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(space("m"))
    grid.setVerticalSpacing(space("s"))
    grid.setColumnStretch(2, 1)
    return grid
