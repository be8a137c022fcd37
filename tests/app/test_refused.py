"""Refused connections, and the way from one to the rule that kept it out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot

from app.dashboard.refused_model import RefusedModel, address_of
from app.dashboard.sessions_page import SessionsPage
from app.panels.access import AccessPage
from server_core.events.reasons import RefusalReason, Scope
from server_core.events.types import ConnectionRefused
from server_core.events.views import Refusal
from tests.app.desk import PATIENCE, Desk, child, click, working_desk
from tests.app.happenings import batch
from tests.app.test_window import window_at

DENIED = "127.0.0.2"


def told(time: float, peer: str = "192.0.2.7:4000", times: int = 1) -> ConnectionRefused:
    return ConnectionRefused(
        time=time,
        listener="office",
        peer=peer,
        reason=RefusalReason.RULE_DENIED,
        scope=Scope.SERVICE,
        rule="rule 1 of POP3: deny 192.0.2.7",
        times=times,
    )


def test_refusals_are_kept_newest_first_and_none_twice(qapp: QApplication) -> None:
    model = RefusedModel()
    model.take(batch(told(1.0), told(2.0, times=3)))
    model.take_snapshot([*model.rows])
    model.take(batch(told(2.0, times=3), told(3.0)))
    assert [(row.time, row.times) for row in model.rows] == [(3.0, 1), (2.0, 3), (1.0, 1)]
    for n in range(40):
        model.take(batch(*(told(10.0 + n * 50 + k) for k in range(50))))
    assert len(model.rows) == 1_000 and model.rows[0].time == 10.0 + 1_999


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("192.0.2.7:4000", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8::1]:4000", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("many addresses", ""),
    ],
)
def test_the_address_of_a_refusal_can_be_tried(peer: str, address: str) -> None:
    row = Refusal(1.0, peer, "office", RefusalReason.BANNED, Scope.SERVICE, "", 1)
    assert address_of(row) == address


async def knock(desk: Desk, source: str) -> bytes:
    """Connect from an address; what the server says before it closes."""
    opening = asyncio.open_connection("127.0.0.1", desk.port(), local_addr=(source, 0))
    reader, writer = await opening
    try:
        return await asyncio.wait_for(reader.read(512), PATIENCE)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def can_be(source: str) -> bool:
    """Whether this system lets a program connect from another loopback address."""
    try:
        server = await asyncio.start_server(lambda *_: None, source, 0)
    except OSError:
        return False
    server.close()
    return True


async def test_why_an_address_cannot_connect_is_found_from_the_window_alone(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """Sessions, Refused, Why?: three steps, and the sentence names the rule."""
    if not await can_be(DENIED):
        pytest.skip("this system has a single loopback address")
    async with working_desk(tmp_path) as desk, window_at(desk) as window:
        rule = {"action": "deny", "address": f"{DENIED}-127.0.0.9", "note": "Guests"}
        desk.services.keeper.set("pop3.access.rules", [rule])
        await desk.services.keeper.apply()
        assert await knock(desk, DENIED) == b""
        window.open_page("sessions")
        page = window.page
        assert isinstance(page, SessionsPage)
        page.show_target("refused")
        table = child(page, QTableView, "sessions.refused")
        await desk.until(lambda: table.model().rowCount() == 1)
        reason = [str(table.model().index(0, column).data()) for column in range(7)]
        assert reason[2:5] == [
            "local",
            "An access rule keeps it out",
            f"rule 1 of POP3: deny {DENIED}-127.0.0.9 (Guests)",
        ]
        assert not child(window, QPushButton, "sessions.why").isEnabled()
        table.selectRow(0)
        click(window, "sessions.why")
        answering = window.page
        assert window.page_id == "access" and isinstance(answering, AccessPage)
        assert answering.trial.address.text() == DENIED
        assert answering.trial.now.text() == (
            f"Refused by rule 1 of POP3: deny {DENIED}-127.0.0.9 (Guests)."
        )
        assert child(answering, QWidget, "access.try_now").isVisible()
        assert desk.failures == []


async def test_refusals_of_before_are_shown_and_can_be_filtered(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with working_desk(tmp_path) as desk:
        desk.services.keeper.set("pop3.access.otherwise", "deny")
        await desk.services.keeper.apply()
        assert await knock(desk, "127.0.0.1") == b""
        async with window_at(desk) as window:
            window.open_page("sessions", "refused")
            page = window.page
            table = child(page, QTableView, "sessions.refused")
            await desk.until(lambda: table.model().rowCount() == 1)
            child(page, QWidget, "sessions.filter").setProperty("text", "no such address")
            empty = child(page, QWidget, "sessions.refused_empty")
            await desk.until(empty.isVisible)
            assert empty.accessibleName() == "No refused connection matches the filter."
