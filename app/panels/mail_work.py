"""What the dialogs that import and export mail share: work on an account that may take long."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QProgressBar, QWidget

from app.bridge.services import Services
from app.forms.words import tr
from app.look import motion
from app.look.parts import Banner, column, label
from app.panels.certificates_dialogs import FittedDialog

BAR_HEIGHT = 6


class MailWork(FittedDialog):
    """Leaves the other windows usable while it works, and stays to tell what came of it.

    What is put into ``body`` asks what to do, and goes when that is done; ``whole`` stays.
    """

    def __init__(
        self,
        services: Services,
        account: str,
        parent: QWidget,
        *,
        name: str,
        words: tuple[str, str],
    ) -> None:
        title, action = words
        super().__init__(services, name, title, action, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.account = account
        self._question, self._sign = QWidget(), QWidget()
        self._doing = label(services.theme)
        self._doing.setObjectName(f"{name}.doing")
        self._doing.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setObjectName(f"{name}.progress")
        self._bar.setAccessibleName(title)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(BAR_HEIGHT)
        self.outcome = Banner(services.theme, f"{name}.outcome")
        sign = column(self._sign, gap="s")
        sign.addWidget(self._doing)
        sign.addWidget(self._bar)
        self._sign.hide()
        self.whole, self.body = self.body, column(self._question, gap="m")
        for part in (self._question, self._sign, self.outcome):
            self.whole.addWidget(part)

    def carry_out(self) -> Coroutine[Any, Any, object]:
        """What the primary button does, between question and outcome."""
        raise AssertionError("every dialog has its own work")

    def what_is_cut_short(self) -> str:
        """What quitting now would stop, as a sentence."""
        raise AssertionError("every dialog has its own work")

    @property
    def is_working(self) -> bool:
        """Whether what was asked for goes on."""
        return self._working

    async def work(self) -> None:
        self._question.setEnabled(False)
        self._sign.show()
        try:
            await self.carry_out()
        finally:
            self._sign.hide()
            self._question.setEnabled(True)

    def show_progress(self, doing: str, done: int = 0, total: int = 0) -> None:
        """Say what goes on; without a total that is only a sign that something does."""
        self._doing.setText(doing)
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._bar.setVisible(total > 0 or motion.allowed())
        self.fit()

    def accept(self) -> None:
        """Stay, with what came of it instead of the question."""
        self._working = False
        self._ask(asking=False)
        self.cancel.setFocus()

    def ask_again(self) -> None:
        """Put the question once more, with the answers it had."""
        self.outcome.tell("ok", "")
        self._ask(asking=True)
        self.action.setFocus()

    def add_choice(
        self, title: str, choice: QComboBox, name: str, texts: Mapping[str, str]
    ) -> None:
        """A labelled choice between texts, whose keys it carries."""
        choice.setObjectName(name)
        choice.setAccessibleName(title)
        for key, text in texts.items():
            choice.addItem(text, key)
        heading = label(self.services.theme, title)
        heading.setBuddy(choice)
        group = column(gap="xs")
        group.addWidget(heading)
        group.addWidget(choice)
        self.body.addLayout(group)

    def _ask(self, *, asking: bool) -> None:
        self._question.setVisible(asking)
        self.action.setVisible(asking)
        self.action.setEnabled(asking)
        self.action.setDefault(asking)
        self.cancel.setDefault(not asking)
        self.cancel.setEnabled(True)
        self.cancel.setText(tr("Cancel") if asking else tr("Close"))
        self.cancel.setAccessibleName(self.cancel.text())
        self.fit()

    def _failed(self, error: Exception) -> None:
        super()._failed(error)
        self.action.setFocus()
