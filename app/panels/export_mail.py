"""Exporting an account's mail into files that other programs read."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QWidget

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.forms.words import tr
from app.look.parts import button, column, label, muted, row
from app.look.words import number
from app.panels.mail_work import MailWork

_KEPT_FOLDER = "export/folder"
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*]')
MBOX = "mbox"


def export_formats() -> dict[str, str]:
    """What mail can be written as, in words."""
    return {
        "eml": tr("A folder with a file for each message (.eml)"),
        MBOX: tr("One file with all messages (mbox)"),
        "maildir": tr("A Maildir folder"),
    }


class ExportMail(MailWork):
    """A new file or folder with all messages of an account."""

    def __init__(self, services: Services, account: str, parent: QWidget) -> None:
        words = tr("Export the mail of {name}").format(name=account), tr("Export")
        super().__init__(services, account, parent, name="messages.export_dialog", words=words)
        self.open_url: Callable[[QUrl], object] = QDesktopServices.openUrl
        self._written_to = Path()
        self._format, self._folder, self._name = QComboBox(), QLineEdit(), QLineEdit()
        self._becomes = muted(services.theme)
        self._build()
        self._follow()
        self._format.setFocus()

    def problem(self) -> str:
        if not Path(self._folder.text().strip()).is_absolute():
            return tr("Write the whole path of the folder, from the top.")
        name = self._name.text().strip()
        if not name or _NOT_IN_NAMES.search(name):
            return tr('Type a name without any of < > : " / \\ | ? *')
        return ""

    def what_is_cut_short(self) -> str:
        told = tr("The mail of {name} is being exported; what is written would not be whole.")
        return told.format(name=self.account)

    async def carry_out(self) -> None:
        destination, kind = self._destination(), self._format.currentData()
        exported = await self.services.service.export_mail(
            self.account, destination, kind, self.begin(tr("Exporting…"))
        )
        self._written_to = destination.parent if kind == MBOX else destination
        self.services.settings.setValue(_KEPT_FOLDER, str(destination.parent))
        one, many = (
            tr("1 message was exported to {path}."),
            tr("{n} messages were exported to {path}."),
        )
        told = (one if exported == 1 else many).format(n=number(exported), path=destination)
        self.outcome.tell("ok", told, tr("Open folder"))

    def _destination(self) -> Path:
        name = self._name.text().strip()
        if self._format.currentData() == MBOX and not name.lower().endswith(f".{MBOX}"):
            name = f"{name}.{MBOX}"
        return Path(self._folder.text().strip(), name)

    def _follow(self) -> None:
        told = tr("Written to {path}. What is there already is never overwritten.")
        self._becomes.setText(told.format(path=self._destination()))

    def _open(self) -> None:
        self.open_url(QUrl.fromLocalFile(str(self._written_to)))

    async def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Folder to export to"), self._folder.text())
        dialog.setObjectName("messages.choose_dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        if await ask(dialog) == QFileDialog.DialogCode.Accepted:
            self._folder.setText(dialog.selectedFiles()[0])

    def _build(self) -> None:
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        usual = QStandardPaths.writableLocation(documents)
        self._folder.setText(str(self.services.settings.value(_KEPT_FOLDER, usual)))
        self._folder.setObjectName("messages.export_folder")
        self._name.setText(_NOT_IN_NAMES.sub("_", f"{self.account} {time.strftime('%Y-%m-%d')}"))
        self._name.setObjectName("messages.export_name")
        self._becomes.setObjectName("messages.export_path")
        self._becomes.setWordWrap(True)
        self.add_choice(tr("Format"), self._format, "messages.export_format", export_formats())
        title = tr("Folder")
        heading = label(self.services.theme, title)
        heading.setBuddy(self._folder)
        self._folder.setAccessibleName(title)
        choose = button(
            tr("Choose…"), "messages.choose_export", accessible=tr("Choose the folder to export to")
        )
        choose.setAutoDefault(False)
        choose.clicked.connect(lambda: self.services.tasks.start(self._choose()))
        line = row()
        line.addWidget(self._folder, 1)
        line.addWidget(choose)
        group = column(gap="xs")
        group.addWidget(heading)
        group.addLayout(line)
        self.body.addLayout(group)
        self.add_field(tr("Name"), self._name, self._becomes)
        for changed in (
            self._format.currentIndexChanged,
            self._folder.textChanged,
            self._name.textChanged,
        ):
            changed.connect(self._follow)
        self.outcome.action.clicked.connect(self._open)
