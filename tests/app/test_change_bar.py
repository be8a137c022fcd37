"""The change bar and the review: what would change, when it is felt, and nothing by surprise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMessageBox, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.forms.outside_banner import OutsideBanner
from app.forms.review_text import change_text, stranded_text
from app.window.change_bar import ChangeBar
from app.window.review_dialog import ReviewDialog
from server_core.config.file import save
from server_core.config.model import Config, Pop3
from server_core.config.signing_in import DEFAULT_PLAIN
from server_core.events.ring import Batch
from server_core.events.types import ConfigChangedOutside
from tests.app.desk import Desk, child, click, close, working_desk

CONTROL = Qt.KeyboardModifier.ControlModifier
IDLE = "pop3.listeners.local.idle_timeout"
SECURITY = "pop3.listeners.local.security"


@pytest.fixture
async def desk(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Desk]:
    async with working_desk(tmp_path) as ready:
        yield ready


@pytest.fixture
def bar(desk: Desk, qtbot: QtBot) -> Iterator[ChangeBar]:
    window = QWidget()
    made = ChangeBar(desk.services, window)
    layout = QVBoxLayout(window)
    layout.addWidget(QLineEdit())
    layout.addWidget(made)
    qtbot.addWidget(window)
    window.show()
    yield made


async def test_the_bar_is_there_only_when_something_differs(desk: Desk, bar: ChangeBar) -> None:
    keeper = desk.services.keeper
    assert not bar.isVisible()
    keeper.set(IDLE, 900)
    assert bar.isVisible() and bar.accessibleName() == "1 unsaved change on 1 page"
    keeper.set("pop3.max_errors", 5_000)
    assert bar.accessibleName() == "2 unsaved changes on 2 pages · 1 needs correcting"
    keeper.undo()
    keeper.undo()
    assert not bar.isVisible()


async def test_a_change_that_is_felt_now_is_applied_at_once(desk: Desk, bar: ChangeBar) -> None:
    desk.services.keeper.set(IDLE, 900)
    click(bar, "change_bar.apply")
    await desk.until(lambda: desk.service.config.pop3.listeners[0].idle_timeout == 900)
    await desk.until(lambda: desk.said == ["1 change applied."])
    assert not bar.isVisible()


async def test_any_other_change_is_reviewed_first(desk: Desk, bar: ChangeBar) -> None:
    keeper = desk.services.keeper
    keeper.set(SECURITY, "tls")
    keeper.set(IDLE, 900)
    click(bar, "change_bar.apply")
    dialog = await desk.dialog(ReviewDialog)
    read = [text.text() for text in dialog.findChildren(QLabel)]
    assert read.index("New connections") < read.index("Now")
    assert "None  →  TLS from the start" in read and "10 minutes  →  15 minutes" in read
    close(dialog)
    await desk.until(lambda: not dialog.isVisible())
    assert len(keeper.changes) == 2 and desk.service.revision == 0
    click(bar, "change_bar.review")
    click(await desk.dialog(ReviewDialog), "review.apply")
    await desk.until(lambda: desk.service.config.pop3.listeners[0].security == "tls")
    await desk.until(lambda: not bar.isVisible())


async def test_a_draft_with_problems_lists_them_and_cannot_be_applied(
    desk: Desk, bar: ChangeBar
) -> None:
    desk.services.keeper.set("pop3.max_errors", 5_000)
    bar.apply()
    dialog = await desk.dialog(ReviewDialog)
    assert not dialog.apply.isEnabled()
    said = "Errors and bans – Wrong commands per session: Must be a whole number from 0 to 100."
    assert said in [text.text() for text in dialog.findChildren(QLabel)]
    close(dialog)
    await desk.until(lambda: not dialog.isVisible())


async def test_a_length_of_time_that_is_wrong_is_told_in_its_units(
    desk: Desk, bar: ChangeBar
) -> None:
    desk.services.keeper.set("pop3.flow.interval", 90 * 86_400)
    bar.apply()
    dialog = await desk.dialog(ReviewDialog)
    said = "Flow control – Interval: Must be from 1 second to 1 day."
    assert said in [text.text() for text in dialog.findChildren(QLabel)]
    close(dialog)
    await desk.until(lambda: not dialog.isVisible())


@pytest.mark.parametrize(
    ("wanted", "before", "after"),
    [
        ([], "8 chosen", "none"),
        (["plain"], "8 chosen", "PLAIN"),
        (
            ["plain", "login", "cram-md5", "apop"],
            "8 chosen",
            "4 chosen: added APOP; removed Normal sign-in (USER and PASS), DIGEST-MD5, SCRAM-SHA-1"
            " and 2 more",
        ),
        (list(reversed(DEFAULT_PLAIN)), "8 chosen", "8 chosen: the same in another order"),
    ],
)
async def test_a_choice_of_many_is_told_by_what_changes(
    desk: Desk, wanted: list[str], before: str, after: str
) -> None:
    keeper = desk.services.keeper
    keeper.set("pop3.plain_methods", wanted)
    told = change_text(keeper.changes[0])
    assert (told.page, told.before, told.after) == ("Authentication", before, after)


def test_accounts_left_without_a_way_are_named_the_first_few() -> None:
    names = [f"{name}@example.com" for name in "abcdefg"]
    assert "left for 7 accounts" in stranded_text(names)
    assert stranded_text(names).endswith("d@example.com, e@example.com and 2 more.")
    assert stranded_text(names[:2]).endswith("them: a@example.com, b@example.com.")


async def test_a_problem_leads_to_its_field(desk: Desk, bar: ChangeBar) -> None:
    asked: list[tuple[str, str]] = []
    desk.services.window.going.connect(lambda page, target: asked.append((page, target)))
    desk.services.keeper.set("pop3.listeners.local.domain", "no domain")
    bar.review()
    click(await desk.dialog(ReviewDialog), "review.show")
    await desk.until(lambda: asked == [("listeners", "local.domain")])


async def test_the_review_repeats_warnings(desk: Desk, bar: ChangeBar) -> None:
    desk.services.keeper.set("pop3.listeners.local.address", "*:0")
    bar.review()
    dialog = await desk.dialog(ReviewDialog)
    warning = "Listeners – local: Passwords can cross the network unprotected."
    assert warning in [text.text() for text in dialog.findChildren(QLabel)]
    close(dialog)
    await desk.until(lambda: not dialog.isVisible())


async def test_discarding_more_than_three_changes_is_asked_about(
    desk: Desk, bar: ChangeBar
) -> None:
    keeper = desk.services.keeper
    keeper.set(IDLE, 900)
    click(bar, "change_bar.discard")
    await desk.until(lambda: not keeper.changes)
    for path, value in (
        (IDLE, 900),
        (SECURITY, "tls"),
        ("pop3.max_errors", 7),
        ("pop3.max_auth_errors", 7),
    ):
        keeper.set(path, value)
    click(bar, "change_bar.discard")
    box = await desk.dialog(QMessageBox)
    assert "Discard 4 changes" in box.text()
    click(box, "confirm.cancel")
    await desk.until(lambda: not box.isVisible())
    assert len(keeper.changes) == 4
    click(bar, "change_bar.discard")
    click(await desk.dialog(QMessageBox), "confirm.action")
    await desk.until(lambda: not keeper.changes)


async def test_undo_and_redo_have_their_keys(desk: Desk, bar: ChangeBar, qtbot: QtBot) -> None:
    keeper, window = desk.services.keeper, bar.window()
    qtbot.waitActive(window)
    keeper.set(IDLE, 900)
    child(bar, QPushButton, "change_bar.review").setFocus()
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert not keeper.changes
    QTest.keyClick(window, Qt.Key.Key_Y, CONTROL)
    assert [change.path for change in keeper.changes] == [IDLE]


async def test_an_edited_file_is_used_and_announced_while_there_is_no_draft(
    desk: Desk, bar: ChangeBar
) -> None:
    running = desk.service.config
    edited = running.pop3.model_copy(update={"max_auth_errors": 9})
    save(desk.service.home.config_file, running.model_copy(update={"pop3": edited}))
    await desk.until(lambda: desk.said == ["The configuration file was changed and is in use."])
    assert desk.service.config.pop3.max_auth_errors == 9
    assert desk.services.keeper.config.pop3.max_auth_errors == 9


async def test_an_edited_file_is_asked_about_and_compared(desk: Desk, qtbot: QtBot) -> None:
    services, keeper = desk.services, desk.services.keeper
    banner = OutsideBanner(services.theme, keeper, services.tasks)
    qtbot.addWidget(banner)
    keeper.set("pop3.max_errors", 7)
    listeners = desk.service.config.pop3.listeners
    edited = Config(pop3=Pop3(max_auth_errors=9, listeners=listeners))
    save(desk.service.home.config_file, edited)
    keeper.take(Batch([ConfigChangedOutside()]))
    assert banner.accessibleName() == "The configuration file was changed outside."
    click(banner, "outside.use")
    click(await desk.dialog(QMessageBox), "confirm.action")
    await desk.until(lambda: desk.service.config.pop3.max_auth_errors == 9)
    await desk.until(banner.isHidden)
    assert keeper.draft.edits == {}
