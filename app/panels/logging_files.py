"""The files of the log: their folder, what it holds, how lines look, and which file gets what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.forms.bound_form import sentence
from app.forms.form import Note, scrolled
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import button, column, label, muted, row
from app.look.words import number, octets
from app.panels.logging_rows import Listing, RowsCard
from app.panels.logging_rules import LAST_RULE, rule_columns, unreached
from app.panels.logging_state import FILES, LogFacts, PlaceState
from app.panels.settings_panel import SettingsCard
from server_core.config.log import Log, LogRule
from server_core.events.log_views import LogFolderView
from server_core.refusals import Refused

SETTINGS = ("files", "folder", "shape", "utc", "message_ids", "security")
FOLDER = "log.folder"


class FilesTab(QWidget):
    """A card over the folder and one over the rules."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services, self._keeper = services, services.keeper
        self._facts = LogFacts()
        self._view: LogFolderView | None = None
        self._asked = ""
        self.card = SettingsCard(services, tr("Files"), ("log", Log), SETTINGS, self._advise)
        self.state = PlaceState(services, "logging.files", tr("Files"))
        self.state.tried.connect(self.look)
        self._mark = Mark(services.theme)
        self._used = label(services.theme)
        self._used.setObjectName("logging.used")
        self._used.setWordWrap(True)
        self.open_folder = button(tr("Open folder"), "logging.open_folder")
        self.open_url: Callable[[QUrl], object] = QDesktopServices.openUrl
        self.rules = RowsCard(services, _listing())
        self.rules.advise = unreached
        self.rules.show_rows()
        self._build()
        self._keeper.changed.connect(self._follow)
        self._follow()

    def show_facts(self, facts: LogFacts) -> None:
        """Show how the files are doing."""
        self._facts = facts
        self._follow_state()

    def look(self) -> None:
        """Look at the folder, on the disk."""
        self._services.tasks.start(self._look())

    async def _look(self) -> None:
        self._asked = folder = self._keeper.draft.get(FOLDER)
        try:
            view = await self._services.service.log_folder(folder)
        except Refused:
            view = None
        if folder == self._asked:
            self._view = view
            self._show_used()

    def _show_used(self) -> None:
        view = self._view
        self.open_folder.setEnabled(view is not None and bool(view.files))
        if view is None:
            self._mark.show_mark("dash", "neutral")
            self._used.setText(tr("The server is stopped."))
        elif view.problem:
            self._mark.show_mark("cross", "problem")
            self._used.setText(
                tr("Nothing can be written there: {problem}").format(problem=sentence(view.problem))
            )
        elif not view.files:
            self._mark.show_mark("dash", "neutral")
            self._used.setText(tr("No files yet in {folder}.").format(folder=view.path))
        else:
            self._mark.show_mark("diamond", "info")
            text = tr("{size} in {n} files in {folder}.") if view.files > 1 else ""
            text = text or tr("{size} in one file in {folder}.")
            told = text.format(size=octets(view.octets), n=number(view.files), folder=view.path)
            self._used.setText(told)
        self._line_edit().setPlaceholderText(view.path if view is not None else "")

    def _follow(self) -> None:
        self._follow_state()
        if self.isVisible() and self._keeper.draft.get(FOLDER) != self._asked:
            self.look()

    def _follow_state(self) -> None:
        wanted = bool(self._keeper.draft.get("log.files"))
        self.state.follow(FILES, wanted=wanted, facts=self._facts)

    def _advise(self, values: Mapping[str, Any]) -> list[Note]:
        folder = str(values["folder"])
        if folder and not Path(folder).is_absolute():
            return [Note("folder", "attention", tr("Write the whole path, from the top."))]
        return []

    def _choose(self) -> None:
        dialog = QFileDialog(self.window(), tr("Folder for log files"))
        dialog.setObjectName("logging.folder_dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        if self._view is not None:
            dialog.setDirectory(self._view.path)
        dialog.fileSelected.connect(lambda name: self._keeper.set(FOLDER, name, joins=False))
        self._services.tasks.start(ask(dialog))

    def _open(self) -> None:
        if self._view is not None:
            self.open_url(QUrl.fromLocalFile(self._view.path))

    def _line_edit(self) -> QLineEdit:
        field = self.card.form.field("folder")
        assert isinstance(field, QLineEdit)
        return field

    def _build(self) -> None:
        choose = button(
            tr("Choose…"), "logging.choose_folder", accessible=tr("Choose the folder for log files")
        )
        choose.clicked.connect(self._choose)
        self.card.form.put_beside("folder", choose, grows=False)
        self.open_folder.clicked.connect(self._open)
        used = row()
        used.addWidget(self._mark)
        used.addWidget(self._used, 1)
        used.addWidget(self.open_folder)
        self.card.heading.addWidget(self.state)
        self.card.body.addWidget(
            muted(self._services.theme, tr("Passwords are never written, whatever is chosen here."))
        )
        self.card.body.addLayout(used)
        inside = QWidget()
        cards = column(inside, gap="l")
        cards.addWidget(self.card)
        cards.addWidget(self.rules)
        area = scrolled(inside)
        area.setAccessibleName(tr("Files"))
        column(self).addWidget(area)


def _listing() -> Listing:
    return Listing(
        path="log.rules",
        name="logging.rules",
        title=tr("Which entries go to which file"),
        row_title=tr("Rule for a file"),
        model=LogRule,
        columns=rule_columns(),
        nothing=tr("No rules here. Everything goes to default.txt."),
        ordered=True,
        fixed=LAST_RULE,
    )
