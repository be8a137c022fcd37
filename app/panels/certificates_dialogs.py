"""Making, watching and deleting certificates; each dialog works itself and says what is refused."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QWidget,
)

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.forms.addresses import interface_addresses
from app.forms.words import tr
from app.forms.work_dialog import FittedDialog
from app.look.parts import button, column, label, muted, row
from app.look.theme import space
from server_core.events.views import CertificateKind, CertificateView

NAMES_HEIGHT = 116
INDENT = 26


def usual_names(server_name: str) -> list[str]:
    """What clients on this network may call this computer: its names, then its addresses."""
    host = socket.gethostname().lower()
    names = [server_name.lower(), host, "" if "." in host else f"{host}.local"]
    names += [text for text, _ in interface_addresses() if _on_a_network(text)]
    return list(dict.fromkeys(name for name in names if name))


def _on_a_network(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local)


def unused_name(wanted: str, views: Sequence[CertificateView]) -> str:
    """The name, with a number behind it when another certificate has it."""
    taken = {view.name.casefold() for view in views} | {"server"}
    name, number = wanted, 2
    while name.casefold() in taken:
        name, number = f"{wanted} {number}", number + 1
    return name


class CreateCertificate(FittedDialog):
    """A certificate signed by an own authority, which is made with the first one, or by itself."""

    def __init__(
        self, services: Services, views: Sequence[CertificateView], parent: QWidget
    ) -> None:
        title = tr("Create a certificate")
        super().__init__(services, "certificates.create_dialog", title, tr("Create"), parent)
        self.name = ""
        self._authorities = [
            view.name
            for view in views
            if view.kind is CertificateKind.AUTHORITY and not view.problem
        ]
        self._new_authority = "" if self._authorities else unused_name(tr("Our network"), views)
        self._signed = QRadioButton(tr("Own authority for this network (recommended)"))
        self._alone = QRadioButton(tr("Single self-signed certificate"))
        self._authority = QComboBox()
        self._name = QLineEdit(unused_name(tr("mail"), views))
        self._names = QPlainTextEdit()
        self._build_kinds()
        self._build_names()
        self._signed.setFocus()

    def problem(self) -> str:
        if not self._name.text().strip():
            return tr("Type a name for the certificate.")
        return "" if self._wanted() else tr("Type a name or address that clients connect to.")

    async def work(self) -> None:
        service, name = self.services.service, self._name.text().strip()
        authority = ""
        if self._signed.isChecked():
            authority = self._authority.currentText()
            if self._new_authority:
                await service.create_authority(self._new_authority)
                # Made for good: what is refused from here on does not make it again.
                authority, self._new_authority = self._new_authority, ""
                self._authority.addItem(authority)
        await service.create_certificate(name, self._wanted(), authority=authority)
        self.name = name

    def _wanted(self) -> list[str]:
        return self._names.toPlainText().replace(",", " ").split()

    def _build_kinds(self) -> None:
        theme = self.services.theme
        group = column(gap="xs")
        for choice, name, told in (
            (
                self._signed,
                "signed",
                tr(
                    "Devices trust the authority once; every certificate it signs is then accepted "
                    "without a warning, renewed ones too."
                ),
            ),
            (
                self._alone,
                "alone",
                tr("Every device warns once, and again each time the certificate is renewed."),
            ),
        ):
            choice.setObjectName(f"certificates.{name}")
            choice.setAccessibleName(choice.text())
            group.addWidget(choice)
            help_text = muted(theme, told)
            help_text.setWordWrap(True)
            help_text.setContentsMargins(INDENT, 0, 0, space("xs"))
            group.addWidget(help_text)
        self.body.addLayout(group)
        self._signed.setChecked(True)
        if len(self._authorities) > 1:
            self._authority.addItems(self._authorities)
            self._authority.setObjectName("certificates.authority")
            self._authority.setAccessibleName(tr("Authority"))
            self.body.addWidget(self._authority)
            self._signed.toggled.connect(self._authority.setEnabled)
        else:
            self._authority.addItems(self._authorities)

    def _build_names(self) -> None:
        theme = self.services.theme
        self._name.setObjectName("certificates.name")
        self.add_field(tr("Name"), self._name)
        title = label(theme, tr("Names and addresses clients connect to, one a line"))
        title.setBuddy(self._names)
        self._names.setObjectName("certificates.names")
        self._names.setAccessibleName(title.text())
        self._names.setTabChangesFocus(True)
        self._names.setFixedHeight(NAMES_HEIGHT)
        self._names.setPlainText("\n".join(usual_names(self.services.service.config.server.name)))
        group = column(gap="xs")
        group.addWidget(title)
        group.addWidget(self._names)
        group.addWidget(
            muted(theme, tr("Valid for 397 days; it renews itself 30 days before it ends."))
        )
        self.body.addLayout(group)


class WatchFiles(FittedDialog):
    """A certificate that another program keeps up to date in files."""

    def __init__(
        self, services: Services, views: Sequence[CertificateView], parent: QWidget
    ) -> None:
        title = tr("Watch certificate files")
        super().__init__(services, "certificates.watch_dialog", title, tr("Watch"), parent)
        self.name = ""
        self._name = QLineEdit(unused_name(tr("files"), views))
        self._name.setObjectName("certificates.name")
        self._certificate, self._key = QLineEdit(), QLineEdit()
        told = muted(
            services.theme,
            tr(
                "For certificates that another program renews. A changed pair is taken over by "
                "itself; one that cannot be used is reported, and the old one stays."
            ),
        )
        told.setWordWrap(True)
        self.body.addWidget(told)
        self.add_field(tr("Name"), self._name)
        self._add_path(tr("Certificate with its chain (PEM)"), self._certificate, "certificate")
        self._add_path(tr("Private key (empty when the same file holds it)"), self._key, "key")
        self._certificate.setFocus()

    def problem(self) -> str:
        if not self._name.text().strip():
            return tr("Type a name for the certificate.")
        return "" if self._certificate.text().strip() else tr("Choose the certificate's file.")

    async def work(self) -> None:
        name = self._name.text().strip()
        certificate = Path(self._certificate.text().strip())
        key = Path(self._key.text().strip() or certificate)
        await self.services.service.watch_certificate(name, certificate, key)
        self.name = name

    def _add_path(self, title: str, field: QLineEdit, name: str) -> None:
        field.setObjectName(f"certificates.{name}_file")
        field.setAccessibleName(title)
        heading = label(self.services.theme, title)
        heading.setBuddy(field)
        choose = button(
            tr("Choose…"),
            f"certificates.choose_{name}",
            accessible=tr("Choose: {field}").format(field=title),
        )
        choose.setAutoDefault(False)
        choose.clicked.connect(lambda: self.services.tasks.start(self._choose(title, field)))
        line = row()
        line.addWidget(field, 1)
        line.addWidget(choose)
        group = column(gap="xs")
        group.addWidget(heading)
        group.addLayout(line)
        self.body.addLayout(group)

    async def _choose(self, title: str, field: QLineEdit) -> None:
        dialog = QFileDialog(self, title)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if await ask(dialog) == QFileDialog.DialogCode.Accepted:
            field.setText(dialog.selectedFiles()[0])


class DeleteCertificate(FittedDialog):
    """Deleting a certificate with its key; one in use says by whom, and stays."""

    def __init__(self, services: Services, view: CertificateView, parent: QWidget) -> None:
        title = tr("{name} is in use") if view.used_by else tr("Delete {name}?")
        title = title.format(name=view.name)
        super().__init__(services, "certificates.delete_dialog", title, tr("Delete"), parent)
        self._certificate = view.name
        self._users = ", ".join(view.used_by)
        authority = view.kind is CertificateKind.AUTHORITY
        if self._users:
            told = (
                tr("It has signed {users}. Delete those first.")
                if authority
                else tr("It is used by {users}. Choose another certificate there first.")
            )
            told = told.format(users=self._users)
        elif authority:
            told = tr("It signs nothing any more, and devices that trust it trust it in vain.")
        else:
            told = tr("The certificate and its key are deleted for good.")
        text = label(services.theme, told)
        text.setObjectName("certificates.lost")
        text.setWordWrap(True)
        self.body.addWidget(text)
        self.action.setProperty("kind", "danger")
        self.action.setVisible(not self._users)
        self.action.setDefault(False)
        self.action.setAutoDefault(False)
        self.cancel.setDefault(True)
        if self._users:
            self.cancel.setText(tr("Close"))
            self.cancel.setAccessibleName(tr("Close"))

    async def work(self) -> None:
        await self.services.service.remove_certificate(self._certificate)
