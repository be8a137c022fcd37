"""Whether anything may move or fade: people can ask their system for none of it."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QStyle


def allowed() -> bool:
    """Whether the system has not been asked to leave animations out."""
    return bool(QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animate))
