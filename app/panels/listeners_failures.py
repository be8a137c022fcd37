"""Listeners that cannot serve: the cause in a sentence, and the buttons that mend it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QLayoutItem, QSizePolicy, QWidget

from app.forms import addresses
from app.forms.table_editor import Entry
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import button, column, label, muted, row
from app.look.theme import Theme, space
from app.look.words import duration
from app.panels.listeners_table import view_of
from server_core.events.reasons import ListenerProblem
from server_core.events.views import ListenerView

OTHER_PORT_HELPS = (ListenerProblem.ADDRESS_IN_USE, ListenerProblem.NO_PERMISSION)

# What a strip is made from; it is made anew when this differs.
_Made = tuple[str, str, str, int, bool]


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
        self._made: list[_Made] = []
        self._waits: dict[str, QLabel] = {}
        self._body = column(self, gap="s")
        self.hide()

    def show_failures(self, failures: Sequence[tuple[Entry, int]], now: float) -> None:
        """Show these failed listeners, each with a port that would be free, and the time left."""
        wanted = [_made_from(entry, port) for entry, port in failures]
        if wanted != self._made:
            self._made = wanted
            self._waits.clear()
            while (item := self._body.takeAt(0)) is not None:
                _drop(item)
            for entry, port in failures:
                self._body.addWidget(self._strip(entry, port))
            self.setVisible(bool(failures))
        for entry, _ in failures:
            view = view_of(entry)
            if view is not None:
                self._waits[entry.key].setText(wait_text(view, now))

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
        self._waits[key] = muted(self._theme)
        line = row(strip, gap="m")
        line.setContentsMargins(space("m"), space("s"), space("m"), space("s"))
        line.addWidget(mark)
        line.addWidget(name)
        line.addWidget(text, 1)
        line.addWidget(self._waits[key])
        if _other_port_helps(entry, view):
            use = button(tr("Use {port}").format(port=port), f"listeners.use.{key}")
            use.clicked.connect(partial(self.moved.emit, key, port))
            line.addWidget(use)
        again = button(tr("Try again"), f"listeners.again.{key}")
        again.clicked.connect(partial(self.tried.emit, key))
        line.addWidget(again)
        return strip


def wait_text(view: ListenerView, now: float) -> str:
    """When a failed listener is tried again by itself."""
    left = round(view.next_try - now)
    return tr("Tried again in {time}").format(time=duration(left)) if left > 0 else tr("Trying…")


def _made_from(entry: Entry, port: int) -> _Made:
    view = view_of(entry)
    assert view is not None
    return entry.key, str(entry.values["name"]), view.sentence, port, _other_port_helps(entry, view)


def _other_port_helps(entry: Entry, view: ListenerView) -> bool:
    asked = addresses.parted(str(entry.values["address"]))[1]
    already_moved = asked != addresses.parted(view.address)[1]
    return view.problem in OTHER_PORT_HELPS and not already_moved


def _drop(item: QLayoutItem) -> None:
    widget = item.widget()
    if widget is not None:
        widget.setParent(None)
        widget.deleteLater()
