"""What is done to a running listener at once, without a draft: on, off, and its sessions ended."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.bridge.dialogs import ask, confirm
from app.bridge.services import Services
from app.forms.words import tr
from app.look.words import number
from app.panels.listeners_table import LISTENERS
from app.panels.listeners_try import TryListener
from server_core.events.views import ListenerView


class ListenerActions:
    """Acts on listeners by the name under which they run."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        self._services, self._parent = services, parent

    def switch(self, key: str, *, on: bool) -> None:
        """Switch one that runs on or off now; one of the draft alone is switched there."""
        running = self._services.keeper.config.pop3.listeners
        if any(listener.name == key for listener in running):
            self._services.tasks.start(self._switch(key, on=on))
        else:
            self._services.keeper.set(f"{LISTENERS}.{key}.enabled", on)

    def try_again(self, key: str) -> None:
        """Let one that failed try now."""
        self._services.tasks.start(self._services.service.restart_listener(key))

    def try_out(self, view: ListenerView) -> None:
        """Show how a mail program on this computer fares."""
        self._services.tasks.start(ask(TryListener(self._services, view, self._parent)))

    def end_sessions(self, key: str) -> None:
        """Ask, and end all sessions that came in by this listener."""
        self._services.tasks.start(self._end_sessions(key))

    async def _switch(self, key: str, *, on: bool) -> None:
        service = self._services.service
        draft = service.draft()
        draft.set(f"{LISTENERS}.{key}.enabled", on)
        await service.apply(draft, origin="window")
        left = sum(view.sessions for view in service.listeners() if view.name == key)
        if on:
            said = tr("{name} was switched on.")
        elif left:
            said = tr("{name} takes nobody any more; {n} sessions finish by themselves.")
        else:
            said = tr("{name} was switched off.")
        self._services.window.say(said.format(name=key, n=number(left)))

    async def _end_sessions(self, key: str) -> None:
        service = self._services.service
        theirs = [view for view in await service.sessions() if view.listener == key]
        agreed = await confirm(
            self._parent,
            title=tr("End sessions"),
            text=tr("End {n} sessions on {name}?").format(n=number(len(theirs)), name=key),
            details=tr("What they marked for deletion is kept. Mail programs try again later."),
            action=tr("End sessions"),
            cancel=tr("Cancel"),
        )
        if agreed:
            for view in theirs:
                await service.disconnect(view.session)
