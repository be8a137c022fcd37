"""The pane below the certificates: all of the selected one, and what to do with just that."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from app.forms.form import Message, Note, scrolled
from app.forms.words import tr
from app.look.parts import Card, button, column, label, monospace, muted
from app.look.theme import Theme, space
from app.panels.certificates_table import date, days_text, kind_text, used_text
from server_core.events.views import CertificateKind, CertificateView


class CertificateDetails(Card):
    """Shows one certificate. ``copied`` and ``reverting`` carry its name."""

    copied = Signal(str)
    reverting = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setObjectName("certificates.details")
        self.setAccessibleName(tr("The selected certificate"))
        self._theme = theme
        self._view: CertificateView | None = None
        self._title = label(theme, kind="section", bold=True)
        self._message = Message(theme, "certificates.details.message")
        self._revert = button(tr("Go back to the one before"), "certificates.revert")
        self._copy = button(tr("Copy fingerprint"), "certificates.copy")
        self._revert.clicked.connect(self._ask_back)
        self._copy.clicked.connect(self.copy_fingerprint)
        self.heading.addWidget(self._title, 1)
        self.heading.addWidget(self._revert)
        self.heading.addWidget(self._copy)
        self.body.addLayout(self.heading)
        self.body.addWidget(self._message)
        content = QWidget()
        outer = column(content)
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(space("l"))
        self._form.setVerticalSpacing(space("s"))
        outer.addLayout(self._form)
        outer.addStretch(1)
        self.body.addWidget(scrolled(content), 1)

    def show_certificate(self, view: CertificateView) -> None:
        """Show this one."""
        if view == self._view:
            return
        self._view = view
        self._title.setText(view.name)
        self._revert.setVisible(view.reverts)
        self._copy.setVisible(bool(view.fingerprint))
        self._message.tell(_note(view))
        while self._form.rowCount():
            self._form.removeRow(0)
        for title, text in fields(view):
            value = self._value(text)
            value.setAccessibleName(f"{title}: {text}")
            if text == view.fingerprint:
                value.setFont(monospace(self._theme))
            self._form.addRow(muted(self._theme, title), value)

    def copy_fingerprint(self) -> None:
        """Put the fingerprint on the clipboard."""
        if self._view is not None and self._view.fingerprint:
            QGuiApplication.clipboard().setText(self._view.fingerprint)
            self.copied.emit(self._view.name)

    def _ask_back(self) -> None:
        if self._view is not None:
            self.reverting.emit(self._view.name)

    def _value(self, text: str) -> QLabel:
        value = label(self._theme, text)
        value.setWordWrap(True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return value


def fields(view: CertificateView) -> list[tuple[str, str]]:
    """Everything that is known of a certificate, with its titles."""
    if not view.fingerprint:
        return [(tr("Used by"), used_text(view))]
    signed = view.kind is CertificateKind.AUTHORITY
    alone = signed or view.kind is CertificateKind.SELF_SIGNED
    known = [
        (tr("Kind"), kind_text(view.kind)),
        (tr("For names"), ", ".join(view.names)),
        (tr("Valid"), _validity(view)),
        (tr("Has signed") if signed else tr("Used by"), used_text(view)),
        (tr("Issued by"), tr("Itself") if alone else view.issuer),
        (tr("Chain"), " › ".join(view.chain) if len(view.chain) > 1 else ""),
        (tr("Files"), "\n".join(dict.fromkeys(view.files))),
        (tr("Key"), view.key),
        (tr("Fingerprint"), view.fingerprint),
    ]
    return [(title, text) for title, text in known if text]


def _validity(view: CertificateView) -> str:
    text = tr("{begin} to {end} ({left})").format(
        begin=date(view.not_before),
        end=date(view.not_after),
        left=days_text(view.not_after, time.time()),
    )
    return text + tr(", renews itself 30 days before") if view.renews else text


def _note(view: CertificateView) -> Note | None:
    if view.problem:
        return Note("", "problem", view.problem)
    return Note("", "attention", view.warning) if view.warning else None
