"""Writing the rows of the list in sight to a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.dashboard.session_list import SessionList
from app.dashboard.writing import write_and_tell
from app.look.row_formats import Format, Table, formats


class SessionExport(QObject):
    """Two actions: all rows that fit the filter, or those selected."""

    def __init__(self, services: Services, page: QWidget, shown: Callable[[], SessionList]) -> None:
        super().__init__(page)
        self._services, self._page, self._shown = services, page, shown
        self.every = QAction(self.tr("Export all rows shown…"), self)
        self.every.setShortcut(QKeySequence("Ctrl+E"))
        self.every.triggered.connect(lambda: self._ask(self._shown().every_place()))
        self.selected = QAction(self.tr("Export selected rows…"), self)
        self.selected.triggered.connect(lambda: self._ask(self._shown().table.selected_places()))
        page.addAction(self.every)

    def fit(self) -> None:
        """Be enabled for the rows that are selected."""
        self.selected.setEnabled(bool(self._shown().table.selected_places()))

    async def write(self, table: Table, kind: Format, file: Path) -> None:
        """Write rows to a file, off the window's loop."""
        text = "".join(kind.write(table))
        await write_and_tell(
            self._services, file, lambda: file.write_text(text, "utf-8", newline="")
        )

    def _ask(self, places: list[int]) -> None:
        if not places:
            self._services.window.say(self.tr("There are no rows to export."))
            return
        # The rows of this moment: they go on changing while somebody thinks of a name.
        table = self._shown().table.table_of(places)
        self._services.tasks.start(self._export(table))

    async def _export(self, table: Table) -> None:
        kinds = formats()
        files = QFileDialog(self._page.window(), self.tr("Export sessions"))
        files.setObjectName("sessions.export_file")
        files.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        files.setNameFilters([kind.files for kind in kinds])
        files.setDefaultSuffix(kinds[0].suffix)
        files.selectFile(f"postroom-sessions.{kinds[0].suffix}")

        def kind() -> Format:
            chosen = files.selectedNameFilter()
            return next((each for each in kinds if each.files == chosen), kinds[0])

        files.filterSelected.connect(lambda: files.setDefaultSuffix(kind().suffix))
        if await ask(files) and (chosen := files.selectedFiles()):
            file = Path(chosen[0])
            named = (each for each in kinds if file.suffix == f".{each.suffix}")
            await self.write(table, next(named, kind()), file)
