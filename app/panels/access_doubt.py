"""Rules that would keep this very computer out: asked about before they are applied."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.forms import addresses
from app.forms.words import tr
from app.look.parts import button, column, label, muted, row
from app.panels.access_answer import answer
from server_core.config.draft import ConfigRejected
from server_core.config.model import Config, Listener
from server_core.events.reasons import RefusalReason
from server_core.events.views import Trial
from server_core.refusals import Refused

YES = "YES"
_EVERY = {addresses.ANY: "127.0.0.1", addresses.ANY_IPV4: "127.0.0.1", addresses.ANY_IPV6: "::1"}


def shut_out(services: Services) -> tuple[Trial, ...]:
    """Where the draft would refuse this computer by a rule, though what runs does not."""
    if not any("access." in change.path for change in services.keeper.changes):
        return ()
    try:
        wanted = services.keeper.draft.checked()
        return tuple(_newly_refused(services, wanted))
    except (ConfigRejected, Refused):
        return ()


async def agrees(services: Services, parent: QWidget) -> bool:
    """Whether the draft may be applied; one that shuts this computer out needs a YES in letters."""
    refused = shut_out(services)
    if not refused:
        return True
    dialog = TypeYes(services, refused, parent)
    return await ask(dialog) == QDialog.DialogCode.Accepted


def _newly_refused(services: Services, wanted: Config) -> list[Trial]:
    running = {listener.name for listener in services.service.config.pop3.listeners}
    found = []
    for listener in wanted.pop3.listeners:
        address = _own_address(listener)
        if not listener.enabled or not address:
            continue
        later = services.service.try_address(address, listener.name, config=wanted)
        if later.reason is not RefusalReason.RULE_DENIED:
            continue
        before = listener.name in running and services.service.try_address(address, listener.name)
        if not before or before.reason is not RefusalReason.RULE_DENIED:
            found.append(later)
    return found


def _own_address(listener: Listener) -> str:
    """The address from which this computer connects to a listener; empty when it has another."""
    host = listener.endpoint.host
    return _EVERY.get(host, host)


class TypeYes(QDialog):
    """Says who is kept out; only YES in letters lets it be accepted."""

    def __init__(self, services: Services, refused: tuple[Trial, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("access.shut_out")
        title = tr("Keep this computer out?")
        self.setWindowTitle(title)
        self.setMinimumWidth(480)
        theme = services.theme
        body = column(self, margin="xl", gap="m")
        body.addWidget(label(theme, title, kind="section", bold=True))
        for trial in refused:
            text = tr("{address} on {listener}: {answer}").format(
                address=trial.address, listener=trial.listener, answer=answer(trial)
            )
            words = label(theme, text)
            words.setWordWrap(True)
            body.addWidget(words)
        hint = muted(
            theme,
            tr("Mail programs on this computer can then no longer connect. Open sessions go on."),
        )
        hint.setWordWrap(True)
        body.addWidget(hint)
        self.typed = QLineEdit()
        self.typed.setObjectName("access.shut_out.yes")
        self.typed.setAccessibleName(tr("Type YES to apply it all the same"))
        self.typed.setPlaceholderText(tr("Type YES to apply it all the same"))
        body.addWidget(self.typed)
        cancel = button(tr("Go on editing"), "access.shut_out.cancel")
        cancel.clicked.connect(self.reject)
        self.apply = button(tr("Apply"), "access.shut_out.apply", kind="danger")
        self.apply.setEnabled(False)
        self.apply.clicked.connect(self.accept)
        cancel.setDefault(True)
        self.typed.textChanged.connect(lambda text: self.apply.setEnabled(text.strip() == YES))
        line = row()
        line.addStretch(1)
        line.addWidget(cancel)
        line.addWidget(self.apply)
        body.addLayout(line)
        self.typed.setFocus()
