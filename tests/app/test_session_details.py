"""The details of a session: its conversation, its mailbox, its encryption, and how they last."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTableView,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from app.dashboard.conversation_pane import ConversationPane
from app.dashboard.session_conversation import (
    MOST_KEPT,
    MOST_LINES,
    Conversation,
    Conversations,
    Recorder,
    Said,
)
from app.dashboard.session_maildrop import MaildropPane
from app.dashboard.session_summary import FieldsView, closed_fields
from app.look.theme import Theme
from app.look.words import number
from server_core.events.log_views import CaptureKind
from server_core.events.past import closed_session
from server_core.events.protocol import CapturedLine
from server_core.events.reasons import CloseReason
from server_core.events.session_views import MaildropEntry, MaildropView
from server_core.store.backend import Incoming
from tests.app.desk import child, click
from tests.app.happenings import PEER, closed, opened
from tests.app.test_sessions import PASSWORD, Stage, stage

SUMMARY, CONVERSATION, MAILBOX, ENCRYPTION = range(4)


def said(session: int, line: str, *, received: bool = True, time: float = 101.0) -> CapturedLine:
    return CapturedLine(
        session=session, listener="office", peer=PEER, received=received, line=line, time=time
    )


async def recorded(at: Stage) -> None:
    """Ann says STAT until that is shown: her session hears of a capture a moment after it began."""

    def shown_now() -> bool:
        at.ann.stat()
        return "S: +OK 0 0" in transcript(at)

    await at.desk.until(shown_now)


def turn(at: Stage, tab: int) -> None:
    child(at.page, QTabBar, "sessions.details_tabs").setCurrentIndex(tab)


def transcript(at: Stage) -> str:
    return child(at.page, QPlainTextEdit, "sessions.conversation").toPlainText()


def fields(at: Stage, title: str) -> str:
    (view,) = [v for v in at.page.findChildren(FieldsView) if v.accessibleName() == title]
    return view.text()


def text_of(at: Stage, name: str) -> Callable[[], str]:
    return child(at.page, QLabel, name).text


def test_secrets_and_message_texts_are_named_and_not_shown(qtbot: QtBot) -> None:
    kept = Conversations(set)
    lines = [
        said(1, "PASS ***"),
        said(1, "***"),
        said(1, "(1204 lines, 88120 octets)", received=False),
    ]
    assert kept.take(lines) == {1}
    known = kept.of(1, 100.0, 110.0)
    assert known is not None and not known.whole
    body = f"({number(1_204)} lines, {number(88_120)} octets, not shown)"
    assert [line.text for line in known.lines] == ["PASS (hidden)", "(hidden)", body]


def test_only_a_conversation_captured_by_address_is_whole(qtbot: QtBot) -> None:
    kept = Conversations(lambda: {"192.0.2.7"})
    kept.take([opened(1), said(1, "STAT"), opened(2, peer="192.0.2.8:1"), said(2, "STAT")])
    first, second = kept.of(1, 100.0, 110.0), kept.of(2, 100.0, 110.0)
    assert first is not None and second is not None
    assert (first.whole, second.whole) == (True, False)


def test_conversations_are_bounded_in_lines_and_number(qtbot: QtBot) -> None:
    kept = Conversations(set)
    kept.take([said(1, f"NOOP {n}") for n in range(MOST_LINES + 1)])
    known = kept.of(1, 100.0, 110.0)
    assert known is not None and known.lost + len(known.lines) == MOST_LINES + 1
    assert len(known.lines) <= MOST_LINES
    kept.take([said(session, "NOOP") for session in range(2, MOST_KEPT + 2)])
    assert kept.of(1, 100.0, 110.0) is None
    assert kept.of(2, 100.0, 110.0) is not None


def test_a_number_of_an_earlier_run_is_another_session(qtbot: QtBot) -> None:
    kept = Conversations(set)
    kept.take([said(1, "NOOP", time=500.0)])
    assert kept.of(1, 100.0, 110.0) is None


def test_a_mailbox_keeps_its_rows_while_only_their_state_changes(
    qtbot: QtBot, qapp: QApplication
) -> None:
    pane = MaildropPane(Theme(qapp))
    qtbot.addWidget(pane)
    tester = QAbstractItemModelTester(pane.model)
    resets: list[int] = []
    pane.model.modelReset.connect(lambda: resets.append(1))
    entries = [MaildropEntry(n, 9, f"u{n}", False, False, False) for n in (1, 2)]
    pane.show_maildrop(MaildropView(5, 45, tuple(entries)), live=True, user="ann")
    entries[0] = MaildropEntry(1, 0, "u1", True, False, True)
    pane.show_maildrop(MaildropView(5, 36, tuple(entries)), live=True, user="ann")
    assert len(resets) == 1
    assert [pane.model.index(0, n).data() for n in range(4)] == ["1", "0", "Removed", "u1"]
    note = child(pane, QLabel, "sessions.maildrop_note").text()
    assert "newest 2" in note and "Removed meanwhile, and empty here: 1." in note
    assert tester.model() is pane.model


def test_a_mailbox_that_was_not_seen_yet_says_why(qtbot: QtBot, qapp: QApplication) -> None:
    pane = MaildropPane(Theme(qapp))
    qtbot.addWidget(pane)
    note = child(pane, QLabel, "sessions.maildrop_note")
    told = []
    for live, user in ((True, ""), (False, ""), (True, "ann"), (False, "ann")):
        pane.show_maildrop(None, live=live, user=user)
        told.append(note.text())
    assert told[:3] == ["Nobody has signed in yet.", "Nobody signed in.", "Looking …"]
    assert told[3].startswith("What this session saw was not looked at")


def test_what_went_wrong_is_told_where_something_did(qtbot: QtBot) -> None:
    ended = closed_session(closed(1, reason=CloseReason.TLS_FAILED))
    titles = [title for title, _ in closed_fields(ended)]
    assert "What went wrong" not in titles
    fields = closed_fields(replace(ended, problem="no shared cipher"))
    assert fields[1] == ("What went wrong", "no shared cipher")


def test_a_title_stands_beside_the_first_line_of_its_value(
    qtbot: QtBot, qapp: QApplication
) -> None:
    view = FieldsView(Theme(qapp), "Encryption")
    qtbot.addWidget(view)
    view.show_fields([("Fingerprint", "AA\nBB\nCC\nDD")])
    title = next(part for part in view.findChildren(QLabel) if part.text() == "Fingerprint")
    assert title.alignment() & Qt.AlignmentFlag.AlignTop


async def test_a_conversation_is_followed_live_and_kept_after_its_end(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        session = await at.choose("ann")
        turn(at, CONVERSATION)
        note = text_of(at, "sessions.conversation_note")
        assert note() == "What is said from now on is shown here. Passwords are never kept."
        await recorded(at)
        assert "C: STAT" in transcript(at) and "were not kept" in note()
        at.ann.quit()
        await at.desk.until(lambda: at.users() == ["ben@example.com"])
        await at.desk.until(lambda: not at.desk.service.captures())
        assert "C: QUIT" in transcript(at)
        turn(at, SUMMARY)
        await at.desk.until(lambda: "Why it ended" in fields(at, "Summary"))
        child(at.page, QToolButton, "sessions.copy_details").click()
        assert QApplication.clipboard().text() == fields(at, "Summary")
        turn(at, CONVERSATION)
        at.page.show_target("history")
        at.page.show_target(f"session:{session}")
        assert "C: STAT" in transcript(at)


async def test_a_session_is_captured_only_while_its_pane_is_open(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:

        def captured() -> list[str]:
            return [c.value for c in at.desk.service.captures() if c.kind is CaptureKind.SESSION]

        first = await at.choose("ann")
        await at.desk.until(lambda: captured() == [str(first)])
        second = await at.choose("ben")
        await at.desk.until(lambda: captured() == [str(second)])
        at.window.open_page("dashboard")
        await at.desk.until(lambda: not captured())
        at.window.open_page("sessions")
        await at.desk.until(lambda: captured() == [str(second)])
        child(at.page, QToolButton, "sessions.close_details").click()
        await at.desk.until(lambda: not captured())


async def test_a_conversation_can_be_searched_and_saved(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        await at.choose("ann")
        turn(at, CONVERSATION)
        await recorded(at)
        field = child(at.page, QLineEdit, "sessions.find")
        text = child(at.page, QPlainTextEdit, "sessions.conversation")
        field.setText("stat")
        assert text.textCursor().selectedText() == "STAT"
        field.setText("absent")
        assert field.property("state") == "problem"
        click(at.page, "sessions.copy_conversation")
        (pane,) = at.page.findChildren(ConversationPane)
        await pane.save(file := tmp_path / "conversation.txt")
        assert file.read_text("utf-8").strip() == transcript(at)


async def test_the_mailbox_is_shown_as_the_session_sees_it(qtbot: QtBot, tmp_path: Path) -> None:
    async with stage(tmp_path) as at:
        await at.desk.service.deliver(
            "ann", [Incoming(io.BytesIO(b"Subject: %d\r\n" % n)) for n in range(3)]
        )
        at.ann.quit()
        await at.desk.until(lambda: at.users() == ["ben@example.com"])
        at.ann = await at.desk.sign_in("ann", PASSWORD)
        await at.desk.until(lambda: len(at.users()) == 2)
        await at.choose("ann")
        turn(at, MAILBOX)
        model = child(at.page, QTableView, "sessions.maildrop").model()

        def shown() -> list[tuple[str, str]]:
            rows = range(model.rowCount())
            return [(str(model.index(r, 1).data()), str(model.index(r, 2).data())) for r in rows]

        await at.desk.until(lambda: shown() == [("12", "New")] * 3)
        at.ann.retr(1)
        at.ann.dele(2)
        wanted = [("12", "Seen"), ("0", "Marked"), ("12", "New")]
        await at.desk.until(lambda: shown() == wanted)


async def test_the_summary_says_who_let_it_in_and_what_limits_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        await at.choose("ann")
        await at.desk.until(lambda: "2 of 20" in fields(at, "Summary"))
        assert "Let in by\teverything else of POP3: allow" in fields(at, "Summary")
        turn(at, ENCRYPTION)
        assert fields(at, "Encryption") == "Version\tNot encrypted"


def test_a_gap_is_said_once(qtbot: QtBot) -> None:
    kept = Conversations(set)
    kept.resumed(1, 100.0)
    kept.take([said(1, "NOOP")])
    kept.resumed(1, 102.0)
    kept.resumed(1, 103.0)
    known = kept.of(1, 100.0, 110.0)
    assert isinstance(known, Conversation)
    assert known.lines[1:] == [Said(102.0, None, "what was said meanwhile was not kept")]


async def test_wishes_in_quick_succession_leave_no_capture_behind(
    qtbot: QtBot, tmp_path: Path
) -> None:
    async with stage(tmp_path) as at:
        first, second = (view.session for view in await at.desk.service.sessions())
        parent = QObject()
        recorder = Recorder(at.desk.services, parent)
        recorder.want(first)
        recorder.want(second)
        await asyncio.sleep(0)  # tasks have begun, and none has its answer yet
        recorder.want(0)
        await at.desk.until(lambda: not recorder._busy)
        assert at.desk.service.captures() == ()
