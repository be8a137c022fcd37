"""postroomctl account show and set, on the files and through a running server."""

from __future__ import annotations

import json
import poplib
from collections.abc import Callable

import pytest

from tests.ctl.conftest import Console, Server

PASSWORD = "long enough"


@pytest.fixture
def ann(either: Console) -> Console:
    either.done("account", "add", "ann", "--password-stdin", stdin=f"{PASSWORD}\n")
    return either


def shown(console: Console, name: str = "ann") -> dict[str, object]:
    found: dict[str, object] = json.loads(console.done("account", "show", name, "--json"))
    return found


def test_what_an_account_may_do_is_set_and_shown(ann: Console) -> None:
    ann.done(
        *("account", "set", "ann", "--full-name", "Ann Berg", "--expires", "2999-12-31 18:00"),
        *("--alias", "info", "--alias", "office@example.com", "--methods", "plain, login"),
        *("--networks", "10.0.0.0/8,192.168.1.5", "--listeners", "pop3", "--connections", "3"),
        *("--delay", "60", "--notes", "moves in May"),
    )
    view = shown(ann)
    assert view["full_name"] == "Ann Berg"
    assert view["terms"] == {
        "aliases": ["info", "office@example.com"],
        "expires": "2999-12-31 18:00",
        "notes": "moves in May",
        "connections": 3,
        "delay": 60,
        "methods": ["plain", "login"],
        "networks": ["10.0.0.0/8", "192.168.1.5"],
        "listeners": ["pop3"],
    }
    assert view["ready"] == ["plain", "login"]
    text = ann.done("account", "show", "ann@example.com")
    for words in ("Ann Berg", "60 seconds", "plain, login", "moves in May", "Enabled."):
        assert words in text


def test_what_is_not_named_stays_and_everything_can_be_taken_back(ann: Console) -> None:
    ann.done("account", "set", "ann", "--alias", "info", "--connections", "0", "--notes", "x")
    ann.done("account", "set", "ann", "--full-name", "Ann")
    view = shown(ann)
    assert isinstance(view["terms"], dict)
    assert (view["terms"]["aliases"], view["terms"]["connections"]) == (["info"], 0)
    assert "no limit" in ann.done("account", "show", "ann")
    ann.done(
        *("account", "set", "ann", "--no-aliases", "--connections", "default", "--notes", ""),
        *("--expires", "never", "--methods", "all", "--networks", "all", "--listeners", "all"),
        *("--delay", "default", "--full-name", ""),
    )
    ann.done("account", "add", "bob", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert shown(ann)["terms"] == shown(ann, "bob")["terms"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--methods", "plain,telepathy"), "choose one of user-pass, plain"),
        (("--networks", "10.0.0.1,nowhere"), "entry 2: nowhere is not an IP address"),
        (("--expires", "soon"), "use a date like 2026-12-31"),
        (("--connections", "many"), "whole number from 0 to 2048"),
        (("--connections", "2049"), "whole number from 0 to 2048"),
        (("--delay", "-1"), "whole number from 0 to 86400"),
        (("--alias", "two words"), "'two words' is no address"),
        (("--alias", "bob"), "There is an account 'bob@example.com' already."),
        (("--full-name", "a\nb"), "one line"),
        (("--notes", "x" * 2001), "at most 2000 characters"),
        ((), "nothing to change"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    ann: Console, words: tuple[str, ...], reason: str
) -> None:
    ann.done("account", "add", "bob")
    before = shown(ann)
    name, *values = words or ("",)
    options = [f"{name}={value}" for value in values]
    assert reason in ann.refused("account", "set", "ann", *options)
    assert shown(ann) == before
    assert "no account eve@example.com" in ann.refused("account", "show", "eve")


def test_an_account_whose_time_is_over_says_so(ann: Console) -> None:
    said = ann("account", "set", "ann", "--expires", "2001-01-01", "--listeners", "pop3,gone")
    assert said.status == 0
    assert said.err.splitlines() == [
        "warning: This moment has passed, so nobody can sign in.",
        "warning: There is no listener called gone.",
    ]
    assert "expired" in ann.done("account", "list")
    assert "There is no listener called gone." in ann.done("account", "show", "ann")
    assert shown(ann)["expired"] is True


def test_the_list_for_programs_keeps_its_keys(ann: Console) -> None:
    (view,) = json.loads(ann.done("account", "list", "--json"))
    assert view.keys() >= {
        *("name", "full_name", "enabled", "has_password", "messages", "octets", "created"),
        *("last_sign_in", "last_peer", "last_method", "last_listener"),
        *("terms", "expired", "locked_until", "ready", "sentence", "warnings"),
    }


def test_why_a_method_does_not_work_is_shown(ann: Console) -> None:
    readiness = shown(ann)["readiness"]
    assert isinstance(readiness, list)
    reasons = {one["method"]: one["reason"] for one in readiness}
    assert reasons["plain"] == ""
    assert "switched off" in reasons["apop"]
    assert "not apop" in ann.done("account", "show", "ann")


def test_what_is_set_while_the_server_runs_acts_on_the_next_sign_in(
    console: Console, serve: Callable[..., Server]
) -> None:
    port = serve().port()
    console.done("account", "add", "ann", "--password-stdin", stdin=f"{PASSWORD}\n")

    def signs_in(user: str) -> bool:
        client = poplib.POP3("127.0.0.1", port, timeout=10)
        try:
            client.user(user)
            client.pass_(PASSWORD)
        except poplib.error_proto:
            return False
        finally:
            client.close()
        return True

    assert signs_in("ann") and not signs_in("info")
    console.done("account", "set", "ann", "--alias", "info")
    assert signs_in("info")
    console.done("account", "set", "ann", "--listeners", "pop3")
    assert signs_in("ann")
    console.done("account", "set", "ann", "--networks", "192.0.2.0/24")
    assert not signs_in("ann")


def test_a_weak_password_needs_a_word_and_a_rare_letter_gets_one(either: Console) -> None:
    either.done("account", "add", "bob", "--password-stdin", "--allow-weak", stdin="pw\n")
    said = either("account", "set-password", "bob", "--password-stdin", stdin="пароль для\n")
    assert (said.status, "DIGEST-MD5" in said.err) == (0, True)
