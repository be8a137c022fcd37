"""The card of Kerberos: what the draft says is tried at the press of a button."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.forms.form import Message
from app.panels.authentication import AuthenticationPage
from app.panels.authentication_kerberos import KERBEROS
from tests.app.desk import Desk, child, working_desk
from tests.net.conftest import until


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


def outcome(page: AuthenticationPage) -> str:
    return child(page, Message, "auth.kerberos_outcome").text()


async def test_a_key_file_is_tried_before_it_is_applied(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    page = AuthenticationPage(desk.services)
    qtbot.addWidget(page)
    page.show()
    (tmp_path / "no.keytab").write_bytes(b"nothing of the kind")
    desk.services.keeper.set(f"{KERBEROS}.key_file", str(tmp_path / "no.keytab"))
    assert outcome(page) == ""
    child(page, QPushButton, "auth.test_kerberos").click()
    await until(lambda: outcome(page) != "")
    assert (await desk.service.test_kerberos(page.cards.kerberos.draft())).sentence in outcome(page)
    assert desk.service.config.pop3.kerberos.key_file == ""


async def test_an_outcome_goes_when_other_values_are_typed(desk: Desk, qtbot: QtBot) -> None:
    page = AuthenticationPage(desk.services)
    qtbot.addWidget(page)
    page.show()
    child(page, QPushButton, "auth.test_kerberos").click()
    await until(lambda: outcome(page) != "")
    desk.services.keeper.set(f"{KERBEROS}.key_file", "/elsewhere/a.keytab")
    assert outcome(page) == ""
