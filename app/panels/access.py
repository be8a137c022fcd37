"""The Access lists page: who may connect, who decides that, and what happens to an address."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget

from app.bridge.services import PageWidget, Services
from app.forms.outside_banner import OutsideBanner
from app.forms.paced import Paced
from app.forms.words import tr
from app.look.parts import column, muted, tab_bar
from app.panels import access_rows
from app.panels.access_effective import EffectiveRules
from app.panels.access_list import RuleListView
from app.panels.access_rows import RuleList
from app.panels.access_try import TryAddress
from server_core.config.admission import Verdict
from server_core.config.draft import ConfigRejected, Problem
from server_core.events.reasons import Scope
from server_core.events.views import RuleUse

FACTS_MS = 1_000
TRIED = "try:"
ALLOWED = "allow:"
SERVICE_RULES = "pop3.access.rules"


class AccessPage(PageWidget):
    """A tab for each list and one for all of them merged; *Try an address* is always in sight."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("access")
        self._services, self._keeper = services, services.keeper
        self._lists: list[RuleList] = []
        self.trial = TryAddress(services)
        self.tabs = tab_bar("access.tabs", tr("Which list"))
        self._order = muted(services.theme)
        self.list = RuleListView(services)
        self.effective = EffectiveRules(services)
        self._stack = QStackedWidget()
        self._facts = Paced(self._show_facts, FACTS_MS, self)
        # Long lists take a moment to look through: once for each draft, and while in sight.
        self._outdated = True
        self._warned: tuple[Problem, ...] | None = None
        self._build()
        self.tabs.currentChanged.connect(self._turned)
        self._keeper.changed.connect(self._draft_changed)
        services.pump.ticked.connect(self._tick)
        self.show_draft()
        self.tabs.setCurrentIndex(1)

    def show_draft(self) -> None:
        """Bring lists, tabs and answers up to the draft."""
        self._outdated, self._warned = False, None
        lists = access_rows.lists(self._keeper)
        if lists != self._lists:
            self._show_tabs(lists)
        self._follow_tab()
        self.trial.refresh()
        self._facts.ask()

    def show_target(self, target: str) -> None:
        """``try:ADDRESS LISTENER`` tries one, ``allow:ADDRESS`` asks for a rule that lets it in.

        A path opens its list: ``pop3.access.rules.#2``.
        """
        if self._outdated:
            self.show_draft()
        if target.startswith(TRIED):
            address, _, listener = target.removeprefix(TRIED).partition(" ")
            self.trial.ask(address, listener)
            self.trial.address.setFocus()
            return
        if target.startswith(ALLOWED):
            self.show_target(SERVICE_RULES)
            self.list.add_lines(f"allow {target.removeprefix(ALLOWED)}")
            return
        path, _, number = target.partition(".#")
        for place, each in enumerate(self._lists):
            if path in (each.path, each.section, f"{each.section}.otherwise", each.key):
                self.tabs.setCurrentIndex(place)
                number = number.partition(".")[0]
                if number.isdigit():
                    self.list.select(int(number) - 1)

    def refresh(self) -> None:
        """Read again what is not pushed."""
        self._show_facts()
        self.trial.refresh()

    def focus_filter(self) -> None:
        self.trial.address.setFocus()
        self.trial.address.selectAll()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._outdated:
            self.show_draft()
        self._show_facts()

    def _draft_changed(self) -> None:
        if self.isVisible():
            self.show_draft()
        else:
            self._outdated = True

    def _build(self) -> None:
        self.tabs.setUsesScrollButtons(True)
        self._order.setObjectName("access.order")
        self._order.setWordWrap(True)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.effective)
        services = self._services
        body = column(self, gap="s")
        body.addWidget(OutsideBanner(services.theme, services.keeper, services.tasks))
        body.addWidget(self.trial)
        body.addWidget(self.tabs)
        body.addWidget(self._order)
        body.addWidget(self._stack, 1)

    def _show_tabs(self, lists: list[RuleList]) -> None:
        shown = self._shown()
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        for each in lists:
            self.tabs.addTab(each.spoken.replace("&", "&&"))
        self.tabs.addTab(tr("Effective rules"))
        self._lists = lists
        paths = [each.path for each in lists]
        if shown is not None and shown.path in paths:
            self.tabs.setCurrentIndex(paths.index(shown.path))
        elif shown is None and self._stack.currentWidget() is self.effective:
            self.tabs.setCurrentIndex(len(lists))
        self.tabs.blockSignals(False)

    def _shown(self) -> RuleList | None:
        """The list whose tab is chosen; None for the effective rules."""
        place = self.tabs.currentIndex()
        return self._lists[place] if 0 <= place < len(self._lists) else None

    def _turned(self) -> None:
        self._follow_tab()
        self._show_facts()

    def _follow_tab(self) -> None:
        shown = self._shown()
        if shown is None:
            self._stack.setCurrentWidget(self.effective)
            self.effective.refresh()
        else:
            self._stack.setCurrentWidget(self.list)
            self.list.follow(shown)
        self._order.setText(_order(shown))

    def _tick(self) -> None:
        if self.isVisible():
            self._facts.ask()

    def _show_facts(self) -> None:
        shown = self._shown()
        if shown is not None and self.isVisible():
            self.list.show_facts(self._uses(shown), self._warnings(shown))

    def _uses(self, shown: RuleList) -> dict[tuple[Verdict, str], RuleUse]:
        return {
            (Verdict(use.action), use.address): use
            for use in self._services.service.rule_uses()
            if use.scope == shown.place
        }

    def _warnings(self, shown: RuleList) -> dict[int, str]:
        """The warnings about the rules of a list by their numbers."""
        found: dict[int, str] = {}
        if self._warned is None:
            self._warned = self._all_warnings()
        for problem in self._warned:
            path, _, number = problem.path.partition(".#")
            number = number.partition(".")[0]
            if path == shown.written_path and number.isdigit():
                found.setdefault(int(number), problem.text)
        return found

    def _all_warnings(self) -> tuple[Problem, ...]:
        try:
            return self._services.service.config_warnings(self._keeper.draft.checked())
        except ConfigRejected:
            return ()


def _order(shown: RuleList | None) -> str:
    """Which list is looked at when, as one sentence."""
    rest = tr("Inside a list the first match decides; if nothing matches, the last row decides.")
    if shown is None:
        return tr("Looked at from top to bottom; the first match decides. To read only.")
    if shown.scope is Scope.LISTENER:
        first = tr("This list is looked at first, then POP3, then all services.")
    elif shown.scope is Scope.SERVICE:
        first = tr("Listener rules are looked at first, then this list, then all services.")
    else:
        first = tr("Listener rules are looked at first, then POP3, then this list.")
    return f"{first} {rest}"
