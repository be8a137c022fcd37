"""The account editor: what is saved acts on the next sign-in, what is wrong is said beside it."""

from __future__ import annotations

import poplib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.panels.account_editor import AccountEditor
from app.panels.accounts import AccountsPage
from app.panels.accounts_dialogs import SetPassword
from app.panels.accounts_generate import KINDS
from server_core.config.account_terms import USUAL, AccountTerms
from server_core.events.views import AccountView
from server_core.service import Refused
from tests.app.desk import Desk, child, click, nameless, working_desk

ANN, PASSWORD = "ann@example.com", "correct horse"
SMALL = (640, 360)  # what is left of 1280x720 at twice the size


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        await ready.service.add_account("ann", PASSWORD, full_name="Ann Berg")
        yield ready


@pytest.fixture
def behind(qtbot: QtBot) -> QWidget:
    """What the editors stand before, as they do before the program's window."""
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
async def editor(desk: Desk, behind: QWidget) -> AccountEditor:
    return await opened(desk, ANN, behind)


async def opened(desk: Desk, account: str, behind: QWidget) -> AccountEditor:
    window = AccountEditor(desk.services, account, behind)
    window.show()
    await desk.until(lambda: child(window, QLabel, "account.state").text())
    return window


def is_open(editor: AccountEditor) -> bool:
    """A closed editor is gone for good."""
    return isValid(editor) and editor.isVisible()


async def now(desk: Desk) -> AccountView:
    return await desk.service.account(ANN)


async def saved(desk: Desk, editor: AccountEditor) -> AccountView:
    click(editor, "account.save")
    await desk.until(lambda: not is_open(editor))
    return await now(desk)


def line(editor: AccountEditor, name: str, text: str) -> None:
    field = child(editor, QLineEdit, f"account.{name}")
    field.clear()
    QTest.keyClicks(field, text)


def lines(editor: AccountEditor, name: str, *texts: str) -> None:
    child(editor, QPlainTextEdit, f"account.{name}").setPlainText("\n".join(texts))


def tick(editor: AccountEditor, name: str, *, on: bool = True) -> None:
    child(editor, QCheckBox, f"account.{name}").setChecked(on)


def note(editor: AccountEditor, name: str) -> str:
    message = child(editor, QWidget, f"account.{name}.message")
    return "" if message.isHidden() else message.accessibleName()


async def test_what_is_changed_on_every_tab_is_saved_as_one(
    desk: Desk, editor: AccountEditor
) -> None:
    line(editor, "full_name", "Ann Berg-Meyer")
    lines(editor, "aliases", "info", "office@example.com")
    lines(editor, "notes", "one", "two")
    child(editor, QDateTimeEdit, "account.expires")
    tick(editor, "expires.wanted")
    own = child(editor, QComboBox, "account.connections.own")
    own.setCurrentIndex(own.findData("own"))
    own.activated.emit(own.currentIndex())
    child(editor, QSpinBox, "account.connections").setValue(4)
    tick(editor, "server_settings", on=False)
    tick(editor, "methods.user-pass")
    tick(editor, "methods.plain")
    lines(editor, "networks", "127.0.0.0/8")
    tick(editor, "listeners.local")
    view = await saved(desk, editor)
    assert view.full_name == "Ann Berg-Meyer"
    assert view.terms.model_dump(exclude={"expires"}) == {
        "aliases": ("info", "office@example.com"),
        "notes": "one\ntwo",
        "connections": 4,
        "delay": None,
        "methods": ("user-pass", "plain"),
        "networks": ("127.0.0.0/8",),
        "listeners": ("local",),
    }
    assert view.terms.expires and not view.expired
    assert desk.said == [f"{ANN} was saved."]
    (await desk.sign_in("info", PASSWORD)).quit()


async def test_a_barred_method_acts_on_the_next_sign_in(desk: Desk, editor: AccountEditor) -> None:
    (await desk.sign_in("ann", PASSWORD)).quit()
    tick(editor, "server_settings", on=False)
    tick(editor, "methods.login")
    await saved(desk, editor)
    with pytest.raises(poplib.error_proto):
        await desk.sign_in("ann", PASSWORD)


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved(
    desk: Desk, editor: AccountEditor
) -> None:
    lines(editor, "aliases", "two words")
    tick(editor, "server_settings", on=False)
    lines(editor, "networks", "127.0.0.1", "nowhere")
    editor.tabs.setCurrentIndex(2)
    click(editor, "account.save")
    assert "'two words' is no address" in note(editor, "aliases")
    assert "Entry 2: nowhere is not an IP address" in note(editor, "networks")
    assert editor.tabs.currentIndex() == 0, "the tab with the first wrong field"
    assert editor.message.text() == "This is not right yet."
    assert (await now(desk)).terms == USUAL
    lines(editor, "aliases")
    lines(editor, "networks")
    assert not editor.message.text()


async def test_what_the_server_refuses_is_said_and_can_be_mended(
    desk: Desk, editor: AccountEditor
) -> None:
    await desk.service.add_account("bob", None)
    lines(editor, "aliases", "bob")
    click(editor, "account.save")
    await desk.until(editor.message.text)
    assert editor.message.text() == "There is an account 'bob@example.com' already."
    assert is_open(editor)
    lines(editor, "aliases", "info")
    assert (await saved(desk, editor)).terms.aliases == ("info",)


