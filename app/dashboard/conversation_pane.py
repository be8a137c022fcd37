"""What client and server said in a session: live, to be searched, copied and saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QFont,
    QGuiApplication,
    QKeySequence,
    QShortcut,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPlainTextEdit, QWidget

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.dashboard.session_conversation import MOST_LINES, Conversation, written
from app.dashboard.writing import write_and_tell
from app.look.parts import button, column, monospace, muted, row
from app.look.theme import Theme
from app.look.words import clock


class ConversationPane(QWidget):
    """Follows one conversation; what the person marked or scrolled to stays where it is."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._shown: Conversation | None = None
        self._count = 0
        self._note = muted(services.theme, kind="small")
        self._note.setObjectName("sessions.conversation_note")
        self._note.setWordWrap(True)
        self.text = QPlainTextEdit()
        self.text.setObjectName("sessions.conversation")
        self.text.setAccessibleName(self.tr("Conversation"))
        self.text.setReadOnly(True)
        self.text.setFont(_small(monospace(services.theme), services.theme))
        self.text.setMaximumBlockCount(MOST_LINES)
        self.text.setTabChangesFocus(True)
        self.words = QLineEdit()
        self.words.setObjectName("sessions.find")
        self.words.setAccessibleName(self.tr("Find in the conversation"))
        self.words.setPlaceholderText(self.tr("Find"))
        self.words.setClearButtonEnabled(True)
        self._copy = button(self.tr("Copy"), "sessions.copy_conversation")
        self._save = button(self.tr("Save…"), "sessions.save_conversation")
        self._build()

    def show_conversation(self, known: Conversation | None, *, live: bool) -> None:
        """Show what is known of a session; ``live`` while it goes on."""
        if known is not self._shown:
            self._shown, self._count = known, 0
            self.text.clear()
        self._note.setText(self._told(known, live=live))
        if known is not None:
            self._follow(known)
        for tool in (self._copy, self._save, self.words):
            tool.setEnabled(known is not None)

    def transcript(self) -> str:
        """All lines that are kept."""
        return self.text.toPlainText()

    async def save(self, file: Path) -> None:
        """Write the transcript to a file."""
        text = self.transcript() + "\n"
        await write_and_tell(self._services, file, lambda: file.write_text(text, "utf-8"))

    def _build(self) -> None:
        line = row()
        line.addWidget(self.words, 1)
        line.addWidget(self._copy)
        line.addWidget(self._save)
        body = column(self, gap="s")
        body.addWidget(self._note)
        body.addWidget(self.text, 1)
        body.addLayout(line)
        self.words.textChanged.connect(lambda: self._find(again=False))
        self.words.returnPressed.connect(lambda: self._find(again=True))
        self._copy.clicked.connect(self._copy_text)
        self._save.clicked.connect(self._ask_where)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.FindNext), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(lambda: self._find(again=True))

    def _told(self, known: Conversation | None, *, live: bool) -> str:
        if known is None:
            return (
                self.tr("What is said from now on is shown here. Passwords are never kept.")
                if live
                else self.tr(
                    "Nothing was recorded of this session. To record the next one, capture its "
                    "account or address for a while."
                )
            )
        if known.whole and not known.lost:
            return ""
        earlier = self.tr("Earlier lines, before {time}, were not kept.")
        return earlier.format(time=clock(known.lines[0].time))

    def _follow(self, known: Conversation) -> None:
        total = known.lost + len(known.lines)
        fresh = known.lines[max(0, self._count - known.lost) :]
        self._count = total
        if not fresh:
            return
        bar = self.text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum()
        self.text.appendPlainText("\n".join(map(written, fresh)))
        if at_end:
            bar.setValue(bar.maximum())

    def _find(self, *, again: bool) -> None:
        wanted = self.words.text()
        cursor = self.text.textCursor()
        if not again:
            cursor.setPosition(cursor.selectionStart())
            self.text.setTextCursor(cursor)
        found = not wanted or self.text.find(wanted)
        if not found:
            # From the top once more.
            cursor.movePosition(QTextCursor.MoveOperation.Start)
            self.text.setTextCursor(cursor)
            found = self.text.find(wanted, QTextDocument.FindFlag(0))
        self.words.setProperty("state", "" if found else "problem")
        self.words.style().unpolish(self.words)
        self.words.style().polish(self.words)

    def _copy_text(self) -> None:
        chosen = self.text.textCursor().selection().toPlainText()
        QGuiApplication.clipboard().setText(chosen or self.transcript())
        self._services.window.say(self.tr("Copied."))

    def _ask_where(self) -> None:
        dialog = QFileDialog(self.window(), self.tr("Save the conversation"))
        dialog.setObjectName("sessions.file")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Text (*.txt)"))
        dialog.setDefaultSuffix("txt")
        dialog.fileSelected.connect(lambda name: self._services.tasks.start(self.save(Path(name))))
        self._services.tasks.start(ask(dialog))


def _small(font: QFont, theme: Theme) -> QFont:
    font.setPointSizeF(theme.font("small").pointSizeF())
    return font
