"""Importing mail from files into an account, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.forms.bound_form import sentence
from app.forms.drop_zone import DropZone, shortened
from app.forms.words import tr
from app.look.parts import button, column, label, muted
from app.look.row_formats import tab_separated
from app.look.tables import Column, RowsModel, TableView
from app.look.theme import Theme
from app.look.words import number, octets
from app.panels.accounts_table import messages_text
from app.panels.mail_work import MailWork
from server_core.events.types import printable
from server_core.ingress import ImportProblem, ImportReport, Skipped
from server_core.refusals import Refused

WIDTH = 680


def import_formats() -> dict[str, str]:
    """What mail may be kept in, in words; what hardly anybody needs comes last."""
    return {
        "auto": tr("Found out by itself"),
        "eml": tr("A file for each message (.eml)"),
        "mbox": tr("Many messages in one file (mbox)"),
        "maildir": tr("Maildir folder"),
        "maildir++": tr("Maildir folder with all folders in it"),
        "mboxo": tr("mbox with a > before “From ” lines (mboxo)"),
        "mboxrd": tr("mbox with one more > before “From ” lines (mboxrd)"),
        "mboxcl": tr("mbox with lengths, and > before “From ” lines (mboxcl)"),
        "mboxcl2": tr("mbox with lengths only (mboxcl2)"),
    }


@dataclass
class Outcome:
    """The reports of several imports added up; ``stopped`` says why there were no more.

    ``given_up``: because the person wanted no more.
    """

    found: int = 0
    delivered: int = 0
    octets: int = 0
    left_out: list[Skipped] = field(default_factory=list)
    stopped: str = ""
    given_up: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be imported."""
        return self.given_up or bool(self.stopped)

    def add(self, report: ImportReport, name: str, *, within: str = "") -> None:
        """The report on what has that name; ``within`` is told with each place in it."""
        self.found += report.found
        self.delivered += report.delivered
        self.octets += report.octets
        for skipped in report.skipped:
            where = skipped.where
            if within and where != within:
                where = f"{within}: {where}"
            self.leave_out(where, sentence(skipped.why))
        if report.stopped:
            self.given_up = True
            self.leave_out(name, _partly(report.delivered))

    def refuse(self, path: Path, refused: Refused) -> None:
        """Nothing could be had from a path, which is its own fault or that of the mailbox."""
        if isinstance(refused.__cause__, ImportProblem):
            self.found += 1
            self.leave_out(path.name, str(refused).replace(str(path), path.name))
            return
        # What a broken-off delivery did store is in the mailbox and stays there.
        came = getattr(refused.__cause__, "delivered", ())
        self.delivered += len(came)
        self.octets += sum(message.octets for message in came)
        self.stopped = sentence(str(refused))
        self.leave_out(path.name, _partly(len(came)))

    def leave_out(self, where: str, why: str) -> None:
        """Something that was not imported; names may hold anything."""
        self.left_out.append(Skipped(printable(where), printable(why)))

    def words(self) -> tuple[str, str]:
        """The state it leaves behind, and what came, as sentences."""
        if self.stopped:
            told = tr("{came} Then it stopped: {reason} Import the rest once that is mended.")
            if not self.delivered:
                told = tr("Nothing was imported. {reason} Try again once that is mended.")
            return "problem", told.format(came=self._came(), reason=self.stopped)
        if self.given_up:
            told = tr("{came} Then you stopped it.").format(came=self._came())
            return "attention", told if self.delivered else tr(
                "You stopped it. Nothing was imported."
            )
        if not self.delivered:
            told = tr("Nothing was imported. Choose other files, or say which format they have.")
            return "attention", told
        return "attention" if self.left_out else "ok", self._came()

    def _came(self) -> str:
        size = octets(self.octets)
        if self.is_over or not self.left_out:
            one, many = (
                tr("1 message was imported, {size}."),
                tr("{n} messages were imported, {size}."),
            )
        else:
            one = tr("1 of {found} messages was imported, {size}.")
            many = tr("{n} of {found} messages were imported, {size}.")
        told = one if self.delivered == 1 else many
        return told.format(n=number(self.delivered), found=number(self.found), size=size)


def _partly(came: int) -> str:
    if not came:
        return tr("Not imported.")
    told = tr("Only {messages} came. Delete them before the next try.")
    return told.format(messages=messages_text(came))


