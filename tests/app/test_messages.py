"""The messages window: what lies in a mailbox, as it comes and goes."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.look.parts import EmptyState
from app.panels.messages import MessagesWindow
from server_core.store.backend import Incoming
from tests.app.desk import Desk, child, click, working_desk

PASSWORD = "correct horse"
NUMBER, STATE, FROM, SUBJECT = range(4)


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        await ready.service.add_account("ann", PASSWORD)
        yield ready


def mail(subject: str) -> Incoming:
    return Incoming(io.BytesIO(f"From: Ben\r\nSubject: {subject}\r\n\r\nHi\r\n".encode()))


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[QWidget]:
    parent = QWidget()
    qtbot.addWidget(parent)
    yield parent


def opened(desk: Desk, page: QWidget) -> MessagesWindow:
    window = MessagesWindow(desk.services, "ann@example.com", page)
    QAbstractItemModelTester(
        window.model, QAbstractItemModelTester.FailureReportingMode.Fatal, window
    )
    window.show()
    return window


def column(window: MessagesWindow, number: int) -> list[str]:
    return [str(window.model.index(r, number).data()) for r in range(window.model.rowCount())]


async def test_messages_appear_as_they_are_delivered_and_read(desk: Desk, page: QWidget) -> None:
    window = opened(desk, page)
    empty = child(window, EmptyState, "messages.empty")
    await desk.until(empty.isVisible)
    assert empty.accessibleName() == "This mailbox is empty."
    await desk.service.deliver("ann", [mail("one"), mail("two")])
    await desk.until(lambda: column(window, SUBJECT) == ["one", "two"])
    assert column(window, FROM) == ["Ben", "Ben"] and column(window, STATE) == ["New", "New"]
    client = await desk.sign_in("ann", PASSWORD)
    client.retr(1)
    client.quit()
    await desk.until(lambda: column(window, STATE) == ["Seen", "New"])
    summary = child(window, QLabel, "messages.summary").text()
    assert summary.startswith("2 messages, ") and summary.endswith(" 1 new")


async def test_messages_are_deleted_after_asking(desk: Desk, page: QWidget) -> None:
    await desk.service.deliver("ann", [mail("one"), mail("two"), mail("three")])
    window = opened(desk, page)
    await desk.until(lambda: window.model.rowCount() == 3)
    window.table.selectRow(0)  # the newest is on top
    click(window, "messages.delete")
    box = await desk.dialog(QMessageBox)
    assert "Delete 1 message (" in box.text()
    click(box, "confirm.action")
    await desk.until(lambda: column(window, SUBJECT) == ["one", "two"])
    assert len(await desk.service.messages("ann")) == 2


async def test_messages_that_cannot_be_deleted_are_not_called_unreadable(
    desk: Desk, page: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise OSError("the disk is full")

    await desk.service.deliver("ann", [mail("one")])
    window = opened(desk, page)
    await desk.until(lambda: window.model.rowCount() == 1)
    monkeypatch.setattr(desk.service, "remove_messages", fail)
    window.table.selectRow(0)
    click(window, "messages.delete")
    click(await desk.dialog(QMessageBox), "confirm.action")
    failed = child(window, EmptyState, "messages.failed")
    await desk.until(failed.isVisible)
    assert failed.accessibleName() == "The messages could not be deleted: the disk is full"
    click(window, "messages.failed.action")
    await desk.until(window.table.isVisible)


async def test_a_window_may_be_closed_while_it_reads(desk: Desk, page: QWidget) -> None:
    window = opened(desk, page)
    window.reject()
    await desk.service.deliver("ann", [mail("one")])
    await desk.services.tasks.finish()
    assert desk.failures == []
