"""What networks call the addresses of sessions, asked for only while somebody wants to see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.bridge.services import Services
from app.dashboard.session_filter import host_of
from app.forms.paced import Paced
from app.look.tables import Column

MOST_ASKED = 50
TELL_MS = 200


class Names(QObject):
    """The names of addresses as far as the server knows them; ``told`` says there are new ones."""

    told = Signal()

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._asked: set[str] = set()
        self._tell = Paced(self.told.emit, TELL_MS, self)

    def of(self, address: str, *, ask: bool) -> str:
        """The name of an address; a dash for none, dots while it is being asked for."""
        name = self._services.service.known_name(address)
        if name is not None:
            return name or "–"
        if not ask:
            return ""
        if address not in self._asked and len(self._asked) < MOST_ASKED:
            self._asked.add(address)
            self._services.tasks.start(self._ask(address))
        return "…"

    async def _ask(self, address: str) -> None:
        try:
            await self._services.service.reverse_name(address)
        finally:
            self._asked.discard(address)
        self._tell.ask()


def name_column(names: Names, wanted: Callable[[], bool]) -> Column[Any]:
    """A column of reverse names, which are asked for while it is ``wanted``."""
    return Column(
        QCoreApplication.translate("Sessions", "Name of the address"),
        lambda row: names.of(host_of(row.peer), ask=wanted()),
        208,
        tip=lambda row: QCoreApplication.translate(
            "Sessions", "What its network calls this address. It can be any name."
        ),
        optional=True,
    )
