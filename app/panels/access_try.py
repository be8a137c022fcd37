"""Try an address: what would happen to it now, and after the draft is applied."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from app.bridge.services import Services
from app.forms.paced import Paced
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import Card, label, muted, row
from app.look.theme import Theme, space
from app.panels.access_answer import answer
from server_core.config.draft import ConfigRejected
from server_core.config.model import Config
from server_core.config.networks import parse_address
from server_core.events.views import Trial
from server_core.refusals import Refused

# While somebody types, long lists of rules are not compiled more often than this.
TRY_AGAIN_MS = 150
NOW_WIDTH = 92


class TryAddress(Card):
    """A field for an address, a choice of listener, and the sentence that answers."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.theme)
        self.setAccessibleName(tr("Try an address"))
        self._services = services
        self.address = QLineEdit()
        self.listener = QComboBox()
        self.now = _Answer(services.theme, "access.try_now", tr("Now"))
        self.later = _Answer(services.theme, "access.try_later", tr("After apply"))
        self._wanted: Config | None = None
        self._hint = muted(services.theme, tr("says which rule decides, and why"))
        self._build()
        self._soon = Paced(self._try, TRY_AGAIN_MS, self)
        self.address.textChanged.connect(self._soon.ask)
        self.listener.currentIndexChanged.connect(self._soon.ask)

    def ask(self, address: str, listener: str = "") -> None:
        """Fill the fields in and answer at once."""
        self.address.setText(address)
        place = self.listener.findText(listener)
        if place >= 0:
            self.listener.setCurrentIndex(place)
        self._soon.stop()
        self._try()

    def refresh(self) -> None:
        """Answer again: rules, listeners, or what is used of the limits may have changed."""
        self._wanted = None
        names = [entry["name"] for entry in self._services.keeper.draft.get("pop3.listeners")]
        shown = [self.listener.itemText(place) for place in range(self.listener.count())]
        if names != shown:
            chosen = self.listener.currentText()
            self.listener.blockSignals(True)
            self.listener.clear()
            self.listener.addItems(names)
            self.listener.setCurrentIndex(max(self.listener.findText(chosen), 0))
            self.listener.blockSignals(False)
        self._soon.ask()

    def _build(self) -> None:
        self.body.setSpacing(space("xs"))
        self.body.setContentsMargins(space("l"), space("m"), space("l"), space("m"))
        self.address.setObjectName("access.try_address")
        self.address.setAccessibleName(tr("Try an address"))
        self.address.setPlaceholderText("192.168.1.50")
        self.address.setClearButtonEnabled(True)
        self.address.setFixedWidth(240)
        self.listener.setObjectName("access.try_listener")
        self.listener.setAccessibleName(tr("Listener to try it on"))
        self.listener.setMinimumWidth(140)
        title = label(self._services.theme, tr("Try an address"), bold=True)
        title.setBuddy(self.address)
        line = row(gap="m")
        line.addWidget(title)
        line.addWidget(self.address)
        line.addWidget(muted(self._services.theme, tr("on")))
        line.addWidget(self.listener)
        line.addWidget(self._hint)
        line.addStretch(1)
        self.body.addLayout(line)
        self.body.addWidget(self.now)
        self.body.addWidget(self.later)

    def _try(self) -> None:
        typed, listener = self.address.text().strip(), self.listener.currentText()
        self._hint.setVisible(not typed)
        self.later.hide()
        if not typed:
            self.now.hide()
            return
        try:
            parse_address(typed)
        except ValueError as problem:
            self.now.tell("dash", "neutral", tr("{problem}.").format(problem=problem))
            return
        self._answer(typed, listener)

    def _answer(self, address: str, listener: str) -> None:
        service, keeper = self._services.service, self._services.keeper
        try:
            self.now.show_trial(service.try_address(address, listener))
        except Refused as problem:
            self.now.tell("dash", "neutral", str(problem))
        if not keeper.changes:
            return
        try:
            if self._wanted is None:
                self._wanted = keeper.draft.checked()
            self.later.show_trial(service.try_address(address, listener, config=self._wanted))
        except ConfigRejected:
            self.later.tell("dash", "neutral", tr("The draft needs correcting first."))
        except Refused as problem:
            self.later.tell("dash", "neutral", str(problem))


class _Answer(QWidget):
    """When, a mark and a sentence in one line."""

    def __init__(self, theme: Theme, name: str, when: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._when = when
        self._mark = Mark(theme)
        self._text = label(theme)
        self._text.setWordWrap(True)
        title = muted(theme, when)
        title.setFixedWidth(NOW_WIDTH)
        line = row(self, gap="s")
        line.addWidget(title)
        line.addWidget(self._mark)
        line.addWidget(self._text, 1)
        self.hide()

    def show_trial(self, trial: Trial) -> None:
        """Show what would happen."""
        shape, role = ("circle", "ok") if trial.admitted else ("cross", "problem")
        self.tell(shape, role, answer(trial))

    def tell(self, shape: str, role: str, text: str) -> None:
        """Show a sentence with its mark."""
        self._mark.show_mark(shape, role)
        self._text.setText(text)
        self.setAccessibleName(f"{self._when}: {text}")
        self.show()

    def text(self) -> str:
        """What is said now."""
        return "" if self.isHidden() else self._text.text()
