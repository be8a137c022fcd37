"""What a person does with lines of the log: copy, export, filter by, follow, read earlier ones."""

from __future__ import annotations

import time
from math import ceil, floor
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QPoint, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.dashboard.log_bar import LogBar
from app.dashboard.log_export import ExportDialog, Order, write
from app.dashboard.log_filter import Condition
from app.dashboard.log_formats import formats
from app.dashboard.log_menu import row_menu
from app.dashboard.log_model import LogModel
from app.dashboard.log_rows import LogRow
from app.dashboard.log_table import LogTable
from app.dashboard.session_target import SessionTarget
from app.dashboard.writing import write_and_tell
from app.forms.words import tr
from app.look.words import number


class LogActs(QObject):
    """The acts of the Log page. ``earlier_read`` tells whether the log files hold more."""

    explain = Signal()
    earlier_read = Signal(bool)

    def __init__(self, page: QWidget, services: Services, bar: LogBar, table: LogTable) -> None:
        super().__init__(page)
        self._page, self._services = page, services
        self._bar, self._table = bar, table
        self._model: LogModel = table.log_rows
        table.customContextMenuRequested.connect(self._menu)
        table.doubleClicked.connect(self._activate)

    def add_condition(self, condition: Condition) -> None:
        self._bar.add(condition)

    def copy_as(self, kind: str) -> None:
        chosen = next(each for each in formats() if each.id == kind)
        rows: list[LogRow] = self._table.selected_rows()
        text, copied = "".join(chosen.write(rows)), QMimeData()
        copied.setText(text)
        if chosen.suffix == "html":
            # A letter or a spreadsheet takes the table, an editor its source.
            copied.setHtml(text)
        QGuiApplication.clipboard().setMimeData(copied)
        self._services.window.say(tr("Lines copied: {n}.").format(n=number(len(rows))))

    def explain_selected(self) -> None:
        self.explain.emit()

    def follow_row(self, line: LogRow) -> None:
        if line.session:
            self._bar.follow(line.session, *self._model.life_of(line.session, line))

    def follow(self, wanted: SessionTarget) -> None:
        """Follow that session; the latest of its number when its moments are not known."""
        if not wanted.opened:
            self._bar.follow(wanted.session, *self._model.life_of(wanted.session))
            return
        # Lines of the log files stand at whole seconds, and the last may be a moment late.
        until = ceil(wanted.closed) + 1.0 if wanted.closed else 0.0
        self._bar.follow(wanted.session, float(floor(wanted.opened)), until)

    def open_session(self, line: LogRow) -> None:
        """Open the session of a line."""
        since, _ = self._model.life_of(line.session, line)
        self.go("sessions", str(SessionTarget(line.session, since)))

    def show_repeats(self, line: LogRow, *, opened: bool) -> None:
        self._model.open_repeats(line, opened=opened)

    def go(self, page: str, target: str) -> None:
        self._services.window.go(page, target)

    def export(self) -> None:
        """Ask what to export and where to, and write it."""
        self._services.tasks.start(self._export())

    async def write_to(self, order: Order, file: Path) -> None:
        """Write an order, off the window's loop."""
        await write_and_tell(self._services, file, lambda: write(order, file))

    async def load_earlier(self) -> None:
        """Read lines of the log files that are older than those in memory."""
        oldest = self._model.oldest
        before = oldest.time if oldest else time.time()
        found = await self._services.service.earlier_log(before)
        new = self._model.take_earlier(found.lines)
        self.earlier_read.emit(found.more and new > 0)
        self._services.window.say(
            tr("Earlier lines read: {n}.").format(n=number(new))
            if new
            else tr("The log files have no earlier lines.")
        )

    async def _export(self) -> None:
        shown = (self._model.everything(), self._model.filter)
        dialog = ExportDialog(
            self._services, self._page.window(), shown, self._table.selected_rows()
        )
        if await ask(dialog) != QDialog.DialogCode.Accepted:
            return
        order = dialog.order()
        files = QFileDialog(self._page.window(), tr("Export log"))
        files.setObjectName("log.export_file")
        files.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        files.setNameFilter(order.kind.files)
        files.setDefaultSuffix(order.kind.suffix)
        files.selectFile(f"postroom-log.{order.kind.suffix}")
        chosen: list[str] = []
        files.fileSelected.connect(chosen.append)
        await ask(files)
        if chosen:
            await self.write_to(order, Path(chosen[0]))

    def _menu(self, at: QPoint) -> None:
        index = self._table.indexAt(at)
        if not index.isValid():
            index = self._table.currentIndex()
        if index.isValid():
            line = self._model.rows[index.row()]
            opened = self._model.is_opened(line)
            menu = row_menu(self, line, index.column(), opened=opened, parent=self._table)
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self._table.viewport().mapToGlobal(at))

    def _activate(self) -> None:
        """Enter or a double click: repeated lines open, others are explained."""
        if (line := self._table.chosen()) is not None and line.times > 1:
            self.show_repeats(line, opened=True)
        else:
            self.explain.emit()
