"""postroomctl init makes a home, once; usage errors are told apart from failures."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from server_core.config.file import load
from server_core.config.model import Security
from server_core.ctl.main import main
from tests.ctl.conftest import Console


@pytest.fixture
def bare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Console:
    return Console(tmp_path / "home", capsys, monkeypatch)


def test_a_home_with_its_listeners_is_made(bare: Console) -> None:
    bare.done(
        *("init", "--domain", "Example.com", "--listen", "127.0.0.1:1110"),
        *("--listen", "[::1]:1995/tls", "--listen", "*:2110/starttls-required"),
    )
    config = load(bare.home / "config.toml")
    assert config.server.primary_domain == "example.com"
    assert [(x.name, x.address, x.security) for x in config.pop3.listeners] == [
        ("pop3", "127.0.0.1:1110", Security.STARTTLS),
        ("pop3s", "[::1]:1995", Security.TLS),
        ("pop3-2", "*:2110", Security.STARTTLS_REQUIRED),
    ]


def test_a_home_without_a_word_has_the_defaults(bare: Console) -> None:
    bare.done("init")
    assert load(bare.home / "config.toml").pop3.listeners[0].address == "127.0.0.1:1110"


def test_nothing_is_overwritten(console: Console) -> None:
    before = (console.home / "config.toml").read_bytes()
    assert "exists already" in console.refused("init", "--domain", "other.org")
    assert (console.home / "config.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--listen", "nowhere"), "write an address and a port"),
        (("--listen", "127.0.0.1:1110/ssl"), "choose one of none"),
        (("--listen", "127.0.0.1:111000"), "the port must be a number"),
        (("--listen", "*:110", "--listen", "127.0.0.1:110/none"), "is already used by"),
        (("--domain", "not a domain"), "use a domain name"),
    ],
)
def test_what_makes_no_sense_makes_no_home(
    bare: Console, options: tuple[str, ...], reason: str
) -> None:
    assert reason in bare.refused("init", *options)
    assert not bare.home.exists()


def test_other_verbs_want_a_home_first(bare: Console) -> None:
    for words in (["status"], ["account", "list"], ["serve"], ["config", "show"], ["check"]):
        assert "postroomctl init" in bare.refused(*words)
    assert not bare.home.exists()


def test_a_folder_that_cannot_be_a_home_is_named(bare: Console) -> None:
    bare.home.write_text("a file")
    assert f"{bare.home} cannot be used" in bare.refused("init")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["fly"],
        ["account"],
        ["account", "add"],
        ["kick", "all"],
        ["import", "ann", "x", "--format", "pst"],
        ["account", "add", "ann", "--generate", "--password-stdin"],
    ],
)
def test_wrong_usage_has_its_own_exit_status(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert "usage: postroomctl" in capsys.readouterr().err


def test_help_and_version_succeed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert main(["--version"]) == 0
    assert "postroomctl 0" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="the home is found by variable on each system")
def test_the_environment_names_the_home(
    bare: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("POSTROOM_HOME", str(tmp_path / "other"))
    assert main(["init"]) == 0
    assert (tmp_path / "other" / "config.toml").exists()
