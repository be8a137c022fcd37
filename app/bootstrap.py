"""The composition root of the window: the one file that knows how everything is put together."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import qasync
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from app.bridge.demo_account import DemoAccount
from app.bridge.draft_keeper import DraftKeeper
from app.bridge.event_pump import EventPump
from app.bridge.loop_delay import LoopDelay
from app.bridge.services import Services, WindowRequests
from app.bridge.tasks import Tasks
from app.bridge.tidying import Tidying
from app.dashboard.live import Live
from app.demo import furnish, listen_elsewhere
from app.headless import CANNOT_START, on_signals, tell, tell_accounts, tell_problem, tell_ready
from app.look.theme import Choice, Theme
from app.options import Options
from app.window.look_menu import THEME
from app.window.main_window import MainWindow
from app.window.pages import pages
from app.window.start_problem import StartProblem, Way, problem_texts
from server_core.acting import ORIGIN
from server_core.config.file import last_good_of
from server_core.control.client import show_window
from server_core.control.endpoint import serving
from server_core.home import Home, HomeInUse
from server_core.process import ask_the_system
from server_core.service import MailService

SETTLED_SECONDS = 1.0
SIGNALS_HEARD_MS = 200
OWNER_SECONDS = 10.0
"""How long whoever owns the home may take to start, or to end, before that is a problem."""
LOOK_AGAIN_SECONDS = 0.25


def run_window(home: Home, options: Options) -> int:
    """Serve behind a window until that is closed; the exit status."""
    # Session loops run Python in other threads. A thread that wants to go on waits this long for
    # the one that holds the interpreter, at almost every call into Qt. Under full load the window
    # stutters at the usual 5 ms (and still at 1 ms); shorter than 0.2 ms costs sessions more than
    # it gives.
    sys.setswitchinterval(0.0002)
    ask_the_system()
    application = QApplication(sys.argv[:1])
    ORIGIN.set("window")
    tidying = Tidying()  # before there is another thread
    application.setApplicationName("Postroom")
    # Dialogs come and go while the window is hidden; the program ends when it says so.
    application.setQuitOnLastWindowClosed(False)
    with qasync.QEventLoop(application) as loop:
        program = _Program(application, tidying, home, options)
        status: int = loop.run_until_complete(program.run())
    tidying.stop()
    return status


@dataclass
class Desk:
    """A window over a running server, with all it needs."""

    services: Services
    live: Live
    window: MainWindow


def set_up(
    service: MailService,
    theme: Theme,
    settings: QSettings,
    demo: tuple[DemoAccount, ...] = (),
) -> Desk:
    """Put a window together over a service that is started."""
    services = Services(
        service=service,
        tasks=Tasks(),
        pump=EventPump(service),
        keeper=DraftKeeper(service),
        theme=theme,
        settings=settings,
        window=WindowRequests(),
        demo=demo,
    )
    services.pump.batch.connect(services.keeper.take)
    live = Live(services)
    window = MainWindow(services, live, pages(live))
    desk = Desk(services, live, window)
    live.start()
    services.pump.start()
    return desk


async def clear_away(desk: Desk) -> None:
    """End what the window runs; the service is left as it is."""
    desk.live.stop()
    desk.services.pump.stop()
    await desk.services.tasks.finish()
    desk.window.may_close = True
    desk.window.close()


class _Program:
    """The life of the program, from the first look at the home to the last closed socket."""

    def __init__(
        self, application: QApplication, tidying: Tidying, home: Home, options: Options
    ) -> None:
        self._tidying = tidying
        self._home, self._options = home, options
        self._settings = QSettings(str(home.root / "window.ini"), QSettings.Format.IniFormat)
        chosen = options.theme or str(self._settings.value(THEME, Choice.SYSTEM.value))
        self._theme = Theme(application, Choice(chosen))
        self._theme.apply()
        self._leave = asyncio.Event()
        self._problem: StartProblem | None = None

    async def run(self) -> int:
        """Start, serve until asked to leave, stop."""
        on_signals(self._asked_to_leave)
        service = await self._started()
        if isinstance(service, int):
            return service
        try:
            await self._serve(service)
        finally:
            await service.stop()
        return 0

    async def _started(self) -> MailService | int:
        """A service that listens, or the exit status when there will be none."""
        last_good, patience_ends = False, time.monotonic() + OWNER_SECONDS
        while not self._leave.is_set():
            service = MailService(self._home, last_good=last_good)
            try:
                await self._start(service)
                return service
            except CANNOT_START as problem:
                await service.stop()
                shown = await _shown_by_owner(self._home, problem)
                if shown:
                    return 0
                if shown is None and time.monotonic() < patience_ends:
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
                    continue
                way = await self._ask_way(problem)
            if way is Way.QUIT:
                break
            last_good, patience_ends = way is Way.LAST_GOOD, time.monotonic() + OWNER_SECONDS
        return 1

    async def _start(self, service: MailService) -> None:
        await service.open()
        self._demo = await furnish(service) if self._options.demo else ()
        await service.start()
        if self._options.demo:
            await listen_elsewhere(service)

    async def _serve(self, service: MailService) -> None:
        # From the first call that is answered until the last one there is a window to show.
        async with serving(service):
            tell_accounts(self._demo)
            tell_ready(service.listeners())
            desk = set_up(service, self._theme, self._settings, self._demo)
            self._tidying.settle(desk.services.pump)
            service.on_show_window = desk.window.come_forward
            self._open(desk)
            with self._delays_written(desk.live.delay):
                await self._leave.wait()
        await clear_away(desk)

    def _open(self, desk: Desk) -> None:
        window = desk.window
        window.closing.connect(lambda: desk.services.tasks.start(self._close(desk)))
        if self._options.size:
            window.resize(*self._options.size)
        if self._options.minimized:
            window.showMinimized()
        else:
            window.show()
        if self._options.screenshot:
            desk.services.tasks.start(self._picture(window))

    @contextmanager
    def _delays_written(self, delay: LoopDelay) -> Iterator[None]:
        """For whoever measures the window from outside: one line for each delay, at once."""
        if self._options.delays is None:
            yield
            return
        with self._options.delays.open("w", buffering=1, encoding="ascii") as file:
            delay.measured.connect(lambda late: file.write(f"{late:.3f}\n"))
            try:
                yield
            finally:
                delay.measured.disconnect()

    async def _close(self, desk: Desk) -> None:
        server = desk.window.server
        quit_words = desk.window.tr("Quit")
        if await server.agrees_to_end_sessions(title=quit_words, action=quit_words):
            self._leave.set()

    async def _picture(self, window: MainWindow) -> None:
        """Save a picture of a page once it has lived for a second."""
        assert self._options.screenshot is not None
        page, file = self._options.screenshot
        window.open_page(page)
        await asyncio.sleep(SETTLED_SECONDS)
        window.grab().save(str(file))
        self._leave.set()

    def _asked_to_leave(self) -> None:
        self._leave.set()
        if self._problem is not None:
            self._problem.close()

    async def _ask_way(self, problem: Exception) -> Way:
        config_file = self._home.config_file
        sentence, details, offer = problem_texts(problem, config_file)
        tell_problem(f"{sentence}\n{details}")
        self._problem = window = StartProblem(
            self._theme,
            sentence=sentence,
            details=details,
            offers_last_good=offer and last_good_of(config_file).exists(),
        )
        # Python hears of a signal only when it runs, and nothing else runs here.
        awake = QTimer(window)
        awake.timeout.connect(lambda: None)
        awake.start(SIGNALS_HEARD_MS)
        window.show()
        try:
            return await window.way()
        finally:
            self._problem = None
            window.deleteLater()


async def _shown_by_owner(home: Home, problem: Exception) -> bool | None:
    """Whether a window that has the home came forward; None when its owner says nothing yet."""
    if not isinstance(problem, HomeInUse):
        return False
    shown = await asyncio.to_thread(show_window, home, patience=OWNER_SECONDS)
    if shown:
        tell("Postroom is open already: its window comes forward.")
    return shown
