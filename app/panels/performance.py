"""The Performance page: whether threads and loops keep up with what clients ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QLayoutItem, QWidget

from app.bridge.loop_delay import Delay
from app.bridge.services import PageWidget, Services
from app.forms.form import Note, scrolled
from app.forms.outside_banner import OutsideBanner
from app.forms.words import duration, tr
from app.look.flow import Strip
from app.look.marks import StateLabel
from app.look.parts import Card, button, column, label, muted
from app.look.theme import space
from app.look.words import number
from app.panels.performance_meters import (
    Meter,
    Minute,
    advice,
    delay_state,
    loop_text,
    milliseconds,
    wait_text,
)
from app.panels.settings_panel import SettingsCard, align
from server_core.config.listening import Threads
from server_core.config.model import Listener, Storage
from server_core.events.views import WorkersView
from server_core.refusals import Refused

LOOK_AGAIN_MS = 1_000
METER_WIDTH = 180


class PerformancePage(PageWidget):
    """Figures that follow the server once a second, and the one setting behind them."""

    def __init__(self, services: Services, delay: Callable[[], Delay]) -> None:
        super().__init__()
        self.setObjectName("workers")
        self._services, self._delay = services, delay
        self._minute = Minute()
        self._workers: WorkersView | None = None
        theme = services.theme
        self._advice = StateLabel(theme)
        self._advice.setObjectName("workers.advice")
        self._busy = Meter(theme, "workers.busy", tr("Threads busy"), bar=True)
        self._queued = Meter(theme, "workers.queued", tr("Waiting for a thread"))
        self._wait = Meter(theme, "workers.longest_wait", tr("Longest wait"))
        self._late = Meter(theme, "workers.delay", tr("Delay of this window"))
        self._meters = Strip(METER_WIDTH)
        self._meters.show_parts([self._busy, self._queued, self._wait, self._late])
        self._words = StateLabel(theme)
        self._words.setObjectName("workers.delay_words")
        self._loop = label(theme)
        self._loop.setObjectName("workers.loop")
        self.threads = SettingsCard(
            services,
            tr("Threads"),
            ("pop3.threads", Threads),
            ("minimum", "maximum"),
            self._advise,
        )
        kept = ("cached_mailboxes", "remember_sign_ins")
        place = ("storage", Storage)
        self.at_hand = SettingsCard(services, tr("Kept in memory"), place, kept)
        align([self.threads, self.at_hand])
        self._timeouts = QGridLayout()
        self._listed: list[tuple[str, int]] = []
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_AGAIN_MS)
        self._clock.timeout.connect(self.look)
        self._build()
        services.keeper.rebased.connect(self._show_timeouts)
        self._show_timeouts()

    def refresh(self) -> None:
        """Look at the server now."""
        self.look()

    def show_target(self, target: str) -> None:
        """Put the cursor into the field of a setting, named by its path."""
        for card in (self.threads, self.at_hand):
            card.show_target(target)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()
        self._minute.forget()

    def look(self) -> None:
        """Show what the server and the window are like at this moment."""
        service = self._services.service
        try:
            self._workers = service.workers()
            loop = service.status().session_loop
        except Refused:
            self._workers, loop = None, ""
        if self._workers is not None:
            self._minute.take(self._workers)
        self._loop.setText(loop_text(loop))
        self._show_workers()
        self._show_delay()

    def _show_workers(self) -> None:
        workers = self._workers
        if workers is None:
            for meter in (self._busy, self._queued, self._wait):
                meter.show_figure("–", tr("The server does not run."))
            self._advice.show_state("dash", "neutral", tr("The server does not run."))
            return
        self._busy.show_figure(
            number(workers.busy),
            tr("of {ready} ready, {maximum} at most").format(
                ready=number(workers.threads), maximum=number(workers.maximum)
            ),
            workers.busy / workers.maximum,
        )
        queue = tr("Work that has not begun") if workers.queued else tr("Everything begins at once")
        self._queued.show_figure(number(workers.queued), queue)
        longest = self._minute.longest_wait
        lately = tr("for a thread, in the last minute")
        since = lately if self._minute.whole else tr("for a thread, since you last looked")
        self._wait.show_figure(wait_text(longest), since)
        self._advice.show_state(*advice(workers, longest))

    def _show_delay(self) -> None:
        delay = self._delay()
        worst = tr("99 of 100 below {p99}, at worst {worst}").format(
            p99=milliseconds(delay.p99), worst=milliseconds(delay.worst)
        )
        self._late.show_figure(milliseconds(delay.p50), worst)
        self._words.show_state(*delay_state(delay))

    def _advise(self, values: Mapping[str, Any]) -> Iterable[Note]:
        used = self._workers.most_busy if self._workers is not None else 0
        if values["minimum"] <= values["maximum"] < used:
            text = tr("The busiest minute used {used} threads; some work would have waited.")
            yield Note("maximum", "attention", text.format(used=number(used)))

    def _build(self) -> None:
        inside = QWidget()
        cards = column(inside, gap="l")
        cards.addWidget(self._advice)
        cards.addWidget(self._meters)
        cards.addWidget(self.threads)
        cards.addWidget(self.at_hand)
        cards.addWidget(self._loops_card())
        cards.addWidget(self._timeouts_card())
        services = self._services
        body = column(self, gap="m")
        body.addWidget(OutsideBanner(services.theme, services.keeper, services.tasks))
        body.addWidget(scrolled(inside), 1)

    def _loops_card(self) -> Card:
        theme = self._services.theme
        card = Card(theme, tr("Event loops"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(space("xl"))
        grid.setVerticalSpacing(space("s"))
        grid.addWidget(muted(theme, tr("Sessions run on")), 0, 0)
        grid.addWidget(self._loop, 0, 1)
        grid.addWidget(muted(theme, tr("This window")), 1, 0)
        grid.addWidget(self._words, 1, 1)
        grid.setColumnStretch(2, 1)
        card.body.addLayout(grid)
        return card

    def _timeouts_card(self) -> Card:
        theme = self._services.theme
        card = Card(theme, tr("Idle timeouts"))
        told = tr("A silent client holds no thread, but a place among the connections.")
        card.body.addWidget(muted(theme, told))
        self._timeouts.setHorizontalSpacing(space("xl"))
        self._timeouts.setVerticalSpacing(space("xs"))
        self._timeouts.setColumnStretch(2, 1)
        card.body.addLayout(self._timeouts)
        return card

    def _show_timeouts(self) -> None:
        listeners = self._services.service.config.pop3.listeners
        wanted = [(listener.name, listener.idle_timeout) for listener in listeners]
        if wanted == self._listed:
            return
        self._listed = wanted
        while (item := self._timeouts.takeAt(0)) is not None:
            _drop(item)
        for line, listener in enumerate(listeners):
            self._add_timeout(line, listener)

    def _add_timeout(self, line: int, listener: Listener) -> None:
        theme, name = self._services.theme, listener.name
        kept = duration(listener.idle_timeout) if listener.idle_timeout else tr("No limit")
        change = button(
            tr("Change"),
            f"workers.timeout.{name}",
            kind="link",
            accessible=tr("Change the idle timeout of {name}").format(name=name),
        )
        change.clicked.connect(
            partial(self._services.window.go, "listeners", f"{name}.idle_timeout")
        )
        self._timeouts.addWidget(muted(theme, name), line, 0)
        self._timeouts.addWidget(label(theme, kept), line, 1)
        self._timeouts.addWidget(change, line, 2)


def _drop(item: QLayoutItem) -> None:
    widget = item.widget()
    if widget is not None:
        widget.setParent(None)
        widget.deleteLater()
