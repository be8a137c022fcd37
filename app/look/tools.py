"""A toolbar's buttons, each of which does what an action of the table's menu does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from app.look.parts import button


def tool(
    owner: QWidget,
    name: str,
    text: str,
    run: Callable[[], None] | None,
    keys: QKeySequence | None = None,
    *,
    kind: str = "",
) -> tuple[QAction, QPushButton]:
    """An action of ``owner`` and its button, which follows what the action is called and may do.

    ``name`` is the button's. Without ``run`` the button does nothing by itself, as one with a menu.
    """
    action = QAction(text, owner)
    made = button(text, name, kind=kind)
    if keys is not None:
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    if run is not None:
        action.triggered.connect(run)
        made.clicked.connect(action.trigger)

    def follow() -> None:
        made.setEnabled(action.isEnabled())
        made.setText(action.text())
        made.setAccessibleName(action.text())
        # An action without a tip of its own answers with its text.
        made.setToolTip(action.toolTip() if action.toolTip() != action.text() else "")

    action.changed.connect(follow)
    return action, made
