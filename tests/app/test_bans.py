"""The Errors and bans page: bans are seen and lifted at once, settings go to the draft."""

from __future__ import annotations

import csv
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import (
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.look.marks import StateLabel
from app.panels.bans import BansPage
from app.panels.bans_dialogs import BanByHand, Replay, use_text
from app.panels.bans_networks import missing_networks, sessions_from
from app.panels.bans_news import BanNews
from app.panels.bans_settings import ERRORS
from app.panels.bans_table import counted, evidence_text, until_text
from app.window.navigation import BADGE_ROLE
from server_core.config.admission import Bans
from server_core.config.networks import Network
from server_core.config.schema import settings_of
from server_core.events.types import AddressBanned, BanLifted
from server_core.events.views import BanKind, BanView, SessionState, SessionView
from tests.app.desk import Desk, child, click, close, nameless, working_desk
from tests.app.happenings import batch
from tests.app.test_window import window_at

ADDRESS, WHY, EVIDENCE, SINCE, UNTIL, KIND, BLOCKED = range(7)


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


def opened(desk: Desk, qtbot: QtBot) -> BansPage:
    page = BansPage(desk.services)
    mode = QAbstractItemModelTester.FailureReportingMode.Fatal
    QAbstractItemModelTester(page.list.model, mode, page)
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    return page


def shown(page: BansPage, column: int) -> list[str]:
    model = page.list.shown
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def ban(address: str, kind: BanKind = BanKind.AUTOMATIC, *, until: float = 0.0) -> BanView:
    evidence = ("10 failed sign-ins within 40 seconds", "accounts tried: ann@example.com (10)")
    return BanView(address, kind, "10 failed sign-ins", time.time() - 90, until, evidence)


def session(number: int, peer: str, user: str = "") -> SessionView:
    return SessionView(number, "local", peer, SessionState.READING, 1.0, 1.0, user=user)


async def test_every_setting_is_on_the_page_once(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    names = [name for card in page.settings.cards for name in card.form.names()]
    assert sorted(names) == sorted([*ERRORS, *(one.name for one in settings_of(Bans))])
    assert nameless(page) == []


async def test_settings_are_edits_of_the_draft_and_run_after_apply(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    page.show_target("bans.failures")
    child(page, QSpinBox, "bans.failures").setValue(7)
    child(page, QSpinBox, "pop3.max_errors").setValue(9)
    child(page, QPlainTextEdit, "bans.trusted").setPlainText("10.0.0.0/8\n192.168.1.7")
    assert desk.services.keeper.draft.edits == {
        "bans.failures": 7,
        "pop3.max_errors": 9,
        "bans.trusted": ["10.0.0.0/8", "192.168.1.7"],
    }
    await desk.services.keeper.apply()
    assert desk.service.config.bans.failures == 7
    assert desk.service.config.bans.trusted == ("10.0.0.0/8", "192.168.1.7")


async def test_my_network_is_added_to_the_trusted_ones(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = [("fd00::/64", "eth0"), ("192.168.7.0/24", "eth0"), ("192.168.7.9/32", "tun0")]
    monkeypatch.setattr("app.forms.addresses.local_networks", lambda: networks)
    page, keeper = opened(desk, qtbot), desk.services.keeper
    mine = child(page, QPushButton, "bans.add_my_network")
    menu = mine.menu()
    menu.aboutToShow.emit()
    assert [action.text().split()[0] for action in menu.actions()] == [
        "192.168.7.0/24",
        "fd00::/64",
    ]
    menu.actions()[0].trigger()
    assert keeper.draft.get("bans.trusted") == ["192.168.7.0/24"]
    assert mine.menu() is None
    mine.click()
    assert keeper.draft.get("bans.trusted") == ["192.168.7.0/24", "fd00::/64"]
    assert not mine.isEnabled()
    assert missing_networks(["192.168.0.0/16", "fd", "::/0"]) == []


async def test_without_a_ban_the_page_says_so_and_leads_to_the_settings(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    empty = child(page, QWidget, "bans.empty")
    assert empty.isVisible() and empty.accessibleName() == "No address is banned."
    click(empty, "bans.empty.action")
    assert child(page, QTabBar, "bans.tabs").currentIndex() == 1
    desk.services.keeper.set("bans.enabled", False)
    await desk.services.keeper.apply()
    assert "Bans are off" in child(page, QWidget, "bans.off").accessibleName()


async def test_an_address_is_banned_by_hand_extended_made_permanent_and_unbanned(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    click(page, "bans.add")
    dialog = await desk.dialog(BanByHand)
    click(dialog, "bans.add_dialog.action")
    assert "Type the address" in child(dialog, QWidget, "bans.add_dialog.message").accessibleName()
    child(dialog, QLineEdit, "bans.address").setText("203.0.113.7")
    child(dialog, QLineEdit, "bans.reason").setText("scans us")
    click(dialog, "bans.add_dialog.action")
    await desk.until(lambda: shown(page, ADDRESS) == ["203.0.113.7"])
    assert shown(page, WHY) == ["Scans us"] and shown(page, KIND) == ["By hand"]
    assert page.list.selected()[0].until == pytest.approx(time.time() + 3_600, abs=60)
    child(page, QPushButton, "bans.extend").menu().actions()[1].trigger()
    await desk.until(lambda: desk.service.bans()[0].until > time.time() + 86_400 + 3_000)
    click(page, "bans.permanent")
    await desk.until(lambda: shown(page, UNTIL) == ["For ever"])
    assert not child(page, QPushButton, "bans.permanent").isEnabled()
    click(page, "bans.unban")
    await desk.until(lambda: not desk.service.bans())
    await desk.until(lambda: child(page, QWidget, "bans.empty").isVisible())
    assert desk.failures == []


async def test_a_banned_address_can_be_trusted_instead(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    await desk.service.ban("203.0.113.7", 60, "guessing")
    await desk.until(lambda: shown(page, ADDRESS) == ["203.0.113.7"])
    assert page.list.select("203.0.113.7")
    click(page, "bans.trust")
    await desk.until(lambda: desk.service.config.bans.trusted == ("203.0.113.7",))
    await desk.until(lambda: not desk.service.bans() and not shown(page, ADDRESS))
    trusted = child(page, QPlainTextEdit, "bans.trusted")
    await desk.until(lambda: trusted.toPlainText() == "203.0.113.7")


async def test_what_the_server_refuses_is_said_in_the_dialog(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    page.show_target("add:127.0.0.1")
    dialog = await desk.dialog(BanByHand)
    click(dialog, "bans.add_dialog.action")
    message = child(dialog, QWidget, "bans.add_dialog.message")
    await desk.until(message.isVisible)
    assert "is this computer itself" in message.accessibleName() and not desk.service.bans()
    close(dialog)


async def test_banning_people_who_are_connected_says_how_many_and_ends_them(
    desk: Desk, qtbot: QtBot
) -> None:
    await desk.service.add_account("ann", "secret word")
    client = await desk.sign_in("ann@example.com", "secret word")
    page = opened(desk, qtbot)
    page.show_target("add:127.0.0.0/7")
    dialog = await desk.dialog(BanByHand)
    use = child(dialog, QWidget, "bans.use")
    await desk.until(lambda: "1 session is open" in use.accessibleName())
    assert "ann@example.com" in use.accessibleName()
    action = child(dialog, QPushButton, "bans.add_dialog.action")
    assert action.text() == "Ban anyway" and not action.isDefault()
    action.click()
    await desk.until(lambda: shown(page, ADDRESS) == ["126.0.0.0/7"])
    await desk.until(desk.service.history)
    client.close()


async def test_a_refusal_finds_room_under_what_the_dialog_says_already(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    click(page, "bans.add")
    dialog = await desk.dialog(BanByHand)
    child(dialog, QLineEdit, "bans.address").setText("127.0.0.1")
    click(dialog, "bans.add_dialog.action")
    await desk.until(lambda: "never banned" in dialog.message.text())
    layout = dialog.layout()
    assert layout is not None
    assert dialog.height() >= layout.totalHeightForWidth(dialog.width())
    dialog.reject()


async def test_a_ban_that_the_server_makes_is_seen_with_its_evidence(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    made = ban("203.0.113.7", until=time.time() + 1_800)
    page.take(batch(AddressBanned(ban=made), AddressBanned(ban=ban("bob", BanKind.ACCOUNT))))
    assert sorted(shown(page, ADDRESS)) == ["203.0.113.7", "bob"]
    assert page.list.select("bob")
    assert not child(page, QPushButton, "bans.trust").isEnabled()
    assert child(page, QPushButton, "bans.unban").isEnabled()
    assert "within 40 seconds" in child(page, QWidget, "bans.evidence").accessibleName()
    page.list.table.copy_rows()
    assert QGuiApplication.clipboard().text().startswith("bob\t10 failed sign-ins")
    child(page, QLineEdit, "bans.filter").setText("203.0")
    assert shown(page, ADDRESS) == ["203.0.113.7"]
    child(page, QLineEdit, "bans.filter").setText("nobody")
    click(page, "bans.no_match.action")
    page.take(batch(BanLifted(address="bob", by_hand=False)))
    await desk.until(lambda: shown(page, ADDRESS) == ["203.0.113.7"])


async def test_what_edited_settings_would_have_done_is_told_before_they_run(
    desk: Desk, qtbot: QtBot
) -> None:
    page = opened(desk, qtbot)
    page.show_target("bans.failures")
    click(page, "bans.replay")
    dialog = await desk.dialog(Replay)
    said = child(dialog, StateLabel, "bans.replay_sentence")
    assert said.text() == "Nobody would have been banned in the last 7 days."
    click(dialog, "bans.replay_close")
    child(page, QSpinBox, "bans.failures").setValue(0)
    assert not child(page, QPushButton, "bans.replay").isEnabled()
    child(page, QSpinBox, "bans.failures").setValue(2)
    assert child(page, QPushButton, "bans.replay").isEnabled()


async def test_the_replay_lists_addresses_and_accounts(desk: Desk, qtbot: QtBot) -> None:
    again, twice = ban("203.0.113.7", until=time.time()), ban("203.0.113.7")
    lock = ban("ann@example.com", BanKind.ACCOUNT, until=time.time())
    dialog = Replay(desk.services, [again, twice, lock], opened(desk, qtbot))
    text = child(dialog, StateLabel, "bans.replay_sentence").text()
    assert text.startswith("1 address and 1 account would have been banned or locked")
    assert dialog.model.rowCount() == 3


async def test_new_bans_are_counted_until_somebody_looks(desk: Desk, qtbot: QtBot) -> None:
    news = BanNews(desk.services.pump)
    counts: list[int] = []
    news.changed.connect(counts.append)
    news.take(batch(AddressBanned(ban=ban("203.0.113.7")), AddressBanned(ban=ban("203.0.113.8"))))
    news.take(batch(AddressBanned(ban=ban("203.0.113.9", BanKind.MANUAL))))
    news.take(batch(BanLifted(address="203.0.113.7", by_hand=False)))
    news.look(looking=True)
    news.take(batch(AddressBanned(ban=ban("203.0.113.7"))))
    assert counts == [2, 1, 0]


async def test_the_navigation_tells_of_bans_nobody_has_seen(desk: Desk, qtbot: QtBot) -> None:
    async with window_at(desk) as window:
        entry = window.navigation.findItems("Errors and bans", Qt.MatchFlag.MatchRecursive)[0]
        desk.services.pump.batch.emit(batch(AddressBanned(ban=ban("203.0.113.7"))))
        assert entry.data(0, BADGE_ROLE) == "1"
        spoken = entry.data(0, Qt.ItemDataRole.AccessibleTextRole)
        assert spoken == "Errors and bans. 1 new since you last looked"
        window.open_page("bans")
        assert entry.data(0, BADGE_ROLE) == ""


async def test_a_page_of_a_stopped_server_is_empty(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    await desk.service.ban("203.0.113.7", 60, "guessing")
    await desk.until(lambda: shown(page, ADDRESS))
    await desk.service.stop(grace=0)
    page.refresh()
    assert shown(page, ADDRESS) == []


def test_people_in_a_network_are_named_and_counted() -> None:
    sessions = [session(1, "192.0.2.7:4000", "ann"), session(2, "[::ffff:192.0.2.8]:4000")]
    found = sessions_from(Network.parse("192.0.2.0/24"), [*sessions, session(3, "[::1]:9")])
    assert found == sessions
    assert use_text("192.0.2.0/24", found) == (
        "2 sessions are open from 192.0.2.0/24: ann. Banning ends them."
    )


def test_a_ban_is_told_in_few_words() -> None:
    now = 1_000_000.0
    assert until_text(0.0, now) == "For ever"
    assert until_text(now + 3_900, now).endswith("(1 h 5 min)")
    assert until_text(now + 30, now).endswith("(any moment)")
    assert evidence_text(ban("x")) == "Accounts tried: ann@example.com (10)"
    assert counted([ban("x"), ban("y"), ban("z", BanKind.ACCOUNT)]) == "2 addresses and 1 account"


async def test_bans_are_exported_as_a_table(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    page, file = opened(desk, qtbot), tmp_path / "bans.csv"
    await desk.service.ban("192.0.2.7", None, 'scans, "at night"')
    page.refresh()
    await page.list.export_file(file)
    with file.open(newline="", encoding="utf-8") as written:
        (row,) = csv.DictReader(written)
    assert (row["address"], row["kind"], row["why"]) == ("192.0.2.7", "manual", 'scans, "at night"')
    assert row["until"] == "" and row["since"].endswith("+00:00")
    assert desk.said == ["Written to bans.csv."]
