"""postroomctl selftest and rules why: with and without a running server."""

from __future__ import annotations

import json

from tests.ctl.conftest import Console

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
