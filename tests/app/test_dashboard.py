"""The Dashboard over a real server: what needs a look, figures, listeners, cards, first steps."""

from __future__ import annotations

import asyncio
import poplib
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QPushButton, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from app.dashboard.arrange_dialog import ArrangeDialog
from app.dashboard.card_order import SETTING
from app.dashboard.chart_plot import ChartPlot
from app.dashboard.dashboard_page import DashboardPage
from app.dashboard.findings import findings_of
from app.dashboard.live import Live
from app.look.tables import TableView
from server_core.config.model import Listener, Security
from server_core.events.health import Finding as Check
from server_core.events.health import FindingState, HealthGroup
from server_core.events.views import Counters, ServerState, ServerStatus
from tests.app.desk import LOCAL, Desk, child, click, nameless, tab_order, working_desk

GRAVE = (FindingState.PROBLEM, FindingState.ATTENTION)
OFFICE = Listener(name="office", address="127.0.0.1:0", security=Security.STARTTLS)


@asynccontextmanager
async def dashboard_at(desk: Desk) -> AsyncIterator[DashboardPage]:
    """The page over a desk's server, shown and live."""
    live = Live(desk.services)
    page = another(desk, live)
    live.start()
    try:
        yield page
    finally:
        live.stop()


def another(desk: Desk, live: Live) -> DashboardPage:
    """The page as the window would make it anew."""
    page = DashboardPage(desk.services, live)
    page.resize(1000, 1800)
    page.show()
    QApplication.processEvents()
    return page


def went(desk: Desk) -> list[tuple[str, str]]:
    """Where the page asks the window to go, from here on."""
    places: list[tuple[str, str]] = []
    desk.services.window.going.connect(lambda page, target: places.append((page, target)))
    return places


def since(page: DashboardPage) -> QTabBar:
    """What the figures count; it stands beside the page's title."""
    tabs = page.title_buttons()[0]
    assert isinstance(tabs, QTabBar)
    return tabs


def figure(page: QWidget, name: str) -> str:
    """What a tile says."""
    return child(page, QPushButton, f"dashboard.{name}").accessibleName()


