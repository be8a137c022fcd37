"""Files that are replaced as a whole: after a crash there is the old one or the new one."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

# Two who replace the same file would take each other's new one away.
_ONE_AT_A_TIME = threading.Lock()


def replace_file(path: Path, octets: bytes, *, mode: int) -> None:
    """Put the octets in the file's place, on disk on return; OSError, and then it is as it was."""
    fresh = path.with_name(f".{path.name}.new")
    with _ONE_AT_A_TIME:
        fresh.unlink(missing_ok=True)
        # O_EXCL: what lies there already must not decide who can read what is written.
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    sync_folder(path.parent)


def remove_file(path: Path) -> None:
    """Remove a file for good; harmless when there is none."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk; Windows does that by itself."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