class LeftOut(QWidget):
    """A list of what was left out and why, for the clipboard too; hidden while it is empty."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        title = tr("What was left out")
        self.model: RowsModel[Skipped] = RowsModel(
            (
                Column(tr("Where"), lambda row: row.where, 180, tip=lambda row: row.where),
                Column(tr("Why"), lambda row: row.why, 440, tip=lambda row: row.why),
            )
        )
        self.table = TableView(theme, "messages.left_out", title)
        self.table.show_model(self.model, self.model.columns)
        copy = button(tr("Copy list"), "messages.copy_left_out")
        copy.setAutoDefault(False)
        copy.clicked.connect(self.copy)
        body = column(self, gap="s")
        body.addWidget(label(theme, title, bold=True))
        body.addWidget(self.table, 1)
        body.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_rows(())

    def show_rows(self, rows: Sequence[Skipped]) -> None:
        """Show these."""
        self.model.beginResetModel()
        self.model.rows = list(rows)
        self.model.endResetModel()
        self.setVisible(bool(rows))

    def copy(self) -> None:
        """Put the whole list on the clipboard, a line each."""
        rows = self.table.table_of(range(self.model.rowCount())).rows
        QGuiApplication.clipboard().setText(tab_separated(rows))


class ImportMail(MailWork):
    """Files or folders, chosen or dropped, whose mail goes into an account."""

    def __init__(self, services: Services, account: str, parent: QWidget) -> None:
        words = tr("Import mail into {name}").format(name=account), tr("Import")
        super().__init__(services, account, parent, name="messages.import_dialog", words=words)
        self._paths: list[Path] = []
        self._result = Outcome()
        hint = tr("Drop files with mail, or a folder of them, here, or")
        self._drop = DropZone(services.theme, "messages.drop", hint)
        self._drop.dropped.connect(self.take_paths)
        self._format = QComboBox()
        self._left_out = LeftOut(services.theme)
        self._build()
        self.resize(WIDTH, self.height())
        self._drop.setFocus()

    def take_paths(self, paths: Sequence[Path]) -> None:
        """Import these, once that is asked for."""
        self._paths = list(paths)
        self._drop.show_files(self._paths)
        self.tell("")
        self.action.setFocus()

    def problem(self) -> str:
        return "" if self._paths else tr("Choose files or a folder, or drop them here.")

    def what_is_cut_short(self) -> str:
        return tr(
            "Mail is being imported into {name}; only what came by then would be there."
        ).format(name=self.account)

    async def carry_out(self) -> None:
        result = self._result = Outcome()
        several = len(self._paths) > 1
        for done, path in enumerate(self._paths):
            result.given_up |= self.is_stopped
            if result.is_over:
                result.leave_out(path.name, tr("Not imported."))
                continue
            progress = self.begin(self._doing_with(path, done), done, len(self._paths))
            try:
                report = await self.services.service.import_mail(
                    self.account, path, self._format.currentData(), progress
                )
            except Refused as refused:
                result.refuse(path, refused)
            else:
                result.add(report, path.name, within=path.name if several else "")

    def accept(self) -> None:
        state, told = self._result.words()
        again = "" if self._result.delivered else tr("Choose again")
        self.outcome.tell(state, told, again)
        self._left_out.show_rows(self._result.left_out)
        super().accept()
        if again:
            self.outcome.action.setFocus()

    def ask_again(self) -> None:
        self._left_out.show_rows(())
        super().ask_again()

    def _doing_with(self, path: Path, done: int) -> str:
        total = len(self._paths)
        told = tr("Importing {file}, {n} of {total}…") if total > 1 else tr("Importing {file}…")
        return told.format(file=shortened(path.name), n=number(done + 1), total=number(total))

    async def _choose(self, title: str, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self, title)
        dialog.setObjectName("messages.choose_dialog")
        dialog.setFileMode(mode)
        if await ask(dialog) == QFileDialog.DialogCode.Accepted:
            self.take_paths([Path(name) for name in dialog.selectedFiles()])

    def _build(self) -> None:
        theme, start = self.services.theme, self.services.tasks.start
        modes = QFileDialog.FileMode
        files, folder = tr("Choose files…"), tr("Choose a folder…")
        for text, name, mode in (
            (files, "files", modes.ExistingFiles),
            (folder, "folder", modes.Directory),
        ):
            choose = self._drop.add_button(text, f"messages.choose_{name}")
            title = text.removesuffix("…")
            choose.clicked.connect(
                lambda _=False, title=title, mode=mode: start(self._choose(title, mode))
            )
        self.body.addWidget(self._drop)
        self.add_choice(tr("Format"), self._format, "messages.import_format", import_formats())
        told = tr("The files stay as they are. What is imported twice is there twice.")
        note = muted(theme, told)
        note.setWordWrap(True)
        self.body.addWidget(note)
        self.whole.addWidget(self._left_out)
        self.outcome.action.clicked.connect(self.ask_again)
