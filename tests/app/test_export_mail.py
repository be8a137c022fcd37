"""Exporting in the window: all mail of an account in new files, and nothing else touched."""

from __future__ import annotations

import io
import mailbox
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.panels.export_mail import ExportMail, export_formats
from app.panels.messages import MessagesWindow
from server_core.ingress import EXPORT_FORMATS
from server_core.store.backend import Incoming, MessageReader
from server_core.store.file_store import FileStore
from tests.app.desk import PATIENCE, Desk, child, click, nameless, working_desk

ANN = "ann@example.com"
NAME = "messages.export_dialog"


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        await ready.service.add_account("ann", "correct horse")
        mail = [f"Subject: {subject}\r\n\r\nHi\r\n".encode() for subject in ("one", "two")]
        await ready.service.deliver("ann", [Incoming(io.BytesIO(text)) for text in mail])
        yield ready


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[QWidget]:
    parent = QWidget()
    qtbot.addWidget(parent)
    yield parent


@pytest.fixture
async def dialog(desk: Desk, page: QWidget, tmp_path: Path) -> ExportMail:
    """Opened from the messages, with a folder of its own to write to."""
    window = MessagesWindow(desk.services, ANN, page)
    window.show()
    await desk.until(child(window, QPushButton, "messages.export").isEnabled)
    click(window, "messages.export")
    made = await desk.dialog(ExportMail)
    (tmp_path / "out").mkdir()
    field(made, "folder").setText(str(tmp_path / "out"))
    field(made, "name").setText("ann")
    return made


def field(dialog: ExportMail, name: str) -> QLineEdit:
    return child(dialog, QLineEdit, f"messages.export_{name}")


def choose_format(dialog: ExportMail, kind: str) -> None:
    formats = child(dialog, QComboBox, "messages.export_format")
    formats.setCurrentIndex(formats.findData(kind))


async def exported(desk: Desk, dialog: ExportMail) -> str:
    """Press Export and wait; the sentence at the end."""
    click(dialog, f"{NAME}.action")
    await desk.until(dialog.outcome.isVisible)
    return dialog.outcome.accessibleName()


async def test_each_message_becomes_a_file_and_the_folder_can_be_opened(
    desk: Desk, dialog: ExportMail, tmp_path: Path
) -> None:
    opened: list[QUrl] = []
    dialog.open_url = opened.append
    folder = tmp_path / "out" / "ann"
    assert str(folder) in child(dialog, QLabel, "messages.export_path").text()
    assert await exported(desk, dialog) == f"2 messages were exported to {folder}."
    assert (folder / "00001.eml").read_bytes() == b"Subject: one\r\n\r\nHi\r\n"
    assert len([*folder.glob("*.eml")]) == 2
    click(dialog, f"{NAME}.outcome.action")
    assert opened == [QUrl.fromLocalFile(str(folder))]
    assert nameless(dialog) == [] and not desk.failures


async def test_one_file_holds_all_messages_and_the_next_time_begins_in_that_folder(
    desk: Desk, dialog: ExportMail, page: QWidget, tmp_path: Path
) -> None:
    opened: list[QUrl] = []
    dialog.open_url = opened.append
    choose_format(dialog, "mbox")
    file = tmp_path / "out" / "ann.mbox"
    assert await exported(desk, dialog) == f"2 messages were exported to {file}."
    with closing(mailbox.mbox(file, create=False)) as messages:
        assert [message["Subject"] for message in messages] == ["one", "two"]
    click(dialog, f"{NAME}.outcome.action")
    assert opened == [QUrl.fromLocalFile(str(tmp_path / "out"))]
    assert field(ExportMail(desk.services, ANN, page), "folder").text() == str(tmp_path / "out")


async def test_what_is_there_is_never_overwritten(
    desk: Desk, dialog: ExportMail, tmp_path: Path
) -> None:
    choose_format(dialog, "mbox")
    there = tmp_path / "out" / "ann.mbox"
    there.write_text("precious")
    click(dialog, f"{NAME}.action")
    await desk.until(dialog.message.text)
    assert dialog.message.text() == f"{there} exists already; choose a new name."
    assert there.read_text() == "precious"
    field(dialog, "name").setText("ann 2")
    assert (await exported(desk, dialog)).startswith("2 messages were exported ")
    assert not dialog.message.isVisible()


async def test_one_that_is_stopped_leaves_nothing_and_asks_again(
    desk: Desk, dialog: ExportMail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, go_on = FileStore.message, threading.Event()

    def message(store: FileStore, box: str, uid: int) -> MessageReader:
        assert go_on.wait(PATIENCE)
        return really(store, box, uid)

    monkeypatch.setattr(FileStore, "message", message)
    click(dialog, f"{NAME}.action")
    stop = child(dialog, QPushButton, f"{NAME}.cancel")
    await desk.until(lambda: stop.text() == "Stop")
    click(dialog, f"{NAME}.cancel")
    go_on.set()
    await desk.until(dialog.message.text)
    assert dialog.message.text() == "The export was stopped, and what it had written is removed."
    assert [*(tmp_path / "out").iterdir()] == []
    assert stop.text() == "Cancel"
    assert (await exported(desk, dialog)).startswith("2 messages were exported ")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("folder", "Documents", "Write the whole path of the folder, from the top."),
        ("name", " ", 'Type a name without any of < > : " / \\ | ? *'),
        ("name", "../ann", 'Type a name without any of < > : " / \\ | ? *'),
    ],
)
async def test_where_to_has_to_be_clear(
    dialog: ExportMail, tmp_path: Path, name: str, text: str, told: str
) -> None:
    field(dialog, name).setText(text)
    click(dialog, f"{NAME}.action")
    assert dialog.message.text() == told
    assert [*(tmp_path / "out").iterdir()] == []


async def test_the_folder_is_chosen(desk: Desk, dialog: ExportMail, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    click(dialog, "messages.choose_export")
    chooser = await desk.dialog(QFileDialog)
    chooser.setDirectory(str(tmp_path))
    child(chooser, QLineEdit, "fileNameEdit").setText("elsewhere")
    chooser.accept()
    await desk.until(lambda: field(dialog, "folder").text() == str(tmp_path / "elsewhere"))
    assert (await exported(desk, dialog)).endswith(f"{tmp_path / 'elsewhere' / 'ann'}.")


def test_what_can_be_chosen_can_be_written() -> None:
    assert set(export_formats()) <= set(EXPORT_FORMATS)
