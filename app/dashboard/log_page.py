"""The Log page: everything the server did, as it happens."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.bridge.services import PageWidget, Services
from app.dashboard.live import Live
from app.dashboard.log_acts import LogActs
from app.dashboard.log_bar import LogBar
from app.dashboard.log_details import LogDetails
from app.dashboard.log_filter import LogFilter
from app.dashboard.log_named import NamedFilters
from app.dashboard.log_session_card import SessionCard
from app.dashboard.log_table import LogTable
from app.dashboard.session_target import PREFIX, SessionTarget, session_target
from app.forms.paced import Paced
from app.look.marks import StateLabel
from app.look.parts import EmptyState, button, column, muted, row, with_icon
from app.look.words import number
from server_core.config.log import Category
from server_core.events.types import Level

CARD_MS = 500
COUNT_MS = 500
LEAST_TABLE = 88


class LogPage(PageWidget):
    """A filter, a table that follows its last row, and the selected line in full."""

    def __init__(self, services: Services, live: Live) -> None:
        super().__init__()
        self.setObjectName("log")
        self._services = services
        self._model = live.log
        self._reading = False
        self._bar = LogBar(services.theme)
        self._card = SessionCard(services.theme, live)
        self._table = LogTable(services, live.log)
        self._details = LogDetails(services.theme)
        self._empty = EmptyState(services.theme, "log", "log.empty")
        self._count = muted(services.theme, kind="small")
        self._state = StateLabel(services.theme)
        self._state.setObjectName("log.state")
        self._columns = button(self.tr("Columns"), "log.choose_columns", kind="link")
        self._earlier = button(self.tr("Load earlier"), "log.earlier", kind="link")
        export = button(self.tr("Export…"), "log.export")
        self._export = with_icon(export, services.theme, "download")
        self._pause = button(self.tr("Pause"), "log.pause")
        self._pause.setCheckable(True)
        self.acts = LogActs(self, services, self._bar, self._table)
        self.named = NamedFilters(services, self._bar)
        self._build()
        self._connect()
        self._bar.show_filter(self.named.saved.last())
        self._rows_changed()
        self._show_pause()

    def title_buttons(self) -> list[QWidget]:
        return [self._export, self._pause]

    def show_target(self, target: str) -> None:
        """``session:7`` follows that session, the latest unless moments tell another.

        A category's name shows that category.

        ``event:Administered`` shows the lines of that event.
        """
        if target.startswith(PREFIX):
            self.acts.follow(session_target(target))
        elif target.startswith("event:"):
            event = target.removeprefix("event:")
            self._bar.show_filter(LogFilter(level=self._level(), event=event))
        elif target in list(Category):
            categories = (Category(target),)
            self._bar.show_filter(LogFilter(level=self._level(), categories=categories))

    def _level(self) -> Level:
        """The level chosen, but none that would hide what another page points at."""
        return max(self._bar.filter.level, Level.INFO)

    def focus_filter(self) -> None:
        self._bar.words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._bar.words.selectAll()

    def toggle_live(self) -> None:
        self._pause.toggle()

    def _build(self) -> None:
        holder = QWidget()
        self._faces = QStackedLayout(holder)
        self._faces.addWidget(self._table)
        self._faces.addWidget(self._empty)
        # In a small window what a line means has to be read to its end.
        holder.setMinimumHeight(LEAST_TABLE)
        bottom = row(gap="l")
        bottom.addWidget(self._state)
        bottom.addWidget(self._count)
        bottom.addStretch(1)
        bottom.addWidget(self._columns)
        bottom.addWidget(self._earlier)
        body = column(self, gap="m")
        body.addWidget(self._bar)
        body.addWidget(self._card)
        body.addWidget(holder, 1)
        body.addWidget(self._details)
        body.addLayout(bottom)

    def _connect(self) -> None:
        model = self._model
        self._bar.changed.connect(self._use_filter)
        self._bar.words.left.connect(lambda: self._table.setFocus(Qt.FocusReason.OtherFocusReason))
        self._pause.toggled.connect(self._set_paused)
        self._export.clicked.connect(self.acts.export)
        self._earlier.clicked.connect(self._load_earlier)
        self._columns.clicked.connect(self._choose_columns)
        self._bar.more_button.toggled.connect(self._offer_listeners)
        self._empty.action.clicked.connect(self._help_empty)
        self._card.stop.clicked.connect(lambda: self._bar.follow(0))
        self._card.open.clicked.connect(self._open_session)
        self._table.row_chosen.connect(self._details.show_row)
        self.acts.explain.connect(self._explain)
        self.acts.earlier_read.connect(self._earlier_was_read)
        model.gave_up.connect(self._gave_up)
        model.waiting_changed.connect(self._show_pause)
        self._services.theme.changed.connect(self._show_pause)
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset, model.searched):
            signal.connect(self._rows_changed)
        self._card_soon = Paced(self._show_card, CARD_MS, self)
        # Another text makes Qt lay out the whole page.
        self._count_soon = Paced(self._show_count, COUNT_MS, self)
        QShortcut(QKeySequence("Ctrl+E"), self).activated.connect(self.acts.export)

    def _use_filter(self, wanted: LogFilter) -> None:
        recorded = wanted.level is Level.PROTOCOL
        self._model.records_protocol = recorded
        self._services.pump.want("log", Level.PROTOCOL if recorded else Level(0))
        self._model.set_filter(wanted)
        if not wanted.session:
            self.named.saved.keep(wanted)
        self._table.jump_to_end()
        self._show_card()

    def _gave_up(self, why: str) -> None:
        self._bar.show_filter(self._model.filter)
        self._bar.tell(why)

    def _set_paused(self, paused: bool) -> None:
        self._model.set_paused(paused)
        self._show_pause()
        if not paused:
            self._table.jump_to_end()

    def _load_earlier(self) -> None:
        if not self._reading:  # a button that is switched off would lose the keyboard
            self._reading = True
            self._services.tasks.start(self.acts.load_earlier(), on_error=self._not_read)

    def _not_read(self, error: Exception) -> None:
        self._reading = False
        self._bar.tell(self.tr("The log files cannot be read: {why}").format(why=error))

    def _earlier_was_read(self, more: bool) -> None:
        self._reading = False
        ended = not (more and self._model.room_for_earlier)
        if ended and self._earlier.hasFocus():
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._earlier.setEnabled(not ended)
        if not more:
            self._earlier.setText(self.tr("The log files have nothing earlier"))
        elif not self._model.room_for_earlier:
            self._earlier.setText(self.tr("No more lines fit into memory"))

    def _choose_columns(self) -> None:
        menu = self._table.column_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        above = self._columns.rect().topLeft() - QPoint(0, menu.sizeHint().height())
        menu.popup(self._columns.mapToGlobal(above))

    def _offer_listeners(self, wanted: bool) -> None:
        if wanted:
            known = {view.name for view in self._services.service.listeners()}
            self._bar.more.offer_listeners(known | {x.listener for x in self._model.everything()})

    def _explain(self) -> None:
        self._details.explain.setChecked(True)

    def _open_session(self) -> None:
        wanted = self._bar.filter
        target = SessionTarget(wanted.session, wanted.since)
        self._services.window.go("sessions", str(target))

    def _help_empty(self) -> None:
        if self._model.kept:
            self._bar.clear_filters()
        else:
            self._services.window.go("logging")

    def _show_card(self) -> None:
        self._card.show_session(self._model.filter, self._model.rows)

    def _rows_changed(self) -> None:
        rows = self._model.rowCount()
        self._faces.setCurrentIndex(0 if rows or self._model.searching else 1)
        if not rows and self._model.kept:
            self._empty.tell(self.tr("No line matches the filter."), self.tr("Clear filters"))
        elif not rows:
            text = self.tr("Nothing has happened since the server started.")
            self._empty.tell(text, self.tr("Choose what is logged"))
        self._count_soon.ask()
        if self._model.filter.session:
            self._card_soon.ask()

    def _show_count(self) -> None:
        count = self.tr("{shown} of {kept} lines").format(
            shown=number(self._model.rowCount()), kept=number(self._model.kept)
        )
        looking = self._model.searching
        shown = self.tr("{count}, searching…").format(count=count) if looking else count
        self._count.setText(shown)

    def _show_pause(self) -> None:
        paused = self._pause.isChecked()
        text = self.tr("Go on") if paused else self.tr("Pause")
        waiting = self.tr("Paused, {count} waiting").format(count=number(self._model.waiting))
        state = ("bars", "attention", waiting) if paused else ("circle", "ok", self.tr("Live"))
        self._state.show_state(*state)
        self._pause.setText(f" {text}")
        self._pause.setAccessibleName(text)
        self._pause.setIcon(self._services.theme.icon("play" if paused else "pause", "text"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._table.end_is_shown()
