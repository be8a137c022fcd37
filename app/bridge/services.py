"""What a page may use: one bundle, handed to every page when it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QWidget

from app.bridge.demo_account import DemoAccount
from app.bridge.event_pump import EventPump
from app.bridge.tasks import Tasks
from app.look.theme import Theme

if TYPE_CHECKING:
    from app.bridge.draft_keeper import DraftKeeper
    from server_core.service import MailService


class WindowRequests(QObject):
    """What a page asks of the window around it; the window listens to the signals."""

    going = Signal(str, str)
    said = Signal(str)
    pages: frozenset[str] = frozenset()
    """The ids of the pages that can be opened, once there is a window."""

    def go(self, page: str, target: str = "") -> None:
        """Open another page; ``target`` is what to show there (``session:7``, ``add`` …)."""
        self.going.emit(page, target)

    def say(self, text: str) -> None:
        """Tell a success in a few words; it shows for some seconds."""
        self.said.emit(text)


@dataclass(frozen=True, kw_only=True)
class Services:
    """The server, and the window's own services."""

    service: MailService
    tasks: Tasks
    pump: EventPump
    keeper: DraftKeeper
    theme: Theme
    settings: QSettings
    window: WindowRequests
    demo: tuple[DemoAccount, ...] = ()


class PageWidget(QWidget):
    """The content of a page; the window puts title, purpose and margins around it.

    What follows is what the window may ask; a page overrides what it has an answer for.
    """

    scrolls = False
    """Whether the page scrolls as a whole and so reaches down to the status bar."""

    def title_buttons(self) -> list[QWidget]:
        """Buttons that stand beside the page's title, the primary one last."""
        return []

    def show_target(self, target: str) -> None:
        """Show what another page pointed at (see ``WindowRequests.go``)."""

    def focus_filter(self) -> None:
        """Ctrl+F: put the cursor into the filter."""

    def toggle_live(self) -> None:
        """Space: stop or go on following what happens."""

    def refresh(self) -> None:
        """Each time the page is opened: bring up to date what is not pushed."""

    def look_again(self) -> None:
        """F5: the same, unless the page can do more."""
        self.refresh()
