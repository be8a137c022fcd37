"""Writing lines of the log to a file: which, how, and with or without names."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QWidget,
)

from app.bridge.services import Services
from app.dashboard.log_filter import LogFilter
from app.dashboard.log_formats import Format, formats
from app.dashboard.log_moments import moment_text, read_moment
from app.dashboard.log_pseudonyms import Pseudonyms
from app.dashboard.log_rows import LogRow
from app.dashboard.tab_order import in_order
from app.forms.form import Message, Note
from app.look.parts import button, column, label, muted, row
from app.look.words import number
from server_core.events.types import Level

_KEY = "log/pseudonyms"
FILTERED, SELECTED, RANGE = range(3)


class Order(NamedTuple):
    """What is to be written: those of ``rows`` that ``wanted`` lets pass."""

    rows: Sequence[LogRow]
    wanted: LogFilter
    kind: Format
    key: bytes = b""
    """What names are hidden with; empty to leave them."""


def pieces(order: Order) -> str:
    """The text of an order; takes its time for many rows."""
    rows = order.wanted.select(order.rows)
    if order.key:
        hide = Pseudonyms(order.key, sorted({line.user for line in order.rows if line.user}))
        return "".join(order.kind.write(hide.hidden(rows)))
    return "".join(order.kind.write(rows))


def write(order: Order, file: Path) -> None:
    """Write an order to a file that only its owner can read; waits for the disk."""
    text = pieces(order)
    part = file.with_name(f".{file.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as target:
            target.write(text)
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def hiding_key(settings: QSettings) -> bytes:
    """The key of this window, so that a name is hidden the same way each time."""
    kept = str(settings.value(_KEY, ""))
    if len(kept) != 64:
        kept = secrets.token_hex(32)
        settings.setValue(_KEY, kept)
    return bytes.fromhex(kept)


class ExportDialog(QDialog):
    """Asks what to write; ``order`` has it once it was accepted."""

    def __init__(
        self,
        services: Services,
        parent: QWidget,
        shown: tuple[Sequence[LogRow], LogFilter],
        selected: Sequence[LogRow],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("log.export_dialog")
        self.setWindowTitle(self.tr("Export log"))
        self.setMinimumWidth(520)
        self._services = services
        self._rows, self._filter = shown
        self._selected = selected
        self._scope = QButtonGroup(self)
        self.kind = QComboBox()
        self.hide_names = QCheckBox(self.tr("Hide account names and addresses"))
        self.since, self.until = QLineEdit(), QLineEdit()
        self._message = Message(services.theme, "log.export_message")
        self.action = button(self.tr("Choose file…"), "log.export_action", kind="primary")
        self._build()

    def order(self) -> Order:
        """What was chosen; ValueError, with a sentence, when a moment cannot be read."""
        kind = formats()[self.kind.currentIndex()]
        key = hiding_key(self._services.settings) if self.hide_names.isChecked() else b""
        everything = LogFilter(level=Level.PROTOCOL)
        scope = self._scope.checkedId()
        if scope == SELECTED:
            return Order(self._selected, everything, kind, key)
        if scope == RANGE:
            since, until = self._bounds()
            span = LogFilter(level=Level.PROTOCOL, since=since, until=until)
            return Order(self._rows, span, kind, key)
        return Order(self._rows, self._filter, kind, key)

    def accept(self) -> None:
        try:
            self.order()
        except ValueError as problem:
            self._message.tell(Note("", "problem", str(problem)))
        else:
            super().accept()

    def _bounds(self) -> tuple[float, float]:
        now, found = datetime.now(), []
        for field, end in ((self.since, False), (self.until, True)):
            try:
                found.append(read_moment(field.text(), now, end=end))
            except ValueError:
                raise ValueError(
                    self.tr(
                        "“{typed}” is no moment. Write 14:03, 2026-03-14 14:03 or 2026-03-14."
                    ).format(typed=field.text())
                ) from None
        return found[0], found[1]

    def _build(self) -> None:
        theme = self._services.theme
        body = column(self, margin="xl", gap="m")
        body.addWidget(label(theme, self.tr("Export log"), kind="section", bold=True))
        scopes = (
            (self.tr("Lines that fit the filter"), "filtered"),
            (self.tr("Selected lines ({n})").format(n=number(len(self._selected))), "selected"),
            (self.tr("All lines from a time to a time"), "range"),
        )
        for place, (text, name) in enumerate(scopes):
            choice = QRadioButton(text)
            choice.setObjectName(f"log.export_{name}")
            choice.setAccessibleName(text)
            self._scope.addButton(choice, place)
            body.addWidget(choice)
        self._scope.button(FILTERED).setChecked(True)
        self._scope.button(SELECTED).setEnabled(bool(self._selected))
        body.addLayout(self._span())
        body.addLayout(self._how())
        hint = self.tr(
            "Each name and address becomes the same code everywhere and in every export from here."
        )
        note = muted(theme, hint, kind="small")
        note.setWordWrap(True)
        body.addWidget(self.hide_names)
        body.addWidget(note)
        body.addWidget(self._message)
        cancel = button(self.tr("Cancel"), "log.export_cancel")
        cancel.clicked.connect(self.reject)
        self.action.setDefault(True)
        self.action.clicked.connect(self.accept)
        line = row()
        line.addStretch(1)
        line.addWidget(cancel)
        line.addWidget(self.action)
        body.addLayout(line)
        self._set_order(cancel)

    def _set_order(self, cancel: QWidget) -> None:
        """The keyboard goes from top to bottom, whichever part was made first."""
        scopes = self._scope.buttons()
        parts = [*scopes, self.since, self.until, self.kind, self.hide_names, cancel, self.action]
        in_order(*parts)
        scopes[FILTERED].setFocus()

    def _span(self) -> QHBoxLayout:
        line = row()
        line.addSpacing(24)
        first = self._rows[0].time if self._rows else 0.0
        for field, name, title, text in (
            (self.since, "since", self.tr("From"), moment_text(first)),
            (self.until, "until", self.tr("To"), ""),
        ):
            field.setObjectName(f"log.export_{name}")
            field.setAccessibleName(title)
            field.setText(text)
            field.setPlaceholderText(self.tr("the end") if name == "until" else "14:03")
            field.textEdited.connect(lambda _: self._scope.button(RANGE).setChecked(True))
            line.addWidget(label(self._services.theme, title))
            line.addWidget(field, 1)
        return line

    def _how(self) -> QHBoxLayout:
        line = row()
        self.kind.setObjectName("log.export_format")
        self.kind.setAccessibleName(self.tr("Format"))
        for kind in formats():
            self.kind.addItem(kind.title, kind.id)
        self.hide_names.setObjectName("log.export_hide")
        self.hide_names.setAccessibleName(self.hide_names.text())
        line.addWidget(label(self._services.theme, self.tr("Format")))
        line.addWidget(self.kind, 1)
        return line
