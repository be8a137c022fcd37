"""The table of the log: it follows its last row while that is in sight, and keeps its place."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMenu

from app.bridge.services import Services
from app.bridge.turns import Turns
from app.dashboard.log_columns import FIRST_HIDDEN
from app.dashboard.log_model import LogModel
from app.dashboard.log_rows import LogRow
from app.look.parts import button
from app.look.tables import TableView
from app.look.theme import space
from app.look.words import number


class LogTable(TableView):
    """Rows that come while the end is out of sight are counted on a pill that leads there."""

    row_chosen = Signal(object)

    def __init__(self, services: Services, model: LogModel) -> None:
        super().__init__(services.theme, "log.table", "")
        self.setAccessibleName(self.tr("Log"))
        self.log_rows = model
        self.following_end = True
        self._unseen = 0
        self._turns = Turns(self)
        self.pill = button("", "log.pill", kind="primary")
        self.pill.setParent(self)
        self.pill.hide()
        self.pill.clicked.connect(self.jump_to_end)
        # Before the view hears of it, which would lead to the neighbour of a current row that goes.
        model.rowsAboutToBeRemoved.connect(self._removing)
        self.show_model(model, model.columns)
        for section in FIRST_HIDDEN:
            self.setColumnHidden(section, True)
        self.remember(services.settings)
        self._settings = services.settings
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = self.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(
            lambda at: self.column_menu().popup(header.mapToGlobal(at))
        )
        model.rowsInserted.connect(self._inserted)
        model.modelAboutToBeReset.connect(self._note_selection)
        model.modelReset.connect(self._select_again)
        self.selectionModel().selectionChanged.connect(self._tell_chosen)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.installEventFilter(self)
        self._chosen_serial = 0

    def chosen(self) -> LogRow | None:
        """The line that actions are about."""
        current = self.currentIndex()
        selection = self.selectionModel()
        if current.isValid() and selection.isRowSelected(current.row(), current.parent()):
            return self.log_rows.rows[current.row()]
        rows = self.selected_rows()
        return rows[0] if rows else None

    def jump_to_end(self) -> None:
        """Show the newest line and follow from there."""
        self.following_end = True
        self._unseen = 0
        self.scrollToBottom()
        self._show_pill()

    def end_is_shown(self) -> None:
        """Called when the table is laid out: only then does it know where its end is."""
        QTimer.singleShot(0, self, self._follow)

    def column_menu(self) -> QMenu:
        """The columns, each to be shown or hidden."""
        menu = QMenu(self)
        menu.setObjectName("log.columns")
        for section, column in enumerate(self.log_rows.columns):
            action = QAction(column.title, menu)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(section))
            action.setEnabled(section != len(self.log_rows.columns) - 1)
            action.toggled.connect(partial(self._show_column, section))
            menu.addAction(action)
        return menu

    def _show_column(self, section: int, shown: bool) -> None:
        self.setColumnHidden(section, not shown)
        # A header tells of moved and resized columns, not of hidden ones.
        kept = self.horizontalHeader().saveState()
        self._settings.setValue(f"tables/{self.objectName()}", kept)

    def _follow(self) -> None:
        if self.following_end:
            self.scrollToBottom()

    def _approach_end(self) -> None:
        """Lay out what will be in sight before it is shown: several short turns, not a long one."""
        pieces = self.end_pieces() if self.isVisible() else []
        self.viewport().setUpdatesEnabled(False)
        self._turns.begin(*pieces, self._show_end)

    def _show_end(self) -> None:
        self.viewport().setUpdatesEnabled(True)
        self._follow()

    def _inserted(self, _parent: object, first: int, last: int) -> None:
        count = last - first + 1
        appended = last == len(self.log_rows.rows) - 1 and (first > 0 or self.following_end)
        if self.following_end:
            self._approach_end()
        elif appended:
            self._unseen += count
            self._show_pill()
        else:
            self._keep_place(count)

    def _removing(self, _parent: object, first: int, last: int) -> None:
        if first <= self.currentIndex().row() <= last:
            self.selectionModel().clearCurrentIndex()
        if not self.following_end:
            self._keep_place(first - last - 1)

    def _keep_place(self, rows: int) -> None:
        """Rows came or went above: what is in sight stays there."""
        bar = self.verticalScrollBar()
        self.updateGeometries()
        bar.setValue(max(0, bar.value() + rows))

    def _scrolled(self, value: int) -> None:
        self.following_end = value >= self.verticalScrollBar().maximum()
        if self.following_end:
            self._unseen = 0
            self._show_pill()

    def _keep_in_sight(self) -> None:
        """A line that is read stays in sight when the table has become lower."""
        if self.chosen() is not None:
            self.scrollTo(self.currentIndex())
            self._scrolled(self.verticalScrollBar().value())

    def _note_selection(self) -> None:
        chosen = self.chosen()
        self._chosen_serial = chosen.serial if chosen else 0

    def _select_again(self) -> None:
        self._unseen = 0
        wanted = self._chosen_serial
        if wanted:
            for place, row in enumerate(self.log_rows.rows):
                if row.begins <= wanted <= row.serial:
                    self.selectRow(place)
                    break
        self._tell_chosen()
        self._show_pill()

    def _tell_chosen(self) -> None:
        self.row_chosen.emit(self.chosen())

    def _show_pill(self) -> None:
        self.pill.setVisible(self._unseen > 0)
        text = self.tr("{count} new – jump to end").format(count=number(self._unseen))
        self.pill.setText(text)
        self.pill.setAccessibleName(text)
        self._place_pill()

    def _place_pill(self) -> None:
        self.pill.adjustSize()
        area = self.viewport().geometry()
        self.pill.move(
            area.center().x() - self.pill.width() // 2,
            area.bottom() - self.pill.height() - space("m"),
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QResizeEvent):
            self._place_pill()
            lower = event.size().height() < event.oldSize().height()
            if lower and self.viewport().rect().intersects(self.visualRect(self.currentIndex())):
                QTimer.singleShot(0, self, self._keep_in_sight)
        return super().eventFilter(watched, event)
