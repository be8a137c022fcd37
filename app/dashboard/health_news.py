"""How many problems the checks found last, for the navigation."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.bridge.event_pump import EventPump
from server_core.events.health import HealthChecked
from server_core.events.ring import Batch


class HealthNews(QObject):
    """``changed`` carries how many problems there are, after each round of checks."""

    changed = Signal(int)

    def __init__(self, pump: EventPump, parent: QObject) -> None:
        super().__init__(parent)
        pump.batch.connect(self._take)

    def _take(self, batch: Batch) -> None:
        if checked := batch.of(HealthChecked):
            self.changed.emit(checked[-1].problems)
