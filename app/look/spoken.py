"""What a screen reader says although nobody went there."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, text: str) -> None:
    """Have a result told once what is being said is over; nothing without a screen reader."""
    told = QAccessibleAnnouncementEvent(widget, text)
    told.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
    QAccessible.updateAccessibility(told)
