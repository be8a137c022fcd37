"""A desktop session without a screen: folders, message bus and keyring of nobody."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.keyring import PASSWORD

PATIENCE = 30


class Desktop:
    """The session. Programs that a test starts are inside it; the test's own process is not."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.keyrings = folder / "person" / ".local" / "share" / "keyrings"
        self._daemon: subprocess.Popen[bytes] | None = None
        for name, part in (("HOME", "person"), ("XDG_RUNTIME_DIR", "run")):
            (folder / part).mkdir(mode=0o700)
            patch.setenv(name, str(folder / part))
        for name in ("PYTHON_KEYRING_BACKEND", "DISPLAY", "WAYLAND_DISPLAY", "XDG_DATA_HOME"):
            patch.delenv(name, raising=False)
        tell = 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat'
        self._bus = subprocess.Popen(
            ["dbus-run-session", "--", "sh", "-c", tell],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._bus.stdout is not None
        address = self._bus.stdout.readline().decode().strip()
        patch.setenv("DBUS_SESSION_BUS_ADDRESS", address)

    def start_keyring(self, *, unlocked: bool) -> None:
        """As at a sign-in with the password, or without one."""
        options = ["--unlock"] if unlocked else []
        self._daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--components=secrets", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert self._daemon.stdin is not None
        self._daemon.stdin.write(PASSWORD.encode())
        self._daemon.stdin.close()
        assert self.hand("wait")

    def stop_keyring(self) -> None:
        """End the keyring's daemon; what it keeps is on disk."""
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait(PATIENCE)
            self._daemon = None

    def hand(self, verb: str) -> Any:
        """What ``tests.keyring.hand`` does and finds."""
        return json.loads(run("tests.keyring.hand", verb))

    def close(self) -> None:
        """End the session."""
        self.stop_keyring()
        self._bus.communicate(timeout=PATIENCE)


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    """A session whose keyring is unlocked."""
    for program in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not here")
    session = Desktop(tmp_path, monkeypatch)
    session.start_keyring(unlocked=True)
    yield session
    session.close()


@pytest.fixture
def home(desktop: Desktop, tmp_path: Path) -> Path:
    """A home that keeps ann's and bob's passwords, with its key in the keyring."""
    del desktop
    home = tmp_path / "home"
    run("tests.keyring.office", str(home))
    return home


def run(program: str, *words: str) -> str:
    """What a program in the session prints."""
    command = [sys.executable, "-m", program, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
