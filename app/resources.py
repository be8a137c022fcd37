"""The only door to the files in ``resources/``, from source and frozen alike."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def resource(*parts: str) -> Path:
    """The path of a file or folder below ``resources/``."""
    return Path(str(files("resources"))).joinpath(*parts)


def text(*parts: str) -> str:
    """The content of a text file below ``resources/``."""
    return resource(*parts).read_text(encoding="utf-8")
