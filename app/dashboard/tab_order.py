"""In which order Tab goes through parts: that in which they are read, whenever they were made."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtWidgets import QWidget


def in_order(*parts: QWidget) -> None:
    """Have Tab go from each part to the next one; all of them are in one window."""
    for before, after in pairwise(parts):
        QWidget.setTabOrder(before, after)
