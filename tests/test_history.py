"""Sessions of the past in their file."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from server_core import service as service_module
from server_core.events.past import closed_session
from server_core.events.reasons import CloseReason
from server_core.events.types import SessionClosed
from server_core.events.views import ClosedSession
from server_core.history import KEPT, load_history, save_history
from server_core.home import Home
from server_core.service import MailService

ONE = closed_session(
    SessionClosed(
        session=7,
        listener="office",
        peer="[::1]:4711",
        user="ann@example.com",
        reason=CloseReason.QUIT,
        opened=1.5,
        secure="TLS 1.3",
        retrieved=3,
        removed=2,
        time=9.5,
        problem="no shared cipher",
    )
)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    sessions = [ONE, replace(ONE, session=8, user="bö@example.com")]
    save_history(tmp_path / "history", sessions)
    assert load_history(tmp_path / "history") == sessions
    assert (ONE.closed, ONE.problem) == (9.5, "no shared cipher")


def test_no_more_than_a_thousand_are_loaded_and_they_are_the_latest(tmp_path: Path) -> None:
    save_history(tmp_path / "history", [replace(ONE, session=n) for n in range(KEPT + 5)])
    numbers = [session.session for session in load_history(tmp_path / "history")]
    assert numbers == list(range(5, KEPT + 5))


def test_no_file_is_no_history(tmp_path: Path) -> None:
    assert load_history(tmp_path / "history") == []


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "7", '"text"', "{}", '{"reason": "quit"}', '{"reason": "boredom"}', "null"],
)
def test_a_line_that_cannot_be_read_hides_no_other(tmp_path: Path, line: str) -> None:
    file = tmp_path / "history"
    save_history(file, [ONE])
    file.write_text(f"{line}\n{file.read_text()}{line}\n")
    assert load_history(file) == [ONE]


def test_a_file_that_is_no_text_is_no_history(tmp_path: Path) -> None:
    (tmp_path / "history").write_bytes(b"\xff\xfe" * 100)
    assert load_history(tmp_path / "history") == []


def test_a_line_of_before_problems_were_kept_has_none(tmp_path: Path) -> None:
    fields = {name: value for name, value in asdict(ONE).items() if name != "problem"}
    (tmp_path / "history").write_text(json.dumps(fields) + "\n")
    assert load_history(tmp_path / "history") == [replace(ONE, problem="")]


def test_saving_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    for _ in range(2):
        save_history(tmp_path / "history.jsonl", [ONE])
    assert [place.name for place in tmp_path.iterdir()] == ["history.jsonl"]
    (line,) = (tmp_path / "history.jsonl").read_text().splitlines()
    assert ClosedSession(**json.loads(line)).peer == ONE.peer


async def test_a_crash_loses_no_more_than_the_last_seconds_of_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "HOUSEKEEPING_SECONDS", 0.01)
    service = MailService(Home(tmp_path / "home"))
    await service.start()
    try:
        async with asyncio.timeout(10):
            while not service.home.history_file.exists():  # noqa: ASYNC110 - a thread writes it
                await asyncio.sleep(0.01)
    finally:
        await service.stop(grace=0)