async def test_what_may_not_be_meant_is_warned_of_but_saved(
    desk: Desk, editor: AccountEditor
) -> None:
    await desk.service.change_account(
        ANN, full_name="", enabled=True, terms=AccountTerms(listeners=("gone",))
    )
    await desk.until(lambda: "none of these listeners" in note(editor, "listeners"))
    assert child(editor, QCheckBox, "account.listeners.gone").text() == "gone  (gone)"
    tick(editor, "listeners.gone", on=False)
    assert note(editor, "listeners") == ""
    editor._edit({"expires": "2001-01-01"})
    assert note(editor, "expires") == "This moment has passed, so nobody can sign in."
    assert (await saved(desk, editor)).expired


async def test_the_servers_settings_come_and_go_with_one_box(
    desk: Desk, editor: AccountEditor
) -> None:
    networks = child(editor, QPlainTextEdit, "account.networks")
    editor.tabs.setCurrentIndex(3)
    assert not networks.isVisible()
    tick(editor, "server_settings", on=False)
    assert networks.isVisible()
    lines(editor, "networks", "10.0.0.0/8")
    tick(editor, "server_settings")
    assert not networks.isVisible() and not editor.values.changed
    tick(editor, "server_settings", on=False)
    assert networks.toPlainText() == "10.0.0.0/8"
    assert editor.values.changed == {"networks"}


@pytest.mark.parametrize("discards", [True, False])
async def test_closing_asks_about_what_is_not_saved(
    desk: Desk, editor: AccountEditor, discards: bool
) -> None:
    assert child(editor, QPushButton, "account.cancel").text() == "Close"
    line(editor, "full_name", "Somebody else")
    click(editor, "account.cancel")
    box = await desk.dialog(QMessageBox)
    click(box, "confirm.action" if discards else "confirm.cancel")
    await desk.until(lambda: not box.isVisible())
    await desk.until(lambda: is_open(editor) is not discards)
    assert (await now(desk)).full_name == "Ann Berg"


async def test_a_window_without_changes_just_closes(desk: Desk, editor: AccountEditor) -> None:
    assert not child(editor, QPushButton, "account.save").isEnabled()
    line(editor, "full_name", "x")
    line(editor, "full_name", "Ann Berg")
    editor.reject()
    assert not is_open(editor)


async def test_suspending_in_the_editor_asks_about_sessions(
    desk: Desk, editor: AccountEditor
) -> None:
    client = await desk.sign_in("ann", PASSWORD)
    also = child(editor, QCheckBox, "account.also_disconnect")
    await desk.until(lambda: editor._sessions == 1)
    assert also.isHidden()
    editor._edit({"methods": ["plain"]})
    assert also.isVisible() and not also.isChecked()
    tick(editor, "enabled", on=False)
    assert also.isChecked() and also.text() == "Also disconnect 1 session"
    await saved(desk, editor)
    with pytest.raises((poplib.error_proto, OSError)):
        client.noop()
    client.close()


async def test_a_session_goes_on_when_the_box_is_not_ticked(
    desk: Desk, editor: AccountEditor
) -> None:
    client = await desk.sign_in("ann", PASSWORD)
    await desk.until(lambda: editor._sessions == 1)
    tick(editor, "enabled", on=False)
    tick(editor, "also_disconnect", on=False)
    await saved(desk, editor)
    assert client.noop().startswith(b"+OK")
    client.close()


async def test_changes_by_others_show_where_the_person_changed_nothing(
    desk: Desk, editor: AccountEditor
) -> None:
    lines(editor, "notes", "mine")
    terms = AccountTerms(notes="theirs", aliases=("info",))
    await desk.service.change_account(ANN, full_name="Theirs", enabled=True, terms=terms)
    await desk.until(lambda: child(editor, QLineEdit, "account.full_name").text() == "Theirs")
    assert child(editor, QPlainTextEdit, "account.aliases").toPlainText() == "info"
    assert child(editor, QPlainTextEdit, "account.notes").toPlainText() == "mine"
    view = await saved(desk, editor)
    assert (view.full_name, view.terms) == ("Theirs", terms.model_copy(update={"notes": "mine"}))


async def test_an_account_that_is_deleted_meanwhile_can_only_be_closed(
    desk: Desk, editor: AccountEditor
) -> None:
    line(editor, "full_name", "x")
    await desk.service.remove_account(ANN)
    await desk.until(editor.message.text)
    assert "no account" in editor.message.text()
    assert not child(editor, QPushButton, "account.save").isEnabled()
    editor.reject()
    assert not is_open(editor), "there is nothing left to be asked about"


