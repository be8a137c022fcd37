"""A mailbox as one session sees it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.look.parts import column, muted
from app.look.tables import Column, RowsModel, TableView
from app.look.theme import Theme
from app.look.words import number, octets
from server_core.events.session_views import MaildropEntry, MaildropView


def maildrop_columns() -> tuple[Column[MaildropEntry], ...]:
    """The columns of a maildrop."""
    tr = QCoreApplication.translate
    return (
        Column(tr("Sessions", "No."), lambda row: str(row.number), 52, number=True),
        Column(tr("Sessions", "Size"), lambda row: number(row.octets), 80, number=True),
        Column(tr("Sessions", "State"), _state, 112, mark=_mark),
        Column(tr("Sessions", "Unique id"), lambda row: row.unique_id, 96),
    )


def _state(row: MaildropEntry) -> str:
    tr = QCoreApplication.translate
    if row.gone:
        return tr("Sessions", "Removed")
    if row.marked:
        return tr("Sessions", "Marked")
    return tr("Sessions", "Seen") if row.seen else tr("Sessions", "New")


def _mark(row: MaildropEntry) -> tuple[str, str]:
    if row.gone:
        return "cross", "neutral"
    if row.marked:
        return "triangle", "attention"
    return ("dash", "neutral") if row.seen else ("circle", "info")


class MaildropPane(QWidget):
    """The messages of a session's snapshot, and what they come to."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._shown: MaildropView | None = None
        self.model: RowsModel[MaildropEntry] = RowsModel(maildrop_columns(), self)
        self._note = muted(theme, kind="small")
        self._note.setObjectName("sessions.maildrop_note")
        self._note.setWordWrap(True)
        title = self.tr("Mailbox as this session sees it")
        self._table = TableView(theme, "sessions.maildrop", title)
        self._table.show_model(self.model, self.model.columns)
        body = column(self, gap="s")
        body.addWidget(self._note)
        body.addWidget(self._table, 1)

    def show_maildrop(self, seen: MaildropView | None, *, live: bool, user: str) -> None:
        """Show a maildrop as it was seen last; selection and place stay while its size does."""
        self._note.setText(self._told(seen, live=live, user=user))
        self._table.setVisible(seen is not None)
        before, self._shown = self._shown, seen
        rows = list(seen.entries) if seen is not None else []
        if rows == self.model.rows:
            return
        same = before is not None and [e.unique_id for e in rows] == [
            e.unique_id for e in before.entries
        ]
        if same:
            self.model.rows = rows
            last = self.model.index(len(rows) - 1, len(self.model.columns) - 1)
            self.model.dataChanged.emit(self.model.index(0, 0), last)
            return
        self.model.beginResetModel()
        self.model.rows = rows
        self.model.endResetModel()

    def _told(self, seen: MaildropView | None, *, live: bool, user: str) -> str:
        if seen is None and not user:
            return self.tr("Nobody has signed in yet.") if live else self.tr("Nobody signed in.")
        if seen is None:
            return (
                self.tr("Looking …")
                if live
                else self.tr("What this session saw was not looked at while it was open.")
            )
        told = self.tr("{count} messages, {size}.").format(
            count=number(seen.count), size=octets(seen.octets)
        )
        if len(seen.entries) < seen.count:
            newest = self.tr("Shown are the newest {count}.")
            told += " " + newest.format(count=number(len(seen.entries)))
        gone = sum(entry.gone for entry in seen.entries)
        if gone:
            told += " " + self.tr("Removed meanwhile, and empty here: {count}.").format(
                count=number(gone)
            )
        return told if live else told + " " + self.tr("As it was seen last.")
