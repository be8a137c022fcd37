"""The rows of the Sessions page: calm while somebody looks, looked up, and written to files."""

from __future__ import annotations

import asyncio
import itertools
import json
import poplib
from collections.abc import Callable, Hashable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.dashboard.session_lookups import MOST_ASKED, Lookup
from app.dashboard.session_summary import hint_of
from app.look.tables import TableView
from server_core.events.session_views import SessionFacts
from server_core.events.views import SessionView
from tests.app.desk import child, working_desk
from tests.app.test_refused import can_be, knock
from tests.app.test_sessions import PASSWORD, Stage, stage

SESSION = 13


async def test_rows_that_fit_the_filter_are_written_to_a_file(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        at.page.show_target("account:ann@example.com")
        await at.desk.until(lambda: at.users() == ["ann@example.com"])
        action = next(a for a in at.table.actions() if a.text() == "Export all rows shown…")
        action.trigger()
        dialog = await at.desk.dialog(QFileDialog)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        file = tmp_path / "rows.jsonl"
        dialog.selectFile(str(file))
        dialog.accept()
        await at.desk.until(lambda: "Written to rows.jsonl." in at.desk.said)
        (row,) = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        assert (row["Account"], row["State"]) == ("ann@example.com", "Reading mail")
        assert "Cipher" not in row
        at.page.show_target("refused")
        export = next(a for a in at.page.actions() if a.text() == "Export all rows shown…")
        export.trigger()
        assert at.desk.said[-1] == "There are no rows to export."


def sessions(at: Stage) -> list[int]:
    """The numbers of the sessions shown, row by row."""
    model = at.table.model()
    return [int(model.index(row, SESSION).data()) for row in range(model.rowCount())]


def newest_first(at: Stage) -> list[int]:
    """Sort by the session's number from now on; gives those shown."""
    at.table.sortByColumn(SESSION, Qt.SortOrder.DescendingOrder)
    return sessions(at)


async def ended(at: Stage, count: int) -> None:
    await at.desk.until(lambda: len(at.desk.service.history()) == count)
    await at.desk.until(lambda: len(at.page.live.history.rows) == count)


def restless(at: Stage, count: int) -> Callable[[], bool]:
    """Whether so many rows are shown; every look at it moves the selection."""
    places = itertools.cycle([1, 0])

    def looked() -> bool:
        at.table.selectRow(next(places))
        return len(sessions(at)) == count

    return looked


async def signed_in_restlessly(at: Stage) -> poplib.POP3:
    """A third session, while the selection moves, until it is shown; however long that takes."""
    signing_in = asyncio.create_task(at.desk.sign_in("ann", PASSWORD))
    await at.desk.until(restless(at, 3))
    return await signing_in


async def test_no_row_moves_while_the_pointer_does(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        at.window.activateWindow()
        before = newest_first(at)
        places = itertools.cycle(range(10, 400))

        def pointed() -> bool:
            QTest.mouseMove(at.table.viewport(), QPoint(next(places), 20))
            return at.table.underMouse()

        await at.desk.until(pointed)
        signing_in = asyncio.create_task(at.desk.sign_in("ann", PASSWORD))
        await at.desk.until(lambda: pointed() and signing_in.done())
        at.ben.quit()
        await at.desk.until(lambda: pointed() and len(at.desk.service.history()) == 1)
        await at.desk.until(lambda: pointed() and len(sessions(at)) == 3)
        assert sessions(at)[:2] == before
        await at.desk.until(lambda: len(sessions(at)) == 2)
        assert sessions(at) == sorted(sessions(at), reverse=True)
        (await signing_in).close()


async def test_rows_stay_in_place_while_the_selection_moves(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        before = newest_first(at)
        new = await signed_in_restlessly(at)
        assert sessions(at)[:2] == before
        (chosen,) = at.page.chosen()
        await at.desk.until(lambda: sessions(at) == sorted(sessions(at), reverse=True))
        (still,) = at.page.chosen()
        assert isinstance(chosen, SessionView) and isinstance(still, SessionView)
        assert still.session == chosen.session
        new.close()


async def test_sorting_again_now_does_not_wait(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        newest_first(at)
        new = await signed_in_restlessly(at)
        assert sessions(at) != sorted(sessions(at), reverse=True)
        (columns,) = [a.menu() for a in at.table.actions() if a.text() == "Columns"]
        assert isinstance(columns, QMenu)
        columns.actions()[0].trigger()
        assert sessions(at) == sorted(sessions(at), reverse=True)
        new.close()


async def many_ended(at: Stage) -> None:
    """Thirty sessions come and go."""
    for _ in range(30):
        (await at.desk.sign_in("ann", PASSWORD)).quit()
    await ended(at, 30)


async def many_refused(at: Stage) -> None:
    """Connections from thirty addresses are refused."""
    at.desk.services.keeper.set("pop3.access.otherwise", "deny")
    await at.desk.services.keeper.apply()
    for n in range(30):
        await knock(at.desk, f"127.0.0.{n + 10}")


async def test_no_row_moves_while_somebody_scrolls(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        await many_ended(at)
        at.window.open_page("sessions", "history")
        table = child(at.page, TableView, "sessions.history")
        await at.desk.until(lambda: table.model().rowCount() == 30)
        first, places = table.table_of([0]).rows, itertools.cycle([5, 6])

        def scrolled() -> int:
            table.verticalScrollBar().setValue(next(places))
            return table.model().rowCount()

        at.ben.quit()
        await at.desk.until(lambda: scrolled() == 31)
        assert table.table_of([0]).rows == first
        await at.desk.until(lambda: table.table_of([1]).rows == first)


@pytest.mark.parametrize("name", ["history", "refused"])
async def test_leaving_loses_nothing_of_a_list_though_rows_come_meanwhile(
    qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    if not await can_be("127.0.0.10"):
        pytest.skip("this system has a single loopback address")
    async with stage(tmp_path) as at:
        await (many_ended if name == "history" else many_refused)(at)
        at.window.open_page("sessions", name)
        table = child(at.page, TableView, f"sessions.{name}")
        words = child(at.page, QLineEdit, "sessions.filter")
        words.setText("127.0")
        await at.desk.until(lambda: table.model().rowCount() == 30)
        table.selectRow(20)
        bar = table.verticalScrollBar()
        bar.setValue(9)
        top, chosen = table.table_of([9]).rows, at.page.chosen()
        at.window.open_page("dashboard")
        if name == "history":
            at.ben.quit()
        else:
            await knock(at.desk, "127.0.0.9")
        at.window.open_page("sessions")
        await at.desk.until(lambda: table.model().rowCount() == 31)
        await at.desk.until(lambda: bar.value() == 10)
        assert table.table_of([10]).rows == top
        assert at.page.chosen() == chosen and len(chosen) == 1
        assert words.text() == "127.0"


def column_named(table: TableView, title: str) -> int:
    """The section under this heading."""
    model = table.model()
    titles = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    return titles.index(title)


def shown_in(table: TableView, column: int) -> list[str]:
    """The texts of a column, after they were painted."""
    table.viewport().repaint()
    model = table.model()
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


async def test_names_of_addresses_are_asked_for_only_while_their_column_is_shown(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        service, table = at.desk.service, child(at.page, TableView, "sessions.now")
        column = column_named(table, "Name of the address")
        assert shown_in(table, column) == ["", ""] and service.known_name("127.0.0.1") is None
        table.show_column(column, shown=True)
        assert shown_in(table, column) == ["…", "…"]
        await at.desk.until(lambda: service.known_name("127.0.0.1") is not None)
        assert set(shown_in(table, column)) == {service.known_name("127.0.0.1") or "–"}
        header = table.horizontalHeader()
        assert header.visualIndex(column) == header.visualIndex(column_named(table, "Address")) + 1


async def test_what_a_client_tells_of_itself_is_a_column(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        at.ann.sock.sendall(b"LANG de\r\n")
        assert at.ann.file.readline().startswith(b"+OK")
        table = child(at.page, TableView, "sessions.now")
        column = column_named(table, "Client hint")
        assert shown_in(table, column) == ["", ""]
        table.show_column(column, shown=True)
        wanted = {"ann@example.com": "wants replies in Deutsch", "ben@example.com": "–"}
        await at.desk.until(lambda: "…" not in shown_in(table, column))
        assert dict(zip(at.users(), shown_in(table, column), strict=True)) == wanted


@pytest.mark.parametrize(
    ("cipher", "asked_for", "hint"),
    [
        ("", "", ""),
        ("TLS_AES_128_GCM_SHA256", "mail.example.com", "connects to mail.example.com"),
        ("TLS_AES_128_GCM_SHA256", "", "gives no server name"),
    ],
)
def test_a_client_is_known_by_the_name_it_connects_to(
    cipher: str, asked_for: str, hint: str
) -> None:
    facts = SessionFacts(1, "", (), 0, 0, 0, 0, cipher=cipher, asked_for=asked_for)
    assert hint_of(facts) == hint


async def test_only_so_many_lookups_are_begun_at_a_time(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk:
        known: dict[Hashable, str] = {}
        go_on = asyncio.Event()

        async def ask(key: Hashable) -> None:
            await go_on.wait()
            known[key] = f"name {key}"

        lookup = Lookup(desk.services, known.get, ask, desk.services.tasks)
        assert {lookup.of(key, ask=True) for key in range(MOST_ASKED + 1)} == {"…"}
        go_on.set()
        await desk.until(lambda: len(known) == MOST_ASKED)
        assert lookup.of(MOST_ASKED - 1, ask=True) == f"name {MOST_ASKED - 1}"
        assert lookup.of(MOST_ASKED, ask=False) == ""
        lookup.of(MOST_ASKED, ask=True)
        await desk.until(lambda: MOST_ASKED in known)


async def test_refused_connections_are_not_grouped_by_account_and_the_others_still_are(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        group = child(at.page, QComboBox, "sessions.group")
        group.setCurrentIndex(1)
        at.page.show_target("refused")
        assert group.currentText() == "Not grouped"
        group.setCurrentIndex(0)
        at.page.show_target("now")
        assert group.currentText() == "By account"


async def test_escape_empties_the_filter_and_then_leaves_it(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        at.window.activateWindow()
        await at.desk.until(at.window.isActiveWindow)
        at.page.focus_filter()
        words = child(at.page, QLineEdit, "sessions.filter")
        QTest.keyClicks(words, "ann")
        assert at.users() == ["ann@example.com"]
        QTest.keyClick(words, Qt.Key.Key_Escape)
        assert len(at.users()) == 2 and words.hasFocus()
        QTest.keyClick(words, Qt.Key.Key_Escape)
        assert at.table.hasFocus()


async def test_return_opens_the_details_of_any_row(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        at.desk.services.keeper.set("pop3.access.otherwise", "deny")
        await at.desk.services.keeper.apply()
        await knock(at.desk, "127.0.0.1")
        for name in ("now", "refused"):
            at.page.show_target(name)
            table = child(at.page, TableView, f"sessions.{name}")
            await at.desk.until(table.model().rowCount)
            table.selectRow(0)
            details = child(at.page, QWidget, "sessions.details")
            child(at.page, QToolButton, "sessions.close_details").click()
            assert not details.isVisible()
            table.setFocus()
            QTest.keyClick(table, Qt.Key.Key_Return)
            assert details.isVisible()