async def test_it_says_that_all_is_right_or_what_checks_found_when_they_are_asked_for(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, dashboard_at(desk) as page:
        checked = child(page, QLabel, "dashboard.checked")
        findings = child(page, QWidget, "dashboard.findings")
        await desk.until(lambda: checked.text() == "The checks have not run yet.")
        assert not findings.isVisible()
        click(page, "dashboard.check")
        await desk.until(findings.isVisible)
        assert checked.text() == "Last checked just now."
        grave = [check for check in desk.service.findings() if check.state in GRAVE]
        told = "\n".join(part.text() for part in findings.findChildren(QLabel))
        assert grave and all(check.sentence in told for check in grave)
        page._attention.show_findings((), time.time() - 130)
        assert checked.text() == "Everything looks right. Last checked 2 min ago."


def status_of(*problems: str) -> ServerStatus:
    """A server that has these problems."""
    return ServerStatus(
        state=ServerState.RUNNING,
        home="",
        name="",
        version="",
        revision=0,
        started=1.0,
        sessions=0,
        accounts=1,
        listeners=(),
        counters=Counters(),
        session_loop="",
        free_octets=0,
        problems=problems,
    )


def check_of(subject: str, sentence: str, *, page: str, target: str = "") -> Check:
    """What a check found and what needs a look."""
    return Check(
        id=f"some.{subject}",
        group=HealthGroup.STORAGE,
        what="Something",
        state=FindingState.ATTENTION,
        sentence=sentence,
        time=1.0,
        subject=subject,
        page=page,
        target=target,
    )


def test_what_the_server_says_is_not_said_again_by_a_check_of_before(qapp: QApplication) -> None:
    key = "the key cannot be read"
    status = status_of("log, files: No such folder; 125 entries wait", key)
    checks = (
        check_of("files", "No such folder; 124 entries wait.", page="logging"),
        check_of("", f"{key}.", page="auth", target="pop3.secrets.keep_for"),
        check_of("system log", "No such service; 3 entries wait.", page="logging"),
    )
    found = [(one.sentence, one.page, one.target) for one in findings_of(status, (), checks)]
    assert found == [
        ("Log, files: No such folder; 125 entries wait.", "logging", "files"),
        ("The key cannot be read.", "auth", "pop3.secrets.keep_for"),
        ("system log: No such service; 3 entries wait.", "logging", ""),
    ]


async def test_a_listener_that_failed_is_a_finding_with_the_way_to_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        phones = Listener(
            name="phones", address=f"127.0.0.1:{taken.getsockname()[1]}", security=Security.NONE
        )
        async with working_desk(tmp_path, [LOCAL, phones]) as desk, dashboard_at(desk) as page:
            places = went(desk)
            findings = child(page, QWidget, "dashboard.findings")
            await desk.until(findings.isVisible)
            words = " ".join(part.text() for part in findings.findChildren(QLabel))
            assert "Problem" in words and "phones" in words and "is used by" in words
            sentence = child(page, QLabel, "dashboard.state_sentence").text()
            assert sentence == "Mail is being served, but not on every listener."
            assert child(page, QPushButton, "dashboard.finding.0").text() == "Open Listeners"
            click(page, "dashboard.finding.0")
            assert places == [("listeners", "phones")]
    assert "Everything looks right" not in child(page, QLabel, "dashboard.checked").text()


async def test_figures_count_today_or_since_the_start_and_lead_to_their_pages(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path, [LOCAL, OFFICE]) as desk, dashboard_at(desk) as page:
        letter = tmp_path / "letter.eml"
        letter.write_bytes(b"Subject: hello\r\n\r\nhello\r\n")
        await desk.service.add_account("ann", "secret word")
        await desk.service.import_mail("ann@example.com", letter)
        places = went(desk)
        client = await desk.sign_in("ann", "secret word")
        await asyncio.to_thread(client.retr, 1)
        with pytest.raises(poplib.error_proto):
            await desk.sign_in("ann", "wrong word")
        await desk.until(lambda: figure(page, "sign_ins") == "Sign-ins: 1. Today: 1 failed")
        await desk.until(lambda: figure(page, "fetched").startswith("Messages fetched: 1. Today: "))
        assert figure(page, "sessions").startswith("Sessions now: 1 / 200. Today: ")
        assert figure(page, "refused") == "Connections refused: 0. Today: none"
        await desk.until(lambda: "1 messages" in figure(page, "stored"))
        await desk.until(lambda: figure(page, "certificate").endswith("Listener office"))
        assert "days left" in figure(page, "certificate")
        since(page).setCurrentIndex(1)
        assert figure(page, "sign_ins") == "Sign-ins: 1. Since start: 1 failed"
        for tile in ("sessions", "sign_ins", "fetched", "refused", "certificate", "uptime"):
            click(page, f"dashboard.{tile}")
        assert [place[0] for place in places] == [
            *("sessions", "log", "sessions", "sessions", "certs", "log"),
        ]
        assert [place[1] for place in places[:4]] == ["now", "sign-ins", "history", "refused"]
        client.close()


async def test_todays_numbers_go_on_after_a_restart(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, dashboard_at(desk) as page:
        await desk.service.add_account("ann", "secret word")
        for _ in range(3):
            await asyncio.to_thread((await desk.sign_in("ann", "secret word")).quit)
        await desk.until(lambda: desk.service.today().sign_ins == 3)
        await desk.service.stop(grace=1)
        await desk.service.start()
        await desk.until(lambda: figure(page, "sign_ins") == "Sign-ins: 3. Today: none failed")
        await asyncio.to_thread((await desk.sign_in("ann", "secret word")).quit)
        await desk.until(lambda: figure(page, "sign_ins") == "Sign-ins: 4. Today: none failed")
        since(page).setCurrentIndex(1)
        assert figure(page, "sign_ins") == "Sign-ins: 1. Since start: none failed"


async def test_what_figures_count_and_the_period_are_kept(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, dashboard_at(desk) as page:
        since(page).setCurrentIndex(1)
        child(page, QTabBar, "dashboard.period").setCurrentIndex(3)
        again = another(desk, page._live)
        assert since(again).currentIndex() == 1
        assert child(again, QTabBar, "dashboard.period").currentIndex() == 3


async def test_before_the_first_account_the_steps_stand_in_place_of_the_cards(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, dashboard_at(desk) as page:
        places = went(desk)
        setup = child(page, QWidget, "dashboard.setup")
        assert setup.isVisible() and not any(card.isVisible() for card in page.cards.values())
        told = [label.text() for label in setup.findChildren(QLabel)]
        (view,) = desk.service.listeners()
        server = f"the server 127.0.0.1, port {view.address.rpartition(':')[2]} (Not encrypted)"
        assert any(server in text for text in told), told
        assert all(above.isHidden() for above in page.title_buttons())
        click(page, "dashboard.add_account")
        click(page, "dashboard.setup.listener")
        click(page, "dashboard.setup.certificate")
        click(page, "dashboard.setup.try")
        assert places == [("accounts", "add"), ("listeners", ""), ("certs", ""), ("listeners", "")]
        await desk.service.add_account("ann", "secret word")
        await desk.until(lambda: all(card.isVisible() for card in page.cards.values()))
        assert not child(page, QPushButton, "dashboard.add_account").isVisible()
        tried = child(page, QPushButton, "dashboard.setup.try")
        assert tried.isVisible()
        await asyncio.to_thread((await desk.sign_in("ann", "secret word")).quit)
        await desk.until(lambda: not tried.isVisible())
        click(page, "dashboard.hide_setup")
        page._live.sample()
        assert not setup.isVisible()
        assert nameless(page) == []


async def test_cards_are_hidden_and_moved_and_stay_so(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, dashboard_at(desk) as page:
        await desk.service.add_account("ann", "secret word")
        await desk.until(page.cards["events"].isVisible)
        asking = asyncio.create_task(page.arrange())
        dialog = await desk.dialog(ArrangeDialog)
        cards = child(dialog, QListWidget, "arrange.cards")
        cards.item(2).setCheckState(Qt.CheckState.Unchecked)
        cards.setCurrentRow(4)
        click(dialog, "arrange.up")
        click(dialog, "arrange.use")
        await asking
        QApplication.processEvents()
        assert not page.cards["charts"].isVisible()
        assert page.cards["events"].y() < page.cards["sessions"].y()
        again = another(desk, page._live)
        QApplication.processEvents()
        assert again.cards["sessions"].isVisible() and not again.cards["charts"].isVisible()
        assert again.cards["events"].y() < again.cards["sessions"].y()


async def test_an_arrangement_of_cards_that_are_gone_does_no_harm(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, dashboard_at(desk) as page:
        desk.services.settings.setValue(SETTING, "events -weather -charts events")
        shown = [(place.card, place.shown) for place in page._places()]
        assert shown == [
            ("events", True),
            ("charts", False),
            ("figures", True),
            ("listeners", True),
            ("sessions", True),
        ]


async def test_a_listeners_chip_says_how_full_it_is_and_opens_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, dashboard_at(desk) as page:
        await desk.service.add_account("ann", "secret word")
        places = went(desk)
        client = await desk.sign_in("ann", "secret word")
        name = "dashboard.listener.local.open"
        await desk.until(lambda: page.findChild(QPushButton, name) is not None)
        await desk.until(
            lambda: "1 of 200 sessions" in child(page, QPushButton, name).accessibleName()
        )
        assert "Listening" in child(page, QPushButton, name).accessibleName()
        QTest.mouseClick(
            child(page, QWidget, "dashboard.listener.local"), Qt.MouseButton.LeftButton
        )
        assert places == [("listeners", "local")]
        client.close()


async def test_a_chart_tells_screen_readers_and_turns_into_a_table(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, dashboard_at(desk) as page:
        await desk.service.add_account("ann", "secret word")
        client = await desk.sign_in("ann", "secret word")
        plot = child(page, ChartPlot, "dashboard.chart.sign_ins")
        await desk.until(lambda: "succeeded 1, failed 0" in plot.accessibleDescription())
        sentence = child(page, QLabel, "dashboard.chart_sentence.sign_ins")
        assert sentence.text() == plot.accessibleDescription()
        assert plot.accessibleName() == "Sign-ins"
        click(page, "dashboard.chart_switch.sign_ins")
        table = child(page, TableView, "dashboard.chart_table.sign_ins")
        assert table.isVisible() and not plot.isVisible()
        column = [table.model().index(row, 1).data() for row in range(table.model().rowCount())]
        assert column.count("1") == 1 and set(column) <= {"0", "1"}
        card = next(card for card in page._charts.cards if card.plot is plot)
        card.copy_points("\t")
        copied = QGuiApplication.clipboard().text().splitlines()
        assert copied[0] == "Time\tSucceeded\tFailed" and len(copied) == len(column) + 1
        assert sum(line.endswith("\t1\t0") for line in copied) == 1
        client.close()


async def test_the_short_tables_stand_still_under_the_pointer(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, dashboard_at(desk) as page:
        await desk.service.add_account("ann", "secret word")
        places = went(desk)
        events = child(page, TableView, "dashboard.events")
        live = page._live
        await desk.until(lambda: live.latest_events.rows)
        shown = [c.title for n, c in enumerate(live.log.columns) if not events.isColumnHidden(n)]
        assert shown == ["Time", "Level", "Account", "Message"]
        point = QPointF(5, 5)
        QApplication.sendEvent(events.viewport(), QEnterEvent(point, point, point))
        before = list(live.latest_events.rows)
        client = await desk.sign_in("ann", "secret word")
        await desk.until(lambda: live.sessions.rows and live.sessions.rows[0].user)
        await live.look_at_sessions()
        assert live.latest_events.rows == before and not live.latest.rows
        note = child(page, QLabel, "dashboard.events.note")
        assert note.text() == "Paused while you point here"
        QApplication.sendEvent(events.viewport(), QEvent(QEvent.Type.Leave))
        assert note.text() == "" and live.latest.rows
        assert any("logged in" in row.text for row in live.latest_events.rows)
        events.activated.emit(events.model().index(0, 0))
        assert places == [("log", f"session:{live.latest_events.rows[0].session}")]
        client.close()


async def test_a_server_that_is_stopped_leaves_no_steps_to_do_again(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path, [OFFICE]) as desk, dashboard_at(desk) as page:
        await desk.service.add_account("ann", "correct horse battery")
        step = child(page, QPushButton, "dashboard.setup.certificate")
        await desk.until(lambda: page._live.certificates and step.isHidden())
        await desk.service.stop(grace=0)
        sentence = child(page, QLabel, "dashboard.state_sentence")
        await desk.until(lambda: "stopped" in sentence.text())
        assert step.isHidden()
        checked = child(page, QLabel, "dashboard.checked")
        await desk.until(lambda: checked.text() == "")


async def test_the_keyboard_goes_through_the_page_as_it_is_read(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path, [LOCAL, OFFICE]) as desk, dashboard_at(desk) as page:
        await desk.until(lambda: page.findChild(QWidget, "dashboard.listener.office.copy"))
        click(page, "dashboard.check")
        await desk.until(lambda: page.findChild(QPushButton, "dashboard.finding.0"))
        wanted = (
            *("check", "finding.0", "hide_setup", "setup.listener", "sessions", "uptime"),
            *("listeners", "listener.local.open", "listener.local.copy", "listener.office.open"),
            *("period", "chart_switch.sessions", "all_sessions", "latest", "open_log", "events"),
        )
        reached = [tab_order(page).index(f"dashboard.{name}") for name in wanted]
        assert reached == sorted(reached)


async def test_a_hidden_dashboard_draws_nothing_and_is_up_to_date_when_it_is_back(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk, dashboard_at(desk) as page:
        await desk.service.add_account("ann", "secret word")
        await desk.until(lambda: figure(page, "sign_ins").startswith("Sign-ins: 0"))
        page.hide()
        before = child(page, QLabel, "dashboard.chart_sentence.sign_ins").text()
        client = await desk.sign_in("ann", "secret word")
        await desk.until(lambda: desk.service.today().sign_ins == 1)
        page._live.sample()
        assert figure(page, "sign_ins").startswith("Sign-ins: 0")
        assert child(page, QLabel, "dashboard.chart_sentence.sign_ins").text() == before
        page.show()
        assert figure(page, "sign_ins").startswith("Sign-ins: 1")
        client.close()


async def test_the_rate_is_what_went_out_in_the_last_seconds(qtbot: QtBot, tmp_path: Path) -> None:
    async with working_desk(tmp_path) as desk, dashboard_at(desk) as page:
        await desk.service.add_account("ann", "secret word")
        client = await desk.sign_in("ann", "secret word")
        await desk.until(lambda: page._live.out_rate() > 0)
        client.close()
