"""A desk to test pages at: a real server on loopback, and the services a window would have."""

from __future__ import annotations

import asyncio
import poplib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QPushButton,
    QWidget,
)

from app.bridge.draft_keeper import DraftKeeper
from app.bridge.event_pump import EventPump
from app.bridge.services import Services, WindowRequests
from app.bridge.tasks import Tasks
from app.look.theme import Theme
from server_core.config.file import save
from server_core.config.model import Config, Listener, Pop3, Security, Server
from server_core.events.views import ListenerView
from server_core.home import Home
from server_core.service import MailService

PATIENCE = 30.0
Part = TypeVar("Part", bound=QObject)

LOCAL = Listener(name="local", address="127.0.0.1:0", security=Security.NONE)


@dataclass
class Desk:
    """What a test needs at hand; ``said`` are the toasts, ``failures`` what tasks could not do."""

    services: Services
    service: MailService
    said: list[str]
    failures: list[Exception]

    async def until(self, happened: Callable[[], object]) -> None:
        """Let window and server go on until something is so."""
        async with asyncio.timeout(PATIENCE):
            while not happened():
                self.services.pump.tick()
                QApplication.processEvents()
                await asyncio.sleep(0.005)

    async def dialog(self, kind: type[Part]) -> Part:
        """The dialog of this kind, once it is open."""
        found: list[Part] = []

        def is_open() -> bool:
            found[:] = [
                widget
                for widget in QApplication.topLevelWidgets()
                if isinstance(widget, kind) and widget.isVisible()
            ]
            return bool(found)

        await self.until(is_open)
        return found[0]

    def view(self, name: str) -> ListenerView:
        """A listener as it is now."""
        return next(view for view in self.service.listeners() if view.name == name)

    def port(self, name: str = "local") -> int:
        """Where a listener really listens."""
        return int(self.view(name).address.rpartition(":")[2])

    async def sign_in(self, user: str, password: str) -> poplib.POP3:
        """A signed-in client; poplib's error when it is refused."""
        return await asyncio.to_thread(self._sign_in, user, password)

    def _sign_in(self, user: str, password: str) -> poplib.POP3:
        client = poplib.POP3("127.0.0.1", self.port(), timeout=PATIENCE)
        try:
            client.user(user)
            client.pass_(password)
        except poplib.error_proto:
            client.close()
            raise
        return client


@asynccontextmanager
async def working_desk(
    folder: Path, listeners: Sequence[Listener] = (LOCAL,)
) -> AsyncIterator[Desk]:
    """A started server in ``folder`` with these listeners, and everything a page is given."""
    home = Home(folder / "home")
    home.prepare()
    server = Server(primary_domain="example.com")
    save(home.config_file, Config(server=server, pop3=Pop3(listeners=tuple(listeners))))
    service = MailService(home)
    await service.start()
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    services = Services(
        service=service,
        tasks=Tasks(),
        pump=EventPump(service),
        keeper=DraftKeeper(service),
        theme=Theme(application),
        settings=QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat),
        window=WindowRequests(),
    )
    desk = Desk(services, service, [], [])
    services.window.said.connect(desk.said.append)
    services.tasks.failed.connect(desk.failures.append)
    services.pump.batch.connect(services.keeper.take)
    try:
        yield desk
    finally:
        for window in QApplication.topLevelWidgets():
            window.close()
        await services.tasks.finish()
        services.pump.stop()
        await service.stop(grace=1)


def child(parent: QWidget, kind: type[Part], name: str) -> Part:
    """The part called ``name``, which has to be there."""
    found = parent.findChild(kind, name)
    assert isinstance(found, kind), name
    return found


def click(parent: QWidget, name: str) -> None:
    """Press the button called ``name``."""
    pressed = child(parent, QPushButton, name)
    assert pressed.isEnabled(), f"{name} cannot be pressed"
    pressed.click()


def close(dialog: QDialog) -> None:
    """Answer a dialog with Escape."""
    dialog.reject()


def tab_order(page: QWidget) -> list[str]:
    """The names of what Tab reaches on a page, in that order."""
    found: list[str] = []
    part = page.nextInFocusChain()
    while part is not None and part is not page:
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus and page.isAncestorOf(part):
            found.append(part.objectName())
        part = part.nextInFocusChain()
    return found


def nameless(page: QWidget) -> list[str]:
    """The controls of a page that a screen reader has no name for."""
    return [
        part.objectName() or type(part).__name__
        for kind in (QAbstractButton, QLineEdit, QAbstractSpinBox, QComboBox, QAbstractItemView)
        for part in page.findChildren(kind)
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not part.objectName().startswith("qt_")
        and not isinstance(part.parent(), QComboBox | QAbstractSpinBox)
        and part.isVisibleTo(page)
        and not part.accessibleName()
    ]
