"""Running a client program: bounded, with a home of its own, its complaints in the failure."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SECONDS = 60


def environment(home: Path) -> dict[str, str]:
    """What a client sees of the world: its own empty home and nothing of the person's settings."""
    names = ("PATH", "SYSTEMROOT", "TMPDIR")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {**kept, "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "xterm"}


def run(command: list[str], home: Path, *, accepted: tuple[int, ...] = (0,)) -> str:
    """The program's standard output; an exit status that is not accepted fails the test."""
    done = subprocess.run(
        command,
        cwd=home,
        env=environment(home),
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS,
    )
    words = f"{command[0]} ended with {done.returncode}: {done.stderr}{done.stdout}"
    assert done.returncode in accepted, words
    return done.stdout


def require(program: str) -> None:
    """Skip the test where a program is not installed; on a build machine that fails it."""
    if program and shutil.which(program) is None:
        missing = f"{program} is not installed"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)


def private_file(path: Path, text: str) -> Path:
    """A settings file as clients demand it, readable by its owner only."""
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path


def maildir(folder: Path) -> list[bytes]:
    """The messages of a Maildir in order of arrival, their line ends as on the wire."""
    files = [file for part in ("new", "cur") for file in (folder / part).iterdir()]
    return [with_crlf(file.read_bytes()) for file in sorted(files)]


def with_crlf(message: bytes) -> bytes:
    """A message that a client stored with the line ends of Unix, as it was on the wire."""
    assert b"\r" not in message
    return message.replace(b"\n", b"\r\n")
