"""The Certificates page: what it saves at once is proved by the certificate a client is shown."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.forms.form import Message
from app.forms.work_dialog import FittedDialog
from app.panels.certificates import CertificatesPage
from app.panels.certificates_details import fields
from app.panels.certificates_dialogs import (
    CreateCertificate,
    DeleteCertificate,
    WatchFiles,
    usual_names,
)
from app.panels.certificates_import import ImportCertificate
from app.panels.certificates_table import days_text, state_of
from server_core.config.model import Listener, Security
from server_core.events.views import CertificateKind, CertificateView
from tests.app.desk import Desk, child, click, nameless, working_desk

NAME, KIND, NAMES, VALID, USED_BY, FINGERPRINT = range(6)
DAY = 86_400.0
PLAIN = Listener(name="local", address="127.0.0.1:0", security=Security.NONE)
SECURE = Listener(name="secure", address="127.0.0.1:0", security=Security.TLS)


def foreign(name: str = "pop.example.com") -> trustme.LeafCert:
    return trustme.CA().issue_cert(name)


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path, [PLAIN, SECURE]) as ready:
        yield ready


async def opened(desk: Desk, qtbot: QtBot, certificates: int) -> CertificatesPage:
    page = CertificatesPage(desk.services)
    for model in (page.model, page.shown):
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    page.refresh()
    await desk.until(lambda: page.model.rowCount() == certificates)
    return page


@pytest.fixture
async def page(desk: Desk, qtbot: QtBot) -> CertificatesPage:
    """The page with the server's own certificate, which the listener ``secure`` uses."""
    return await opened(desk, qtbot, certificates=1)


def shown(page: CertificatesPage, name: str, column: int) -> str:
    place = page.shown.mapFromSource(page.model.index(page.model.place_of(name), 0)).row()
    return str(page.shown.index(place, column).data())


async def served(desk: Desk) -> str:
    """The fingerprint of what a client is shown, as the page writes it."""

    async def shaken() -> bytes:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        _, writer = await asyncio.open_connection("127.0.0.1", desk.port("secure"), ssl=context)
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        assert isinstance(der, bytes)
        return der

    return hashlib.sha256(await shaken()).digest().hex(":").upper()


@pytest.mark.parametrize(
    ("opens", "first"),
    [
        ("certificates.create", "certificates.signed"),
        ("certificates.import", "certificates.choose"),
        ("certificates.replace", "certificates.choose"),
        ("certificates.watch", "certificates.certificate_file"),
    ],
)
async def test_a_dialog_begins_on_its_first_field(
    desk: Desk, page: CertificatesPage, opens: str, first: str
) -> None:
    click(page, opens)
    dialog = await desk.dialog(FittedDialog)
    focused = dialog.focusWidget()
    assert focused is not None and focused.objectName() == first
    dialog.reject()
    await desk.until(lambda: not dialog.isVisible())


async def test_return_on_the_button_for_files_asks_for_files(
    desk: Desk, page: CertificatesPage
) -> None:
    click(page, "certificates.import")
    dialog = await desk.dialog(ImportCertificate)
    QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Return)
    (await desk.dialog(QFileDialog)).reject()
    dialog.reject()
    await desk.until(lambda: not dialog.isVisible())


