"""The Health page: proves the server works and says how to fix what does not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QScrollArea, QWidget

from app.bridge.services import PageWidget, Services
from app.dashboard.health_rows import GroupCard, fix_for, page_for
from app.dashboard.health_why import WhyDialog
from app.dashboard.tab_order import in_order
from app.look.parts import Banner, EmptyState, button, column, muted, row, tab_bar, with_menu
from app.look.spoken import announce
from app.look.theme import space
from app.look.words import moment
from server_core.events.health import Finding, FindingState, HealthChecked, HealthGroup
from server_core.events.ring import Batch

EVERYTHING, NEEDS_A_LOOK = range(2)
WHY = "why:"
_LOOKED_AT = (FindingState.PROBLEM, FindingState.ATTENTION)


class HealthPage(PageWidget):
    """Checks in groups, run by themselves every hour and on request."""

    scrolls = True

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("health")
        self._services = services
        self._findings: tuple[Finding, ...] = ()
        self._running = False
        theme = services.theme
        self._summary = Banner(theme, "health.summary")
        self._failure = Banner(theme, "health.failure")
        self._all_fine = EmptyState(theme, "health", "health.all_fine")
        self._tabs = tab_bar(
            "health.tabs", self.tr("Findings"), self.tr("Everything"), self.tr("Needs a look")
        )
        self._when = muted(theme)
        self._run = button(self.tr("Run all"), "health.run", kind="primary")
        self._why = button(self.tr("Why can't someone sign in?"), "health.why")
        self._copy = button(self.tr("Copy report"), "health.copy")
        self._cards: dict[HealthGroup, GroupCard] = {}
        self._wanted: dict[HealthGroup, list[Finding]] = {}
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._content = QWidget()
        self._build()
        self._connect()

    def title_buttons(self) -> list[QWidget]:
        return [self._why, self._copy, self._run]

    def show_target(self, target: str) -> None:
        """``why:ACCOUNT ADDRESS LISTENER`` explains a sign-in; what is left out is asked for."""
        if target.startswith(WHY):
            self.explain(*target.removeprefix(WHY).split(" ", 2))

    def refresh(self) -> None:
        """Show what was found last; the first time, look."""
        found = self._services.service.findings()
        if found:
            self._show(found)
        else:
            self.run()

    def look_again(self) -> None:
        """F5 runs all checks."""
        self.run()

    def run(self) -> None:
        """Run all checks."""
        if not self._running:
            self._running = True
            self._show_run()
            self._services.tasks.start(self._check(), on_error=self._failed)

    def take(self, batch: Batch) -> None:
        """Checks were run, here or by themselves."""
        checked = any(isinstance(event, HealthChecked) for event in batch.events)
        # A server that was stopped since has no findings; what is shown stays in sight.
        if checked and self.isVisible() and (found := self._services.service.findings()):
            self._show(found)

    def explain(self, account: str = "", address: str = "", listener: str = "") -> None:
        """Open the dialog that says why somebody can or cannot sign in."""
        dialog = WhyDialog(self._services, self.window())
        dialog.ask(account, address, listener)
        dialog.open()

    def _ask_why(self) -> None:
        self.explain()

    async def _check(self) -> None:
        try:
            found = await self._services.service.check_health()
        finally:
            self._running = False
            self._show_run()
        self._failure.tell("problem", "")
        self._show(found)
        announce(self._summary, self._summary.accessibleName())

    def _failed(self, problem: Exception) -> None:
        text = self.tr("The checks could not be run: {reason}").format(reason=problem)
        self._failure.tell("problem", text, self.tr("Try again"))
        if self._findings:
            # Of before, and so no word on how it is now.
            self._summary.tell("info", self.tr("Below is what the checks found before."))

    def _show_run(self) -> None:
        self._run.setText(self.tr("Checking…") if self._running else self.tr("Run all"))
        self._run.setAccessibleName(self._run.text())

    def _show(self, findings: Sequence[Finding]) -> None:
        self._findings = tuple(findings)
        self._show_summary()
        self._show_cards()

    def _show_summary(self) -> None:
        states = [one.state for one in self._findings]
        problems, others = (states.count(state) for state in _LOOKED_AT)
        latest = max((one.time for one in self._findings), default=0.0)
        when = self.tr("Checked at {time}.").format(time=moment(latest)) if latest else ""
        self._when.setText(when)
        parts = []
        if problems:
            parts.append(self._counted(problems, "1 problem", "{n} problems"))
        if others:
            parts.append(self._counted(others, "1 thing to look at", "{n} things to look at"))
        if unchecked := states.count(FindingState.NOT_CHECKED):
            parts.append(self._counted(unchecked, "1 not checked", "{n} not checked"))
        quiet = "info" if unchecked else "ok"
        state = "problem" if problems else "attention" if others else quiet
        text = ", ".join(parts) if parts else self.tr("Everything looks right.")
        self._summary.tell(state, text)
        self._tabs.setTabText(
            NEEDS_A_LOOK, self.tr("Needs a look ({n})").format(n=problems + others)
        )

    def _counted(self, count: int, one: str, several: str) -> str:
        return self.tr(one) if count == 1 else self.tr(several).format(n=count)

    def _show_cards(self) -> None:
        """Bring each group's card up to date; cards that differ are made anew one by one."""
        only = self._tabs.currentIndex() == NEEDS_A_LOOK
        shown = [one for one in self._findings if not only or one.state in _LOOKED_AT]
        self._wanted = {
            group: found
            for group in HealthGroup
            if (found := [one for one in shown if one.group is group])
        }
        for group in [group for group in self._cards if group not in self._wanted]:
            self._take_away(self._cards.pop(group))
        self._all_fine.setVisible(only and not shown and bool(self._findings))
        self._show_next()

    def _show_next(self) -> None:
        """One card at a turn, so that the window stays quick."""
        pages = self._services.window.pages
        mends = any(fix_for(one, pages) for found in self._wanted.values() for one in found)
        for place, (group, found) in enumerate(self._wanted.items()):
            card = self._cards.get(group)
            if card is not None and card.follow(found, mends=mends):
                continue
            if card is not None:
                self._take_away(card)
            made = GroupCard(self._services, group, found, self._act, mends=mends)
            self._cards[group] = made
            self._body.insertWidget(place, made)
            in_order(self._last_before(group), *made.findChildren(QPushButton))
            self._next.start(0)
            return

    def _last_before(self, group: HealthGroup) -> QWidget:
        """What the keyboard reaches before the card of a group: the last button above it."""
        above = [each for each in self._wanted if each in self._cards]
        cards = [self._cards[each] for each in above[: above.index(group)]]
        buttons = [part for card in cards for part in card.findChildren(QPushButton)]
        return buttons[-1] if buttons else self._area

    def _take_away(self, card: GroupCard) -> None:
        self._body.removeWidget(card)
        card.hide()
        card.setParent(None)
        card.deleteLater()

    def _act(self, finding: Finding) -> None:
        if finding.mend is not None:
            self._services.tasks.start(self._mend(finding), on_error=self._failed)
        else:
            self._services.window.go(page_for(finding), finding.target)

    async def _mend(self, finding: Finding) -> None:
        assert finding.mend is not None
        await self._services.service.mend(finding.mend, finding.subject)
        self.run()

    def _copy_report(self, *, shortened: bool) -> None:
        text = self._services.service.health_report(shortened=shortened)
        QGuiApplication.clipboard().setText(text)
        self._services.window.say(self.tr("The report is on the clipboard."))

    def _build(self) -> None:
        self._all_fine.tell(self.tr("Nothing needs a look."))
        self._all_fine.hide()
        menu = QMenu(self._copy)
        for name, text, shortened in (
            ("whole", self.tr("As it is"), False),
            ("short", self.tr("Names and addresses shortened"), True),
        ):
            action = QAction(text, menu)
            action.setObjectName(f"health.copy.{name}")
            action.triggered.connect(lambda _=False, s=shortened: self._copy_report(shortened=s))
            menu.addAction(action)
        with_menu(self._copy, menu)
        self._body = column(self._content, gap="l")
        self._body.setContentsMargins(0, 0, space("s"), space("xl"))
        self._body.addWidget(self._all_fine)
        self._body.addStretch(1)
        self._area = area = QScrollArea()
        area.setObjectName("health.findings")
        area.setAccessibleName(self.tr("Findings"))
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self._content)
        top = row(gap="l")
        top.addWidget(self._tabs)
        top.addStretch(1)
        top.addWidget(self._when)
        body = column(self, gap="m")
        body.addWidget(self._failure)
        body.addWidget(self._summary)
        body.addLayout(top)
        body.addWidget(area, 1)

    def _connect(self) -> None:
        self._run.clicked.connect(self.run)
        self._why.clicked.connect(self._ask_why)
        self._failure.action.clicked.connect(self.run)
        self._tabs.currentChanged.connect(self._show_cards)
        self._next.timeout.connect(self._show_next)
        self._services.pump.batch.connect(self.take)
