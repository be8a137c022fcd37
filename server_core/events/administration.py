"""What people did to the server, beside changing its settings: who, from where, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from server_core.config.log import Category
from server_core.events.types import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Administered(Event):
    """Somebody acted: ``by`` on this computer, through ``origin``, the window or the console.

    ``deed`` says what in the past tense. ``session``, ``user`` and ``address`` are whom it was
    done to, as far as it was somebody.
    """

    category: ClassVar[Category] = Category.CONFIGURATION
    by: str
    origin: str
    deed: str
    session: int = 0
    user: str = ""
    address: str = ""

    def __str__(self) -> str:
        return f"administrator {self.by} ({self.origin}): {self.deed}"