async def test_asking_twice_at_once_reads_once_and_fails_nowhere(
    desk: Desk, page: CertificatesPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[Exception] = []
    desk.services.tasks.failed.connect(failures.append)
    monkeypatch.setattr(page, "_failed", failures.append)
    page.refresh()
    page.refresh()
    for _ in range(3):  # whatever was begun has begun, and what fails at once has said so
        await asyncio.sleep(0)
    await desk.until(lambda: not page._reading)
    assert failures == []


async def test_an_authority_and_a_certificate_are_made_in_one_go(
    desk: Desk, page: CertificatesPage
) -> None:
    click(page, "certificates.create")
    dialog = await desk.dialog(CreateCertificate)
    child(dialog, QLineEdit, "certificates.name").setText("mail")
    names = child(dialog, QPlainTextEdit, "certificates.names")
    assert names.toPlainText().split() == usual_names("")
    names.setPlainText("mail.example.com\n192.0.2.7")
    click(dialog, "certificates.create_dialog.action")
    await desk.until(lambda: page.model.rowCount() == 3)
    assert [shown(page, "mail", column) for column in (KIND, NAMES, USED_BY)] == [
        "By own authority",
        "mail.example.com, 192.0.2.7",
        "Not used",
    ]
    assert shown(page, "Our network", KIND) == "Own authority"
    assert shown(page, "Our network", USED_BY) == "mail"
    selected = page.selected()
    assert selected is not None and selected.name == "mail"
    assert desk.said == ["mail was made."]


async def test_what_the_server_refuses_is_said_and_makes_no_second_authority(
    desk: Desk, page: CertificatesPage
) -> None:
    page.add()
    dialog = await desk.dialog(CreateCertificate)
    child(dialog, QLineEdit, "certificates.name").setText("../mail")
    message = child(dialog, Message, "certificates.create_dialog.message")
    action = child(dialog, QPushButton, "certificates.create_dialog.action")
    for _ in range(2):
        click(dialog, "certificates.create_dialog.action")
        await desk.until(lambda: message.text() and action.isEnabled())
    assert "begins and ends" in message.text()
    child(dialog, QLineEdit, "certificates.name").setText("mail")
    click(dialog, "certificates.create_dialog.action")
    await desk.until(lambda: page.model.rowCount() == 3)


async def test_a_single_one_signs_itself(desk: Desk, page: CertificatesPage) -> None:
    page.add()
    dialog = await desk.dialog(CreateCertificate)
    child(dialog, QRadioButton, "certificates.alone").setChecked(True)
    click(dialog, "certificates.create_dialog.action")
    await desk.until(lambda: page.model.rowCount() == 2)
    assert shown(page, "mail", KIND) == "Self-signed"


async def test_the_own_one_is_replaced_and_comes_back(
    desk: Desk, page: CertificatesPage, tmp_path: Path
) -> None:
    before = await served(desk)
    assert shown(page, "server", FINGERPRINT) == before
    made = foreign()
    made.private_key_pem.write_to_path(str(tmp_path / "privkey.pem"))
    made.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    click(page, "certificates.replace")
    dialog = await desk.dialog(ImportCertificate)
    dialog.take_files([tmp_path / "cert.pem", tmp_path / "privkey.pem"])
    found = child(dialog, QLabel, "certificates.found")
    await desk.until(found.isVisible)
    assert "pop.example.com" in found.text() and "secure show it from the next" in found.text()
    assert "issuer" in child(dialog, Message, "certificates.warning").text()
    click(dialog, "certificates.import_dialog.action")
    await desk.until(lambda: shown(page, "server", FINGERPRINT) != before)
    assert shown(page, "server", KIND) == "Imported"
    assert await served(desk) == shown(page, "server", FINGERPRINT)
    await desk.until(child(page, QPushButton, "certificates.revert").isVisible)
    click(page, "certificates.revert")
    await desk.until(lambda: shown(page, "server", FINGERPRINT) == before)
    assert await served(desk) == before


async def test_a_locked_file_asks_for_its_password_and_is_imported(
    desk: Desk, page: CertificatesPage, tmp_path: Path
) -> None:
    made = foreign("mail.example.net")
    key = serialization.load_pem_private_key(made.private_key_pem.bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open sesame"),
    )
    (tmp_path / "mail.pem").write_bytes(made.cert_chain_pems[0].bytes() + locked)
    click(page, "certificates.import")
    dialog = await desk.dialog(ImportCertificate)
    click(dialog, "certificates.import_dialog.action")
    message = child(dialog, Message, "certificates.import_dialog.message")
    assert message.text() == "Choose the certificate's files."
    dialog.take_files([tmp_path / "mail.pem"])
    await desk.until(lambda: message.text() == "The key is protected. Type its password.")
    password = child(dialog, QLineEdit, "certificates.password")
    password.setText("open sesame")
    password.editingFinished.emit()
    await desk.until(child(dialog, QLabel, "certificates.found").isVisible)
    assert child(dialog, QLineEdit, "certificates.name").text() == "mail.example.net"
    assert message.text() == ""
    click(dialog, "certificates.import_dialog.action")
    await desk.until(lambda: page.model.rowCount() == 2)
    assert shown(page, "mail.example.net", KIND) == "Imported"


async def test_a_key_may_be_chosen_after_its_certificate(
    desk: Desk, page: CertificatesPage, tmp_path: Path
) -> None:
    made = foreign("mail.example.net")
    made.private_key_pem.write_to_path(str(tmp_path / "privkey.pem"))
    made.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    click(page, "certificates.import")
    dialog = await desk.dialog(ImportCertificate)
    message = child(dialog, Message, "certificates.import_dialog.message")
    dialog.take_files([tmp_path / "cert.pem"])
    lacking = "There is no private key; choose its file too."
    await desk.until(lambda: message.text() == lacking)
    click(dialog, "certificates.import_dialog.action")
    assert message.text() == lacking, "what is in the way is told again, not that a name is missing"
    dialog.take_files([tmp_path / "privkey.pem"])
    await desk.until(child(dialog, QLabel, "certificates.found").isVisible)
    assert message.text() == ""
    click(dialog, "certificates.import_dialog.action")
    await desk.until(lambda: page.model.rowCount() == 2)


async def test_watched_files_are_followed_and_a_bad_change_is_told(
    desk: Desk, page: CertificatesPage, tmp_path: Path
) -> None:
    file = tmp_path / "live.pem"
    foreign().private_key_and_cert_chain_pem.write_to_path(str(file))
    click(page, "certificates.watch")
    dialog = await desk.dialog(WatchFiles)
    child(dialog, QLineEdit, "certificates.name").setText("acme")
    child(dialog, QLineEdit, "certificates.certificate_file").setText(str(file))
    click(dialog, "certificates.watch_dialog.action")
    await desk.until(lambda: page.model.rowCount() == 2)
    assert shown(page, "acme", KIND) == "From files"
    before = shown(page, "acme", FINGERPRINT)
    banner = child(page, QWidget, "certificates.refused")
    file.write_bytes(b"half a file")
    await desk.until(banner.isVisible)
    assert "The old certificate is still used." in banner.accessibleName()
    assert shown(page, "acme", FINGERPRINT) == before
    foreign().private_key_and_cert_chain_pem.write_to_path(str(file))
    await desk.until(lambda: shown(page, "acme", FINGERPRINT) != before)
    assert not banner.isVisible()


async def test_one_in_use_says_by_whom_and_stays(desk: Desk, page: CertificatesPage) -> None:
    click(page, "certificates.delete")
    dialog = await desk.dialog(DeleteCertificate)
    assert "used by secure" in child(dialog, QLabel, "certificates.lost").text()
    assert not child(dialog, QPushButton, "certificates.delete_dialog.action").isVisible()
    click(dialog, "certificates.delete_dialog.cancel")
    await desk.service.create_certificate("mail", ["mail.example.com"])
    await desk.until(lambda: page.model.rowCount() == 2)
    page.show_target("mail")
    click(page, "certificates.delete")
    await desk.until(lambda: not dialog.isVisible())
    dialog = await desk.dialog(DeleteCertificate)
    click(dialog, "certificates.delete_dialog.action")
    await desk.until(lambda: page.model.rowCount() == 1)
    assert desk.said == ["mail was deleted."]


async def test_the_authority_is_saved_for_devices_without_its_key(
    desk: Desk, page: CertificatesPage, tmp_path: Path
) -> None:
    export = child(page, QPushButton, "certificates.export")
    assert not export.isEnabled()
    await desk.service.create_authority("Office")
    await desk.service.create_certificate("mail", ["mail.example.com"], authority="Office")
    await desk.until(lambda: page.model.rowCount() == 3)
    page.show_target("mail")
    click(page, "certificates.export")
    dialog = await desk.dialog(QFileDialog)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile("office.crt")
    dialog.accept()
    file = tmp_path / "office.crt"
    await desk.until(lambda: desk.said)
    assert file.read_bytes() == await desk.service.export_authority("Office")
    assert b"PRIVATE" not in file.read_bytes()


async def test_without_certificates_the_page_offers_to_make_one(
    tmp_path: Path, qtbot: QtBot
) -> None:
    async with working_desk(tmp_path, [PLAIN]) as desk:
        page = await opened(desk, qtbot, certificates=0)
        await desk.until(lambda: child(page, QWidget, "certificates.empty").isVisible())
        click(page, "certificates.empty.action")
        dialog = await desk.dialog(CreateCertificate)
        assert not nameless(dialog)
        dialog.reject()


async def test_every_control_has_a_name_and_the_fingerprint_is_copied(
    desk: Desk, page: CertificatesPage
) -> None:
    assert not nameless(page)
    click(page, "certificates.import")
    importing = await desk.dialog(ImportCertificate)
    assert not nameless(importing)
    importing.reject()
    click(page, "certificates.watch")
    watching = await desk.dialog(WatchFiles)
    assert not nameless(watching)
    watching.reject()
    click(page, "certificates.copy")
    assert QApplication.clipboard().text() == shown(page, "server", FINGERPRINT)


def test_time_left_is_told_as_people_tell_it() -> None:
    now = 1_750_000_000.0
    told = [days_text(now + days * DAY, now) for days in (-40, -0.5, 0.5, 1.5, 395, 3650)]
    assert told[:3] == ["Ended 40 days ago", "Ended today", "Ends today"]
    assert told[3:] == ["1 day", "395 days", "10 years"]


def test_the_mark_says_whether_somebody_has_to_act() -> None:
    def view(days: float, **more: object) -> CertificateView:
        values: dict[str, object] = {"kind": CertificateKind.IMPORTED, **more}
        return CertificateView(
            name="mail",
            names=(),
            not_before=0.0,
            not_after=days * DAY,
            fingerprint="AB",
            issuer="x",
            **values,  # type: ignore[arg-type]
        )

    assert state_of(view(100), 0.0) == "ok"
    assert state_of(view(20), 0.0) == "attention"
    assert state_of(view(20, renews=True), 0.0) == "ok"
    assert state_of(view(10, renews=True), 0.0) == "attention"
    assert state_of(view(100, warning="no issuer"), 0.0) == "attention"
    assert state_of(view(100, problem="ended"), 0.0) == "problem"
    assert "renews itself" in dict(fields(view(100, renews=True)))["Valid"]
