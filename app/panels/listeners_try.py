"""Trying a listener: what a mail program on this computer meets, step by step."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QWidget

from app.bridge.services import Services
from app.forms import addresses
from app.forms.form import scrolled
from app.forms.words import tr
from app.look.lines import Line, Lines
from app.look.parts import button, column, label, muted, row
from app.look.theme import size, space
from server_core.events.health import ProbeStep, milliseconds
from server_core.events.views import ListenerView


class TryListener(QDialog):
    """Tries at once with a mailbox made for it; with an account it tries again with that one."""

    def __init__(self, services: Services, view: ListenerView, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("listeners.try_dialog")
        self.setWindowTitle(tr("Try {name}").format(name=view.name))
        self.resize(680, 620)
        self._services, self._view = services, view
        self._user, self._password = QLineEdit(), QLineEdit()
        self._lines = Lines(services.theme)
        self._verdict = label(services.theme, kind="section", bold=True)
        self._verdict.setObjectName("listeners.try_verdict")
        self._hint = muted(services.theme)
        self._hint.setObjectName("listeners.try_hint")
        self._try = button(tr("Try again"), "listeners.try_again", kind="primary")
        self._firewall = button(tr("Check the firewall"), "listeners.try_firewall")
        self._build()
        self.try_now()

    def try_now(self) -> None:
        """Go through all steps."""
        self._tell(tr("Trying…"), "")
        self._try.setEnabled(False)
        self._services.tasks.start(self._run(), on_error=self._failed)

    async def _run(self) -> None:
        steps = await self._services.service.try_listener(
            self._view.name, self._user.text().strip(), self._password.text()
        )
        self._show(steps)

    def _failed(self, problem: Exception) -> None:
        self._lines.show(())
        self._tell(str(problem), "")

    def _show(self, steps: tuple[ProbeStep, ...]) -> None:
        self._lines.show([_line(step) for step in steps])
        last = steps[-1]
        if not last.passed:
            refused = self._refusal(last)
            verdict = tr("This computer is kept out, so there is no more to try.")
            failed = tr("{step} did not work.").format(step=tr(last.name))
            self._tell(verdict if refused else failed, refused)
            return
        skipped = any(step.skipped for step in steps)
        verdict = tr("What could be tried works.") if skipped else tr("Everything works.")
        self._tell(verdict, self._hint_when_it_works())
        self._firewall.setVisible(not self._is_for_this_computer())

    def _check_firewall(self) -> None:
        self._firewall.setEnabled(False)
        self._services.tasks.start(self._look_at_firewall(), on_error=self._firewall_unseen)

    async def _look_at_firewall(self) -> None:
        found = await self._services.service.look_at_firewall(self._view.name)
        self._firewall.setEnabled(True)
        self._hint.setText("\n".join((found.sentence, *found.details)))

    def _firewall_unseen(self, problem: Exception) -> None:
        self._firewall.setEnabled(True)
        self._hint.setText(str(problem))

    def _tell(self, verdict: str, hint: str) -> None:
        self._verdict.setText(verdict)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._firewall.hide()
        self._try.setEnabled(True)

    def _is_for_this_computer(self) -> bool:
        return addresses.is_loopback(addresses.parted(self._view.address)[0])

    def _hint_when_it_works(self) -> str:
        if self._is_for_this_computer():
            return tr("Other devices cannot connect: this listener is for this computer only.")
        port = addresses.parted(self._view.address)[1]
        text = tr(
            "If other devices cannot connect, a firewall may be in the way: let TCP port {port} "
            "through to this computer."
        )
        return text.format(port=port)

    def _refusal(self, step: ProbeStep) -> str:
        """Whether rules, limits or bans are the cause, which close without a word."""
        if step.name != "Greeting":
            return ""
        host = addresses.parted(self._view.address)[0]
        here = "::1" if ":" in host else addresses.LOOPBACK
        trial = self._services.service.try_address(here, self._view.name)
        return "" if trial.admitted else trial.sentence

    def _form(self) -> QFormLayout:
        user, password = tr("Account (if wanted)"), tr("Password")
        for field, name, words in (
            (self._user, "listeners.try_user", user),
            (self._password, "listeners.try_password", password),
        ):
            field.setObjectName(name)
            field.setAccessibleName(words)
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        form = QFormLayout()
        form.setHorizontalSpacing(space("l"))
        form.setVerticalSpacing(space("s"))
        for words, field in ((user, self._user), (password, self._password)):
            title = label(self._services.theme, words)
            title.setFixedHeight(size("control"))
            title.setBuddy(field)
            form.addRow(title, field)
        about = muted(
            self._services.theme,
            tr("Without an account a mailbox is made for the test. Nobody else sees it."),
        )
        about.setWordWrap(True)
        form.addRow("", about)
        return form

    def _build(self) -> None:
        steps = QWidget()
        steps.setLayout(self._lines.grid)
        self._hint.setWordWrap(True)
        self._hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._verdict.setWordWrap(True)
        body = column(self, margin="xl", gap="m")
        body.addLayout(self._form())
        body.addWidget(self._verdict)
        body.addWidget(self._hint)
        body.addWidget(scrolled(steps), 1)
        close = button(tr("Close"), "listeners.try_close")
        close.clicked.connect(self.accept)
        close.setAutoDefault(False)
        self._try.setDefault(True)
        self._try.clicked.connect(self.try_now)
        line = row()
        self._firewall.setAutoDefault(False)
        self._firewall.clicked.connect(self._check_firewall)
        line.addWidget(self._firewall)
        line.addStretch(1)
        line.addWidget(close)
        line.addWidget(self._try)
        body.addLayout(line)
        self._user.setFocus(Qt.FocusReason.OtherFocusReason)


def _line(step: ProbeStep) -> Line:
    if step.skipped:
        return tr(step.name), tr("Not tried: {why}.").format(why=step.words), ("dash", "neutral")
    words = tr("{words} ({ms} ms)").format(words=step.words, ms=milliseconds(step.seconds))
    noted = [tr("The server says: {words}").format(words=line) for line in step.noted]
    mark = ("circle", "ok") if step.passed else ("cross", "problem")
    return tr(step.name), "\n".join((words, *noted)), mark
