"""Columns that the server has to be asked about, row by row, and only while they are shown."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, NamedTuple

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.bridge.services import Services
from app.dashboard.session_filter import host_of
from app.dashboard.session_summary import hint_of
from app.forms.paced import Paced

MOST_ASKED = 50
MOST_KNOWN = 1_000
TELL_MS = 200


class Lookup(QObject):
    """What is known by key; ``told`` says that there is more. ``ask`` brings it about."""

    told = Signal()

    def __init__(
        self,
        services: Services,
        known: Callable[[Any], str | None],
        ask: Callable[[Any], Awaitable[object]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._services, self._known, self._ask = services, known, ask
        self._asked: set[Hashable] = set()
        self._tell = Paced(self.told.emit, TELL_MS, self)

    def of(self, key: Hashable, *, ask: bool) -> str:
        """What is known, a dash for nothing; dots while it is being asked for, if it may be."""
        known = self._known(key)
        if known is not None:
            return known or "–"
        if not ask:
            return ""
        if key not in self._asked and len(self._asked) < MOST_ASKED:
            self._asked.add(key)
            self._services.tasks.start(self._look(key))
        return "…"

    async def _look(self, key: Hashable) -> None:
        try:
            await self._ask(key)
        finally:
            self._asked.discard(key)
        self._tell.ask()


class LookedUp(NamedTuple):
    """A column of what is looked up, beside the ``beside``-th; ``key`` is a row's."""

    title: str
    tip: str
    beside: int
    key: Callable[[Any], Hashable]
    lookup: Lookup


class Lookups:
    """The columns there are; they share what is known."""

    def __init__(self, services: Services, parent: QObject) -> None:
        self._services = services
        self._known: OrderedDict[Hashable, str] = OrderedDict()
        service = services.service
        self._names = Lookup(services, service.known_name, service.reverse_name, parent)
        self._hints = Lookup(services, self._known.get, self._ask_hint, parent)

    def names(self, beside: int) -> LookedUp:
        """What networks call the addresses."""
        tr = QCoreApplication.translate
        return LookedUp(
            tr("Sessions", "Name of the address"),
            tr("Sessions", "What its network calls this address. It can be any name."),
            beside,
            lambda row: host_of(row.peer),
            self._names,
        )

    def hints(self, beside: int) -> LookedUp:
        """What the programs at the other end tell of themselves."""
        tr = QCoreApplication.translate
        return LookedUp(
            tr("Sessions", "Client hint"),
            tr("Sessions", "What the mail program tells of itself. POP3 has no name for it."),
            beside,
            # After a change to TLS and after signing in there may be more to tell.
            lambda row: (row.session, row.opened, row.secure, row.user),
            self._hints,
        )

    async def _ask_hint(self, key: tuple[int, float, str, str]) -> None:
        facts = await self._services.service.session_facts(key[0])
        self._known[key] = "" if facts is None else hint_of(facts)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
