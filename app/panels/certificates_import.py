"""Importing and replacing: files dropped or chosen, read at once, shown before they are taken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.forms.drop_zone import DropZone
from app.forms.form import Message, Note
from app.forms.words import tr
from app.forms.work_dialog import FittedDialog
from app.look.parts import label, muted
from app.panels.certificates_dialogs import unused_name
from app.panels.certificates_table import date, days_text
from server_core.events.views import CertificateView

# The server refuses more than a megabyte; reading on would only waste time.
MOST_OCTETS = 1 << 21
PEM = b"-----BEGIN "
CERTIFICATE, KEY = b"-----BEGIN CERTIFICATE-----", b"PRIVATE KEY-----"


class ImportCertificate(FittedDialog):
    """A certificate from files; with ``replaced`` it takes the place of that one."""

    def __init__(
        self,
        services: Services,
        views: Sequence[CertificateView],
        parent: QWidget,
        replaced: CertificateView | None = None,
    ) -> None:
        title, action = tr("Import a certificate"), tr("Import")
        if replaced is not None:
            title, action = tr("Replace {name}").format(name=replaced.name), tr("Replace")
        super().__init__(services, "certificates.import_dialog", title, action, parent)
        self.name = replaced.name if replaced is not None else ""
        self._views, self._replaced = views, replaced
        self._parts: dict[Path, bytes] = {}
        self._data, self._refusal = b"", ""
        hint = tr("Drop PEM files, with or without their key, or one PFX file here, or")
        self._drop = DropZone(services.theme, "certificates.drop", hint)
        self._drop.dropped.connect(self.take_files)
        choose = self._drop.add_button(tr("Choose files…"), "certificates.choose")
        choose.clicked.connect(lambda: services.tasks.start(self._choose()))
        self._password = QLineEdit()
        self._password.setObjectName("certificates.password")
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._password.editingFinished.connect(self._look)
        self._name = QLineEdit()
        self._name.setObjectName("certificates.name")
        self._told = label(services.theme)
        self._told.setObjectName("certificates.found")
        self._told.setWordWrap(True)
        self._told.hide()
        self._warning = Message(services.theme, "certificates.warning")
        self._build()

    def take_files(self, files: Sequence[Path]) -> None:
        """Read these files and show what they hold."""
        self._drop.show_files(files)
        self.services.tasks.start(self._read(files), on_error=self._unreadable)

    def problem(self) -> str:
        if not self._data:
            return tr("Choose the certificate's files.")
        if self._replaced is None and not self._name.text().strip():
            return self._refusal or tr("Type a name for the certificate.")
        return ""

    async def work(self) -> None:
        service, password = self.services.service, self._password.text()
        if self._replaced is not None:
            await service.replace_certificate(self._replaced.name, self._data, b"", password)
            return
        self.name = self._name.text().strip()
        await service.import_certificate(self.name, self._data, b"", password)

    async def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Certificate files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters(
            [tr("Certificates (*.pem *.crt *.cer *.key *.pfx *.p12)"), tr("All files (*)")]
        )
        if await ask(dialog) == QFileDialog.DialogCode.Accepted:
            self.take_files([Path(file) for file in dialog.selectedFiles()])

    async def _read(self, files: Sequence[Path]) -> None:
        parts = {file: await asyncio.to_thread(_beginning, file) for file in files}
        if len(parts) > 1 and not all(PEM in part for part in parts.values()):
            raise ValueError(tr("Choose one PFX file alone, or PEM files only."))
        if sorted(map(_holds, (self._parts, parts))) == [(False, True), (True, False)]:
            # A certificate and then its key, or the other way round.
            parts = {**self._parts, **parts}
            self._drop.show_files([*parts])
        self._parts = parts
        self._data = b"\n".join(parts.values())
        await self._inspect()

    def _look(self) -> None:
        if self._data:
            self.services.tasks.start(self._inspect(), on_error=self._unreadable)

    async def _inspect(self) -> None:
        service = self.services.service
        found = await service.inspect_certificate(self._data, b"", self._password.text())
        self._refusal = ""
        self.tell("")
        self._told.setText(self._words(found))
        self._told.show()
        self._warning.tell(Note("", "attention", found.warning) if found.warning else None)
        if self._replaced is None and not self._name.text().strip():
            first = found.names[0] if found.names else tr("imported")
            self._name.setText(unused_name(first.removeprefix("*."), self._views))
        self.fit()

    def _words(self, found: CertificateView) -> str:
        now = time.time()
        new = tr("{names}, issued by {issuer}").format(
            names=", ".join(found.names) or found.chain[0], issuer=found.issuer
        )
        valid = tr("Valid until {day} ({left})").format(
            day=date(found.not_after), left=days_text(found.not_after, now)
        )
        chain = tr("Chain: {chain}").format(chain=" › ".join(found.chain))
        lines = [new, valid, chain, tr("The key belongs to the certificate.")]
        if self._replaced is not None:
            users = ", ".join(self._replaced.used_by)
            if users:
                told = tr("{listeners} show it from the next handshake on; sessions go on.")
                lines.append(told.format(listeners=users))
        return "\n".join(lines)

    def _unreadable(self, error: Exception) -> None:
        self._told.hide()
        self._warning.tell(None)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        self._refusal = reason
        self.tell(reason)

    def _build(self) -> None:
        theme = self.services.theme
        if self._replaced is not None:
            now = tr("Now: {names}, valid until {day}. It is kept, so that you can go back.")
            shown = self._replaced
            told = muted(
                theme,
                now.format(
                    names=", ".join(shown.names) or shown.name,
                    day=date(shown.not_after) if shown.not_after else "–",
                ),
            )
            told.setWordWrap(True)
            self.body.addWidget(told)
        self.body.addWidget(self._drop)
        self.add_field(tr("Password, when the file or its key has one"), self._password)
        if self._replaced is None:
            self.add_field(tr("Name"), self._name)
        self.body.addWidget(self._told)
        self.body.addWidget(self._warning)
        self._drop.setFocus()


def _holds(parts: Mapping[Path, bytes]) -> tuple[bool, bool]:
    """Whether there are certificates in PEM files, and keys."""
    together = b"\n".join(parts.values())
    return CERTIFICATE in together, KEY in together


def _beginning(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MOST_OCTETS)
