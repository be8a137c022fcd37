"""The console says who may connect and why, and keeps others out for a while."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.ctl.conftest import Console, Server

Serve = Callable[..., Server]
RULES = """[
    { action = 'deny', address = '192.168.1.50', priority = 3, note = 'the old scanner' },
    { address = '192.168.1.0/24' },
]""".replace("\n", " ").replace(", ]", "]")


@pytest.fixture
def ruled(either: Console) -> Console:
    either.done("config", "set", "pop3.access.rules", RULES)
    return either


def tried(console: Console, address: str, *options: str) -> tuple[int, str]:
    said = console("rules", "test", address, "--listener", "pop3", *options)
    assert said.err == ""
    return said.status, said.out


def test_a_refused_address_is_told_the_rule(ruled: Console) -> None:
    status, text = tried(ruled, "192.168.1.50")
    assert status == 1
    assert "rule 1 of POP3: deny 192.168.1.50 (the old scanner)" in text
    assert text.count("\n") == 1


def test_an_admitted_address_is_told_the_rule(ruled: Console) -> None:
    status, text = tried(ruled, "192.168.1.51")
    assert status == 0
    assert "rule 2 of POP3: allow 192.168.1.0/24" in text
    assert tried(ruled, "::1")[0] == 0


def test_a_program_learns_the_same(ruled: Console) -> None:
    status, text = tried(ruled, "192.168.1.50", "--json")
    trial = json.loads(text)
    assert status == 1
    assert trial["admitted"] is False
    assert trial["reason"] == "rule_denied"
    assert trial["scope"] == "service"


def test_what_cannot_be_tried_has_a_reason(either: Console) -> None:
    assert "cellar" in either.refused("rules", "test", "::1", "--listener", "cellar")
    said = either.refused("rules", "test", "here", "--listener", "pop3")
    assert "here is not an ip address" in said.lower()
    assert either("rules", "test", "::1").status == 2


def test_a_ban_is_made_told_and_lifted(console: Console, serve: Serve) -> None:
    serve().port()
    assert console.done("ban", "add", "192.0.2.7") == "192.0.2.7 is banned for ever\n"
    said = console.done("ban", "add", "198.51.100.0/24", "--for", "2h", "--why", "scans at night")
    assert said.startswith("198.51.100.0/24 is banned until ")
    views = {view["address"]: view for view in json.loads(console.done("ban", "list", "--json"))}
    night = views["198.51.100.0/24"]
    assert (night["kind"], night["why"]) == ("manual", "scans at night")
    assert night["until"] - night["since"] == pytest.approx(7200)
    assert views["192.0.2.7"]["until"] == 0
    table = console.done("ban", "list")
    assert "for ever" in table
    assert "scans at night" in table
    status, text = tried(console, "198.51.100.9")
    assert status == 1
    assert "scans at night" in text
    console.done("ban", "remove", "198.51.100.0/24")
    assert tried(console, "198.51.100.9")[0] == 0
    assert "not banned" in console.refused("ban", "remove", "198.51.100.0/24")


def test_a_program_bans_and_lifts(console: Console, serve: Serve) -> None:
    serve().port()
    view = json.loads(console.done("ban", "add", "192.0.2.7", "--for", "90", "--json"))
    assert view["until"] - view["since"] == pytest.approx(90)
    lifted = json.loads(console.done("ban", "remove", "192.0.2.7", "--json"))
    assert lifted == {"address": "192.0.2.7", "lifted": True}


def test_what_is_trusted_cannot_be_banned(console: Console, serve: Serve) -> None:
    serve().port()
    assert "never banned" in console.refused("ban", "add", "127.0.0.3")


@pytest.mark.parametrize("duration", ["0", "0h", "-3m", "1w", "soon", "1.5h", ""])
def test_a_duration_is_a_number_and_a_letter(console: Console, duration: str) -> None:
    assert console("ban", "add", "192.0.2.7", f"--for={duration}").status == 2


def test_a_ban_of_nothing_is_refused(console: Console, serve: Serve) -> None:
    serve().port()
    assert "nobody is not an ip address" in console.refused("ban", "add", "nobody").lower()


def test_without_a_server_there_is_nobody_to_ban_from(console: Console) -> None:
    assert "stopped" in console.refused("ban", "add", "192.0.2.7")
