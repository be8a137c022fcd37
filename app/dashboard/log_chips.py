"""The conditions *Only this* and *Not this*, as chips that can be removed."""

from __future__ import annotations

import html
from functools import partial

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from app.dashboard.log_filter import Condition
from app.dashboard.log_words import value_words
from app.dashboard.tab_order import in_order
from app.look.flow import Strip
from app.look.parts import button
from app.look.theme import Theme

LEAST_WIDTH = 190
MOST_SHOWN = 34


def field_words() -> dict[str, str]:
    """What a person calls each field of a line."""
    tr = QCoreApplication.translate
    return {
        "level": tr("Log", "Level"),
        "category": tr("Log", "Category"),
        "session": tr("Log", "Session"),
        "listener": tr("Log", "Listener"),
        "address": tr("Log", "Address"),
        "account": tr("Log", "Account"),
        "event": tr("Log", "Event"),
        "text": tr("Log", "Message"),
    }


def condition_text(condition: Condition) -> str:
    """``Account: ann`` or ``Not account: ann``."""
    tr = QCoreApplication.translate
    field = field_words()[condition.field]
    form = (
        tr("Log", "Only {field}: {value}")
        if condition.wanted
        else tr("Log", "Not {field}: {value}")
    )
    value = value_words(condition.field, condition.value) or tr("Log", "none")
    return form.format(field=field.lower(), value=value)


class Chips(Strip):
    """``removed`` carries the condition that is no longer wanted."""

    removed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__(LEAST_WIDTH, fewest=4, most=5)
        self._theme = theme
        self._shown: tuple[Condition, ...] = ()
        self.setObjectName("log.chips")
        self.hide()

    def show_conditions(self, conditions: tuple[Condition, ...], behind: QWidget) -> None:
        """Show a chip for each; the keyboard comes to them from the part they are ``behind``."""
        if conditions == self._shown:
            return
        self._shown = conditions
        chips = []
        for place, condition in enumerate(conditions):
            text = condition_text(condition)
            short = text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"
            chip = button(short.replace("&", "&&"), f"log.chip{place}")
            chip.setIcon(self._theme.icon("close"))
            chip.setToolTip(f"<p>{html.escape(text)}</p>")
            chip.setAccessibleName(
                QCoreApplication.translate("Log", "Remove the condition {text}").format(text=text)
            )
            chip.clicked.connect(partial(self._remove, condition))
            chips.append(chip)
        self.show_parts(chips)
        in_order(behind, *chips)
        self.setVisible(bool(chips))

    def _remove(self, condition: Condition, _checked: bool = False) -> None:
        self.removed.emit(condition)
