"""A start that cannot succeed ends with status 1 and one sentence that says what to do."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.conftest import is_root
from tests.faults.server import Server, postroomctl

pytestmark = pytest.mark.faults

STRANGER = 65_534


def reason(done: subprocess.CompletedProcess[str]) -> str:
    """The one line for the person; log lines before it begin with a date."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    (line,) = (line for line in done.stderr.splitlines() if not line[:4].isdigit())
    assert line.startswith("postroomctl: ")
    assert "Errno" not in line, line
    return line


def listen_on(home: Path, address: str) -> None:
    config = home / "config.toml"
    config.write_text(config.read_text().replace("127.0.0.1:0", address))


@pytest.mark.parametrize(
    ("part", "mode"), [("", 0o755), ("", 0o700), ("mail", 0o755), ("config.toml", 0o600)]
)
def test_a_home_that_is_anothers_is_refused_with_the_place_named(
    home: Path, ordinary: Sequence[str], part: str, mode: int
) -> None:
    if not is_root():
        pytest.skip("only root may give a folder to another")
    place = home / part
    place.chmod(mode)
    shutil.chown(place, STRANGER)
    line = reason(postroomctl(home, "serve", prefix=ordinary))
    assert str(place) in line
    assert "permi" in line


def test_a_read_only_disk_is_refused_with_the_folder_named(disk: Path, template: Path) -> None:
    home = Path(shutil.copytree(template, disk / "home"))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    line = reason(postroomctl(home, "serve"))
    assert f"The folder {home} cannot be used: read-only file system." in line
    assert "--home" in line


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[pop3]\nmax_errors = = 3\n", "line 2: pop3.max_errors"),
        ("[server]\n\n[pop3]\nmax_errors = 3000\n", "line 4: pop3.max_errors"),
        ("[pop3]\nmax_erors = 3\n", "line 2: pop3.max_erors"),
    ],
)
def test_a_config_that_cannot_be_used_is_named_by_line_and_key_and_the_last_good_one_offered(
    home: Path, text: str, place: str
) -> None:
    (home / "config.toml").write_text(text)
    line = reason(postroomctl(home, "serve"))
    assert f"{home}/config.toml: {place}" in line
    assert line.endswith(f"postroomctl --home {home} serve --last-good")
    with Server(home, "--last-good") as server, server.signed_in("ann") as session:
        assert session.say("QUIT").startswith("+OK")
    assert (home / "config.toml").read_text() == text


def test_a_taken_port_names_the_process_that_has_it(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        listen_on(home, f"127.0.0.1:{port}")
        line = reason(postroomctl(home, "serve"))
    assert f"Port {port} is used by " in line
    assert f"(process {os.getpid()})" in line


def test_a_port_that_is_not_permitted_is_refused_with_one_that_is(
    home: Path, ordinary: Sequence[str]
) -> None:
    first = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if not first.exists() or int(first.read_text()) <= 110:
        pytest.skip("any program may use port 110 here")
    listen_on(home, "127.0.0.1:110")
    line = reason(postroomctl(home, "serve", prefix=ordinary))
    assert "does not let this program use port 110" in line
    assert "Use port 2110" in line


def test_a_home_has_one_server_and_the_second_names_the_first(home: Path) -> None:
    with Server(home) as server:
        line = reason(postroomctl(home, "serve"))
        assert f"in use by process {server.process.pid}" in line
        with server.connect() as session:
            assert session.line().startswith("+OK")
