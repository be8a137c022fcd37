"""The findings of one group as rows of a card: state, what, finding, when, what mends it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from app.bridge.services import Services
from app.dashboard.health_words import (
    finding_mark,
    finding_word,
    group_word,
    mend_word,
    page_word,
)
from app.forms.review_text import page_id_of, title_of
from app.look.marks import StateLabel
from app.look.parts import Card, button, column, label, muted
from app.look.theme import space
from app.look.words import moment
from server_core.events.health import Finding, FindingState, HealthGroup

STATE_WIDTH, WHAT_WIDTH, DETAILS_WIDTH, WHEN_WIDTH, FIX_WIDTH = 104, 168, 76, 60, 148
_TOP = Qt.AlignmentFlag.AlignTop
# So that texts stand on one line with the words of the buttons beside them.
_INSET = 7

Act = Callable[[Finding], object]


class _Row(NamedTuple):
    """What of a row says something else after each round."""

    sentence: QLabel
    details: QLabel
    when: QLabel

    def tell(self, finding: Finding) -> None:
        """Show what was found and when."""
        words = (finding_word(finding.state), finding.what, finding.subject, finding.sentence)
        self.sentence.setText(finding.sentence)
        self.sentence.setAccessibleName(": ".join(word for word in words if word))
        self.details.setText("\n".join(finding.details))
        self.when.setText(moment(finding.time))


class GroupCard(Card):
    """A card with a row for each finding; ``act`` does what a row's button says.

    Room for these buttons is kept where ``mends``, in all cards alike.
    """

    def __init__(
        self,
        services: Services,
        group: HealthGroup,
        findings: Sequence[Finding],
        act: Act,
        *,
        mends: bool,
    ) -> None:
        super().__init__(services.theme, group_word(group))
        self.setObjectName(f"health.group.{group.name.lower()}")
        self._theme, self._act = services.theme, act
        self._pages, self._mends = services.window.pages, mends
        grid = QGridLayout()
        grid.setHorizontalSpacing(space("l"))
        grid.setVerticalSpacing(space("xs"))
        grid.setColumnMinimumWidth(0, STATE_WIDTH)
        grid.setColumnMinimumWidth(1, WHAT_WIDTH)
        grid.setColumnStretch(2, 1)
        grid.setColumnMinimumWidth(4, WHEN_WIDTH)
        self._findings = list(findings)
        self._rows: list[_Row] = []
        for place, finding in enumerate(findings):
            self._add(grid, place, finding)
        # A column that nothing stands in would take its gap along, and cards would not line up.
        for place, width in ((3, DETAILS_WIDTH), (5, FIX_WIDTH))[: 1 + mends]:
            keeper = QWidget()
            keeper.setFixedSize(width, 0)
            grid.addWidget(keeper, len(findings), place)
        self.body.addLayout(grid)

    def follow(self, findings: Sequence[Finding], *, mends: bool) -> bool:
        """Show what these say and when; False when a new card has to be made for them.

        So details that somebody opened stay open, and the keyboard stays where it is.
        """
        shapes = [[_shape(one) for one in each] for each in (self._findings, findings)]
        if mends is not self._mends or shapes[0] != shapes[1]:
            return False
        for shown, finding in zip(self._rows, findings, strict=True):
            shown.tell(finding)
        self._findings = list(findings)
        return True

    def _add(self, grid: QGridLayout, place: int, finding: Finding) -> None:
        state = StateLabel(self._theme)
        state.show_state(*finding_mark(finding.state), finding_word(finding.state))
        state.setObjectName(f"health.state.{finding.id}")
        state.setContentsMargins(0, _INSET, 0, 0)
        grid.addWidget(state, place, 0, _TOP)
        grid.addWidget(self._what(finding), place, 1, _TOP)
        when = muted(self._theme)
        when.setContentsMargins(0, _INSET, 0, 0)
        grid.addWidget(when, place, 4, _TOP)
        row = _Row(*self._add_found(grid, place, finding), when)
        row.tell(finding)
        self._rows.append(row)
        if text := fix_for(finding, self._pages):
            fix = self._button(text, finding)
            grid.addWidget(fix, place, 5, _TOP | Qt.AlignmentFlag.AlignRight)

    def _what(self, finding: Finding) -> QWidget:
        made = QWidget()
        made.setMaximumWidth(WHAT_WIDTH)
        lines = column(made)
        lines.setSpacing(0)
        lines.setContentsMargins(0, _INSET, 0, 0)
        lines.addWidget(_wrapped(label(self._theme, finding.what, bold=True)))
        if subject := _subject(finding):
            lines.addWidget(_wrapped(muted(self._theme, subject)))
        return made

    def _add_found(self, grid: QGridLayout, place: int, finding: Finding) -> tuple[QLabel, QLabel]:
        """The labels of the sentence and of the details, without their texts."""
        made = QWidget()
        lines = column(made, gap="xs")
        lines.setContentsMargins(0, _INSET, 0, 0)
        sentence = _wrapped(label(self._theme))
        sentence.setObjectName(f"health.sentence.{finding.id}")
        lines.addWidget(sentence)
        grid.addWidget(made, place, 2, _TOP)
        details = _wrapped(muted(self._theme, kind="small"))
        details.setObjectName(f"health.text.{finding.id}")
        details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        details.hide()
        lines.addWidget(details)
        if finding.details:
            more = self._more(details, finding)
            grid.addWidget(more, place, 3, _TOP | Qt.AlignmentFlag.AlignRight)
        return sentence, details

    def _more(self, details: QLabel, finding: Finding) -> QPushButton:
        more = button(self.tr("Details"), f"health.details.{finding.id}", kind="link")
        about = f"{finding.what} {_subject(finding)}".strip()

        def tell() -> None:
            more.setText(self.tr("Details") if details.isHidden() else self.tr("Hide"))
            spoken = self.tr("Details of {what}") if details.isHidden() else self.tr("Hide {what}")
            more.setAccessibleName(spoken.format(what=about))

        def turn() -> None:
            details.setVisible(details.isHidden())
            tell()

        tell()
        more.clicked.connect(turn)
        return more

    def _button(self, text: str, finding: Finding) -> QPushButton:
        fix = button(text, f"health.fix.{finding.id}")
        fix.setAccessibleName(f"{finding.what} {finding.subject}: {text}")
        fix.clicked.connect(lambda: self._act(finding))
        return fix


def _shape(finding: Finding) -> Finding:
    """All that a card is made for, without what its rows say anew each time."""
    details = ("",) if finding.details else ()
    return replace(finding, time=0.0, sentence="", details=details)


def fix_for(finding: Finding, pages: Collection[str]) -> str:
    """What the button of a row says; empty when nothing has to be, or can be, done."""
    if finding.state is FindingState.OK:
        return ""
    if finding.mend is not None:
        return mend_word(finding.mend)
    page = page_for(finding)
    return page_word(page) if page and page in (pages or (page,)) else ""


def page_for(finding: Finding) -> str:
    """The page where a finding is mended; empty when there is none."""
    return finding.page or (page_id_of(finding.target) if finding.target else "")


def _subject(finding: Finding) -> str:
    """What a finding is about; a setting by its title instead of its path."""
    is_setting = finding.subject and finding.subject == finding.target
    return title_of(finding.target) if is_setting and not finding.page else finding.subject


def _wrapped(text: QLabel) -> QLabel:
    text.setWordWrap(True)
    return text
