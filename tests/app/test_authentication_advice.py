"""What the Authentication page warns of: what is hardly meant, and what people would lose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox, QLabel
from pytestqt.qtbot import QtBot

from app.forms.form import Message
from app.panels.authentication_advice import forgotten, forgotten_text, losses
from app.panels.authentication_words import PLAIN, PRESETS, SECURE, preset_of
from app.window.change_bar import ChangeBar
from app.window.review_dialog import ReviewDialog, warning_texts
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.config.signing_in import Method, Secrets
from server_core.events.views import MethodView
from tests.app.desk import Desk, child, click, close, working_desk
from tests.app.test_authentication import ANN, banner, box, message, opened, ready, state

ANYWHERE = Listener(name="office", address="*:0", security=Security.STARTTLS)


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


async def test_passwords_that_can_be_read_are_warned_about(tmp_path: Path, qtbot: QtBot) -> None:
    async with working_desk(tmp_path, [ANYWHERE]) as desk:
        page, keeper = opened(desk, qtbot), desk.services.keeper
        assert message(page, "text") == "Passwords can be read on the way to listener “office”."
        click(page, "auth.text.message.action")
        await desk.until(lambda: message(page, "text") == "")
        assert preset_of(keeper.draft.get(SECURE), keeper.draft.get(PLAIN)) == PRESETS[1]
        await keeper.apply()
        keeper.set(PLAIN, ["login", "plain"])
        said = "Listeners – office: Security: Passwords can cross the network unprotected."
        assert warning_texts(keeper) == [said]


async def test_on_this_computer_nobody_reads_along(desk: Desk, qtbot: QtBot) -> None:
    assert message(opened(desk, qtbot), "text") == ""


async def test_apop_needs_its_id_in_the_greeting(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    keeper.set("pop3.greeting", "POP3 ready")
    assert message(page, Method.APOP) == ""
    box(page, SECURE, Method.APOP).click()
    await desk.until(lambda: "needs %U" in message(page, Method.APOP))
    assert "needs %U" in child(page, Message, "pop3.greeting.message").text()
    assert [problem.path for problem in keeper.problems] == ["pop3.greeting"]
    click(page, "auth.apop.message.action")
    assert keeper.draft.get("pop3.greeting") == "POP3 ready %U"
    await desk.until(lambda: message(page, Method.APOP) == "")
    keeper.set("pop3.greeting", "<postroom> %U")
    click(page, "pop3.greeting.message.action")
    assert keeper.draft.get("pop3.greeting") == "postroom %U" and not keeper.problems


async def test_login_is_told_to_go_with_plain(desk: Desk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    box(page, PLAIN, Method.PLAIN).click()
    await desk.until(lambda: "only where PLAIN is" in message(page, Method.LOGIN))
    box(page, SECURE, Method.PLAIN).click()
    await desk.until(lambda: state(page, Method.LOGIN) == "Not offered to clients")
    assert message(page, Method.LOGIN) == ""


async def test_switching_off_what_is_used_says_how_much(desk: Desk, qtbot: QtBot) -> None:
    await desk.service.add_account("ann", "secret word")
    (await desk.sign_in(ANN, "secret word")).quit()
    page = opened(desk, qtbot)
    await desk.until(lambda: child(page, QLabel, "auth.user-pass.used").text() == "1")
    box(page, SECURE, Method.USER_PASS).click()
    box(page, PLAIN, Method.USER_PASS).click()
    await desk.until(lambda: "Used once in 30 days" in message(page, Method.USER_PASS))


async def test_accounts_without_a_way_left_are_named_here_and_in_the_review(
    desk: Desk, qtbot: QtBot
) -> None:
    await desk.service.add_account("ann", "secret word")
    page, keeper = opened(desk, qtbot), desk.services.keeper
    keeper.set_all({SECURE: [], PLAIN: ["cram-md5"]})
    said = f"No method would be left for {ANN}: nobody could sign in to it any more."
    await desk.until(lambda: banner(page, "auth.losses") == said)
    bar = ChangeBar(desk.services, page)
    bar.review()
    dialog = await desk.dialog(ReviewDialog)
    assert said in [text.text() for text in dialog.findChildren(QLabel)]
    close(dialog)
    await desk.until(lambda: not dialog.isVisible())
    click(page, "auth.losses.action")
    await desk.until(lambda: banner(page, "auth.losses") == "")
    assert keeper.draft.edits == {}


async def test_kept_passwords_are_not_deleted_without_a_word(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    told = child(page, Message, "auth.secrets_state")
    await desk.until(lambda: told.text() == "No password is kept, so there is no key for it.")
    keeper.set("pop3.secrets.keep_for", ["cram-md5"])
    await keeper.apply()
    await desk.service.add_account("ann", "secret word")
    await desk.until(lambda: "file" in told.text())
    await desk.until(lambda: ready(page, Method.CRAM_MD5) == "1 of 1")
    keeper.set("pop3.secrets.keep_for", [])
    assert keeper.at_once
    said = (
        "The kept password of 1 account is deleted. "
        "They are kept again only once they are set or used anew."
    )
    assert losses(desk.services) == [said]
    ChangeBar(desk.services, page).apply()
    dialog = await desk.dialog(ReviewDialog)
    assert said in [text.text() for text in dialog.findChildren(QLabel)]
    close(dialog)
    await desk.until(lambda: not dialog.isVisible())
    assert desk.service.config.pop3.secrets.keep_for == ("cram-md5",)


async def test_a_key_that_is_gone_is_told_of_and_can_be_tried_again(
    desk: Desk, qtbot: QtBot
) -> None:
    desk.services.keeper.set("pop3.secrets.keep_for", ["cram-md5"])
    await desk.services.keeper.apply()
    await desk.service.add_account("ann", "secret word")
    await desk.service.stop(grace=0)
    file = desk.service.home.key_file
    key = file.read_bytes()
    file.unlink()
    await desk.service.start()
    page = opened(desk, qtbot)
    told = child(page, Message, "auth.secrets_state")
    await desk.until(lambda: "1 account is gone" in told.text())
    assert told.action.text() == "Try again"
    file.write_bytes(key)
    file.chmod(0o600)
    told.action.click()
    await desk.until(lambda: told.text().startswith("The key of the kept passwords lies in"))
    assert not told.action.isVisible()


def test_kept_passwords_that_would_be_deleted_are_counted() -> None:
    views = [MethodView(name, True, True, 9, 12) for name in ("cram-md5", "plain")]
    nothing, kept = Config(), Config(pop3=Pop3(secrets=Secrets(keep_for=(Method.CRAM_MD5,))))
    assert forgotten(kept, nothing, views) == 9
    assert forgotten(kept, kept, views) == forgotten(nothing, kept, views) == 0
    assert forgotten_text(9).startswith("The kept passwords of 9 accounts are deleted.")


async def test_only_methods_that_need_it_can_have_passwords_kept(desk: Desk, qtbot: QtBot) -> None:
    page, keeper = opened(desk, qtbot), desk.services.keeper
    kept = [b for b in page.findChildren(QCheckBox) if "keep_for." in b.objectName()]
    assert [b.text() for b in kept] == ["APOP", "CRAM-MD5", "DIGEST-MD5"]
    kept[0].click()
    told = child(page, Message, "pop3.secrets.keep_for.message")
    await desk.until(lambda: told.accessibleName().startswith("APOP: switched off above"))
    assert keeper.draft.edits == {"pop3.secrets.keep_for": ["apop"]}


@pytest.mark.parametrize(
    ("edits", "field", "said"),
    [
        ({"pop3.accounts.delay": 900}, "pop3.accounts.delay", "every few minutes"),
        ({"server.exclusive_lock": True}, "server.exclusive_lock", "at the same time"),
        ({"pop3.kerberos.principal": "imap/x"}, "pop3.kerberos.principal", "Write it like pop/"),
        (
            {
                "pop3.allow_starttls": False,
                "pop3.listeners.local.security": "starttls-required",
            },
            "pop3.allow_starttls",
            "Nobody can sign in at “local”",
        ),
    ],
)
async def test_what_is_hardly_meant_is_said_at_its_field(
    desk: Desk, qtbot: QtBot, edits: dict[str, object], field: str, said: str
) -> None:
    page = opened(desk, qtbot)
    desk.services.keeper.set_all(edits)
    assert said in child(page, Message, f"{field}.message").accessibleName()
