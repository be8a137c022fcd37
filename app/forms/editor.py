"""What an editor is, and the manners that all of them have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QHBoxLayout, QWidget

from app.forms.words import tr
from app.look.theme import size, space
from server_core.config.schema import Setting

Report = Callable[[Any], None]


@dataclass(frozen=True)
class Editor:
    """What edits one value. ``show`` displays a value and reports nothing."""

    widget: QWidget
    show: Callable[[Any], None]


Factory = Callable[[Setting, str, Report], Editor]


def named(widget: QWidget, name: str, accessible: str) -> None:
    """Give a widget its objectName and the words a screen reader says."""
    widget.setObjectName(name)
    widget.setAccessibleName(tr(accessible))


class _FieldManners(QObject):
    """What fields of a form leave to the window: the wheel while they lack the focus, and undo."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Wheel:
            leaves = isinstance(watched, QWidget) and not watched.hasFocus()
        elif event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            leaves = event.matches(QKeySequence.StandardKey.Undo) or event.matches(
                QKeySequence.StandardKey.Redo
            )
        else:
            return False
        if leaves:
            event.ignore()
        return leaves


def well_behaved(widget: QWidget) -> None:
    """Let a field take the focus by click and Tab only, and leave undo to the window."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_FieldManners(widget))


def well_set(box: QAbstractSpinBox) -> None:
    """Make it as high as other fields, its number as far from the edge as their text."""
    box.setFixedHeight(size("control"))
    box.lineEdit().setTextMargins(space("s") - 1, 0, 0, 0)


def in_a_row(*widgets: QWidget, wide: QWidget | None = None) -> QWidget:
    """Widgets side by side as one; ``wide`` takes the room that is left."""
    area = QWidget()
    layout = QHBoxLayout(area)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(space("s"))
    for widget in widgets:
        layout.addWidget(widget, 1 if widget is wide else 0)
    if wide is None:
        layout.addStretch(1)
    area.setFocusProxy(widgets[0])
    return area
