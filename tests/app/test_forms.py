"""Editors and forms: every kind of value is shown, reported and explained."""

from __future__ import annotations

import random
from typing import Any

import pytest
from PySide6.QtCore import QDate, QDateTime, QTime
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.forms.editor import Editor
from app.forms.editors import EDITORS, editor_for, kind_of
from app.forms.form import Form, Note
from app.forms.keyed_rows import AT_ONCE, KeyedRows
from app.forms.paced import Paced
from app.forms.words import CHOICES, choice_type, duration, range_text, spoken
from app.look.tables import Column
from app.look.theme import Theme
from server_core.config.account_terms import AccountTerms
from server_core.config.admission import FlowOverride
from server_core.config.checking import all_settings, plain
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.config.schema import Section, Setting, choices_of, settings_of
from server_core.config.signing_in import SECRET_METHODS, TLS_METHODS, Method, Secrets
from tests.app.desk import child


def setting(section: type[Section], name: str) -> Setting:
    return next(declared for declared in settings_of(section) if declared.name == name)


@pytest.fixture
def heard() -> list[Any]:
    return []


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.mark.parametrize(("path", "declared"), list(all_settings()))
def test_every_setting_has_an_editor_that_reports_only_what_people_do(
    path: str, declared: Setting, qtbot: QtBot, heard: list[Any]
) -> None:
    assert set(EDITORS) >= {kind_of(declared)}
    editor = editor_for(declared, path, heard.append)
    qtbot.addWidget(editor.widget)
    editor.show(plain(declared.default))
    editor.show(plain(declared.default))
    assert heard == []


@pytest.mark.parametrize(("path", "declared"), list(all_settings()))
def test_every_choice_has_words(path: str, declared: Setting) -> None:
    for choice in choice_type(declared.annotation) or ():
        assert (type(choice), choice.value) in CHOICES


def test_the_bounds_of_a_number_are_told_in_full() -> None:
    declared = next(one for one in settings_of(Secrets) if one.name == "scram_iterations")
    assert range_text(declared) == "4,096 to 1,000,000"
    assert spoken(declared, 1_000_000) == "1,000,000"


@pytest.mark.parametrize(("path", "declared"), list(all_settings()))
def test_only_what_would_be_accepted_can_be_chosen(path: str, declared: Setting) -> None:
    offered, known = choices_of(declared.annotation), choice_type(declared.annotation)
    assert bool(offered) is (known is not None)
    in_clear = tuple(method for method in Method if method not in TLS_METHODS)
    narrower = {"pop3.plain_methods": in_clear, "pop3.secrets.keep_for": SECRET_METHODS}
    assert offered == narrower.get(path, tuple(known or ()))


def test_a_limit_that_is_off_is_an_unchecked_box(qtbot: QtBot, heard: list[Any]) -> None:
    editor = editor_for(setting(Pop3, "max_errors"), "pop3.max_errors", heard.append)
    qtbot.addWidget(editor.widget)
    editor.show(20)
    limited = child(editor.widget, QCheckBox, "pop3.max_errors.limited")
    number = child(editor.widget, QSpinBox, "pop3.max_errors")
    assert limited.isChecked() and number.value() == 20
    limited.setChecked(False)
    assert heard == [0] and not number.isEnabled()
    limited.setChecked(True)
    assert heard == [0, 20] and number.isEnabled()


@pytest.mark.parametrize(
    ("section", "name", "meant"),
    [(Pop3, "max_errors", 50), (Listener, "idle_timeout", 3_000), (FlowOverride, "max_new", 50)],
)
def test_a_number_may_be_a_0_on_its_way_without_taking_the_limit_away(
    qtbot: QtBot, heard: list[Any], section: type[Section], name: str, meant: int
) -> None:
    editor = editor_for(setting(section, name), name, heard.append)
    qtbot.addWidget(editor.widget)
    editor.widget.show()
    editor.show(600)
    number = child(editor.widget, QSpinBox, name)
    number.selectAll()
    QTest.keyClicks(number, "0")
    assert heard == [] and number.isEnabled() and number.text() == "0"
    number.lineEdit().setCursorPosition(0)
    QTest.keyClicks(number, "5")
    assert heard == [meant] and number.isEnabled() and number.isVisible()
    number.selectAll()
    QTest.keyClicks(number, "0")
    number.interpretText()  # as when the field is left
    assert heard == [meant] and number.text() == "50"


def test_a_duration_is_a_number_and_its_largest_whole_unit(qtbot: QtBot, heard: list[Any]) -> None:
    editor = editor_for(setting(Listener, "idle_timeout"), "listeners.idle_timeout", heard.append)
    qtbot.addWidget(editor.widget)
    editor.show(600)
    number = child(editor.widget, QSpinBox, "listeners.idle_timeout")
    unit = child(editor.widget, QComboBox, "listeners.idle_timeout.unit")
    assert (number.value(), unit.currentText()) == (10, "minutes")
    unit.setCurrentIndex(unit.findText("hours"))
    assert heard == [36_000]
    editor.show(36_000)
    assert (number.value(), unit.currentText()) == (10, "hours")


