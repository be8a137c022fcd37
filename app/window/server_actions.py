"""What the command bar does with the server: pause, resume, start, stop, restart listeners."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.bridge.dialogs import confirm
from app.bridge.services import Services
from app.look.words import number
from server_core.events.views import ListenerState, ServerState


class ServerActions(QObject):
    """Every action asks first when it ends sessions."""

    def __init__(self, services: Services, window: QWidget) -> None:
        super().__init__(window)
        self._services, self._window = services, window

    def primary(self) -> None:
        """Start a stopped server, resume a paused one, pause a running one."""
        service = self._services.service
        work = {
            ServerState.STOPPED: service.start,
            ServerState.PAUSED: service.resume,
        }.get(service.state, service.pause)
        self._services.tasks.start(work())

    def stop(self) -> None:
        """Stop serving; the home stays open, so that accounts and settings can be looked at."""
        self._services.tasks.start(self._stop())

    def restart_listeners(self) -> None:
        """Bind every listener again; open sessions go on."""
        self._services.tasks.start(self._restart())

    async def agrees_to_end_sessions(self, *, title: str, action: str) -> bool:
        """Whether nobody is connected, or the person agrees to end their sessions."""
        sessions = await self._services.service.sessions()
        if not sessions:
            return True
        marked = sum(view.marked for view in sessions)
        details = self.tr("Commands that are being answered are finished first.")
        if marked:
            details += " " + self.tr(
                "Messages marked for deletion: {count}. They stay in their mailboxes."
            ).format(count=number(marked))
        return await confirm(
            self._window,
            title=title,
            text=self.tr("Sessions open now: {count}. They will end.").format(
                count=number(len(sessions))
            ),
            details=details,
            action=action,
            cancel=self.tr("Cancel"),
        )

    async def _stop(self) -> None:
        stop = self.tr("Stop now")
        if await self.agrees_to_end_sessions(title=self.tr("Stop the server"), action=stop):
            await self._services.service.stop()
            await self._services.service.open()

    async def _restart(self) -> None:
        service = self._services.service
        for view in service.listeners():
            if view.state is not ListenerState.OFF:
                await service.restart_listener(view.name)
        self._services.window.say(self.tr("The listeners were started again."))
