"""The Certificates page: what the server proves it is, and until when. It saves at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
)

from app.bridge.dialogs import ask
from app.bridge.services import PageWidget, Services
from app.forms.keyed_rows import KeyedRows
from app.forms.paced import Paced
from app.forms.words import tr
from app.look.parts import Banner, EmptyState, column, row
from app.look.tables import SORT_ROLE, TableView
from app.look.theme import size
from app.look.tools import tool
from app.panels import certificates_table
from app.panels.certificates_details import CertificateDetails
from app.panels.certificates_dialogs import CreateCertificate, DeleteCertificate, WatchFiles
from app.panels.certificates_import import ImportCertificate
from server_core.events.certificates import CertificateChanged, CertificateRefused
from server_core.events.ring import Batch
from server_core.events.types import ConfigApplied, ServerStateChanged
from server_core.events.views import CertificateKind, CertificateView

NEWS = (CertificateChanged, CertificateRefused, ConfigApplied, ServerStateChanged)
READ_AGAIN_MS = 200
ROWS_AT_FIRST = 5
TABLE, EMPTY, FAILED = range(3)

Act = Callable[[CertificateView], None]


class CertificatesPage(PageWidget):
    """Table above, the selected certificate below, and dialogs for what can be done."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("certs")
        self._services = services
        self._refused: dict[str, str] = {}
        self._awaited = ""
        self._reading = self._outdated = self._sized = False
        self.model: KeyedRows[CertificateView] = KeyedRows(
            certificates_table.columns(), lambda view: view.name
        )
        self.shown = QSortFilterProxyModel()
        self.shown.setSourceModel(self.model)
        self.shown.setSortRole(SORT_ROLE)
        self.table = TableView(services.theme, "certificates.table", tr("Certificates"))
        self.details = CertificateDetails(services.theme)
        self._banner = Banner(services.theme, "certificates.refused")
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._stack = QStackedWidget()
        self._actions: dict[str, QAction] = {}
        self._later = Paced(self.refresh, READ_AGAIN_MS, self)
        self._build()
        services.pump.batch.connect(self.take)

    def refresh(self) -> None:
        """Read the certificates; a call while that goes on reads once more after it."""
        self._outdated = True
        if not self._reading:
            self._reading = True
            self._services.tasks.start(self._read(), on_error=self._failed)

    def take(self, batch: Batch) -> None:
        """Follow the server; a hidden page remembers refusals and is read when it is opened."""
        news = [event for event in batch.events if isinstance(event, NEWS)]
        for event in news:
            if isinstance(event, CertificateRefused):
                self._refused[event.name] = event.sentence
            elif isinstance(event, CertificateChanged):
                self._refused.pop(event.name, None)
        if news:
            self._tell_refusals()
            if self.isVisible():
                self._later.ask()

    def show_target(self, target: str) -> None:
        """``add`` opens the dialog for a new certificate; a name selects that one."""
        if target == "add":
            self.add()
        else:
            self._awaited = target
            self._select_awaited()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._sized:
            self._sized = True
            height = self.table.horizontalHeader().sizeHint().height() + 6
            height += ROWS_AT_FIRST * size("row")
            self._splitter.setSizes([height, max(0, self._splitter.height() - height)])

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._later.stop()

    def selected(self) -> CertificateView | None:
        """The certificate the toolbar acts on."""
        rows = self.table.selected_rows()
        return rows[0] if rows else None

    def add(self) -> None:
        """Ask for a new certificate."""
        dialog = CreateCertificate(self._services, self.model.rows, self)
        self._ask(dialog, tr("{name} was made."))

    def _import(self) -> None:
        dialog = ImportCertificate(self._services, self.model.rows, self)
        self._ask(dialog, tr("{name} was imported."))

    def _replace(self, view: CertificateView) -> None:
        dialog = ImportCertificate(self._services, self.model.rows, self, replaced=view)
        self._ask(dialog, tr("{name} was replaced. The next handshake shows the new one."))

    def _watch(self) -> None:
        dialog = WatchFiles(self._services, self.model.rows, self)
        self._ask(dialog, tr("{name} follows its files from now on."))

    def _delete(self, view: CertificateView) -> None:
        dialog = DeleteCertificate(self._services, view, self)
        self._ask(dialog, tr("{name} was deleted."), name=view.name)

    def _export(self, view: CertificateView) -> None:
        self._services.tasks.start(self._save_authority(self._authority_of(view)))

    def _revert(self, name: str) -> None:
        async def back() -> None:
            await self._services.service.revert_certificate(name)
            said = tr("{name} is the one before again. Once more brings the newer one back.")
            self._services.window.say(said.format(name=name))
            self.refresh()

        self._services.tasks.start(back())

    async def _save_authority(self, name: str) -> None:
        pem = await self._services.service.export_authority(name)
        dialog = QFileDialog(self, tr("Export for clients"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("Certificates (*.crt *.pem)"))
        dialog.selectFile(f"{name}.crt")
        if await ask(dialog) == QDialog.DialogCode.Accepted:
            file = Path(dialog.selectedFiles()[0])
            await asyncio.to_thread(file.write_bytes, pem)
            said = tr("{file} was saved. Install it on the devices as a trusted authority.")
            self._services.window.say(said.format(file=file.name))

    def _authority_of(self, view: CertificateView) -> str:
        """The authority whose trust makes devices accept a certificate; empty for none of ours."""
        if view.kind is CertificateKind.AUTHORITY:
            return view.name
        for other in self.model.rows:
            if other.kind is CertificateKind.AUTHORITY and view.name in other.used_by:
                return other.name
        return ""

    def _ask(self, dialog: QDialog, success: str, name: str = "") -> None:
        async def asked() -> None:
            if await ask(dialog) == QDialog.DialogCode.Accepted:
                done = name or str(getattr(dialog, "name", ""))
                self._awaited = done
                self._services.window.say(success.format(name=done))
                self.refresh()

        self._services.tasks.start(asked())

    async def _read(self) -> None:
        try:
            while self._outdated:
                self._outdated = False
                views = await self._services.service.certificates()
        finally:
            self._reading = False
        self.model.show_rows(views)
        self._stack.setCurrentIndex(TABLE if views else EMPTY)
        self._select_awaited()
        if not self.table.selectionModel().hasSelection() and self.shown.rowCount():
            self.table.selectRow(0)
        self._follow_selection()
        self._tell_refusals()

    def _failed(self, error: Exception) -> None:
        said = tr("The certificates could not be read: {reason}")
        self._failure.tell(said.format(reason=error), tr("Try again"))
        self._stack.setCurrentIndex(FAILED)

    def _tell_refusals(self) -> None:
        """What was refused last, as long as no change has mended it."""
        if not self._refused:
            self._banner.tell("attention", "")
            return
        name, reason = next(reversed(self._refused.items()))
        said = tr("{name}: the file was read, but: {reason} The old certificate is still used.")
        self._banner.tell("attention", said.format(name=name, reason=reason))

    def _select_awaited(self) -> None:
        place = self.model.place_of(self._awaited) if self._awaited else -1
        if place >= 0:
            self.table.selectRow(self.shown.mapFromSource(self.model.index(place, 0)).row())
            self._awaited = ""

    def _follow_selection(self) -> None:
        view = self.selected()
        self.details.setVisible(view is not None)
        if view is not None:
            self.details.show_certificate(view)
        replaceable = view is not None and view.kind is not CertificateKind.AUTHORITY
        self._actions["replace"].setEnabled(replaceable)
        self._actions["export"].setEnabled(view is not None and bool(self._authority_of(view)))
        self._actions["delete"].setEnabled(view is not None)

    def _act(self, slot: Act) -> None:
        view = self.selected()
        if view is not None:
            slot(view)

    def _build(self) -> None:
        theme = self._services.theme
        body = column(self, gap="m")
        body.addWidget(self._banner)
        body.addLayout(self._toolbar())
        table = self.table
        table.show_model(self.shown, self.model.columns)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        table.setMinimumHeight(110)
        table.remember(self._services.settings)
        table.addActions(list(self._actions.values()))
        copy = QAction(tr("Copy fingerprint"), self)
        copy.triggered.connect(self.details.copy_fingerprint)
        table.addAction(copy)
        table.selectionModel().selectionChanged.connect(self._follow_selection)
        self.details.reverting.connect(self._revert)
        self.details.copied.connect(
            lambda name: self._services.window.say(
                tr("The fingerprint of {name} was copied.").format(name=name)
            )
        )
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(12)
        self._splitter.addWidget(table)
        self._splitter.addWidget(self.details)
        self._splitter.setStretchFactor(1, 1)
        empty = EmptyState(theme, "certificate", "certificates.empty")
        empty.tell(
            tr("Encrypted connections need a certificate. Creating one takes a minute."),
            tr("Create"),
        )
        empty.action.clicked.connect(self.add)
        self._failure = EmptyState(theme, "certificate", "certificates.failed")
        self._failure.action.clicked.connect(self.refresh)
        for page in (self._splitter, empty, self._failure):
            self._stack.addWidget(page)
        body.addWidget(self._stack, 1)

    def _toolbar(self) -> QHBoxLayout:
        line = row()
        new, delete = QKeySequence(QKeySequence.StandardKey.New), QKeySequence(Qt.Key.Key_Delete)
        for name, text, slot, keys in (
            ("create", tr("Create…"), self.add, new),
            ("import", tr("Import…"), self._import, None),
            ("replace", tr("Replace…"), partial(self._act, self._replace), None),
            ("watch", tr("Watch files…"), self._watch, None),
            ("export", tr("Export for clients…"), partial(self._act, self._export), None),
            ("delete", tr("Delete…"), partial(self._act, self._delete), delete),
        ):
            line.addWidget(self._tool(name, text, slot, keys))
        line.addStretch(1)
        return line

    def _tool(
        self, name: str, text: str, run: Callable[[], None], keys: QKeySequence | None
    ) -> QPushButton:
        primary = name == "create"
        self._actions[name], made = tool(
            self, f"certificates.{name}", text, run, keys, primary=primary
        )
        return made
