"""The Accounts page: what it saves at once is proved by a client that signs in, or cannot."""

from __future__ import annotations

import io
import poplib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.panels.accounts import AccountsPage
from app.panels.accounts_dialogs import AddAccount, DeleteAccount, SetPassword, SuspendAccount
from app.panels.accounts_generate import generated
from app.panels.accounts_password import problem_of
from app.panels.accounts_table import ago
from app.panels.export_mail import ExportMail
from app.panels.import_mail import ImportMail
from server_core.config.account_terms import AccountTerms
from server_core.net import gate
from server_core.policy import bans
from server_core.store.backend import Incoming
from tests.app.desk import Desk, child, click, nameless, working_desk

SIGN_IN, NAME, STATE, MESSAGES, SIZE, LAST, IN_USE = range(7)
ANN, PASSWORD = "ann@example.com", "correct horse"
MAIL = b"Subject: hi\r\n\r\nHello\r\n"


@pytest.fixture
def distrust(monkeypatch: pytest.MonkeyPatch) -> None:
    """This computer counts as a stranger, so that guesses from it lead to something."""
    monkeypatch.setattr(bans, "_LOOPBACK", ())
    monkeypatch.setattr(gate, "own_networks", tuple)


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


async def opened(desk: Desk, qtbot: QtBot, *, accounts: int = 1) -> AccountsPage:
    page = AccountsPage(desk.services)
    for model in (page.model, page.shown):
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
    qtbot.addWidget(page)
    page.resize(900, 500)
    page.show()
    page.refresh()
    await desk.until(lambda: page.model.rowCount() == accounts)
    return page


@pytest.fixture
async def page(desk: Desk, qtbot: QtBot) -> AccountsPage:
    await desk.service.add_account("ann", PASSWORD, full_name="Ann Berg")
    return await opened(desk, qtbot)


def shown(page: AccountsPage, column: int, row: int = 0) -> str:
    return str(page.shown.index(row, column).data())


def type_into(dialog: QWidget, name: str, text: str) -> None:
    child(dialog, QLineEdit, name).setText(text)


async def test_the_first_account_is_added_and_can_sign_in(desk: Desk, qtbot: QtBot) -> None:
    page = await opened(desk, qtbot, accounts=0)
    await desk.until(lambda: child(page, QWidget, "accounts.empty").isVisible())
    click(page, "accounts.empty.action")
    dialog = await desk.dialog(AddAccount)
    type_into(dialog, "accounts.name", "Ben")
    assert child(dialog, QLabel, "accounts.completed").text() == "Signs in as ben@example.com"
    type_into(dialog, "accounts.full_name", "Ben Carter")
    type_into(dialog, "accounts.password", PASSWORD)
    type_into(dialog, "accounts.password_again", PASSWORD)
    click(dialog, "accounts.add_dialog.action")
    await desk.until(lambda: page.model.rowCount() == 1)
    assert [shown(page, column) for column in (SIGN_IN, NAME, STATE, LAST)] == [
        "ben@example.com",
        "Ben Carter",
        "Enabled",
        "Never",
    ]
    (await desk.sign_in("ben", PASSWORD)).quit()
    await desk.until(lambda: shown(page, LAST) == "Just now")
    assert not desk.failures


async def test_a_generated_password_is_shown_and_works(desk: Desk, page: AccountsPage) -> None:
    click(page, "accounts.password")
    dialog = await desk.dialog(SetPassword)
    click(dialog, "accounts.generate")
    made = child(dialog, QLineEdit, "accounts.generated").text()
    click(dialog, "accounts.copy")
    assert QApplication.clipboard().text() == made and len(made) >= 16
    click(dialog, "accounts.password_dialog.action")
    await desk.until(lambda: desk.said == [f"The password of {ANN} was set."])
    (await desk.sign_in("ann", made)).quit()
    with pytest.raises(poplib.error_proto):
        await desk.sign_in("ann", PASSWORD)


async def test_what_the_server_refuses_is_said_in_the_dialog(
    desk: Desk, page: AccountsPage
) -> None:
    click(page, "accounts.add")
    dialog = await desk.dialog(AddAccount)
    type_into(dialog, "accounts.name", "ann")
    assert nameless(page) == nameless(dialog) == []
    dialog.fields.generate()
    click(dialog, "accounts.add_dialog.action")
    await desk.until(dialog.message.text)
    assert ANN in dialog.message.text()
    assert child(dialog, QPushButton, "accounts.add_dialog.action").isEnabled()
    dialog.reject()
    await desk.until(lambda: not dialog.isVisible())


async def test_a_name_is_told_as_it_will_be_or_why_it_cannot(
    desk: Desk, page: AccountsPage
) -> None:
    await desk.service.change_account(
        ANN, full_name="", enabled=True, terms=AccountTerms(aliases=("info",))
    )
    page.add()
    dialog = await desk.dialog(AddAccount)
    told = child(dialog, QLabel, "accounts.completed")
    for name, words in (
        ("", "Signs in as name@example.com"),
        ("Ben", "Signs in as ben@example.com"),
        ("ann b", "A sign-in name has no spaces and no invisible characters."),
        ("ben@", "Behind the @ stands a domain name, such as example.com."),
        ("Ann", "There is an account 'ann@example.com' already."),
        ("info", "'info@example.com' is another address of 'ann@example.com'."),
        ("info@other.example", "Signs in as info@other.example"),
    ):
        type_into(dialog, "accounts.name", name)
        assert told.text() == words
    dialog.reject()
    await desk.until(lambda: not dialog.isVisible())


