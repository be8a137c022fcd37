"""The window: navigation, pages, command bar, status bar, and the keys that lead through them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QIcon, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from app.bridge.services import PageWidget, Services
from app.bridge.turns import Turns
from app.dashboard.health_news import HealthNews
from app.dashboard.live import Live
from app.forms.review_text import page_id_of
from app.look.parts import column, row
from app.panels.bans_news import BanNews
from app.panels.page import Page
from app.resources import resource
from app.window.change_bar import ChangeBar
from app.window.command_bar import CommandBar
from app.window.keys import Keys, tab_stops
from app.window.leaving import agrees_to_lose, what_is_lost
from app.window.navigation import Navigation
from app.window.page_frame import PageFrame
from app.window.server_actions import ServerActions
from app.window.status_bar import StatusBar
from app.window.toast import Toast
from server_core.events.views import ServerStatus

MINIMUM = (900, 600)
USUAL = (1280, 720)
SLIM_BELOW = 1000
APART_MS = 30


class MainWindow(QMainWindow):
    """Pages are made when first opened and kept; ``closing`` says the person wants to leave."""

    closing = Signal()

    def __init__(self, services: Services, live: Live, pages: Sequence[Page]) -> None:
        super().__init__()
        self._services, self._live = services, live
        self._pages = {page.id: page for page in pages}
        services.window.pages = frozenset(self._pages)
        self._frames: dict[str, PageFrame] = {}
        self._trail: list[str] = []
        self._place = -1
        self._slim_wanted: bool | None = None
        self._turns = Turns(self, APART_MS)
        self.may_close = self.asks_to_leave = False
        self.setWindowTitle("Postroom")
        self.setWindowIcon(QIcon(str(resource("icons", "postroom.svg"))))
        self.setMinimumSize(*MINIMUM)
        self.bar = CommandBar(services.theme, services.settings)
        self.navigation = Navigation(services.theme, pages)
        self.content = QStackedWidget()
        self.change_bar = ChangeBar(services, self)
        self.status = StatusBar(services.theme)
        self.server = ServerActions(services, self)
        self._build()
        self._toast = Toast(self)
        self._ban_news = BanNews(services.pump, self)
        self._health_news = HealthNews(services.pump, self)
        self.keys = Keys(self, list(self._pages))
        self._connect()
        self._restore()

    @property
    def page(self) -> PageWidget:
        """The page shown."""
        frame = self.content.currentWidget()
        assert isinstance(frame, PageFrame)
        return frame.content

    @property
    def page_id(self) -> str:
        """The id of the page shown."""
        return self._trail[self._place]

    def come_forward(self) -> None:
        """Stand in front of everything, whether covered, minimised or hidden before."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def open_page(self, page: str, target: str = "") -> None:
        """Show a page, and on it what ``target`` names."""
        if not self._trail or self.page_id != page:
            self._trail = [*self._trail[: self._place + 1], page]
            self._place = len(self._trail) - 1
        self._show(page)
        if target:
            self.page.show_target(target)

    def step(self, distance: int) -> None:
        """Go back or forward through the pages that were shown."""
        place = self._place + distance
        if 0 <= place < len(self._trail):
            self._place = place
            self._show(self._trail[place])

    def regions(self) -> list[QWidget]:
        """The parts F6 goes through, as far as they are visible."""
        every: list[QWidget] = [
            self.bar,
            self.navigation,
            self.content,
            self.change_bar,
            self.status,
        ]
        return [region for region in every if region.isVisible()]

    def _build(self) -> None:
        middle = row(gap="xs")
        middle.setSpacing(0)
        middle.addWidget(self.navigation)
        middle.addWidget(self.content, 1)
        centre = QWidget()
        body = column(centre)
        body.setSpacing(0)
        body.addWidget(self.bar)
        body.addLayout(middle, 1)
        body.addWidget(self.change_bar)
        body.addWidget(self.status)
        self.setCentralWidget(centre)
        # Nothing is focused at first; the first Tab goes to what is in the command bar.
        self.bar.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        centre.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        centre.setFocusProxy(self.bar)
        self.bar.setFocus()
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Tab goes as the eye does: down from the command bar to the status bar, and round again.

        Pages are made later and come last, so that what is below them has to come first.
        """
        below = [*tab_stops(self.change_bar), *tab_stops(self.status)]
        above = [*tab_stops(self.bar), *tab_stops(self.navigation)]
        for before, after in pairwise([*below, self.bar, *above]):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        window = self._services.window
        window.going.connect(self.open_page)
        window.said.connect(self._toast.say)
        self._services.tasks.failed.connect(lambda problem: self._toast.say(str(problem)))
        self.navigation.chosen.connect(self._chosen)
        self._services.keeper.changed.connect(self._show_changed)
        self.bar.navigation_toggled.connect(self._toggle_navigation)
        self.bar.state_clicked.connect(lambda: self.open_page("dashboard"))
        self.bar.primary.connect(self.server.primary)
        self.bar.stop_wanted.connect(self.server.stop)
        self.bar.restart_wanted.connect(self.server.restart_listeners)
        self.status.going.connect(self.open_page)
        self._live.sampled.connect(self._show_status)
        self._ban_news.changed.connect(self._show_ban_news)
        self._health_news.changed.connect(self._show_health_news)

    def _restore(self) -> None:
        settings = self._services.settings
        geometry = settings.value("window/geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(*USUAL)
        last = str(settings.value("window/page", ""))
        self.open_page(last if last in self._pages else next(iter(self._pages)))

    def _show(self, page: str) -> None:
        frame = self._frames.get(page)
        if frame is None:
            frame = self._frames[page] = PageFrame(self._pages[page], self._services)
            self.content.addWidget(frame)
        self.content.setCurrentWidget(frame)
        self.navigation.show_page(page)
        self._ban_news.look(looking=page == "bans")
        frame.content.refresh()
        self._services.settings.setValue("window/page", page)

    def _chosen(self, page: str) -> None:
        if not self._trail or page != self.page_id:
            self.open_page(page)

    def _show_status(self, status: ServerStatus) -> None:
        self.bar.show_status(status)
        if self.status.is_blank:
            self._show_numbers(status)
        else:
            self._turns.begin(lambda: self._show_numbers(status))

    def _show_numbers(self, status: ServerStatus) -> None:
        self.status.show_status(status, self._live.out_rate(), self._live.delay.delay())
        count = str(status.sessions) if status.sessions else ""
        meaning = self.tr("{count} connected").format(count=status.sessions)
        self.navigation.show_badge("sessions", count, meaning)

    def _show_changed(self) -> None:
        changes = self._services.keeper.changes
        self.navigation.show_changed({page_id_of(change.path) for change in changes})

    def _show_ban_news(self, bans: int) -> None:
        new = self.tr("{count} new since you last looked").format(count=bans)
        badge, meaning = (str(bans), new) if bans else ("", self.tr("Nothing new"))
        self.navigation.show_badge("bans", badge, meaning)

    def _show_health_news(self, problems: int) -> None:
        meaning = self.tr("{count} problems").format(count=problems)
        self.navigation.show_badge("health", str(problems) if problems else "", meaning)

    def _toggle_navigation(self) -> None:
        self._slim_wanted = not self.navigation.slim
        self.navigation.set_slim(self._slim_wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < SLIM_BELOW
        was_narrow = 0 < event.oldSize().width() < SLIM_BELOW
        if narrow != was_narrow or event.oldSize().width() <= 0:
            # Crossing the limit decides anew; in between the person's own choice holds.
            self._slim_wanted = None
        if self._slim_wanted is None:
            self.navigation.set_slim(narrow)
        self._toast.place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._services.pump.set_visible(not self.isMinimized())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._services.pump.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._services.pump.set_visible(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._services.settings.setValue("window/geometry", self.saveGeometry())
        if self.may_close:
            event.accept()
            return
        event.ignore()
        lost = what_is_lost(self._services.keeper, self)
        if not lost:
            self.closing.emit()
        elif not self.asks_to_leave:
            self.asks_to_leave = True
            self._services.tasks.start(self._ask_to_leave(lost))

    async def _ask_to_leave(self, lost: tuple[str, ...]) -> None:
        try:
            leaves = await agrees_to_lose(self, lost)
        finally:
            self.asks_to_leave = False
        if leaves:
            self.closing.emit()
