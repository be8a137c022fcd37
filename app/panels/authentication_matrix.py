"""The matrix of sign-in methods: a row for each, with its two switches and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from app.bridge.draft_keeper import DraftKeeper
from app.forms.editor import well_behaved
from app.forms.form import Message, Note
from app.forms.words import choice_text, tr
from app.look.marks import Mark, StateLabel
from app.look.parts import button, column, label, muted, row
from app.look.theme import Theme, space
from app.panels.authentication_advice import Advice
from app.panels.authentication_words import (
    GROUPS,
    PLAIN,
    SECURE,
    TOLD,
    MethodGroup,
    in_order,
    ready_text,
    state_of,
    used_text,
)
from server_core.config.model import Pop3
from server_core.config.schema import settings_of
from server_core.config.signing_in import TLS_METHODS, Method
from server_core.events.views import MethodView

Views = Mapping[str, MethodView]
HELP = {setting.name: setting.help for setting in settings_of(Pop3)}
CHANGED, METHOD, ENCRYPTED, UNENCRYPTED, READY, USED, STATE = range(7)
SWITCH_WIDTH, FACT_WIDTH = 84, 62
LINE, SWITCH, MARK = 16, 24, 20
STRETCH = {METHOD: 12, ENCRYPTED: 4, UNENCRYPTED: 4, READY: 3, USED: 3, STATE: 10}


@dataclass
class _Row:
    """The parts of a method's row that change."""

    dot: Mark
    switches: dict[str, QCheckBox]
    ready: QLabel
    used: QLabel
    last: QLabel
    state: StateLabel
    reason: QLabel
    way: QPushButton


