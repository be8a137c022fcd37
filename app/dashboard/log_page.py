"""The Log page: everything the server did, as it happens."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.bridge.services import PageWidget, Services
from app.dashboard.live import Live
from app.dashboard.log_bar import LogBar
from app.dashboard.log_filter import LogFilter
from app.dashboard.log_rows import LogRow
from app.forms.paced import Paced
from app.look.parts import EmptyState, button, column, muted, row
from app.look.tables import TableView
from app.look.theme import space
from app.look.words import number
from server_core.config.log import Category
from server_core.events.types import Level

FOLLOW_MS = 100


class LogPage(PageWidget):
    """A table that follows its last row while that is in sight."""

    def __init__(self, services: Services, live: Live) -> None:
        super().__init__()
        self.setObjectName("log")
        self._services, self._live = services, live
        self._model = live.log
        self._bar = LogBar(services.theme)
        self._table = TableView(services.theme, "log.table", self.tr("Log"))
        self._empty = EmptyState(services.theme, "log", "log.empty")
        self._count = muted(services.theme, kind="small")
        self._pause = button(self.tr("Pause"), "log.pause")
        self._pause.setCheckable(True)
        self._pill = button("", "log.pill", kind="primary")
        self._following_end = True
        self._unseen = 0
        self._build()
        self._connect()
        self._rows_changed()
        self._show_pause()

    def title_buttons(self) -> list[QWidget]:
        return [self._pause]

    def show_target(self, target: str) -> None:
        """``session:7`` follows that session; a category's name shows that category."""
        if target.startswith("session:"):
            self._bar.follow(int(target.removeprefix("session:")))
        elif target in list(Category):
            level = self._bar.filter.level
            self._bar.show_filter(LogFilter(level=level, category=Category(target)))

    def focus_filter(self) -> None:
        self._bar.words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._bar.words.selectAll()

    def toggle_live(self) -> None:
        self._pause.toggle()

    def jump_to_end(self) -> None:
        """Show the newest line and follow from there."""
        self._following_end = True
        self._unseen = 0
        self._table.scrollToBottom()
        self._show_pill()

    def _build(self) -> None:
        self._table.show_model(self._model, self._model.columns)
        self._table.remember(self._services.settings)
        for text, slot in (
            (self.tr("Follow this session"), self._follow_selected),
            (self.tr("Only this account"), self._only_account),
            (self.tr("Only this address"), self._only_address),
            (self.tr("Open this session"), self._open_session),
        ):
            action = QAction(text, self._table)
            action.triggered.connect(slot)
            self._table.addAction(action)
        holder = QWidget()
        self._faces = QStackedLayout(holder)
        self._faces.addWidget(self._table)
        self._faces.addWidget(self._empty)
        self._pill.setParent(self._table)
        self._pill.hide()
        bottom = row()
        bottom.addWidget(self._count)
        bottom.addStretch(1)
        body = column(self, gap="m")
        body.addWidget(self._bar)
        body.addWidget(holder, 1)
        body.addLayout(bottom)
        self._table.installEventFilter(self)

    def _connect(self) -> None:
        self._bar.changed.connect(self._use_filter)
        self._pause.toggled.connect(self._set_paused)
        self._pill.clicked.connect(self.jump_to_end)
        self._empty.action.clicked.connect(self._bar.clear_filters)
        self._model.waiting_changed.connect(self._show_pause)
        self._services.theme.changed.connect(self._show_pause)
        self._model.rowsInserted.connect(self._after_rows)
        self._model.rowsRemoved.connect(self._rows_changed)
        self._model.modelReset.connect(self._rows_changed)
        self._table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._to_end = Paced(self._table.scrollToBottom, FOLLOW_MS, self)

    def _use_filter(self, wanted: LogFilter) -> None:
        recorded = wanted.level is Level.PROTOCOL
        self._model.records_protocol = recorded
        self._services.pump.want("log", Level.PROTOCOL if recorded else Level(0))
        self._model.set_filter(wanted)
        self.jump_to_end()

    def _set_paused(self, paused: bool) -> None:
        self._model.set_paused(paused)
        self._show_pause()
        if not paused:
            self.jump_to_end()

    def _after_rows(self, _parent: object, first: int, last: int) -> None:
        if self._following_end:
            self._to_end.ask()
        else:
            self._unseen += last - first + 1
        self._rows_changed()

    def _scrolled(self, value: int) -> None:
        self._following_end = value >= self._table.verticalScrollBar().maximum()
        if self._following_end:
            self._unseen = 0
            self._show_pill()

    def _rows_changed(self) -> None:
        rows = self._model.rowCount()
        self._faces.setCurrentIndex(0 if rows else 1)
        if not rows and self._model.kept:
            self._empty.tell(self.tr("No line matches the filter."), self.tr("Clear filters"))
        elif not rows:
            self._empty.tell(self.tr("Nothing has happened since the server started."))
        self._count.setText(
            self.tr("{shown} of {kept} lines").format(
                shown=number(rows), kept=number(self._model.kept)
            )
        )
        self._show_pill()

    def _show_pill(self) -> None:
        self._pill.setVisible(self._unseen > 0)
        text = self.tr("{count} new – jump to end").format(count=number(self._unseen))
        self._pill.setText(text)
        self._pill.setAccessibleName(text)
        self._place_pill()

    def _place_pill(self) -> None:
        self._pill.adjustSize()
        area = self._table.viewport().geometry()
        self._pill.move(
            area.center().x() - self._pill.width() // 2,
            area.bottom() - self._pill.height() - space("m"),
        )

    def _show_pause(self) -> None:
        paused = self._pause.isChecked()
        text = self.tr("Pause")
        if paused:
            waiting = number(self._model.waiting)
            text = self.tr("Paused, {count} waiting – go on").format(count=waiting)
        self._pause.setText(f" {text}")
        self._pause.setAccessibleName(text)
        self._pause.setIcon(self._services.theme.icon("play" if paused else "pause", "text"))

    def _selected(self) -> LogRow | None:
        rows = self._table.selected_rows()
        return rows[0] if rows else None

    def _follow_selected(self) -> None:
        if (line := self._selected()) and line.session:
            self._bar.follow(line.session)

    def _only_account(self) -> None:
        if line := self._selected():
            self._bar.account.setText(line.user)

    def _only_address(self) -> None:
        if line := self._selected():
            self._bar.address.setText(line.peer)

    def _open_session(self) -> None:
        if (line := self._selected()) and line.session:
            self._services.window.go("sessions", f"session:{line.session}")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._following_end:
            # Only a table that has been laid out knows where its end is.
            QTimer.singleShot(0, self._table, self._table.scrollToBottom)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place_pill()
        return super().eventFilter(watched, event)
