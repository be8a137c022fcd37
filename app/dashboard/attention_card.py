"""The Dashboard's first card: is mail being served, and does anything need you?"""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.bridge.services import Services
from app.dashboard.findings import Finding, severity_word
from app.dashboard.health_words import page_word
from app.dashboard.tab_order import in_order
from app.look.marks import Mark, StateLabel
from app.look.parts import ALERTS, Card, button, label, muted, row
from app.look.theme import space
from app.look.words import duration, server_state
from server_core.events.views import ListenerState, ListenerView, ServerState, ServerStatus

JUST_NOW = 60.0


class AttentionCard(Card):
    """The server's state in a sentence, then each finding with the button that leads to it."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.theme)
        self.setObjectName("dashboard.state")
        theme = services.theme
        self._services = services
        self._findings: Sequence[Finding] | None = None
        self._serving = False
        self._mark = Mark(theme, 20)
        self._sentence = label(theme, kind="section", bold=True)
        self._sentence.setObjectName("dashboard.state_sentence")
        self._sentence.setWordWrap(True)
        self._checked = muted(theme)
        self._checked.setObjectName("dashboard.checked")
        self.check = button(self.tr("Check again"), "dashboard.check", kind="link")
        self._list = QWidget()
        self._list.setObjectName("dashboard.findings")
        self._grid = QGridLayout(self._list)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(space("m"))
        self._grid.setVerticalSpacing(space("s"))
        self._grid.setColumnStretch(1, 1)
        first = row(gap="m")
        first.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        first.addWidget(self._sentence, 1)
        first.addWidget(self._checked)
        first.addWidget(self.check)
        self.body.addLayout(first)
        self.body.addWidget(self._list)

    def show_status(self, status: ServerStatus) -> None:
        """Say how the server is."""
        self._serving = status.state is not ServerState.STOPPED
        shape, role, word = server_state(status.state)
        self._mark.show_mark(shape, role)
        sentence = state_sentence(status)
        if sentence != self._sentence.text():
            self._sentence.setText(sentence)
            self.setAccessibleName(f"{word}. {sentence}")

    def show_findings(self, findings: Sequence[Finding], checked: float) -> None:
        """List these; ``checked`` is when everything was looked at last."""
        self._checked.setText(self._checked_words(findings, checked))
        if findings == self._findings:
            return
        self._findings = findings
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        in_order(self.check, *(self._add(place, each) for place, each in enumerate(findings)))
        self._list.setVisible(bool(findings))

    def _checked_words(self, findings: Sequence[Finding], checked: float) -> str:
        if not checked:
            return self.tr("The checks have not run yet.") if self._serving else ""
        ago = time.time() - checked
        last = (
            self.tr("Last checked just now.")
            if ago < JUST_NOW
            else self.tr("Last checked {time} ago.").format(
                time=duration(ago // JUST_NOW * JUST_NOW)
            )
        )
        return last if findings else self.tr("Everything looks right.") + " " + last

    def _add(self, place: int, finding: Finding) -> QWidget:
        """A line with the finding; gives its button."""
        theme = self._services.theme
        word = severity_word(finding.severity)
        state = StateLabel(theme)
        state.show_state(ALERTS[finding.severity], finding.severity, word)
        sentence = label(theme, finding.sentence)
        sentence.setWordWrap(True)
        sentence.setAccessibleName(f"{word}: {finding.sentence}")
        open_it = button(
            page_word(finding.page) if finding.page != "health" else self.tr("Details"),
            f"dashboard.finding.{place}",
            accessible=self.tr("Open what this is about: {what}").format(what=finding.sentence),
        )
        open_it.clicked.connect(lambda: self._services.window.go(finding.page, finding.target))
        top = Qt.AlignmentFlag.AlignVCenter
        self._grid.addWidget(state, place, 0, top)
        self._grid.addWidget(sentence, place, 1, top)
        self._grid.addWidget(open_it, place, 2, top)
        return open_it


def state_sentence(status: ServerStatus) -> str:
    """Whether mail is being served, in one honest sentence."""
    tr = QCoreApplication.translate
    listeners = status.listeners
    if status.state is ServerState.RUNNING and not listeners:
        return tr("Dashboard", "Clients have no address to connect to.")
    if status.state is ServerState.PROBLEMS:
        return _problem_sentence(listeners)
    return {
        ServerState.RUNNING: tr("Dashboard", "Mail is being served."),
        ServerState.PAUSED: tr(
            "Dashboard", "New connections are not accepted. Open sessions go on."
        ),
        ServerState.STARTING: tr("Dashboard", "The server is starting."),
        ServerState.STOPPING: tr(
            "Dashboard", "The server is stopping; sessions are being finished."
        ),
        ServerState.STOPPED: tr("Dashboard", "The server is stopped. Nobody can fetch mail."),
    }[status.state]


def _problem_sentence(listeners: Sequence[ListenerView]) -> str:
    tr = QCoreApplication.translate
    states = {view.state for view in listeners}
    if ListenerState.FAILED not in states:
        return tr("Dashboard", "Mail is being served, but something needs you.")
    if ListenerState.LISTENING not in states:
        return tr("Dashboard", "Nobody can connect: no listener could start.")
    return tr("Dashboard", "Mail is being served, but not on every listener.")
