"""The Listeners page in a test: opened over a desk, read and switched by row."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.panels.listeners import ListenersPage
from tests.app.desk import Desk

STATE, NAME, ADDRESS, PORT, SECURITY, CERTIFICATE, SESSIONS, NEW, REFUSED, ENABLED = range(10)


def opened(desk: Desk, qtbot: QtBot) -> ListenersPage:
    page = ListenersPage(desk.services)
    QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    return page


def shown(page: ListenersPage, row: int, column: int) -> str:
    return str(page.model.index(row, column).data())


def toggle(page: ListenersPage, row: int, *, on: bool) -> None:
    state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
    page.model.setData(page.model.index(row, ENABLED), state, Qt.ItemDataRole.CheckStateRole)
