"""Protocol captures: conversations written line by line until a moment, and how to start one."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLabel,
    QSpinBox,
    QStackedWidget,
    QWidget,
)

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.forms.editor import well_behaved, well_set
from app.forms.keyed_rows import KeyedRows
from app.forms.words import tr
from app.forms.work_dialog import WorkDialog
from app.look.parts import EmptyState, button, column, label, muted, row
from app.look.tables import Column, TableView
from app.look.words import moment, number
from app.panels.logging_state import LogFacts
from server_core.events.log_views import CaptureKind, CaptureView

TABLE, EMPTY = range(2)
USUAL_MINUTES, MOST_MINUTES = 15, 1_440


class CapturesTab(QWidget):
    """The captures that run, with Stop; *Capture…* asks whose."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._running = False
        self.model: KeyedRows[CaptureView] = KeyedRows(_columns(), lambda view: view.number)
        self.table = TableView(services.theme, "logging.captures", tr("Captures"))
        self.begin = button(tr("Capture…"), "logging.capture", kind="primary")
        self.stop = button(
            tr("Stop"), "logging.stop_capture", accessible=tr("Stop the capture selected")
        )
        self._log = button(tr("Open the log"), "logging.open_log", kind="link")
        self._stack = QStackedWidget()
        self._empty = EmptyState(services.theme, "search", "logging.no_captures")
        self._build()
        self.show_facts(LogFacts())

    def show_facts(self, facts: LogFacts) -> None:
        """Show the captures that run now."""
        self._running = facts.running
        self.model.show_rows(facts.captures)
        self._stack.setCurrentIndex(TABLE if facts.captures else EMPTY)
        if facts.running:
            self._empty.tell(tr("Nothing is captured. Choose whose conversations to record."), "")
        else:
            self._empty.tell(tr("The server is stopped. There is nothing to capture."), "")
        self._enable()

    def ask_for_one(self) -> None:
        """Ask whose conversations to record, and for how long."""
        self._services.tasks.start(self._ask())

    async def _ask(self) -> None:
        dialog = StartCapture(self._services, self.window())
        await dialog.offer()
        await ask(dialog)
        self._read()

    async def _stop(self) -> None:
        for view in self.table.selected_rows():
            await self._services.service.stop_capture(view.number)
        self._read()

    def _read(self) -> None:
        self.model.show_rows(self._services.service.captures())
        self._stack.setCurrentIndex(TABLE if self.model.rows else EMPTY)
        self._enable()

    def _enable(self) -> None:
        self.begin.setEnabled(self._running)
        self.stop.setEnabled(bool(self.table.selectionModel().selectedRows()))

    def _build(self) -> None:
        hint = muted(
            self._services.theme,
            tr(
                "Each line of these conversations goes to the log, whatever its level. Passwords "
                "are hidden and the text of mail is left out. A capture ends by itself."
            ),
        )
        hint.setWordWrap(True)
        self.table.show_model(self.model, self.model.columns)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.remember(self._services.settings)
        self.table.selectionModel().selectionChanged.connect(self._enable)
        self.begin.clicked.connect(self.ask_for_one)
        self.stop.clicked.connect(lambda: self._services.tasks.start(self._stop()))
        self._log.clicked.connect(lambda: self._services.window.go("log"))
        tools = row()
        for part in (self.begin, self.stop):
            tools.addWidget(part)
        tools.addStretch(1)
        tools.addWidget(self._log)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        body = column(self, gap="m")
        body.addWidget(hint)
        body.addLayout(tools)
        body.addWidget(self._stack, 1)


class StartCapture(WorkDialog):
    """Whose conversations to record, and how many minutes."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        title = tr("Capture conversations")
        super().__init__(services, "logging.capture_dialog", title, tr("Capture"), parent)
        self.kind, self.value, self.minutes = QComboBox(), QComboBox(), QSpinBox()
        self._offered: dict[str, list[tuple[str, str]]] = {}
        for kind, words in (
            (CaptureKind.ACCOUNT, tr("An account")),
            (CaptureKind.ADDRESS, tr("An address")),
            (CaptureKind.SESSION, tr("An open session")),
        ):
            self.kind.addItem(words, kind.value)
        self.value.setEditable(True)
        self.value.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.minutes.setRange(1, MOST_MINUTES)
        self.minutes.setValue(USUAL_MINUTES)
        self.minutes.setSuffix(f" {tr('minutes')}")
        well_set(self.minutes)
        self.kind.currentIndexChanged.connect(self._fill)
        for name, words, field in (
            ("kind", tr("Record"), self.kind),
            ("value", tr("Which"), self.value),
            ("minutes", tr("For"), self.minutes),
        ):
            field.setObjectName(f"logging.capture_{name}")
            field.setAccessibleName(words)
            well_behaved(field)
            self._add(words, field)
        self.value.setFocus()

    async def offer(self) -> None:
        """Offer the accounts, the addresses and the sessions that are known."""
        service = self.services.service
        sessions = await service.sessions()
        hosts = sorted({view.peer.rpartition(":")[0].strip("[]") for view in sessions})
        self._offered = {
            CaptureKind.ACCOUNT: [(view.name, view.name) for view in await service.accounts()],
            CaptureKind.ADDRESS: [(host, host) for host in hosts],
            CaptureKind.SESSION: [
                (f"{view.session} · {view.user or view.peer}", str(view.session))
                for view in sessions
            ],
        }
        self._fill()

    def problem(self) -> str:
        return "" if self._chosen() else tr("Choose or write whose conversations to record.")

    async def work(self) -> None:
        view = await self.services.service.capture(
            self.kind.currentData(), self._chosen(), seconds=60.0 * self.minutes.value()
        )
        text = tr("{subject} is captured until {time}.")
        self.services.window.say(text.format(subject=view.value, time=moment(view.until)))

    def _chosen(self) -> str:
        text = self.value.currentText().strip()
        at = self.value.findText(text)
        return str(self.value.itemData(at)) if at >= 0 else text

    def _fill(self) -> None:
        self.value.clear()
        for text, value in self._offered.get(self.kind.currentData(), []):
            self.value.addItem(text, value)

    def _add(self, words: str, field: QWidget) -> None:
        title: QLabel = label(self.services.theme, words)
        title.setBuddy(field)
        pair = column(gap="xs")
        pair.addWidget(title)
        pair.addWidget(field)
        self.body.addLayout(pair)


def _columns() -> tuple[Column[CaptureView], ...]:
    kinds: dict[str, Any] = {
        CaptureKind.SESSION: tr("Session"),
        CaptureKind.ACCOUNT: tr("Account"),
        CaptureKind.ADDRESS: tr("Address"),
    }
    return (
        Column(tr("Recorded"), lambda view: f"{kinds[view.kind]} {view.value}", 340),
        Column(tr("Until"), lambda view: moment(view.until), 160, sort=lambda view: view.until),
        Column(tr("Lines"), lambda view: number(view.lines), 100, number=True),
    )
