"""Listeners that cannot serve: the cause in a sentence, and the buttons that mend it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLayoutItem, QSizePolicy, QWidget

from app.forms import addresses
from app.forms.table_editor import Entry
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import button, column, label, row
from app.look.theme import Theme, space
from app.panels.listeners_table import view_of
from server_core.events.reasons import ListenerProblem

OTHER_PORT_HELPS = (ListenerProblem.ADDRESS_IN_USE, ListenerProblem.NO_PERMISSION)


class Failures(QWidget):
    """One strip for each listener that failed.

    ``moved`` asks for another port (key, port), ``tried`` for a new attempt (key).
    """

    moved = Signal(str, int)
    tried = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("listeners.failures")
        self._theme = theme
        self._shown: list[tuple[Entry, int]] = []
        self._body = column(self, gap="s")
        self.hide()

    def show_failures(self, failures: Sequence[tuple[Entry, int]]) -> None:
        """Show these failed listeners, each with a port that would be free."""
        if list(failures) == self._shown:
            return
        self._shown = list(failures)
        while (item := self._body.takeAt(0)) is not None:
            _drop(item)
        for entry, port in failures:
            self._body.addWidget(self._strip(entry, port))
        self.setVisible(bool(failures))

    def _strip(self, entry: Entry, port: int) -> QFrame:
        view = view_of(entry)
        assert view is not None
        key = entry.key
        strip = QFrame()
        strip.setProperty("part", "banner")
        strip.setProperty("state", "problem")
        strip.setObjectName(f"listeners.failure.{key}")
        strip.setAccessibleName(f"{key}: {view.sentence}")
        mark = Mark(self._theme, 14)
        mark.show_mark("cross", "problem")
        name = label(self._theme, str(entry.values["name"]), bold=True)
        text = label(self._theme, view.sentence)
        text.setWordWrap(True)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        line = row(strip, gap="m")
        line.setContentsMargins(space("m"), space("s"), space("m"), space("s"))
        line.addWidget(mark)
        line.addWidget(name)
        line.addWidget(text, 1)
        asked = addresses.parted(str(entry.values["address"]))[1]
        already_moved = asked != addresses.parted(view.address)[1]
        if view.problem in OTHER_PORT_HELPS and not already_moved:
            use = button(tr("Use {port}").format(port=port), f"listeners.use.{key}")
            use.clicked.connect(partial(self.moved.emit, key, port))
            line.addWidget(use)
        again = button(tr("Try again"), f"listeners.again.{key}")
        again.clicked.connect(partial(self.tried.emit, key))
        line.addWidget(again)
        return strip


def _drop(item: QLayoutItem) -> None:
    widget = item.widget()
    if widget is not None:
        widget.setParent(None)
        widget.deleteLater()
