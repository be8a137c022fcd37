"""What the house is made of: the project's own files, as git knows them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@cache
def project_files() -> tuple[Path, ...]:
    """Every file of the project, relative to its root; what git ignores is none of it."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        named = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the tree is not a git work tree")
    return tuple(
        path for name in named.stdout.splitlines() if (ROOT / (path := Path(name))).is_file()
    )


def program_files() -> tuple[Path, ...]:
    """The Python files of the program itself."""
    rooms = ("app", "server_core")
    return tuple(p for p in project_files() if p.parts[0] in rooms and p.suffix == ".py")


def text_of(path: Path) -> str:
    """A file's text; empty for what is no text (icons)."""
    try:
        return (ROOT / path).read_text("utf-8")
    except UnicodeDecodeError:
        return ""
