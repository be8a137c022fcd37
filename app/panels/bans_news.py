"""How many bans came since somebody last looked at them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.bridge.event_pump import EventPump
from server_core.events.ring import Batch
from server_core.events.types import AddressBanned, BanLifted
from server_core.events.views import BanKind

_NEWS = (AddressBanned, BanLifted)


class BanNews(QObject):
    """Counts bans in force that nobody has seen yet; what a person banned is no news."""

    changed = Signal(int)

    def __init__(self, pump: EventPump, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._new: set[str] = set()
        self._looking = False
        pump.batch.connect(self.take)

    def look(self, *, looking: bool) -> None:
        """Whether the bans are in sight from now on."""
        self._looking = looking
        if looking and self._new:
            self._new.clear()
            self.changed.emit(0)

    def take(self, batch: Batch) -> None:
        """Follow a batch of events."""
        if self._looking or batch.types.isdisjoint(_NEWS):
            return
        before = len(self._new)
        for event in batch.events:
            match event:
                case AddressBanned() if event.ban.kind is not BanKind.MANUAL:
                    self._new.add(event.ban.address)
                case BanLifted():
                    self._new.discard(event.address)
        if len(self._new) != before:
            self.changed.emit(len(self._new))