class MethodMatrix(QWidget):
    """Edits the two lists of methods in the draft; facts and advice are handed to it.

    ``way_wanted`` carries a method that cannot work, ``mended`` the edits of an advice's button.
    """

    way_wanted = Signal(str)
    mended = Signal(object)

    def __init__(self, theme: Theme, keeper: DraftKeeper) -> None:
        super().__init__()
        self.setObjectName("auth.matrix")
        self._theme, self._keeper = theme, keeper
        self._rows: dict[Method, _Row] = {}
        self._messages: dict[str, Message] = {}
        self._advice: Mapping[str, Advice] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(space("m"))
        self._grid.setVerticalSpacing(0)
        for place, stretch in STRETCH.items():
            self._grid.setColumnStretch(place, stretch)
        self._add_heading()
        for group in GROUPS:
            self._add_group(group)
        keeper.changed.connect(self.show_draft)
        self.show_draft()

    def show_draft(self) -> None:
        """Bring switches and dots up to the draft."""
        changed = {change.path for change in self._keeper.changes}
        for path in (SECURE, PLAIN):
            chosen = {*self._keeper.draft.get(path)}
            for method, shown in self._rows.items():
                if path in shown.switches:
                    with QSignalBlocker(shown.switches[path]):
                        shown.switches[path].setChecked(method in chosen)
        differing = {
            method
            for path in changed & {SECURE, PLAIN}
            for method in {*self._keeper.draft.get(path)} ^ {*self._applied(path)}
        }
        for method, shown in self._rows.items():
            shown.dot.setVisible(method in differing)

    def show_facts(self, wanted: Views, running: Views) -> None:
        """Say how each method stands, under the draft and now."""
        for method, shown in self._rows.items():
            view = wanted.get(method)
            state = state_of(view, running.get(method))
            shown.ready.setText(ready_text(view))
            count, last, moment = used_text(view)
            shown.used.setText(count)
            shown.last.setText(last)
            shown.last.setVisible(bool(last))
            shown.last.setToolTip(moment)
            shown.state.show_state(state.shape, state.role, state.word)
            shown.reason.setText(state.reason)
            shown.reason.setVisible(bool(state.reason))
            is_on = view is not None and (view.in_clear or view.under_tls)
            shown.way.setVisible(bool(state.reason) and is_on)
            self._describe(method, shown, state.word, state.reason)

    def show_advice(self, advice: Mapping[str, Advice]) -> None:
        """Say beside methods and groups what is hardly meant; nothing beside the others."""
        self._advice = advice
        for about, message in self._messages.items():
            found = advice.get(about)
            note = Note(about, found.state, found.text, found.action) if found else None
            message.tell(note)

    def show_target(self, target: str) -> QWidget | None:
        """Put the cursor into a list's first switch, or a method's; None for anything else."""
        for method, shown in self._rows.items():
            if target in (method, *shown.switches):
                box = shown.switches.get(target, shown.switches[SECURE])
                box.setFocus()
                return box
        return None

    def _applied(self, path: str) -> tuple[Method, ...]:
        pop3 = self._keeper.config.pop3
        return pop3.secure_methods if path == SECURE else pop3.plain_methods

    def _switch(self, method: Method, path: str, on: bool) -> None:
        chosen = {*self._keeper.draft.get(path)}
        wanted = chosen | {method} if on else chosen - {method}
        self._keeper.set(path, in_order(list(wanted), self._applied(path)), joins=False)

    def _mend(self, about: str) -> None:
        if about in self._advice:
            self.mended.emit(dict(self._advice[about].edits))

    def _describe(self, method: Method, shown: _Row, word: str, reason: str) -> None:
        """What a screen reader says about the switches of a row beside their names."""
        described = " ".join(part for part in (f"{word}.", reason, tr(TOLD[method])) if part)
        for box in shown.switches.values():
            box.setAccessibleDescription(described)

    def _add_heading(self) -> None:
        titles = {
            METHOD: (tr("Method"), "", ""),
            ENCRYPTED: (tr("On encrypted connections"), SECURE, HELP["secure_methods"]),
            UNENCRYPTED: (tr("On unencrypted connections"), PLAIN, HELP["plain_methods"]),
            READY: (tr("Accounts ready"), "", tr("How many accounts can use it.")),
            USED: (tr("Used in 30 days"), "", tr("How often somebody signed in with it.")),
            STATE: (tr("State"), "", ""),
        }
        for place, (title, name, told) in titles.items():
            made = muted(self._theme, title, kind="small")
            made.setFont(self._theme.font("small", bold=True))
            made.setObjectName(name)
            made.setToolTip(told)
            made.setWordWrap(True)
            centred = place in (ENCRYPTED, UNENCRYPTED)
            if centred:
                made.setMinimumWidth(SWITCH_WIDTH)
            elif place in (READY, USED):
                made.setMinimumWidth(FACT_WIDTH)
            side = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeft
            made.setAlignment(side | Qt.AlignmentFlag.AlignBottom)
            self._grid.addWidget(made, 0, place, Qt.AlignmentFlag.AlignBottom)
        self._grid.setRowMinimumHeight(1, space("s"))

    def _add_group(self, group: MethodGroup) -> None:
        line = self._grid.rowCount()
        rule = QFrame()
        rule.setProperty("part", "rule")
        rule.setFixedHeight(1)
        self._grid.addWidget(rule, line, 0, 1, STATE + 1)
        words = QWidget()
        inside = column(words, gap="xs")
        inside.setContentsMargins(0, space("m"), 0, space("s"))
        inside.addWidget(label(self._theme, tr(group.title), bold=True))
        told = muted(self._theme, tr(group.told), kind="small")
        told.setWordWrap(True)
        inside.addWidget(told)
        inside.addWidget(self._message(group.id))
        self._grid.addWidget(words, line + 1, METHOD, 1, STATE)
        for method in group.methods:
            self._add_method(method)
        self._grid.setRowMinimumHeight(self._grid.rowCount(), space("s"))

    def _add_method(self, method: Method) -> None:
        line = self._grid.rowCount()
        title = choice_text(method)
        shown = _Row(
            dot=self._dot(title),
            switches=self._switches(method, title),
            ready=label(self._theme),
            used=label(self._theme),
            last=muted(self._theme, kind="small"),
            state=StateLabel(self._theme),
            reason=muted(self._theme, kind="small"),
            way=button(tr("Set up"), f"auth.{method}.way", kind="link"),
        )
        self._rows[method] = shown
        shown.way.setAccessibleName(tr("Set up {method}").format(method=title))
        shown.way.clicked.connect(partial(self.way_wanted.emit, method.value))
        shown.state.setObjectName(f"auth.{method}.state")
        shown.ready.setObjectName(f"auth.{method}.ready")
        shown.used.setObjectName(f"auth.{method}.used")
        shown.reason.setWordWrap(True)
        self._place(line, CHANGED, shown.dot, above=3)
        self._place(line, METHOD, self._named(method, title))
        for place, path in ((ENCRYPTED, SECURE), (UNENCRYPTED, PLAIN)):
            switch = shown.switches.get(path)
            above = (LINE - SWITCH) // 2 if switch else 0
            self._place(line, place, switch or self._no_switch(), above=above, centred=True)
        self._place(line, READY, shown.ready)
        self._place(line, USED, _stacked(shown.used, shown.last))
        self._place(line, STATE, self._state(shown))
        self._grid.addWidget(self._message(method), line + 1, METHOD, 1, STATE)

    def _place(
        self, line: int, place: int, widget: QWidget, *, above: int = 0, centred: bool = False
    ) -> None:
        """Put a part into a row, all parts on one height, with the row's distance around it."""
        holder = QWidget()
        inside = row(holder)
        inside.setContentsMargins(0, space("s") - 2 + above, 0, space("s") - 2)
        side = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag(0)
        inside.addWidget(widget, 0, side | Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(holder, line, place, Qt.AlignmentFlag.AlignTop)

    def _named(self, method: Method, title: str) -> QWidget:
        told = muted(self._theme, tr(TOLD[method]), kind="small")
        told.setWordWrap(True)
        name = label(self._theme, title)
        name.setWordWrap(True)
        return _stacked(name, told)

    def _state(self, shown: _Row) -> QWidget:
        # What belongs to the word stands below it, not below its mark.
        shown.reason.setContentsMargins(MARK, 0, 0, 0)
        below = QWidget()
        line = row(below)
        line.setContentsMargins(MARK - space("s"), 0, 0, 0)
        line.addWidget(shown.way)
        line.addStretch(1)
        return _stacked(shown.state, shown.reason, below)

    def _switches(self, method: Method, title: str) -> dict[str, QCheckBox]:
        names = {SECURE: tr("{method} on encrypted connections")}
        if method not in TLS_METHODS:
            names[PLAIN] = tr("{method} on unencrypted connections")
        made = {}
        for path, name in names.items():
            box = QCheckBox()
            box.setObjectName(f"{path}.{method}")
            box.setAccessibleName(name.format(method=title))
            box.setFixedSize(SWITCH, SWITCH)
            well_behaved(box)
            box.toggled.connect(partial(self._switch, method, path))
            made[path] = box
        return made

    def _no_switch(self) -> QLabel:
        made = muted(self._theme, "–")
        made.setToolTip(tr("Exists only on encrypted connections."))
        made.setAccessibleName(made.toolTip())
        return made

    def _dot(self, title: str) -> Mark:
        dot = Mark(self._theme, 10)
        dot.show_mark("circle", "accent")
        dot.setToolTip(tr("Changed, not applied yet"))
        dot.setAccessibleName(tr("{title}: changed").format(title=title))
        policy = dot.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        dot.setSizePolicy(policy)
        return dot

    def _message(self, about: str) -> Message:
        message = Message(self._theme, f"auth.{about}.message")
        message.action.clicked.connect(partial(self._mend, about))
        message.setContentsMargins(0, 0, 0, space("s"))
        self._messages[about] = message
        return message


def _stacked(*parts: QWidget) -> QWidget:
    area = QWidget()
    area.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    inside = column(area, gap="xs")
    inside.setSpacing(2)
    for part in parts:
        inside.addWidget(part)
    return area
