"""Effective rules: everything that decides about a listener, merged, in deciding order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtWidgets import QAbstractItemView, QComboBox, QWidget

from app.bridge.draft_keeper import DraftKeeper
from app.bridge.services import Services
from app.forms.keyed_rows import KeyedRows
from app.forms.row_text import action_words
from app.forms.words import choice_text, tr
from app.look.parts import column, label, row
from app.look.tables import Column, TableView
from app.panels import access_rows
from app.panels.access_rows import RuleList
from app.panels.access_table import MARKS
from server_core.config.admission import Otherwise, Verdict
from server_core.events.reasons import Scope


@dataclass(frozen=True)
class Step:
    """One step of the decision: a rule, or a last row, which has no number."""

    place: int
    scope: str
    number: int
    verdict: Verdict
    action: str
    address: str
    note: str


def steps(keeper: DraftKeeper, listener: str) -> list[Step]:
    """What is looked at for a listener of the draft, in order; rules that are off or over are not.

    After a last row that decides nothing follows, for nothing else is looked at.
    """
    lists = access_rows.lists(keeper)
    everyone, service = lists[0], lists[1]
    found: list[Step] = []
    own = next(each for each in lists if each.scope is Scope.LISTENER and each.title == listener)
    _add_rules(found, keeper, own)
    otherwise = keeper.draft.get(f"{own.section}.otherwise")
    if otherwise != Otherwise.SERVICE:
        _add_rest(found, own, Verdict(otherwise))
        return found
    _add_rules(found, keeper, service)
    _add_rules(found, keeper, everyone)
    _add_rest(found, service, Verdict(keeper.draft.get(f"{service.section}.otherwise")))
    return found


def _add_rules(found: list[Step], keeper: DraftKeeper, rules: RuleList) -> None:
    listed = keeper.draft.get(rules.path)
    now = datetime.now(UTC)
    for place in access_rows.deciding_order(listed):
        each = listed[place]
        if each["enabled"] and not access_rows.is_over(each, now):
            verdict = access_rows.action_of(each)
            words = action_words(each)
            found.append(
                Step(
                    len(found),
                    rules.spoken,
                    place + 1,
                    verdict,
                    words,
                    each["address"],
                    each["note"],
                )
            )


def _add_rest(found: list[Step], rules: RuleList, verdict: Verdict) -> None:
    words = choice_text(verdict)
    rest = tr("Everything else")
    found.append(Step(len(found), rules.spoken, 0, verdict, words, rest, ""))


class EffectiveRules(QWidget):
    """The steps for one listener, to read."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._keeper = services.keeper
        self.listener = QComboBox()
        self.listener.setObjectName("access.effective_listener")
        self.listener.setAccessibleName(tr("Listener whose rules are shown"))
        self.listener.setMinimumWidth(160)
        self.model: KeyedRows[Step] = KeyedRows(_columns(), lambda step: step.place)
        self.table = TableView(services.theme, "access.effective", tr("Effective rules"))
        self.table.show_model(self.model, self.model.columns)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.remember(services.settings)
        title = label(services.theme, tr("What decides about connections to"))
        title.setBuddy(self.listener)
        line = row()
        line.addWidget(title)
        line.addWidget(self.listener)
        line.addStretch(1)
        body = column(self, gap="s")
        body.addLayout(line)
        body.addWidget(self.table, 1)
        self.listener.currentIndexChanged.connect(self.show_rows)

    def refresh(self) -> None:
        """Bring listeners and rules up to the draft."""
        names = [each.title for each in access_rows.lists(self._keeper)[2:]]
        if names != [self.listener.itemText(n) for n in range(self.listener.count())]:
            chosen = self.listener.currentText()
            self.listener.blockSignals(True)
            self.listener.clear()
            self.listener.addItems(names)
            self.listener.setCurrentIndex(max(self.listener.findText(chosen), 0))
            self.listener.blockSignals(False)
        self.show_rows()

    def show_rows(self) -> None:
        """Show the steps for the chosen listener."""
        chosen = self.listener.currentText()
        self.model.show_rows(steps(self._keeper, chosen) if chosen else [])


def _columns() -> tuple[Column[Step], ...]:
    return (
        Column(tr("Step"), lambda step: str(step.place + 1), 64, number=True),
        Column(tr("List"), lambda step: step.scope, 150),
        Column(tr("Rule"), lambda step: str(step.number) if step.number else "–", 64, number=True),
        Column(tr("Action"), lambda step: step.action, 100, mark=lambda step: MARKS[step.verdict]),
        Column(tr("Address"), lambda step: step.address, 260),
        Column(tr("Note"), lambda step: step.note, 200),
    )