async def test_a_password_set_in_the_editor_makes_the_account_ready(
    desk: Desk, behind: QWidget
) -> None:
    await desk.service.add_account("bob", None)
    editor = await opened(desk, "bob@example.com", behind)
    state = child(editor, QLabel, "account.password_state")
    assert state.text() == "No password is set."
    texts = {part.text() for part in editor.findChildren(QLabel)}
    assert "Nobody can sign in to this account by any method." in texts
    assert "The account has no password. Set one." in texts
    click(editor, "account.generate_password")
    dialog = await desk.dialog(SetPassword)
    made = dialog.fields.password
    assert made and dialog.fields.made.text() == made
    click(dialog, "accounts.password_dialog.action")
    await desk.until(lambda: state.text().startswith("A password is set"))
    texts = {
        part.text().replace("\N{NON-BREAKING HYPHEN}", "-") for part in editor.findChildren(QLabel)
    }
    assert any(text.startswith("Normal sign-in, PLAIN, LOGIN, SCRAM") for text in texts)
    assert is_open(editor) and not editor.values.changed
    (await desk.sign_in("bob", made)).quit()


async def test_the_limits_of_the_server_show_beside_inherited_ones(
    desk: Desk, editor: AccountEditor
) -> None:
    inherited = child(editor, QLabel, "account.connections.inherited")
    assert inherited.text() == "Server setting: 16"
    draft = desk.service.draft()
    draft.set("pop3.accounts.connections", 3)
    await desk.service.apply(draft, origin="test")
    await desk.until(lambda: inherited.text() == "Server setting: 3")
    editor._edit({"connections": 9})
    assert inherited.isHidden()


async def test_every_control_has_a_name_and_everything_fits_a_small_screen(
    desk: Desk, editor: AccountEditor
) -> None:
    tick(editor, "server_settings", on=False)
    least = editor.minimumSizeHint()
    assert (least.width() <= SMALL[0], least.height() <= SMALL[1]) == (True, True)
    for place in range(editor.tabs.count()):
        editor.tabs.setCurrentIndex(place)
        assert nameless(editor) == []


async def test_several_accounts_are_edited_side_by_side_each_once(desk: Desk, qtbot: QtBot) -> None:
    await desk.service.add_account("bob", None)
    page = AccountsPage(desk.services)
    qtbot.addWidget(page)
    page.show()
    page.refresh()
    await desk.until(lambda: page.model.rowCount() == 2)

    def editors() -> set[str]:
        windows = page.window().findChildren(AccountEditor)
        return {window.account for window in windows if window.isVisible()}

    click(page, "accounts.edit")
    page.table.selectRow(1)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    await desk.until(lambda: editors() == {ANN, "bob@example.com"})
    click(page, "accounts.edit")
    assert len(page.window().findChildren(AccountEditor)) == 2
    assert "Edit…" in [action.text() for action in page.table.actions()]
    assert isinstance(page.table.actions()[1], QAction)


async def test_an_expired_account_is_told_in_the_table(desk: Desk, qtbot: QtBot) -> None:
    await desk.service.change_account(
        ANN, full_name="", enabled=True, terms=AccountTerms(expires="2001-01-01")
    )
    page = AccountsPage(desk.services)
    qtbot.addWidget(page)
    page.show()
    page.refresh()
    await desk.until(lambda: page.model.rowCount() == 1)
    assert page.shown.index(0, 2).data() == "Expired"
    assert "2001-01-01" in page.shown.index(0, 2).data(Qt.ItemDataRole.ToolTipRole)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
async def test_a_password_is_made_of_the_kind_and_length_chosen(
    desk: Desk, editor: AccountEditor, kind: object
) -> None:
    place = list(KINDS).index(kind)  # type: ignore[arg-type]
    dialog = SetPassword(desk.services, ANN, editor, generate=True)
    box, length = (
        child(dialog, QComboBox, "accounts.kind"),
        child(dialog, QSpinBox, "accounts.length"),
    )
    box.setCurrentIndex(place)
    box.activated.emit(place)
    for number in (KINDS[place].shortest, KINDS[place].longest):
        length.setValue(number)
        made = dialog.fields.password
        count = len(made.split("-")) if place else len(made.replace("-", ""))
        assert count == number == length.value()
    before = dialog.fields.password
    click(dialog, "accounts.another")
    assert dialog.fields.password != before
    assert child(dialog, QLabel, "accounts.strength").text() == "Strong"
    click(dialog, "accounts.copy")
    assert QApplication.clipboard().text() == dialog.fields.password
    assert nameless(dialog) == []
    dialog.deleteLater()


async def test_a_weak_password_is_set_when_that_is_ticked(
    desk: Desk, editor: AccountEditor
) -> None:
    click(editor, "account.set_password")
    dialog = await desk.dialog(SetPassword)
    for field in (dialog.fields.first, dialog.fields.again):
        field.setText("grüß")
    assert child(dialog, QLabel, "accounts.strength").text().startswith("Weak")
    assert "accented" in child(dialog, QLabel, "accounts.notes").text()
    click(dialog, "accounts.password_dialog.action")
    assert "at least 8" in dialog.message.text()
    dialog.fields.weak.setChecked(True)
    click(dialog, "accounts.password_dialog.action")
    await desk.until(lambda: not dialog.isVisible())
    with pytest.raises(Refused):
        await desk.service.set_password(ANN, "grüß")
