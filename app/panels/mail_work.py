"""What the dialogs that import and export mail share: work on an account that may take long."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QProgressBar, QWidget

from app.bridge.services import Services
from app.forms.words import tr
from app.forms.work_dialog import FittedDialog
from app.look import motion
from app.look.parts import Banner, column, label
from server_core.ingress import Progress

BAR_HEIGHT = 6
LOOK_MS = 200
_PARTS = 1_000  # of the bar, for each thing there is to do


class MailWork(FittedDialog):
    """Leaves the other windows usable while it works, and stays to tell what came of it.

    What is put into ``body`` asks what to do, and goes when that is done; ``whole`` stays. While
    it works its other button stops that; Esc does not, for that is pressed too easily.
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
        self.is_stopped = False
        self._progress = Progress()
        self._done_before, self._all = 0, 1
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._show_bar)
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
        self.cancel.clicked.connect(self._stop)

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
        self.is_stopped = False
        self._question.setEnabled(False)
        self._sign.show()
        self._look.start()
        self._call_other(tr("Stop"))
        self.setFocus()  # whoever presses Enter twice did not mean Stop
        try:
            await self.carry_out()
        finally:
            self._look.stop()
            self._sign.hide()
            self._question.setEnabled(True)
            self._call_other(tr("Cancel"))

    def begin(self, doing: str, place: int = 0, places: int = 1) -> Progress:
        """Say what is done now, of so many things; what is returned is watched, and stopped."""
        self._progress = Progress()
        self._done_before, self._all = place, places
        self._doing.setText(doing)
        self._show_bar()
        self.fit()
        return self._progress

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

    def _show_bar(self) -> None:
        """How far it is; as long as nobody knows, only a sign that something goes on."""
        done, total = self._progress.done, self._progress.total
        known = total > 0 or self._all > 1
        self._bar.setRange(0, _PARTS * self._all if known else 0)
        self._bar.setValue(_PARTS * self._done_before + (_PARTS * done // total if total else 0))
        self._bar.setVisible(known or motion.allowed())

    def _stop(self) -> None:
        if self._working:
            self.is_stopped = True
            self._progress.stop()
            self._doing.setText(tr("Stopping…"))
            self.cancel.setEnabled(False)

    def _call_other(self, words: str) -> None:
        """The button beside the primary one: what it does now."""
        self.cancel.setEnabled(True)
        self.cancel.setText(words)
        self.cancel.setAccessibleName(words)

    def _ask(self, *, asking: bool) -> None:
        self._question.setVisible(asking)
        self.action.setVisible(asking)
        self.action.setEnabled(asking)
        self.action.setDefault(asking)
        self.cancel.setDefault(not asking)
        self._call_other(tr("Cancel") if asking else tr("Close"))
        self.fit()

    def _failed(self, error: Exception) -> None:
        super()._failed(error)
        self.action.setFocus()
