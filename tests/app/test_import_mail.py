"""Importing in the window: what lies in files comes into the mailbox, and what does not is told."""

from __future__ import annotations

import asyncio
import poplib
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.forms.drop_zone import DropZone
from app.look.parts import EmptyState
from app.look.words import octets
from app.panels.import_mail import ImportMail, import_formats
from app.panels.messages import MessagesWindow
from server_core.ingress import IMPORT_FORMATS, ImportReport, Progress
from server_core.store.backend import Incoming, StoredMessage, StoreFull
from server_core.store.file_store import FileStore
from tests.app.desk import PATIENCE, Desk, child, click, nameless, working_desk
from tests.corpus import as_served, corpus

ANN = "ann@example.com"
NAME = "messages.import_dialog"
MESSAGES = [
    corpus()[name] for name in ("ordinary", "dots", "latin-1", "utf-8", "multipart", "large")
]


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        await ready.service.add_account("ann", "correct horse")
        yield ready


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[QWidget]:
    parent = QWidget()
    qtbot.addWidget(parent)
    yield parent


@pytest.fixture
def dialog(desk: Desk, page: QWidget) -> ImportMail:
    made = ImportMail(desk.services, ANN, page)
    made.show()
    return made


def letters(folder: Path, texts: Iterable[bytes] = MESSAGES) -> list[Path]:
    folder.mkdir()
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"{number}.eml")
        files[-1].write_bytes(text)
    return files


def mbox(path: Path, messages: int) -> Path:
    text = "".join(
        f"From ben@example.com Mon Jan  5 09:00:00 2026\nSubject: {number}\n\nHi\n\n"
        for number in range(messages)
    )
    path.write_text(text)
    return path


