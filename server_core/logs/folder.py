"""The folder of log files: where it is, what it holds, and whether it can be written to."""

from __future__ import annotations

import os
from pathlib import Path

from server_core.config.log import Log
from server_core.events.log_views import LogFolderView


def folder_of(log: Log, usual: Path) -> Path:
    """Where log files go: ``usual``, or the folder of the settings, a relative one inside that."""
    return usual / log.folder


def look_into(folder: Path) -> LogFolderView:
    """What is in the folder; waits for the disk. One that is not there yet is empty."""
    files = octets = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    files += 1
                    octets += entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        pass
    except OSError as problem:
        return LogFolderView(str(folder), problem=(problem.strerror or str(problem)).lower())
    return LogFolderView(str(folder), files, octets, _why_unwritable(folder))


def _why_unwritable(folder: Path) -> str:
    place = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    if not place.is_dir():
        return f"{place} is not a folder"
    return "" if os.access(place, os.W_OK | os.X_OK) else f"{place} cannot be written to"
