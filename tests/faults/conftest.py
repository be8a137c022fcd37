"""Homes with two accounts, letters in them, and what only root on Linux may set up."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults.letters import Letter, new_letter, write_letters
from tests.faults.server import Server, make_home

_LACKING = "-dac_override,-dac_read_search,-fowner,-net_bind_service"


def is_root() -> bool:
    """Whether folders may be given to others and file systems be mounted."""
    return sys.platform == "linux" and os.geteuid() == 0


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the accounts ann and bob, to be copied."""
    home = tmp_path_factory.mktemp("template") / "home"
    make_home(home, "ann", "bob")
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A home of one's own."""
    return Path(shutil.copytree(template, tmp_path / "home"))


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """A running server that must not have crashed a session when it stops."""
    with Server(home) as running:
        yield running
        assert running.stop() == 0
        assert "internal error" not in running.said()


@pytest.fixture
def ordinary() -> Sequence[str]:
    """What to put before a command that must not have root's rights over files and ports."""
    if not is_root():
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root's rights cannot be taken from a program here: no setpriv")
    return ("setpriv", "--bounding-set", _LACKING, "--inh-caps", "-all")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of twelve megabytes."""
    if not is_root():
        pytest.skip("only root on Linux may mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
    yield folder
    # Lazily: a test that failed may have files open there.
    subprocess.run(["umount", "-l", str(folder)], check=True)


def until(claim: Callable[[], bool]) -> None:
    """Return once it is so; fail after ten seconds."""
    pause = threading.Event()
    for _ in range(200):
        if claim():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come about")


def deliver(server: Server, *sizes: int, account: str = "ann") -> list[Letter]:
    """Put letters into a mailbox, each with so many octets more than its header."""
    letters = []
    for size in sizes:
        number = server.ask("status").counters.delivered
        letter = new_letter(f"{account}-{number}", random.Random(number), size=size)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "letter.eml")
            write_letters([letter], path)
            server.ask("import_mail", account=account, path=path)
        letters.append(letter)
    return letters


def message_files(home: Path) -> list[Path]:
    """Every message of every mailbox, oldest first."""
    return sorted(home.glob("mail/*/messages/*/*.msg"))
