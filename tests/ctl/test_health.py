"""postroomctl selftest and rules why: with and without a running server."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.ctl.conftest import Console, Server

PASSWORD = "correct horse battery\n"


def test_the_selftest_names_every_group_and_succeeds_when_nothing_is_wrong(either: Console) -> None:
    either.done("account", "add", "ann", "--password-stdin", stdin=PASSWORD)
    text = either.done("selftest")
    assert "Reachable" in text and "Storage" in text and "problem " not in text


def test_the_selftest_fails_when_there_is_a_problem(either: Console) -> None:
    either.done("account", "add", "ann", "--password-stdin", stdin=PASSWORD)
    either.done("config", "set", "pop3.plain_methods", "[]")
    said = either("selftest", "--json")
    states = {one["id"]: one["state"] for one in json.loads(said.out)}
    assert said.status == 1 and states["offers.pop3"] == "problem"


def test_a_report_can_be_handed_on(either: Console) -> None:
    either.done("account", "add", "ann", "--password-stdin", stdin=PASSWORD)
    either.done("account", "add", "bare")
    whole = either("selftest", "--report").out
    short = either("selftest", "--short-report").out
    assert "bare@" in whole and "Reachable" in whole
    assert "bare@" not in short and "HOME" not in whole and "b…@" in short


def test_a_listener_is_tried_step_by_step(console: Console, serve: Callable[..., Server]) -> None:
    serve().port()
    text = console.done("selftest", "--listener", "pop3")
    assert "ok         Sign-in: signed in with USER and PASS (" in text
    assert "Fetch: all " in text and "Sign-off" in text
    steps = json.loads(console.done("selftest", "--listener", "pop3", "--json"))
    assert all(step["passed"] for step in steps)
    assert "no listener" in console.refused("selftest", "--listener", "elsewhere")


def test_without_a_server_no_listener_is_tried(console: Console) -> None:
    assert "stopped" in console.refused("selftest", "--listener", "pop3")


def test_why_somebody_cannot_sign_in_is_said_with_the_fix(either: Console) -> None:
    either.done("account", "add", "ann", "--password-stdin", stdin=PASSWORD)
    either.done("account", "disable", "ann")
    said = either("rules", "why", "ann", "--from", "10.1.2.3", "--listener", "pop3")
    assert said.status == 1 and "It is suspended." in said.out
    assert "Enable the account" in said.out or "Start the server" in said.out


def test_why_in_json_ends_with_the_conclusion(either: Console) -> None:
    steps = json.loads(either("rules", "why", "nobody", "--json").out)
    assert steps[-1]["id"] == "conclusion" and steps[-1]["state"] == "obstacle"


def test_why_refuses_what_is_no_address(either: Console) -> None:
    either.done("account", "add", "ann", "--password-stdin", stdin=PASSWORD)
    assert "not an IP address" in either.refused("rules", "why", "ann", "--from", "somewhere")
