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
    primary: bool = False,
) -> tuple[QAction, QPushButton]:
    """An action of ``owner`` and its button, which follows what the action is called and may do.

    ``name`` is the button's. Without ``run`` the button does nothing by itself, as one with a menu.
    The keys are those of the tables that have the action; those of the primary one work as long as
    ``owner`` is in sight, wherever the focus is.
    """
    action = QAction(text, owner)
    made = button(text, name, kind="primary" if primary else "")
    if keys is not None:
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    if primary:
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        owner.addAction(action)
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
