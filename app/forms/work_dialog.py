"""Dialogs that do what they ask about: they stay open and say why when it cannot be done."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QWidget

from app.bridge.services import Services
from app.forms.form import Message, Note
from app.forms.words import tr
from app.look.parts import button, column, label, row

FITTED_WIDTH = 520


class WorkDialog(QDialog):
    """A dialog whose primary button starts work: accepted when it succeeds, else it says why."""

    def __init__(
        self, services: Services, name: str, title: str, action: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.services = services
        self._working = False
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setMinimumWidth(440)
        outer = column(self, margin="xl", gap="l")
        heading = label(services.theme, title, kind="section", bold=True)
        heading.setWordWrap(True)
        outer.addWidget(heading)
        self.body = column(gap="m")
        outer.addLayout(self.body)
        self.message = Message(services.theme, f"{name}.message")
        outer.addWidget(self.message)
        outer.addStretch(1)
        self.cancel = button(tr("Cancel"), f"{name}.cancel")
        self.cancel.clicked.connect(self.reject)
        self.action = button(action, f"{name}.action", kind="primary")
        self.action.setDefault(True)
        self.action.clicked.connect(self.try_it)
        outer.addLayout(self._buttons())

    def problem(self) -> str:
        """Why the work cannot begin, as a sentence; empty when it can."""
        return ""

    def work(self) -> Coroutine[Any, Any, object]:
        """What the primary button does."""
        raise AssertionError("every dialog has its own work")

    def try_it(self) -> None:
        """Begin the work unless something is missing."""
        problem = self.problem()
        self.tell(problem)
        if not problem:
            self._working = True
            self.action.setEnabled(False)
            self.cancel.setEnabled(False)
            self.services.tasks.start(self._finish(), on_error=self._failed)

    def reject(self) -> None:
        """Close without doing anything; what has begun is waited for."""
        if not self._working:
            super().reject()

    def tell(self, problem: str) -> None:
        """Say what is wrong; nothing hides it."""
        self.message.tell(Note("", "problem", problem) if problem else None)
        self.make_room()

    def make_room(self) -> None:
        """Grow when what is said takes more lines than there were when the dialog opened."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        needed = layout.totalHeightForWidth(self.width())
        if needed > self.height():
            self.resize(self.width(), needed)

    async def _finish(self) -> None:
        await self.work()
        self.accept()

    def _failed(self, error: Exception) -> None:
        self._working = False
        self.action.setEnabled(True)
        self.cancel.setEnabled(True)
        self.tell(str(error))

    def _buttons(self) -> QHBoxLayout:
        line = row()
        line.addStretch(1)
        line.addWidget(self.cancel)
        line.addWidget(self.action)
        return line

    def add_field(self, title: str, field: QLineEdit, *below: QWidget) -> None:
        """A labelled line, with what belongs right below it."""
        name = label(self.services.theme, title)
        name.setBuddy(field)
        field.setAccessibleName(title)
        group = column(gap="xs")
        for widget in (name, field, *below):
            group.addWidget(widget)
        self.body.addLayout(group)


class FittedDialog(WorkDialog):
    """As wide as reads well, and as high as its wrapped sentences need at that width."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()

    def fit(self) -> None:
        """Make room for what the dialog says now."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        width = max(FITTED_WIDTH, self.width())
        self.setMinimumHeight(layout.totalHeightForWidth(width))
        self.resize(width, self.minimumHeight())

    def tell(self, problem: str) -> None:
        super().tell(problem)
        self.fit()