def test_an_address_is_picked_or_typed(qtbot: QtBot, heard: list[Any]) -> None:
    editor = editor_for(setting(Listener, "address"), "listeners.address", heard.append)
    qtbot.addWidget(editor.widget)
    editor.show("127.0.0.1:1110")
    host = child(editor.widget, QComboBox, "listeners.address")
    port = child(editor.widget, QSpinBox, "listeners.port")
    assert host.currentText() == "This computer only (127.0.0.1)" and port.value() == 1110
    host.setCurrentIndex(host.findData("::"))
    port.setValue(995)
    assert heard[-1] == "[::]:995"
    host.setEditText("192.0.2.7")
    assert heard[-1] == "192.0.2.7:995"


def test_a_wrong_number_is_kept_for_the_person_to_see(qtbot: QtBot, heard: list[Any]) -> None:
    editor = editor_for(setting(Pop3, "max_errors"), "pop3.max_errors", heard.append)
    qtbot.addWidget(editor.widget)
    editor.show(20)
    child(editor.widget, QSpinBox, "pop3.max_errors").setValue(5_000)
    assert heard == [5_000]


def test_every_control_of_a_form_has_a_name_that_is_read_out(qtbot: QtBot, theme: Theme) -> None:
    form = Form(theme, Pop3, "pop3")
    qtbot.addWidget(form)
    controls = [
        part
        for kind in (QCheckBox, QComboBox, QSpinBox, QLineEdit)
        for part in form.findChildren(kind)
        if part.objectName().startswith("pop3.")
    ]
    assert len(controls) >= len(settings_of(Pop3))
    assert [part.objectName() for part in controls if not part.accessibleName()] == []


def test_a_problem_is_told_once_the_field_was_left(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    form = Form(theme, Listener, "listeners")
    form.setParent(window)
    elsewhere = QLineEdit(window)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    form.field("name").setFocus()
    qtbot.waitUntil(form.field("name").hasFocus)
    form.show_notes([Note("name", "problem", "Must not be empty.")])
    message = child(form, QWidget, "listeners.name.message")
    assert message.isHidden()
    elsewhere.setFocus()
    assert not message.isHidden() and message.accessibleName() == "Must not be empty."


def test_values_are_spoken_as_people_say_them() -> None:
    assert duration(90) == "90 seconds" and duration(60) == "1 minute"
    assert spoken(setting(Listener, "idle_timeout"), 0) == "no limit"
    assert spoken(setting(Listener, "security"), Security.TLS.value) == "TLS from the start"
    assert spoken(setting(Listener, "enabled"), False) == "Off"
    assert spoken(setting(Pop3, "plain_methods"), []) == "none"
    assert Config().pop3.greeting == spoken(setting(Pop3, "greeting"), Config().pop3.greeting)


@pytest.mark.parametrize("seed", range(20))
def test_a_table_told_any_list_shows_it(qapp: QApplication, seed: int) -> None:
    chance = random.Random(seed)
    model: KeyedRows[tuple[int, int]] = KeyedRows(
        [Column("Key", lambda row: str(row[0])), Column("Value", lambda row: str(row[1]))],
        lambda row: row[0],
    )
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for _ in range(20):
        keys = chance.sample(range(12), chance.randrange(12))
        if chance.random() < 0.7:
            keys.sort()
        wanted = [(key, chance.randrange(3)) for key in keys]
        model.show_rows(wanted)
        assert [
            (model.index(row, 0).data(), model.index(row, 1).data())
            for row in range(model.rowCount())
        ] == [(str(key), str(value)) for key, value in wanted]
    model.show_rows([(key, 0) for key in range(AT_ONCE * 3)])
    assert model.rowCount() == AT_ONCE * 3
    tester.deleteLater()


def test_paced_work_is_done_at_once_then_rarely_and_never_forgotten(qtbot: QtBot) -> None:
    done: list[int] = []
    owner = QWidget()
    qtbot.addWidget(owner)
    paced = Paced(lambda: done.append(1), 20, owner)
    for _ in range(5):
        paced.ask()
    assert len(done) == 1
    qtbot.waitUntil(lambda: len(done) == 2)
    paced.stop()
    paced.ask()
    assert len(done) == 3


def test_a_moment_is_never_or_a_date_on_this_clock(qtbot: QtBot, heard: list[Any]) -> None:
    declared = next(one for one in settings_of(AccountTerms) if one.name == "expires")
    editor = editor_for(declared, "account.expires", heard.append)
    qtbot.addWidget(editor.widget)
    wanted = child(editor.widget, QCheckBox, "account.expires.wanted")
    date = child(editor.widget, QDateTimeEdit, "account.expires")
    editor.show("")
    assert not wanted.isChecked() and not date.isEnabled()
    editor.show("2031-05-04T12:30:00+00:00")
    assert wanted.isChecked() and date.dateTime().toSecsSinceEpoch() == 1_935_664_200
    assert heard == []
    date.setDateTime(QDateTime(QDate(2032, 1, 2), QTime(3, 4)))
    wanted.setChecked(False)
    wanted.setChecked(True)
    assert heard == ["2032-01-02 03:04", "", "2032-01-02 03:04"]


def test_a_page_may_know_better_how_to_edit_a_setting(theme: Theme, qtbot: QtBot) -> None:
    def made(declared: Setting, name: str, report: Any) -> Editor:
        return Editor(QLabel(f"{name} of its own"), lambda value: None)

    form = Form(theme, AccountTerms, "account", ("notes", "delay"), editors={"notes": made})
    qtbot.addWidget(form)
    own = form.field("notes")
    assert isinstance(own, QLabel) and own.text() == "account.notes of its own"
    assert not isinstance(form.field("delay"), QLabel)
