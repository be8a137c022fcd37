"""Every verb does the same on the files as through a running server."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from server_core.config.file import load, parse
from tests.ctl.conftest import PATIENCE, Console, Server

MAIL = b"From: a@example.com\nSubject: one\n\nHello\n.\n..dots\n"


@pytest.fixture
def ann(either: Console) -> Console:
    either.done("account", "add", "ann", "--password-stdin", stdin="long enough\n")
    return either


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    file = tmp_path / "one.eml"
    file.write_bytes(MAIL)
    return file


def test_an_account_lives_its_life(ann: Console) -> None:
    ann.done("account", "disable", "ann")
    ann.done("account", "set-password", "ann@example.com", "--password-stdin", stdin="and longer\n")
    (view,) = json.loads(ann.done("account", "list", "--json"))
    assert (view["name"], view["enabled"], view["has_password"]) == (
        "ann@example.com",
        False,
        True,
    )
    assert "suspended" in ann.done("account", "list")
    ann.done("account", "enable", "ann")
    assert "active" in ann.done("account", "list")
    ann.done("account", "remove", "ann")
    assert json.loads(ann.done("account", "list", "--json")) == []


def test_an_account_may_wait_for_its_password(either: Console) -> None:
    assert "set-password bob@example.com" in either.done("account", "add", "bob")
    assert "no password" in either.done("account", "list")
    said = either.done("account", "set-password", "bob", "--generate")
    assert re.fullmatch(r"password (\w{4}-){3}\w{4}\n", said)


def test_a_generated_password_is_printed_once(either: Console) -> None:
    said = either.done("account", "add", "bob", "--generate")
    assert re.fullmatch(r"added bob@example\.com\npassword (\w{4}-){3}\w{4}\n", said)


def test_what_accounts_refuse_has_a_reason(ann: Console) -> None:
    assert "ann@example.com" in ann.refused("account", "add", "ann")
    assert "no account bob@example.com" in ann.refused("account", "enable", "bob")
    assert "empty" in ann.refused("account", "add", "bob", "--password-stdin", stdin="\n")
    assert "8 characters" in ann.refused("account", "add", "bob", "--password-stdin", stdin="pw\n")


def test_mail_goes_in_and_comes_out_unchanged(ann: Console, letter: Path, tmp_path: Path) -> None:
    assert ann.done("import", "ann", str(letter)).startswith("imported 1 of 1 message, ")
    (view,) = json.loads(ann.done("mailbox", "ann", "--json"))
    assert (view["number"], view["seen"]) == (1, False)
    assert view["octets"] == len(MAIL.replace(b"\n", b"\r\n"))
    assert {"number", "uid", "unique_id", "octets", "seen", "received"} <= view.keys()
    assert view["unique_id"] in ann.done("mailbox", "ann")
    assert ann.done("export", "ann", str(tmp_path / "out")) == "exported 1 message\n"
    (file,) = (tmp_path / "out").glob("*.eml")
    assert file.read_bytes() == MAIL.replace(b"\n", b"\r\n")


def test_a_path_is_meant_from_where_one_stands(
    ann: Console, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(letter.parent)
    assert "imported 1 of 1" in ann.done("import", "ann", letter.name)


def test_mail_that_cannot_be_had_is_refused(ann: Console, tmp_path: Path) -> None:
    ann.refused("import", "ann", str(tmp_path / "nothing"))
    ann.refused("import", "bob", str(tmp_path))
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("mine")
    ann.refused("export", "ann", str(tmp_path / "taken"))


def test_check_finds_what_is_missing_and_repair_mends_it(ann: Console, letter: Path) -> None:
    ann.done("import", "ann", str(letter))
    assert ann.done("check") == "all mailboxes are in order\n"
    sizes = {file: file.stat().st_size for file in (ann.home / "mail").rglob("*") if file.is_file()}
    message = next(
        file for file in sizes if "index" not in file.name and b"Hello" in file.read_bytes()
    )
    message.unlink()
    said = ann("check")
    assert said.status == 1
    assert "message file missing" in said.out
    assert said.err == "postroomctl: 1 problem found; mend with: postroomctl check --repair\n"
    assert "mended" in ann.done("check", "--repair")
    assert ann.done("check") == "all mailboxes are in order\n"


def test_settings_are_read_and_changed(either: Console) -> None:
    assert either.done("config", "get", "pop3.max_errors") == "20\n"
    either.done("config", "set", "pop3.max_errors", "7")
    either.done("config", "set", "server.name", "007")
    either.done("config", "set", "pop3.plain_methods", "plain, login")
    either.done("config", "set", "pop3.allow_starttls", "false")
    either.done("config", "set", "pop3.listeners.pop3.idle_timeout", "60")
    either.done("config", "set", "pop3.listeners.more", "{ address = '127.0.0.1:0' }")
    assert either.done("config", "get", "server.name") == "007\n"
    assert json.loads(either.done("config", "get", "pop3.plain_methods")) == ["plain", "login"]
    assert json.loads(either.done("config", "get", "server.name", "--json")) == "007"
    config = load(either.home / "config.toml")
    assert (config.pop3.max_errors, config.pop3.allow_starttls) == (7, False)
    assert [(x.name, x.idle_timeout) for x in config.pop3.listeners] == [
        ("pop3", 60),
        ("more", 600),
    ]
    shown = json.loads(either.done("config", "show", "--json"))
    assert shown == config.model_dump(mode="json")
    assert "max_errors = 7" in either.done("config", "show")


def test_rows_and_nested_settings_are_read_and_changed(either: Console) -> None:
    path = "pop3.listeners.pop3"
    rules = "[{ address = '10.0.0.0/8' }, { action = 'deny', address = '10.0.0.1', priority = 1 }]"
    either.done("config", "set", "pop3.access.rules", rules)
    either.done("config", "set", f"{path}.flow.max_new", "30")
    assert either.done("config", "get", f"{path}.flow.max_new") == "30\n"
    either.done("config", "set", f"{path}.flow.max_new", "inherited")
    assert either.done("config", "get", f"{path}.flow.max_new") == "inherited\n"
    assert either.done("config", "get", f"{path}.flow.max_new", "--json") == "null\n"
    either.done("config", "set", f"{path}.tls", "{ minimum_version = '1.3' }")
    either.done("config", "set", "bans.trusted", "192.168.0.0/16, ::1")
    config = load(either.home / "config.toml")
    assert [(rule.action, rule.priority) for rule in config.pop3.access.rules] == [
        ("allow", 500),
        ("deny", 1),
    ]
    assert config.pop3.listeners[0].tls.minimum_version == "1.3"
    assert config.bans.trusted == ("192.168.0.0/16", "::1")
    assert json.loads(either.done("config", "get", "pop3.access.rules"))[1]["address"] == "10.0.0.1"
    shown = either.done("config", "show")
    assert parse(shown.encode()) == config
    wrong = rules.replace("0.0.1'", "0.0.x'")
    assert "pop3.access.rules.#2.address: 10.0.0.x is not an IP address" in either.refused(
        "config", "set", "pop3.access.rules", wrong
    )


def test_ten_thousand_rules_are_taken_over(either: Console, tmp_path: Path) -> None:
    (tmp_path / "many.toml").write_text(
        "[pop3.access]\nrules = [\n"
        + "".join(f"{{ address = '10.{n >> 8}.{n & 255}.0/24' }},\n" for n in range(10_000))
        + "]\n[[pop3.listeners]]\nname = 'pop3'\naddress = '127.0.0.1:0'\n"
    )
    either.done("config", "load", str(tmp_path / "many.toml"))
    assert len(load(either.home / "config.toml").pop3.access.rules) == 10_000


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("pop3.max_errors", "101", "pop3.max_errors: must be a whole number from 0 to 100"),
        ("pop3.max_errors", "1\n[server]", "must be a whole number"),
        ("pop3.max_eror", "1", "did you mean pop3.max_errors?"),
        ("pop3.listeners.cellar.security", "tls", "no listener called 'cellar'"),
        ("pop3.listeners.pop3.security", "ssl", "choose one of none"),
        ("pop3.plain_methods", "xoauth2", "choose one of user-pass"),
        ("pop3.allow_starttls", "maybe", "must be true or false"),
    ],
)
def test_a_wrong_change_changes_nothing(either: Console, key: str, value: str, reason: str) -> None:
    before = (either.home / "config.toml").read_bytes()
    assert reason in either.refused("config", "set", key, value)
    assert (either.home / "config.toml").read_bytes() == before


def test_a_whole_file_is_checked_and_taken_over(either: Console, tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    file.write_text(
        "[server]\nname = 'new'\n[[pop3.listeners]]\nname = 'a'\naddress='127.0.0.1:0'\n"
    )
    assert "in order" in either.done("config", "check", str(file))
    assert "in order" in either.done("config", "check")
    either.done("config", "load", str(file))
    assert either.done("config", "get", "server.name") == "new\n"
    assert load(either.home / "config.toml") == load(file)
    file.write_text("[server]\nname = 'new'\n\n[pop3]\nmax_errors = 'x'\nmax_eror = 1\n")
    said = either("config", "check", str(file))
    assert said.status == 1
    assert said.out.startswith("line 5: pop3.max_errors: must be")
    assert said.err == (
        f"postroomctl: {file}: line 5: pop3.max_errors: must be a whole number from 0 to 100 "
        "(and 1 more)\n"
    )
    assert "line 5" in either.refused("config", "load", str(file))
    assert either.done("config", "get", "server.name") == "new\n"


def test_schema_and_reference_need_no_home(console: Console) -> None:
    elsewhere = ("--home", "nowhere")
    assert "properties" in json.loads(console.done(*elsewhere, "config", "schema"))
    assert "`pop3.max_errors`" in console.done(*elsewhere, "config", "reference")


def test_status_tells_the_same_to_people_and_programs(either: Console) -> None:
    status = json.loads(either.done("status", "--json"))
    assert status["state"] in ("running", "stopped")
    assert status["state"] in either.done("status")
    assert len(status["listeners"]) == (status["state"] == "running")


def test_status_names_a_log_that_is_out_of_order(
    console: Console, serve: Callable[..., Server], tmp_path: Path
) -> None:
    """The rest of the server goes on, so nobody would notice otherwise."""
    in_the_way = tmp_path / "logs"
    in_the_way.write_text("a file, where a folder should be")
    console.done("config", "set", "log.folder", str(in_the_way))
    serve().port()
    deadline = time.monotonic() + PATIENCE
    while "problem: " not in (said := console.done("status")) and time.monotonic() < deadline:
        time.sleep(0.1)
    (line,) = [line for line in said.splitlines() if line.startswith("problem: ")]
    assert line.startswith("problem: log, files: ") and str(in_the_way) in line and "wait" in line


def test_without_a_server_there_is_no_session(console: Console) -> None:
    assert json.loads(console.done("sessions", "--json")) == []
    assert "stopped" in console.refused("kick", "1")
