"""Why can't someone sign in? An account, perhaps an address and a listener; steps and a fix."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QLineEdit, QWidget

from app.bridge.services import Services
from app.dashboard.health_words import page_word, step_mark, step_word
from app.forms.form import scrolled
from app.look.lines import Line, Lines
from app.look.parts import Banner, button, column, label, row
from app.look.theme import size, space
from server_core.events.health import Step, StepState
from server_core.refusals import Refused

FAILURES = "failures"
"""The step whose details are shown even when it does not stand in the way."""
_STATES = {
    StepState.OK: "ok",
    StepState.ATTENTION: "attention",
    StepState.OBSTACLE: "problem",
    StepState.UNKNOWN: "info",
}


class WhyDialog(QDialog):
    """Looks at everything that decides about a sign-in; it changes nothing."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("health.why_dialog")
        self.setWindowTitle(self.tr("Why can't someone sign in?"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(720, 600)
        self._services = services
        self._account, self._listener = QComboBox(), QComboBox()
        self._address = QLineEdit()
        self._lines = Lines(services.theme)
        self._verdict = Banner(services.theme, "health.why_verdict")
        self._target = "", ""
        self._explain = button(self.tr("Explain"), "health.why_explain", kind="primary")
        self._build()
        services.tasks.start(self._fill(), on_error=lambda _: None)

    def ask(self, account: str, address: str = "", listener: str = "") -> None:
        """Fill the fields in, and answer at once when there is an account."""
        self._account.setEditText(account)
        self._address.setText(address)
        place = self._listener.findData(listener)
        self._listener.setCurrentIndex(max(place, 0))
        if account:
            self.explain()

    def explain(self) -> None:
        """Go through all steps."""
        account = self._account.currentText().strip()
        if not account:
            self._tell("info", self.tr("Name an account first."))
            return
        try:
            steps = self._services.service.explain_sign_in(
                account, self._address.text().strip(), str(self._listener.currentData() or "")
            )
        except Refused as problem:
            self._lines.show(())
            self._tell("problem", str(problem))
            return
        self._lines.show([_line(step) for step in steps[:-1]])
        last = steps[-1]
        self._target = last.page, last.target
        self._tell(_STATES[last.state], last.sentence, page_word(last.page) if last.page else "")

    def _tell(self, state: str, text: str, action: str = "") -> None:
        self._verdict.tell(state, text, action)

    async def _fill(self) -> None:
        """Offer the accounts there are."""
        typed = self._account.currentText()
        names = [view.name for view in await self._services.service.accounts()]
        self._account.addItems(names)
        self._account.setEditText(typed)

    def _go(self) -> None:
        self.accept()
        self._services.window.go(*self._target)

    def _build(self) -> None:
        self._account.setEditable(True)
        self._account.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._listener.addItem(self.tr("As at the latest try"), "")
        for listener in self._services.service.config.pop3.listeners:
            self._listener.addItem(listener.name, listener.name)
        self._address.setPlaceholderText(self.tr("As at the latest try"))
        form = QFormLayout()
        form.setHorizontalSpacing(space("l"))
        form.setVerticalSpacing(space("s"))
        for words, field, name in (
            (self.tr("Account"), self._account, "account"),
            (self.tr("From address"), self._address, "address"),
            (self.tr("Listener"), self._listener, "listener"),
        ):
            field.setObjectName(f"health.why_{name}")
            field.setAccessibleName(words)
            title = label(self._services.theme, words)
            title.setFixedHeight(size("control"))
            title.setBuddy(field)
            form.addRow(title, field)
        close = button(self.tr("Close"), "health.why_close")
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        self._explain.setDefault(True)
        self._explain.clicked.connect(self.explain)
        self._verdict.action.setAutoDefault(False)
        self._verdict.action.clicked.connect(self._go)
        line = row()
        line.addStretch(1)
        line.addWidget(close)
        line.addWidget(self._explain)
        body = column(self, margin="xl", gap="m")
        body.addLayout(form)
        body.addWidget(self._verdict)
        body.addWidget(self._steps(), 1)
        body.addLayout(line)
        self._account.setFocus(Qt.FocusReason.OtherFocusReason)

    def _steps(self) -> QWidget:
        steps = QWidget()
        steps.setLayout(self._lines.grid)
        area = scrolled(steps)
        area.setAccessibleName(self.tr("Steps"))
        return area


def _line(step: Step) -> Line:
    in_the_way = step.state in (StepState.OBSTACLE, StepState.ATTENTION)
    sentence = step.sentence
    if word := step_word(step.state):
        sentence = f"{word}: {sentence}"
    told = in_the_way or step.id == FAILURES
    text = "\n".join((sentence, *step.details)) if told else sentence
    return step.what, text, step_mark(step.state)