def dropped(zone: QWidget, paths: Iterable[Path]) -> None:
    """What a file manager does."""
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(5, 5), action, carried, left, keys)
    QApplication.sendEvent(zone, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(zone, QDropEvent(QPointF(5, 5), action, carried, left, keys))


async def imported(desk: Desk, dialog: ImportMail) -> str:
    """Press Import and wait; the sentence at the end."""
    click(dialog, f"{NAME}.action")
    await desk.until(dialog.outcome.isVisible)
    return dialog.outcome.accessibleName()


def left_out(dialog: ImportMail) -> list[str]:
    click(dialog, "messages.copy_left_out")
    return QApplication.clipboard().text().splitlines()


async def octets_served(desk: Desk) -> list[bytes]:
    def fetch(client: poplib.POP3) -> list[bytes]:
        got = [client.retr(number)[1] for number in range(1, client.stat()[0] + 1)]
        client.quit()
        return [b"".join(line + b"\r\n" for line in lines) for lines in got]

    return await asyncio.to_thread(fetch, await desk.sign_in("ann", "correct horse"))


async def test_an_empty_mailbox_is_filled_by_dropping_a_folder(
    desk: Desk, page: QWidget, tmp_path: Path
) -> None:
    letters(tmp_path / "old mail")
    window = MessagesWindow(desk.services, ANN, page)
    window.show()
    empty = child(window, EmptyState, "messages.empty")
    await desk.until(empty.isVisible)
    click(window, "messages.empty.action")
    dialog = await desk.dialog(ImportMail)
    assert dialog.windowTitle() == f"Import mail into {ANN}" and not dialog.isModal()
    dropped(child(dialog, DropZone, "messages.drop"), [tmp_path / "old mail"])
    size = octets(sum(len(as_served(text)) for text in MESSAGES))
    assert await imported(desk, dialog) == f"6 messages were imported, {size}."
    assert not child(dialog, QWidget, "messages.left_out").isVisible()
    await desk.until(lambda: window.model.rowCount() == len(MESSAGES))
    assert await octets_served(desk) == [as_served(text) for text in MESSAGES]
    click(dialog, f"{NAME}.cancel")
    assert not dialog.isVisible() and not desk.failures


async def test_what_was_left_out_is_told_with_the_reason_and_can_be_copied(
    desk: Desk, dialog: ImportMail, tmp_path: Path
) -> None:
    folder = tmp_path / "mail"
    letters(folder, MESSAGES[:3])
    (folder / "empty.eml").touch()
    (folder / "list.txt").write_text("milk, bread\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    dialog.take_paths([folder, mbox(tmp_path / "inbox", 2), tmp_path / "picture.png"])
    assert (await imported(desk, dialog)).startswith("5 of 8 messages were imported, ")
    assert left_out(dialog) == [
        "mail: empty.eml\tIt is empty.",
        "mail: list.txt\tIt does not look like a message.",
        "picture.png\tpicture.png is neither a message nor an mbox file.",
    ]
    assert nameless(dialog) == []


async def test_an_import_says_that_it_runs_and_cannot_be_begun_twice(
    desk: Desk, dialog: ImportMail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, begun = asyncio.Event(), 0
    really = desk.service.import_mail

    async def slowly(account: str, path: Path, kind: str, progress: Progress) -> ImportReport:
        nonlocal begun
        begun += 1
        await go_on.wait()
        return await really(account, path, kind, progress)

    monkeypatch.setattr(desk.service, "import_mail", slowly)
    dialog.take_paths(letters(tmp_path / "mail", MESSAGES[:2]))
    click(dialog, f"{NAME}.action")
    doing = child(dialog, QLabel, f"{NAME}.doing")
    await desk.until(doing.isVisible)
    assert doing.text() == "Importing 0.eml, 1 of 2…"
    assert child(dialog, QProgressBar, f"{NAME}.progress").maximum() == 2_000
    assert not child(dialog, QPushButton, f"{NAME}.action").isEnabled()
    assert not child(dialog, DropZone, "messages.drop").isEnabled()
    dialog.reject()
    dialog.close()
    assert dialog.isVisible() and begun == 1
    go_on.set()
    await desk.until(dialog.outcome.isVisible)
    assert not doing.isVisible() and len(await desk.service.messages("ann")) == 2


async def test_stop_keeps_what_came_and_tells_what_did_not(
    desk: Desk, dialog: ImportMail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, deliveries, go_on = FileStore.deliver, 0, threading.Event()

    def deliver(store: FileStore, box: str, messages: Iterable[Incoming]) -> list[StoredMessage]:
        nonlocal deliveries
        deliveries += 1
        if deliveries == 2:
            assert go_on.wait(PATIENCE)
        return really(store, box, messages)

    monkeypatch.setattr(FileStore, "deliver", deliver)
    dialog.take_paths([mbox(tmp_path / "first", 700), mbox(tmp_path / "second", 1)])
    click(dialog, f"{NAME}.action")
    bar, stop = child(dialog, QProgressBar, f"{NAME}.progress"), f"{NAME}.cancel"
    await desk.until(lambda: bar.value() > 0)
    assert bar.value() == pytest.approx(1_000 * 256 / 700, abs=2) and bar.maximum() == 2_000
    assert child(dialog, QPushButton, stop).text() == "Stop" and nameless(dialog) == []
    click(dialog, stop)
    assert child(dialog, QLabel, f"{NAME}.doing").text() == "Stopping…"
    assert not child(dialog, QPushButton, stop).isEnabled()
    go_on.set()
    await desk.until(dialog.outcome.isVisible)
    there = await desk.service.messages("ann")
    size = octets(sum(message.octets for message in there))
    told = f"512 messages were imported, {size}. Then you stopped it."
    assert (len(there), dialog.outcome.accessibleName()) == (512, told)
    assert left_out(dialog) == [
        "first\tOnly 512 messages came. Delete them before the next try.",
        "second\tNot imported.",
    ]
    assert child(dialog, QPushButton, stop).text() == "Close"


async def test_one_dialog_for_an_account_serves_all_who_ask(desk: Desk, page: QWidget) -> None:
    window = MessagesWindow(desk.services, ANN, page)
    window.show()
    click(window, "messages.import")
    click(window, "messages.import")
    first = await desk.dialog(ImportMail)
    assert page.findChildren(ImportMail) == [first]
    first.reject()
    click(window, "messages.import")
    assert (await desk.dialog(ImportMail)) is not first
    window.reject()
    assert (await desk.dialog(ImportMail)).isVisible()


async def test_nothing_found_says_what_to_do_and_asks_again(
    desk: Desk, dialog: ImportMail, tmp_path: Path
) -> None:
    click(dialog, f"{NAME}.action")
    assert dialog.message.text() == "Choose files or a folder, or drop them here."
    dialog.take_paths([mbox(tmp_path / "inbox", 2)])
    assert not dialog.message.text()
    formats = child(dialog, QComboBox, "messages.import_format")
    formats.setCurrentIndex(formats.findData("maildir"))
    assert await imported(desk, dialog) == (
        "Nothing was imported. Choose other files, or say which format they have."
    )
    assert "is not a Maildir" in left_out(dialog)[0]
    click(dialog, f"{NAME}.outcome.action")
    assert not dialog.outcome.isVisible() and formats.isVisible()
    formats.setCurrentIndex(formats.findData("auto"))
    assert (await imported(desk, dialog)).startswith("2 messages were imported, ")


async def test_what_came_before_the_disk_was_full_is_told(
    desk: Desk, dialog: ImportMail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, room = FileStore.deliver, 300

    def deliver(store: FileStore, box: str, messages: Iterable[Incoming]) -> list[StoredMessage]:
        nonlocal room
        waiting = list(messages)
        fitting, room = waiting[:room], room - len(waiting)
        stored = really(store, box, fitting)
        if room < 0:
            room = 300  # again, for what nobody should try any more
            full = StoreFull("The message cannot be stored: no room left on the disk.")
            full.delivered = tuple(stored)
            raise full
        return stored

    monkeypatch.setattr(FileStore, "deliver", deliver)
    first, second = mbox(tmp_path / "first", 10), mbox(tmp_path / "second", 300)
    dialog.take_paths([first, second, mbox(tmp_path / "third", 1)])
    told = await imported(desk, dialog)
    there = await desk.service.messages("ann")
    assert len(there) == 300
    size = octets(sum(message.octets for message in there))
    assert told == (
        f"300 messages were imported, {size}. Then it stopped: The message cannot be stored: "
        "no room left on the disk. Import the rest once that is mended."
    )
    assert left_out(dialog) == [
        "second\tOnly 290 messages came. Delete them before the next try.",
        "third\tNot imported.",
    ]


async def test_a_server_that_is_stopped_takes_nothing_and_says_so(
    desk: Desk, dialog: ImportMail, tmp_path: Path
) -> None:
    dialog.take_paths([mbox(tmp_path / "inbox", 2)])
    await desk.service.stop(grace=0)
    told = await imported(desk, dialog)
    assert told == "Nothing was imported. The server is stopped. Try again once that is mended."


async def test_files_and_folders_are_chosen_too(
    desk: Desk, dialog: ImportMail, tmp_path: Path
) -> None:
    files = letters(tmp_path / "mail")
    click(dialog, "messages.choose_files")
    chooser = await desk.dialog(QFileDialog)
    assert chooser.fileMode() is QFileDialog.FileMode.ExistingFiles
    chooser.setDirectory(str(tmp_path / "mail"))
    child(chooser, QLineEdit, "fileNameEdit").setText(" ".join(f'"{file.name}"' for file in files))
    chooser.accept()
    told = child(dialog, QLabel, "messages.drop.text")
    await desk.until(lambda: told.text() == "0.eml, 1.eml, 2.eml, 3.eml and 2 more")
    click(dialog, "messages.choose_folder")
    chooser = await desk.dialog(QFileDialog)
    assert chooser.fileMode() is QFileDialog.FileMode.Directory
    chooser.setDirectory(str(tmp_path))
    child(chooser, QLineEdit, "fileNameEdit").setText("mail")
    chooser.accept()
    await desk.until(lambda: told.text() == "mail")
    assert (await imported(desk, dialog)).startswith("6 messages were imported, ")


def test_every_format_has_words() -> None:
    words = import_formats()
    assert set(words) == set(IMPORT_FORMATS) and len(set(words.values())) == len(IMPORT_FORMATS)
