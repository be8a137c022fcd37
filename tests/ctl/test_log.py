"""postroomctl log, through a running server; and what it says while none runs."""

from __future__ import annotations

import json
import poplib
from collections.abc import Callable

import pytest

from tests.ctl.conftest import PATIENCE, Console, Server


@pytest.fixture
def port(console: Console, serve: Callable[..., Server]) -> int:
    console.done("account", "add", "ann", "--password-stdin", stdin="long enough\n")
    return serve().port()


@pytest.mark.usefixtures("port")
def test_destinations_are_listed_and_take_a_test_entry(console: Console) -> None:
    assert "the test entry was sent" in console.done("log", "test", "files")
    (files,) = json.loads(console.done("log", "places", "--json"))
    assert (files["name"], files["problem"], files["lost"]) == ("files", "", 0)
    assert files["written"] > 0
    assert "files" in console.done("log", "places")
    assert "test entry" in (console.home / "logs" / "everything.txt").read_text("utf-8")
    assert "no log destination called nowhere" in console.refused("log", "test", "nowhere")


@pytest.mark.usefixtures("port")
def test_a_destination_that_is_out_of_order_fails_the_test(console: Console) -> None:
    (console.home / "file").write_text("")
    console.done("config", "set", "log.folder", str(console.home / "file"))
    assert "the test entry waits" in console.refused("log", "test", "files")


def test_a_conversation_is_captured_until_it_is_stopped(console: Console, port: int) -> None:
    assert "capture 1: account ann@example.com until" in console.done(
        "log", "capture", "account", "ann", "--minutes", "5"
    )
    client = poplib.POP3("127.0.0.1", port, timeout=PATIENCE)
    client.user("ann")
    client.pass_("long enough")
    client.stat()
    client.quit()
    (capture,) = json.loads(console.done("log", "captures", "--json"))
    assert capture["value"] == "ann@example.com" and capture["lines"] >= 2
    assert "ann@example.com" in console.done("log", "captures")
    console.done("log", "stop-capture", "1")
    assert json.loads(console.done("log", "captures", "--json")) == []
    assert "no capture 1 runs" in console.refused("log", "stop-capture", "1")


@pytest.mark.usefixtures("port")
def test_a_capture_that_makes_no_sense_is_refused(console: Console) -> None:
    for words, reason in (
        (("session", "seven"), "not the number of a session"),
        (("address", "office"), "office"),
        (("account", "nobody"), "nobody"),
        (("session", "7"), "there is no session 7"),
        (("session", "7", "--minutes", "1441"), "a day at most"),
        (("session", "7", "--minutes", "0"), "say for how long"),
        (("session", "7", "--minutes", "nan"), "say for how long"),
    ):
        assert reason in console.refused("log", "capture", *words)
    assert json.loads(console.done("log", "captures", "--json")) == []


def test_a_session_is_captured_before_anybody_signed_in(console: Console, port: int) -> None:
    client = poplib.POP3("127.0.0.1", port, timeout=PATIENCE)
    (session,) = json.loads(console.done("sessions", "--json"))
    number = str(session["session"])
    assert f"session {number} until" in console.done("log", "capture", "session", number)
    client.quit()


@pytest.mark.usefixtures("port")
def test_a_capture_has_its_minutes_in_numbers(console: Console) -> None:
    assert console("log", "capture", "session", "7", "--minutes", "many").status == 2


def test_help_says_whose_conversations_can_be_captured(console: Console) -> None:
    told = " ".join(console.done("log", "capture", "--help").split())
    assert "session, account, address" in told and "failed sign-ins too" in told
    wrong = console("log", "capture", "folder", "x")
    assert wrong.status == 2 and "CaptureKind" not in wrong.err


def test_without_a_server_there_is_nothing_to_test_or_capture(console: Console) -> None:
    assert json.loads(console.done("log", "places", "--json")) == []
    assert "stopped" in console.refused("log", "test", "files")
    assert "stopped" in console.refused("log", "capture", "session", "7")
