"""What an explanation consists of."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication


class Grade(StrEnum):
    """How bad something is."""

    FINE = "fine"
    LOOK = "look"
    ACT = "act"


class Explanation(NamedTuple):
    """What happened, whether that is bad, and what to do, in plain words."""

    happened: str
    grade: Grade
    do: str


def grade_words(grade: Grade) -> tuple[str, str, str]:
    """Mark, colour role and words."""
    tr = QCoreApplication.translate
    return {
        Grade.FINE: ("circle", "ok", tr("Log", "This is normal.")),
        Grade.LOOK: ("triangle", "attention", tr("Log", "Worth a look if it goes on.")),
        Grade.ACT: ("cross", "problem", tr("Log", "This needs you.")),
    }[grade]