async def test_suspending_asks_about_sessions_and_ends_them(desk: Desk, page: AccountsPage) -> None:
    client = await desk.sign_in("ann", PASSWORD)
    await desk.until(lambda: shown(page, IN_USE) == "1 session")
    click(page, "accounts.suspend")
    dialog = await desk.dialog(SuspendAccount)
    also = child(dialog, QCheckBox, "accounts.also_disconnect")
    assert dialog.focusWidget() is also
    assert also.text() == "Also disconnect 1 session" and also.isChecked()
    click(dialog, "accounts.suspend_dialog.action")
    await desk.until(
        lambda: (shown(page, STATE), shown(page, IN_USE)) == ("Suspended", "Not in use")
    )
    client.close()
    with pytest.raises(poplib.error_proto):
        await desk.sign_in("ann", PASSWORD)
    assert child(page, QPushButton, "accounts.suspend").text() == "Enable"
    click(page, "accounts.suspend")
    await desk.until(lambda: shown(page, STATE) == "Enabled")
    (await desk.sign_in("ann", PASSWORD)).quit()


@pytest.mark.usefixtures("distrust")
async def test_a_locked_account_says_until_when_and_no_longer_than_that(
    desk: Desk, page: AccountsPage
) -> None:
    desk.services.keeper.set("bans.account_failures", 1)
    await desk.services.keeper.apply()
    with pytest.raises(poplib.error_proto):
        await desk.sign_in("ann", "a guess")
    await desk.until(lambda: shown(page, STATE).startswith("Locked until "))
    (view,) = await desk.service.accounts()
    assert view.locked_until > time.time()
    assert view.sentence.startswith("Locked until ") and view.sentence in str(
        page.shown.index(0, STATE).data(Qt.ItemDataRole.ToolTipRole)
    )
    await desk.service.unban(ANN)
    await desk.until(lambda: shown(page, STATE) == "Enabled")


async def test_deleting_says_what_is_lost_and_wants_the_name(
    desk: Desk, page: AccountsPage
) -> None:
    await desk.service.deliver("ann", [Incoming(io.BytesIO(MAIL)), Incoming(io.BytesIO(MAIL))])
    await desk.until(lambda: shown(page, MESSAGES) == "2")
    click(page, "accounts.delete")
    dialog = await desk.dialog(DeleteAccount)
    assert child(dialog, QLabel, "accounts.lost").text().startswith("2 messages (")
    delete = child(dialog, QPushButton, "accounts.delete_dialog.action")
    type_into(dialog, "accounts.typed_name", "ann")
    assert not delete.isEnabled()
    type_into(dialog, "accounts.typed_name", ANN)
    delete.click()
    await desk.until(lambda: page.model.rowCount() == 0)
    assert await desk.service.accounts() == ()


async def test_the_filter_looks_into_both_names_and_other_addresses(
    desk: Desk, page: AccountsPage
) -> None:
    await desk.service.add_account("zoe", None, full_name="Zoe Fox")
    await desk.until(lambda: page.model.rowCount() == 2)
    page.filter.setText("fox zoe")
    assert page.shown.rowCount() == 1 and shown(page, STATE) == "No password"
    terms = AccountTerms(aliases=("orders",))
    await desk.service.change_account("zoe", full_name="Zoe Fox", enabled=True, terms=terms)
    page.filter.setText("orders@example.com")
    await desk.until(lambda: page.shown.rowCount() == 1)
    page.filter.setText("nobody")
    no_match = child(page, QWidget, "accounts.no_match")
    assert no_match.isVisible()
    click(no_match, "accounts.no_match.action")
    assert page.shown.rowCount() == 2


async def test_an_account_is_shown_through_a_filter_and_one_that_is_gone_is_told(
    desk: Desk, qtbot: QtBot
) -> None:
    for user in ("ann", "ben", "eve"):
        await desk.service.add_account(user, PASSWORD)
    page = await opened(desk, qtbot, accounts=3)
    said: list[str] = []
    desk.services.window.said.connect(said.append)
    page.filter.setText("nobody has this")
    name = page.model.rows[1].view.name
    page.show_target(name)
    await desk.until(lambda: (row := page.selected()) is not None and row.view.name == name)
    page.show_target("gone@localhost")
    await desk.until(lambda: said == ["There is no account gone@localhost."])
    assert page.selected() is None


def test_a_password_is_long_enough_and_typed_twice_alike() -> None:
    assert problem_of("", "", allow_weak=False)
    assert problem_of("long enough", "long enougj", allow_weak=True)
    assert "8 characters" in problem_of("short", "short", allow_weak=False)
    assert problem_of("short", "short", allow_weak=True) == ""
    assert problem_of(" 8 chars ", " 8 chars ", allow_weak=False) == ""
    assert len({generated() for _ in range(50)}) == 50


def test_times_are_told_as_people_tell_them() -> None:
    now = 1_750_000_000.0
    told = [ago(now - passed, now) for passed in (5, 61, 7_300, 90_000, 200_000)]
    assert told == ["Just now", "1 minute ago", "2 hours ago", "1 day ago", "2 days ago"]
    assert ago(0, now) == "Never"
    assert "ago" not in ago(now - 90 * 86_400, now)


async def test_mail_is_imported_and_exported_from_the_menu(
    desk: Desk, page: AccountsPage, tmp_path: Path
) -> None:
    menu = {action.objectName(): action for action in page.table.actions()}
    assert not menu["accounts.export"].isEnabled()
    (tmp_path / "hello.eml").write_bytes(MAIL)
    menu["accounts.import"].trigger()
    dialog = await desk.dialog(ImportMail)
    assert dialog.account == ANN
    dialog.take_paths([tmp_path / "hello.eml"])
    click(dialog, "messages.import_dialog.action")
    await desk.until(lambda: shown(page, MESSAGES) == "1")
    await desk.until(menu["accounts.export"].isEnabled)
    menu["accounts.export"].trigger()
    assert (await desk.dialog(ExportMail)).account == ANN
