"""Which cards the Dashboard shows, and in which order; kept in the window's settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSettings

SETTING = "dashboard/cards"
HIDDEN = "-"


@dataclass(frozen=True, slots=True)
class Place:
    """A card and whether it is shown."""

    card: str
    shown: bool = True


def read_order(settings: QSettings, cards: Sequence[str]) -> list[Place]:
    """The cards as they were arranged; ones that are new come last, ones that are gone are not."""
    kept = str(settings.value(SETTING, "")).split()
    known = [Place(word.removeprefix(HIDDEN), not word.startswith(HIDDEN)) for word in kept]
    usable = [place for place in dict.fromkeys(known) if place.card in cards]
    arranged = {place.card for place in usable}
    return [*usable, *(Place(card) for card in cards if card not in arranged)]


def keep_order(settings: QSettings, places: Sequence[Place]) -> None:
    """Remember an arrangement."""
    words = [place.card if place.shown else HIDDEN + place.card for place in places]
    settings.setValue(SETTING, " ".join(words))
